"""From what the binary can run to one results.json: a fresh process for every sample."""
