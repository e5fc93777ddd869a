"""Lets `python -m samklang` be the command; Ctrl-C ends it in silence also while it is being read."""

import sys

try:
    from samklang.cli import main

    main()
except KeyboardInterrupt:
    sys.exit(130)
