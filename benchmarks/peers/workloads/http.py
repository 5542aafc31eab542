"""Fetches of images over HTTP, from the server that C++ fetches from.

Python would take longer to hash a body than to fetch it. So a timed task returns the body's length and CRC-32, both of
them computed in C, and these are compared with those of bodies whose true digests were found right.
"""

import http.client
import os
import re
import select
import subprocess
import threading
import zlib
from pathlib import Path
from typing import Any, Optional, Sequence

from benchmarks.peers.digest import hash_bytes
from benchmarks.peers.failure import Failure, caught
from benchmarks.peers.workload import Case, Workload, mismatch

Short = tuple[int, int]  # length, CRC-32
Long = tuple[int, int, int]  # and the digest

_BUFFER = 1 << 18  # bytes, so that most images arrive without the reader's being paused
_START = 10.0  # seconds that the server may take to listen


def _short(body: bytes) -> Short:
    return len(body), zlib.crc32(body)


def _long(body: bytes) -> Long:
    return (*_short(body), hash_bytes(body))


class Server:
    """A running fanout-server, as C++ fetches from; it watches a pipe, and does not outlive this process."""

    def __init__(self, program: Path, arguments: Sequence[str]) -> None:
        if not program.is_file():
            raise Failure(f"no server to fetch from: {program} is missing; build the target fanout-server")
        command = [str(program), *arguments, "--until-stdin-closes"]
        self._process = subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            ready, _, _ = select.select([self._process.stdout], [], [], _START)
            line = self._process.stdout.readline() if ready and self._process.stdout else b""
            if not line.endswith(b"\n"):
                raise Failure("fanout-server " + ("ended before it listened" if ready else "did not listen"))
            self.host, _, port = line.decode().strip().rpartition("/")[2].partition(":")
            self.port = int(port)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        with self._process:  # closes the pipes, and waits
            self._process.kill()  # it has nothing to save, and the pipe may be open in a forked worker yet


class Peer(Workload):
    def __init__(self, case: Case) -> None:
        super().__init__(case)
        given = case.parameters
        flags = [f"--seed={case.seed}", f"--jitter={given['jitter']}", f"--size={given['size']}B"]
        flags.append(f"--latency={round(given['latency'] * 1e9)}ns")
        self._server = Server(case.programs / "fanout-server", flags)
        self._mine = threading.local()  # a worker's own connection, and the process that has made it
        self._keep = given["keepalive"] == "yes"
        self._timeout: float = given["timeout"]
        self.shortest_task: float = given["latency"] * (100 - given["jitter"]) / 100
        self._idle: list[Any] = []  # streams of asyncio to the server, each to be used again
        self._right: list[Short] = []

    @classmethod
    def refusal(cls, case: Case) -> str:
        own = case.parameters["urls"]
        return "Python fetches from the embedded server alone, not from http.urls" if own else ""

    def run(self, task: int) -> Short:
        return _short(self._fetch(task))

    async def run_async(self, task: int) -> Short:
        return _short(await self._fetch_async(task))

    def digest(self, task: int) -> Long:
        return _long(self._fetch(task))

    async def digest_async(self, task: int) -> Long:
        return _long(await self._fetch_async(task))

    def wrong_digests(self, digests: Sequence[Long]) -> Optional[str]:
        wrong = mismatch([digest for _, _, digest in digests], self.expected)
        self._right = [] if wrong else [(length, crc) for length, crc, _ in digests]
        return wrong

    def wrong(self, results: Sequence[Any]) -> Optional[str]:
        return mismatch([tuple(result) for result in results], self._right)

    def completed(self) -> int:
        connection = self._connect()  # not a worker's, which may be broken by now
        try:
            return int(self._get(connection, "/served"))
        finally:
            connection.close()

    async def leave(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    def close(self) -> None:
        self._server.close()

    async def _fetch_async(self, task: int) -> bytes:
        import asyncio  # of event loops alone: it would make forks dearer

        target = f"/image/{task}"
        try:
            return await asyncio.wait_for(self._exchange(target), self._timeout)
        except (OSError, EOFError, ValueError, asyncio.TimeoutError, asyncio.LimitOverrunError) as error:
            raise self._broken(target, error) from error

    async def _exchange(self, target: str) -> bytes:
        """HTTP/1.1 over asyncio's streams: the body of the answer."""
        import asyncio

        host, port = self._server.host, self._server.port
        if self._idle:
            reader, writer = self._idle.pop()
        else:
            reader, writer = await asyncio.open_connection(host, port, limit=_BUFFER)
        kept = False
        try:
            ending = "" if self._keep else "Connection: close\r\n"
            writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\n{ending}\r\n".encode())
            length = _body_length(_lengths(await reader.readuntil(b"\r\n\r\n")))
            body: bytes = await reader.readexactly(length)
            kept = self._keep
        finally:
            if kept:
                self._idle.append((reader, writer))
            else:
                writer.close()
        return body

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._server.host, self._server.port, timeout=self._timeout)

    def _get(self, connection: http.client.HTTPConnection, target: str) -> bytes:
        """Raises Failure."""
        try:
            connection.request("GET", target, headers={} if self._keep else {"Connection": "close"})
            response = connection.getresponse()
            if response.status != 200:
                raise ValueError(f"the server answered {response.status}")
            _body_length(response.headers.get_all("Content-Length", []))
            return response.read()
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise self._broken(target, error) from error

    def _broken(self, target: str, error: Exception) -> Failure:
        where = f"http://{self._server.host}:{self._server.port}{target}"
        what = f"{error}" if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        return Failure(f"{where}: {what}", caught(error).cause)

    def _fetch(self, task: int) -> bytes:
        mine = self._mine
        # By process: a connection shared with a parent would mix up answers.
        if getattr(mine, "process", None) != os.getpid():
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


def _lengths(head: bytes) -> list[str]:
    """The Content-Lengths of an answer. Raises ValueError on one other than 200."""
    status, *fields = head.decode("latin-1").split("\r\n")
    if status.split(" ", 2)[1:2] != ["200"]:
        raise ValueError(f"the server answered {status!r:.80}")
    pairs = (field.partition(":") for field in fields)
    return [value for name, _, value in pairs if name.lower() == "content-length"]


def _body_length(lengths: Sequence[str]) -> int:
    """Of one or several that agree. Raises ValueError otherwise."""
    (length, *others) = {value.strip(" \t") for value in lengths} or {""}
    if others or not re.fullmatch("[0-9]{1,19}", length) or int(length) >= 1 << 63:
        raise ValueError("invalid Content-Length")
    return int(length)
