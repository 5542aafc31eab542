"""What Python's clients refuse, blocking and on an event loop, in the words of C++'s."""

from __future__ import annotations

import asyncio
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.peers.failure import Failure
from benchmarks.peers.workload import Case
from benchmarks.peers.workloads import http
from tests.peers.conftest import case_of


@pytest.fixture(scope="module")
def case() -> Case:
    return case_of("http", "--set=http.requests=1", "--set=http.timeout=5s")


@contextmanager
def rude(answer: bytes) -> Iterator[int]:
    """The port of a server that answers with these bytes, whatever it is asked."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            self.wfile.write(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def fetched(case: Case, answer: bytes, loop: bool) -> http.Short:
    peer = http.Peer(case)
    try:
        with rude(answer) as port:
            peer._server.port = port
            return asyncio.run(peer.run_async(0)) if loop else peer.run(0)
    finally:
        peer.close()


def answer(*lengths: str, body: bytes = b"body") -> bytes:
    fields = "".join(f"Content-Length: {length}\r\n" for length in lengths)
    return f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode() + body


ONE = (
    "18446744073709551617",
    "9223372036854775808",
    "-4",
    "+4",
    "four",
    "4x",
    "0x4",
    "4_0",
    "4 4",
    "4, 4",
    "",
)
LENGTHS = [*((length,) for length in ONE), ("4", "3"), ("3", "4"), ("\xb3",), ("9" * 5000,)]


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("lengths", LENGTHS, ids=lambda lengths: ",".join(lengths)[:30])
def test_a_length_that_is_none_is_refused(case: Case, lengths: tuple[str, ...], loop: bool) -> None:
    with pytest.raises(Failure, match=r"^http://127\.0\.0\.1:\d+/image/0: invalid Content-Length$"):
        fetched(case, answer(*lengths), loop)


@pytest.mark.parametrize("loop", [False, True])
def test_lengths_that_agree_are_one(case: Case, loop: bool) -> None:
    assert fetched(case, answer("4", "4"), loop)[0] == 4
    with pytest.raises(Failure, match="the server answered"):
        fetched(case, b"HTTP/1.1 503 Busy\r\nContent-Length: x\r\n\r\n", loop)
