"""Ballots: uploads of their steps, and what follows from them."""
