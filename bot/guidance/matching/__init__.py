"""Matching: what words are most like, learned from examples; local, the same each time, and explained.

`braver learn` reads the examples (`content/examples/`), and writes what it learned of them beside them.
The service only reads that: no words leave the machine, and none are kept.
"""
