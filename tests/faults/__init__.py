"""A real `qabot serve`, real platforms over HTTP, real kills, on both databases. See `torture.py` for the long run."""
