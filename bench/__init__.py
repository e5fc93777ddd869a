"""Measures the pipeline side by side with what costs nothing but the work itself. `make bench` runs it."""
