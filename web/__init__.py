"""The pages people open in a browser, and the figures that scripts read: parse, call one function, render."""
