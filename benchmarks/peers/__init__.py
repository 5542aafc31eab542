"""Python's own models of concurrency, measured as fanout-bench measures C++'s: the same tasks, digests, life and JSON.

Nothing but the standard library of CPython 3.9 or later, so that any interpreter can run it.
"""
