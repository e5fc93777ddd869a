"""A rehearsal: a whole campaign played in a temporary house against stand-in platforms, on a clock that jumps.

Everything goes through the functions that people's acts go through; only time, people and platforms are made up.
Nothing leaves this machine, and nothing is kept.
"""
