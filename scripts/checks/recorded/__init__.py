"""What `fanout check machine` records, and what a recording shows."""
