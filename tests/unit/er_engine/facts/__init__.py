"""Tests of er_engine.facts."""
