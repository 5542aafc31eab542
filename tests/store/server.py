"""A PostgreSQL server of the distribution, for tests: an ordinary user's, in a temporary directory, on a Unix socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

PATIENCE = 60.0  # seconds
USER = "fanout"
LOCKED, PASSWORD = "locked", "hunter2"  # a user of whom the server wants one
_NUMBERS = count(1)


def programs() -> Path | None:
    """The directory of the newest server's programs; None where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[4]))
    return found[-1].parent if found else None


def unprivileged() -> list[str]:
    """What a command has to begin with: the server refuses to be root."""
    if os.geteuid():
        return []
    account = next((name for name in ("postgres", "nobody") if _known(name)), "")
    group = str(pwd.getpwnam(account).pw_gid)
    return ["setpriv", f"--reuid={account}", f"--regid={group}", "--clear-groups", "--"]


def _known(account: str) -> bool:
    return any(entry.pw_name == account for entry in pwd.getpwall())


@dataclass
class Server:
    bin: Path
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="fanout-pg-", dir="/tmp")))
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        try:
            if not os.geteuid():
                shutil.chown(self.folder, user=unprivileged()[1].partition("=")[2])
            made = ["initdb", "-D", "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
            self._run(*made)
            rules = self.folder / "data/pg_hba.conf"
            rules.write_text(f"local all {LOCKED} scram-sha-256\n" + rules.read_text())
            self.start()
            self.sql(f"CREATE ROLE {LOCKED} LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop(crash=True)
        finally:
            shutil.rmtree(self.folder)

    def start(self) -> None:
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "fsync": "off"}
        words = [f"--{key}={value}" for key, value in settings.items()]
        begin = unprivileged() or ["setpriv", "--"]
        # Ends with the tests, should they be killed.
        command = [*begin[:-1], "--pdeathsig=QUIT", "--", str(self.bin / "postgres"), "-D", "data", *words]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + PATIENCE
        ready = [str(self.bin / "pg_isready"), "-q", "-h", str(self.folder)]
        while subprocess.run(ready).returncode:
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)

    def stop(self, crash: bool = False) -> None:
        """What is under way is torn off; after a crash, it has to recover."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self.process.wait(PATIENCE)
            self.process = None

    def database(self) -> str:
        """The URL of a new one, empty."""
        name = f"test_{next(_NUMBERS)}"
        self.sql(f"CREATE DATABASE {name}")
        return f"postgresql://{USER}@/{name}?host={self.folder}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        self._run("psql", "-h", str(self.folder), "-U", USER, "-d", database, "-X", "-q", "-c", statement)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*unprivileged(), str(self.bin / program), *arguments]
        ended = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE)
        assert ended.returncode == 0, ended.stderr
