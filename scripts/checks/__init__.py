"""What Fanout claims, and what this machine can tell apart: one check a file."""
