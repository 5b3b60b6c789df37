"""Tests of states.files."""
