"""How every command ends: wrong usage is one line and status 2; nothing unforeseen looks like a verdict."""

import argparse
import difflib
import errno
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NoReturn, TextIO

from scripts.analysis.text import printable

BROKEN = 5  # the exit status that is no verdict: a full disk, a closed stream, a fault of Fanout


class UsageError(Exception):
    """What was asked, what was found, what to do; in one line."""


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """What a message about an unknown name goes on with: the nearest that is known; "" where none is near."""
    near = difflib.get_close_matches(wrong, list(known), 1, 0.7)
    return f" (did you mean {near[0]}?)" if near else ""


class Parser(argparse.ArgumentParser):
    """An argument parser that keeps its examples as they are written, and its errors to one line."""

    def __init__(self, prog: str, description: str | None, epilog: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def parse_args(  # type: ignore[override]
        self, args: Any = None, namespace: None = None
    ) -> argparse.Namespace:
        """Ends here where the launcher asks beforehand whether the flags are right."""
        found = super().parse_args(args, namespace)
        if os.environ.get("FANOUT_PARSE_ONLY"):
            self.exit(0)
        return found

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """None may be unknown, and the parser of a subcommand knows its own flags."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            flags = self._option_string_actions
            near = did_you_mean(unknown[0].partition("=")[0], flags)
            if not near and "--set" in flags and unknown[0].startswith("--"):
                near = "; parameters are set by --set=OWNER.PARAMETER=VALUE, see fanout list"
            self.error(f"unrecognized arguments: {' '.join(unknown)}{near}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {printable(message)} (see {self.prog} --help)\n")


class _Stream(io.RawIOBase):
    """A standard stream that takes all, also where nobody reads it any more or its disk is full: what was
    measured is kept, and the exit status is still the command's. `error` is why something was lost."""

    def __init__(self, descriptor: int) -> None:
        self.error: OSError | None = None
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: Any) -> int:
        try:
            if self.error is None:
                return os.write(self._descriptor, data)
        except OSError as error:
            self.error = error
        return len(data)


def _tolerant(stream: TextIO | None, descriptor: int) -> tuple[_Stream, TextIO]:
    """In place of a standard stream. One that was closed is opened such that writing fails: the next file
    that is opened would get its number, and what is printed."""
    if stream is None:
        descriptor = os.open(os.devnull, os.O_RDONLY)
    raw = _Stream(descriptor)
    encoding, errors = (stream.encoding, stream.errors) if stream else ("utf-8", "replace")
    lines = stream is None or descriptor == 2 or stream.isatty()
    return raw, io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors, line_buffering=lines)


def leave(main: Callable[[], int], name: str = "fanout") -> NoReturn:
    """Ends the process with main's exit status. Wrong usage is status 2, Ctrl-C 130, anything that was not
    foreseen BROKEN. Where standard output cannot be written, a status of 0 becomes BROKEN; `| head` is no
    fault."""
    if sys.stdin is None:
        os.open(os.devnull, os.O_WRONLY)
    out, sys.stdout = _tolerant(sys.stdout, 1)
    _, sys.stderr = _tolerant(sys.stderr, 2)
    status, last = BROKEN, ""
    try:
        status = main()
    except SystemExit as end:  # argparse
        status = end.code if isinstance(end.code, int) else BROKEN
    except KeyboardInterrupt:
        status, last = 130, "fanout: interrupted"
    except UsageError as error:
        status, last = 2, f"{name}: {error}"
    except OSError as error:
        last = f"{name}: {error}"
    except Exception as error:
        found = printable(f"{type(error).__name__}: {error}")
        last = f"{name}: unforeseen {found}; please report it with the lines above"
        with suppress(Exception):
            _show("".join(traceback.format_exception(error)))
    with suppress(Exception):
        sys.stdout.flush()
        _show(last)
    if out.error and out.error.errno != errno.EPIPE:
        print(f"{name}: standard output: {out.error.strerror}", file=sys.stderr)
        status = status or BROKEN
    sys.exit(status)


def _show(text: str) -> None:
    """On standard error, each line printable and at its indentation."""
    for line in text.splitlines():
        print(line[: len(line) - len(line.lstrip(" "))] + printable(line), file=sys.stderr)
