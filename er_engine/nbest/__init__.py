"""N-best importers: what recognisers write, read into the query format.

One file for each format; `formats.py` lists them and finds out which one a file is in.
"""
