"""Engagement figures and delivery truth: reads and computes, writes nothing."""
