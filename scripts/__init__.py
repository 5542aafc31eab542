"""The commands, one a file, and what they know (analysis). A regular package: no other `scripts` can stand before it."""
