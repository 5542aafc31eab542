"""What `fanout check load` measures: servers of known times."""
