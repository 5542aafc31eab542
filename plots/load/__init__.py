"""Charts of requests under load."""
