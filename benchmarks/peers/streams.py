"""HTTP/1.1 over asyncio's streams: what http's tasks fetch with under an event loop."""

from __future__ import annotations

import asyncio

from benchmarks.peers.failure import Failure, caught

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_BUFFER = 1 << 18  # bytes, so that most images arrive without the reader's being paused


class Streams:
    """Connections to one server, each used again once its answer is complete. For one event loop."""

    def __init__(self, host: str, port: int, timeout: float, keep: bool) -> None:
        self._host = host
        self._port = port
        self._timeout = timeout  # seconds of one fetch
        self._keep = keep
        self._idle: list[Connection] = []

    async def get(self, target: str) -> bytes:
        """The body of the answer. Raises Failure where there is none in time."""
        try:
            return await asyncio.wait_for(self._get(target), self._timeout)
        except (OSError, EOFError, ValueError, asyncio.TimeoutError, asyncio.LimitOverrunError) as error:
            where = f"http://{self._host}:{self._port}{target}"
            raise Failure(f"{where}: {type(error).__name__}: {error}", caught(error).cause) from error

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _get(self, target: str) -> bytes:
        if self._idle:
            reader, writer = self._idle.pop()
        else:
            reader, writer = await asyncio.open_connection(self._host, self._port, limit=_BUFFER)
        done = False
        try:
            ending = "" if self._keep else "Connection: close\r\n"
            writer.write(f"GET {target} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n{ending}\r\n".encode())
            length = _body_length(await reader.readuntil(b"\r\n\r\n"))
            body = await reader.readexactly(length)
            done = True
        finally:
            if done and self._keep:
                self._idle.append((reader, writer))
            else:
                writer.close()
        return body


def _body_length(head: bytes) -> int:
    """Raises ValueError on an answer other than 200, or without its length."""
    status, *fields = head.decode("latin-1").split("\r\n")
    words = status.split(" ", 2)
    if len(words) < 2 or words[1] != "200":
        raise ValueError(f"the server answered {status!r:.80}")
    for field in fields:
        name, _, value = field.partition(":")
        if name.lower() == "content-length":
            return int(value)
    raise ValueError("the answer has no Content-Length")
