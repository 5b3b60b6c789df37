"""Scores: whose they are, who sees them, and what can be asked by them."""
