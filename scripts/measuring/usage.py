"""Wrong usage: one line on standard error and exit status 2, for every command alike."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn


class UsageError(Exception):
    """What was asked, what was found, what to do; in one line."""


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

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def leave(main: Callable[[], int], name: str = "fanout", failed: int = 1) -> NoReturn:
    """Ends the process with main's exit status. Wrong usage is status 2, `failed` a full disk or a directory taken away. Ctrl-C is status 130; `| head` closes the pipe before the end."""
    try:
        status = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("fanout: interrupted", file=sys.stderr)
        status = 130
    except UsageError as error:
        print(f"{name}: {error}", file=sys.stderr)
        status = 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered goes there
        status = 0
    except OSError as error:
        print(f"{name}: {error}", file=sys.stderr)
        status = failed
    sys.exit(status)
