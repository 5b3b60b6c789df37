"""One module for each promise of speed; each measures a peer or the limit in the same run."""
