"""Panels of the comparison that have a row a case."""
