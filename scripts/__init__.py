"""The commands, one a file, above their rooms. A regular package: no other `scripts` can stand before it."""
