"""The field registry: what is known about a voter, and how it may be asked for."""
