"""The rules of judgement, tried on times whose truth is known."""
