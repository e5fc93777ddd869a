"""The statistics of engagement: pure functions of numbers (statistics specification). No clock, no store, no word for people."""

import os

# A second thread gains nothing on matrices this small, and where other work has the processors it waits in a loop: a
# fit took ten times as long. Read when numpy is first loaded; an operator's own choice stands.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
