"""Why cells lose time: causes that are suspected by evidence, and named where an experiment has confirmed them."""
