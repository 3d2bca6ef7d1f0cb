"""The lexical baselines: what users would otherwise use, made as strong as they can be."""
