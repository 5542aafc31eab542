"""`fanout load`: cells at given rates of requests, or at the highest that keeps a limit."""
