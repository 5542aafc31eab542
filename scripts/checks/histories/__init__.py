"""Histories of known truth, and what is found in them."""
