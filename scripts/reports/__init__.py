"""What Fanout reports: one renderer a file."""
