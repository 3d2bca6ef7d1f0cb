"""How many errors the engine makes, beside what a voice team could use instead.

`python -m benchmarks.accuracy` measures and writes benchmarks/accuracy.md with its plots.
"""
