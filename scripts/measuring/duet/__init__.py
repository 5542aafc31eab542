"""A duet: two builds measured in turns until each of their cells is decided."""
