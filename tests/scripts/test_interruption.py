"""Ctrl-C that keeps what is done."""

import os
import select
import signal

import pytest

from scripts.measuring.interruption import Interruption


def test_the_first_signal_is_noted_and_wakes_and_the_second_raises() -> None:
    with Interruption() as interruption:
        assert not interruption.requested
        assert select.select([interruption.wake], [], [], 0)[0] == []
        os.kill(os.getpid(), signal.SIGTERM)
        assert interruption.requested
        assert select.select([interruption.wake], [], [], 0)[0] == [interruption.wake]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_the_handlers_before_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interruption():
        pass
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
