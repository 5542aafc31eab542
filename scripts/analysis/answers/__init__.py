"""The answer of a case."""
