"""Starts `fanout run` in a process of its own, as a user does."""

from __future__ import annotations

from functools import partial

from tests import forked
from tests.conftest import ROOT
from tests.forked import PATIENCE

__all__ = ["PATIENCE", "ROOT", "run", "start"]

start = partial(forked.start, "run")
run = partial(forked.run, "run")
