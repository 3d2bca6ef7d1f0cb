"""Tests of training.confusion."""
