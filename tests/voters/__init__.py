"""Tests of states.voters."""
