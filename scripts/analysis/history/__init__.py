"""Changes in series of commits: what all cells share, what is suspected, and what became of it. Values alone: no store, no measuring."""
