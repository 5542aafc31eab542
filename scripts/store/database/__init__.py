"""Where a store is, its tables, and transactions that are done whole."""
