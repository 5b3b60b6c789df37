"""Tests of the field registry."""
