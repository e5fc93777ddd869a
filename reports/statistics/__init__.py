"""The statistics of engagement: pure functions of numbers (statistics specification). No clock, no store, no word for people."""
