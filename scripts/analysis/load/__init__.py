"""How long requests take under load: from the evidence of the observer `latency`, and as queueing theory has it."""
