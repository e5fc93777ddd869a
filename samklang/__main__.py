"""Lets `python -m samklang` be the command."""

from samklang.cli import main

main()
