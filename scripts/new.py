"""Begin a plug-in: a workload or an executor of your own, in one file that builds and runs at once."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = Path(__file__).with_name("templates")
KINDS = ("workload", "executor")

EXAMPLES = """examples:
  scripts/fanout new workload parse           parse/parse.cpp and parse/CMakeLists.txt
  scripts/fanout new executor my_pool

exit status: 0 fine; 2 wrong usage, a name that is taken among them; 5 the files cannot be written"""


def main(argv: Sequence[str] | None = None) -> int:
    from scripts.measuring.usage import UsageError

    arguments = parse(argv)
    name, folder = arguments.name, Path(arguments.name)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
        raise UsageError(f"{name}: accepted: a small letter, then small letters, digits and underscores")
    if folder.exists():
        raise UsageError(f"{name} exists here already; take another name")
    folder.mkdir()
    words = {"NAME": name, "CLASS": "".join(part.capitalize() for part in name.split("_"))}
    for template, file in (
        (f"{arguments.kind}.cpp.in", f"{name}.cpp"),
        ("CMakeLists.txt.in", "CMakeLists.txt"),
    ):
        text = re.sub(r"@(\w+)@", lambda match: str(words[str(match[1])]), (TEMPLATES / template).read_text())
        (folder / file).write_text(text)
    print(f"{folder / name}.cpp: edit it, then: scripts/fanout run {folder / name}.cpp")
    return 0


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    from scripts.measuring.usage import Parser

    parser = Parser("fanout new", __doc__, EXAMPLES)
    parser.add_argument("kind", choices=KINDS, help="what it is")
    parser.add_argument("name", help="by which it will be selected, and the directory to make")
    return parser.parse_args(argv)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout new")
