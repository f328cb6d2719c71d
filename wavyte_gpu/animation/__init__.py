"""Animation: easings, springs, procedural lanes, and the table that samples all lanes of a composition at once.

Submodules: `ease` (kinds and ids), `bezier`, `spring`, `procedural`, `tracks`.
"""
