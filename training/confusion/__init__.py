"""Learns what recognisers make of phonemes, and draws confusions from it."""
