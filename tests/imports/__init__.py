"""Tests of states.imports."""
