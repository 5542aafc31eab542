"""Why cells lose time: passes that observe beside the score, and experiments that prove a cause."""
