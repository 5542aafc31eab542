"""The machine: what it is, what of it spoils measurements, what disturbed a sample."""
