"""A mirror of the code, plus the database as the app role, guards over all code, and journeys."""
