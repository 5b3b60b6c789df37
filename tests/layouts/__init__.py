"""Tests of how the states' files are recognized, read, written and invented."""
