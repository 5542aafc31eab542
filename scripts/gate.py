"""Judge HEAD against where it branched off, in any repository with a fanout.toml: what CI asks of a change."""

# Needs: build

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
OTHERS = ("base",)  # keys of [gate] that are no flags

EXAMPLES = """examples:
  fanout gate                          HEAD against its merge base with the default branch
  fanout gate origin/release           with another branch
  fanout gate --margin=5% --format=github

fanout.toml, in this directory or above, says what is built and judged (fanout init writes one):
  [build]
  command = ["cmake -S {source} -B {build}", "cmake --build {build}"]
  subject = "{build}/my_benchmark"     a Google Benchmark program, or a command: "{build}/app --threads={workers}"
  [gate]
  base = "main"                        and any flag of fanout duet:
  filter = "Sort.*"
  margin = "5%"
  max-time = "10m"

Both commits are built in worktrees in the user's cache directory, once each. Where HEAD is itself on that branch, it is judged
against the commit before it.

exit status: that of fanout duet: 0 no regression was found, 1 a regression, 2 wrong usage or a build that fails, 3 nothing to
compare, 4 different builds, 5 a fault of Fanout, 130 interrupted"""


def main(argv: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else list(argv)
    given = parse(words)

    from scripts.measuring.duet import builds, duet, project
    from scripts.measuring.usage import UsageError
    from scripts.subjects.sides import maker

    found = project.find(Path.cwd())
    if found is None:
        raise UsageError(f"no {project.NAME} in {Path.cwd()} or above; fanout init writes one")
    repository = builds.here(found.recipe)
    asked = given.branch or found.tables["gate"].get("base")
    branch = next((name for name in ([asked] if asked else BRANCHES) if repository.commit(name)), None)
    if branch is None:
        tried = asked or ", ".join(BRANCHES)
        raise UsageError(
            f"nothing to judge HEAD against: no commit is called {tried}; name one: fanout gate BRANCH"
        )
    # In the words of a duet, so that fanout duet --resume goes on with it.
    flags = [*found.flags("gate", _parser()._option_string_actions, OTHERS), *without_branch(words)]
    sides = repository.merge_base(branch), repository.require("HEAD")
    arguments = parse(flags)
    arguments.base, arguments.new, arguments.project = *sides, found
    return duet.run(arguments, maker(arguments), [*flags, *sides])


def without_branch(words: Sequence[str]) -> list[str]:
    """The flags alone, which a duet has too."""
    for place in range(len(words)):
        rest = [*words[:place], *words[place + 1 :]]
        if not words[place].startswith("-") and parse(rest).branch is None:
            return rest
    return list(words)


def _parser() -> argparse.ArgumentParser:
    from scripts.measuring.duet.options import add_duet
    from scripts.measuring.usage import Parser
    from scripts.subjects.find import add_flags

    parser = Parser("fanout gate", __doc__, EXAMPLES)
    branch = "what HEAD branched off from (default: base of [gate], or the default branch)"
    parser.add_argument("branch", metavar="BRANCH", nargs="?", help=branch)
    add_duet(parser)
    add_flags(parser)
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    return _parser().parse_args(argv)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout gate")
