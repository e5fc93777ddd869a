"""The front door: the `samklang` command, and everything in one process with `samklang up`."""
