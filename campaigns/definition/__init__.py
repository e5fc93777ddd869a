"""The definition document: a joint campaign as people write it, in YAML, read and checked as a whole.

`model` is the campaign as a frozen value, `reading` makes it from bytes with every problem at once, `writing` gives
the same campaign back as a document. Nothing here knows a database, a clock, a network or a platform.
"""
