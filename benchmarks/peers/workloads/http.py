"""Fetches of images over HTTP, from the server that C++ fetches from.

Python would take longer to hash a body than to fetch it. So a timed task returns the body's length and CRC-32, both of
them computed in C, and these are compared with those of bodies whose true digests were found right.
"""

from __future__ import annotations

import http.client
import os
import threading
import zlib
from typing import TYPE_CHECKING, Any, List, Optional, Sequence, Tuple

from benchmarks.peers.digest import hash_bytes
from benchmarks.peers.reference import beside_the_binary
from benchmarks.peers.server import Server
from benchmarks.peers.workload import Case, Workload, mismatch

if TYPE_CHECKING:
    from benchmarks.peers.streams import Streams

Short = Tuple[int, int]  # length, CRC-32
Proof = Tuple[int, int, int]  # and the digest


def _short(body: bytes) -> Short:
    return len(body), zlib.crc32(body)


class Peer(Workload):
    shortened = True

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        flags = [f"--{name}={case.values[name]}" for name in ("latency", "jitter", "size")]
        self._server = Server(beside_the_binary("fanout-server"), [f"--seed={case.seed}", *flags])
        self._mine = threading.local()  # a worker's own connection, and the process that has made it
        self._keep = case.values["keepalive"] == "yes"
        self._timeout = case.numbers["timeout"] * 1e-9
        self._shortest = case.numbers["latency"] * 1e-9 * (100 - case.numbers["jitter"]) / 100
        self._streams: Optional[Streams] = None
        self._proved: List[Short] = []

    @staticmethod
    def refusal(case: Case) -> str:
        return (
            "Python fetches from the embedded server alone, not from http.urls" if case.values["urls"] else ""
        )

    def run(self, task: int) -> Short:
        return _short(self._fetch(task))

    async def run_async(self, task: int) -> Short:
        return _short(await self._fetch_async(task))

    def prove(self, task: int) -> Proof:
        body = self._fetch(task)
        return (*_short(body), hash_bytes(body))

    async def prove_async(self, task: int) -> Proof:
        body = await self._fetch_async(task)
        return (*_short(body), hash_bytes(body))

    def wrong_proofs(self, proofs: Sequence[Proof]) -> Optional[str]:
        wrong = mismatch([digest for _, _, digest in proofs], self.expected)
        self._proved = [] if wrong else [(length, crc) for length, crc, _ in proofs]
        return wrong

    def wrong(self, results: Sequence[Any]) -> Optional[str]:
        return mismatch([tuple(result) for result in results], self._proved)

    def floor(self, at_once: int) -> float:
        return self._shortest * -(-self.tasks // at_once)

    def witnessed(self) -> int:
        connection = self._connect()  # not a worker's, which may be broken by now
        try:
            return int(self._get(connection, "/served"))
        finally:
            connection.close()

    async def leave(self) -> None:
        if self._streams is not None:
            self._streams.close()

    def close(self) -> None:
        self._server.close()

    async def _fetch_async(self, task: int) -> bytes:
        if self._streams is None:
            from benchmarks.peers.streams import Streams  # of event loops alone: it would make forks dearer

            self._streams = Streams(self._server.host, self._server.port, self._timeout, self._keep)
        return await self._streams.get(f"/image/{task}")

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._server.host, self._server.port, timeout=self._timeout)

    def _get(self, connection: http.client.HTTPConnection, target: str) -> bytes:
        """Raises RuntimeError, which every executor can carry."""
        try:
            connection.request("GET", target, headers={} if self._keep else {"Connection": "close"})
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            where = f"http://{self._server.host}:{self._server.port}{target}"
            raise RuntimeError(f"{where}: {type(error).__name__}: {error}") from error
        if response.status != 200:
            raise RuntimeError(f"{target}: the server answered {response.status}")
        return body

    def _fetch(self, task: int) -> bytes:
        mine = self._mine
        if (
            getattr(mine, "process", None) != os.getpid()
        ):  # a connection shared with a parent would mix up answers
            mine.process, mine.connection = os.getpid(), self._connect()
        connection: http.client.HTTPConnection = mine.connection
        try:
            body = self._get(connection, f"/image/{task}")
        except BaseException:
            connection.close()
            raise
        if not self._keep:
            connection.close()
        return body
