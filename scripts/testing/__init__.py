"""What `fanout test` is made of."""
