"""Benchmarks that are not fanout's: what their names and their results say."""
