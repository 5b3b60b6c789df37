"""How each state's files are read: plain Python, one declaration per state."""
