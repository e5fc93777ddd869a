"""The commands, by who uses them. A command parses, calls one function of the house, and prints."""
