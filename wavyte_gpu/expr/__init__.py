"""Expressions: text to syntax (`syntax`), names and types (`scene`, `check`), bytecode (`compiler`), and the machine that runs all of
a composition's expressions for a batch of frames (`machine`). Checking needs no NumPy.
"""
