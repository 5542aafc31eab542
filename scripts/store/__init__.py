"""What keeps results: a database of runs, and what is read out of it."""
