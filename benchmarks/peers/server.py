"""A running fanout-server: the one that C++'s http fetches from."""

import select
import subprocess
from pathlib import Path
from typing import Sequence

from benchmarks.peers.failure import Failure

_START = 10.0  # seconds that it may take to listen
_GRACE = 2.0  # seconds that it may take to end


class Server:
    """Ends with this object's close(), and with this process however that ends: it watches a pipe."""

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
        process = self._process
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        process.terminate()  # the pipe may be open in a forked worker yet
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
