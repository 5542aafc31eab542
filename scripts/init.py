"""Write a fanout.toml for the repository in which you stand, by looking at how it is built."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "CHANGE_ME"

EXAMPLES = """examples:
  fanout init                          looks for a CMake target that links Google Benchmark
  fanout init --subject='{build}/app --threads={workers}' --command='make -C {source} BUILD={build}'
  fanout gate                          then judges HEAD by it

exit status: 0 written; 2 there is a fanout.toml already, or this is no git repository"""

TEXT = """# How fanout builds a commit of this repository, and what it measures there: see fanout gate --help.
[build]
# Commands, in the words of a shell (none reads them): {{source}} is the commit's worktree, {{build}} a directory that is kept.
command = [{command}]
# What they make: a Google Benchmark program, or a command with a place for the number of workers,
# such as "{{build}}/app --threads={{workers}}".
subject = {subject}

# fanout gate: any flag of fanout duet. Two to six benchmarks whose speed somebody would miss are a good gate.
[gate]
margin = "5%"
max-time = "10m"
# base = "main"
# filter = "Sort.*"
# workers = "1,2"
"""
CMAKE = (
    "cmake -S {source} -B {build} -DCMAKE_BUILD_TYPE=Release",
    "cmake --build {build} --parallel --target {target}",
)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse(argv)

    from scripts.measuring.duet.builds import here
    from scripts.measuring.duet.project import NAME
    from scripts.measuring.usage import UsageError

    path = here().root / NAME
    targets = [] if arguments.subject else list(benchmarks(path.parent))
    target = targets[0] if targets else ""
    commands = arguments.command or [line.replace("{target}", target) for line in CMAKE if target]
    subject = arguments.subject or ("{build}/" + product(path.parent, target) if target else TEMPLATE)
    text = TEXT.format(command=", ".join(map(quoted, commands or [TEMPLATE])), subject=quoted(subject))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} is there already; edit it, or remove it first") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    print(path)
    if TEMPLATE in text:
        print(f"no CMake target links benchmark::benchmark: put in how it is built where {TEMPLATE} stands")
    elif len(targets) > 1:
        print(f"it measures {target}; there are also {', '.join(targets[1:])}")
    return 0


def benchmarks(root: Path) -> Iterator[str]:
    """The CMake targets that link Google Benchmark, by the files of the repository."""
    for path in sorted(root.rglob("CMakeLists.txt")):
        if any(part.startswith((".", "build")) for part in path.relative_to(root).parts[:-1]):
            continue
        text = re.sub(r"#.*", "", path.read_text(encoding="utf-8", errors="replace"))
        for name, libraries in re.findall(r"target_link_libraries\s*\(\s*([\w.+-]+)([^)]*)\)", text):
            if re.search(r"\bbenchmark(::benchmark|_main)?\b", libraries):
                yield name


def product(root: Path, target: str) -> str:
    """Where the target's program is in the build directory: as its CMakeLists.txt is in the repository."""
    for path in sorted(root.rglob("CMakeLists.txt")):
        if re.search(rf"add_executable\s*\(\s*{re.escape(target)}\b", path.read_text(errors="replace")):
            return (path.parent.relative_to(root) / target).as_posix()
    return target


def quoted(text: str) -> str:
    """As a text in TOML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    from scripts.measuring.usage import Parser

    parser = Parser("fanout init", __doc__, EXAMPLES)
    add = parser.add_argument
    several = "that builds it, with places for {source} and {build}; may be repeated, in their order"
    add("--command", metavar="TEXT", action="append", default=[], help=several)
    add("--subject", metavar="TEXT", default="", help="what that makes: a program, or a command")
    return parser.parse_args(argv)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout init")
