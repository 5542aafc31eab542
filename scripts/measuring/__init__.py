"""What `fanout run` needs: from the binary's catalogue to one results.json, a fresh process for every sample."""
