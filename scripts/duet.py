"""Compare two git refs, or two binaries, in interleaved rounds: slower, faster, same, or cannot tell."""

# Needs: build

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GOING_ON = ("max_time", "time_limit", "format", "bench")

EXAMPLES = """examples:
  scripts/fanout duet main HEAD --workloads=overhead --executors=pool
  scripts/fanout duet v1.2 v1.3 --workloads=math,search --executors='tbb*,pool' --workers=1,2,max
  scripts/fanout duet build/release/fanout-bench /tmp/other/fanout-bench --margin=5%
  scripts/fanout duet HEAD HEAD --workloads=spin        A/A: what this machine does by itself
  scripts/fanout duet HEAD HEAD --workloads=spin --set-new=spin.slowdown=5
  scripts/fanout duet old/my_benchmark build/my_benchmark --filter='Sort.*'
  scripts/fanout duet --base='./old {workers}' --new='./new {workers}' --workers=1,2,4
  scripts/fanout duet --resume=results/NAME   goes on where it was cut off, or had no time left
  scripts/fanout duet main HEAD --dry-run               builds both, and shows what would run, and for how long

BASE and NEW are commits of the repository in which you stand (built under build/duet/, and kept there), or files; where
both fit, the file is meant, and refs/heads/NAME the branch. Each round measures every cell that is still undecided three
times, in random order: base, new, and base once more, which shows the noise. Verdicts are given after 12, 16, 24, 32, 48
and 64 rounds, changes after fresh ones that confirm them.

exit status: 0 no regression was found; 1 a regression; 2 wrong usage, or a build that fails; 3 nothing to
compare, or a cell that NEW does not have or that fails there; 4 different compilers, flags or build types (unless
--cross-machine); 5 what was to be written or printed cannot be, or a fault of Fanout; 130 interrupted: Ctrl-C
prints and keeps what is decided"""


def main(argv: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else list(argv)
    arguments = parse(words)

    from scripts.measuring.duet import duet, project
    from scripts.measuring.usage import UsageError
    from scripts.subjects.sides import maker

    arguments = as_it_was(arguments) if (folder := arguments.resume) else arguments
    arguments.project = project.find(Path.cwd())
    if folder:
        return duet.resume(arguments, maker(arguments), folder)
    sides = [[getattr(arguments, name) for name in (side, f"{side}_command")] for side in ("base", "new")]
    if any(given.count(None) != 1 for given in sides):
        raise UsageError("BASE and NEW are required, or --base and --new (see fanout duet --help)")
    return duet.run(arguments, maker(arguments), words)


def as_it_was(arguments: argparse.Namespace) -> argparse.Namespace:
    """The arguments of the duet to be resumed, its refs as the commits that they were, with what was asked
    anew."""
    from scripts.measuring import files
    from scripts.measuring.usage import UsageError

    given = {name for name, value in vars(arguments).items() if value != parse([]).__dict__[name]}
    if others := given - {"resume", *GOING_ON}:
        raise UsageError(f"--resume goes on with the same duet: leave out {', '.join(sorted(others))}")
    journal = arguments.resume / files.SAMPLES
    header = files.read_journal(journal, "duet")[0]
    before = parse(files.texts(header, "argv", journal))
    for name in given:
        setattr(before, name, getattr(arguments, name))
    try:
        sides = {label: header["sides"][label.lower()] for label in ("BASE", "NEW")}
        before.commits = {label: str(side["commit"]) for label, side in sides.items()}
    except (KeyError, TypeError) as error:
        raise UsageError(f"{journal}: line 1 does not say what was compared: {error!r}") from None
    return before


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    from scripts.measuring.duet.options import add_duet
    from scripts.measuring.usage import Parser
    from scripts.subjects.find import add_flags

    parser = Parser("fanout duet", __doc__, EXAMPLES)
    add = parser.add_argument
    add("base", metavar="BASE", nargs="?", help="what was: a git ref, or the path of a program")
    add("new", metavar="NEW", nargs="?", help="what is to be judged, likewise")
    command = "in place of {}: a command, with a place for {{workers}}"
    add("--base", dest="base_command", metavar="TEXT", help=command.format("BASE"))
    add("--new", dest="new_command", metavar="TEXT", help=command.format("NEW"))
    add_duet(parser)
    add_flags(parser)
    add("--resume", metavar="DIR", type=Path, help="go on with the duet in DIR, with the same builds")
    return parser.parse_args(argv)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout duet")
