"""Careful reading of files that people write: lines, JSON, fields, and what is wrong with them."""
