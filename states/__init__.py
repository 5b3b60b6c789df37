"""What a state party owns: its voter file and everything done with it."""
