"""Compare two git refs, or two binaries, in interleaved rounds: slower, faster, same, or cannot tell."""

# Needs: build
# Builds: what it compares

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.measuring.duet.setup import Make

ROOT = Path(__file__).resolve().parents[1]
GOING_ON = ("max_time", "time_limit", "format")

EXAMPLES = """examples:
  scripts/fanout duet main HEAD --workloads=overhead --executors=pool
  scripts/fanout duet v1.2 v1.3 --workloads=math,search --executors='tbb*,pool' --workers=1,2,max
  scripts/fanout duet build/release/fanout-bench /tmp/other/fanout-bench --margin=5%
  scripts/fanout duet HEAD HEAD --workloads=spin        A/A: what this machine does by itself
  scripts/fanout duet HEAD HEAD --workloads=spin --set-new=spin.slowdown=5
  scripts/fanout duet --resume=results/NAME   goes on where it was cut off, or had no time left
  scripts/fanout duet main HEAD --dry-run               builds both, and shows what would run, and for how long

BASE and NEW are commits of the repository in which you stand (built under build/duet/, and kept there), or files; where
both fit, the file is meant, and refs/heads/NAME the branch. Each round measures every cell that is still undecided three
times, in random order: base, new, and base once more, which shows the noise. Verdicts are given after 8, 16, 32 and 64
rounds, changes after 8 more that confirm them.

exit status: 0 no regression was found; 1 a regression; 2 wrong usage, or a build that fails; 3 nothing to
compare, or a cell that NEW does not have or that fails there; 4 different compilers, flags or build types (unless
--cross-machine); 5 what was to be written or printed cannot be, or a fault of Fanout; 130 interrupted: Ctrl-C
prints and keeps what is decided"""


def main(argv: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else list(argv)
    arguments = parse(words)

    from scripts.measuring.duet import duet
    from scripts.measuring.usage import UsageError

    if arguments.resume:
        folder = arguments.resume
        arguments = as_it_was(arguments)
        return duet.resume(arguments, maker(arguments), folder)
    if arguments.new is None:
        raise UsageError("BASE and NEW are required (see fanout duet --help)")
    return duet.run(arguments, maker(arguments), words)


def maker(arguments: argparse.Namespace) -> Make:
    """What makes the subject of a side."""
    from scripts.subjects.find import of_side

    return lambda side: of_side(arguments, side.binary)


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
    from scripts.measuring import flags
    from scripts.measuring.running.options import BENCH
    from scripts.measuring.usage import Parser
    from scripts.reports import renderers
    from scripts.subjects.find import add_flags

    parser = Parser("fanout duet", __doc__, EXAMPLES)
    add = parser.add_argument
    add("base", metavar="BASE", nargs="?", help="what was: a git ref, or the path of a fanout-bench")
    add("new", metavar="NEW", nargs="?", help="what is to be judged, likewise")
    flags.add_cells(add)
    add_flags(parser)
    add(
        "--set-new",
        metavar="O.P=V",
        action="append",
        default=[],
        help="a parameter that only NEW gets, to see what a change would look like; may be repeated",
    )
    add(
        "--margin",
        metavar="PERCENT",
        type=flags.share,
        default=0.03,
        help="changes within it are of no interest (default: 3%%)",
    )
    add(
        "--max-time",
        metavar="TIME",
        type=flags.duration,
        default=900.0,
        help="stop measuring after 90s, 15m, 2h; what is undecided then is inconclusive (default: 15m)",
    )
    flags.add_time_limit(parser)
    add(
        "--cross-machine",
        action="store_true",
        help="compare builds of different compilers, flags or build types all the same",
    )
    add("--format", choices=renderers(), default="terminal", help="(default: terminal)")
    add("--output", metavar="DIR", type=Path, help="where to write (default: results/duet-<UTC time>)")
    parser.set_defaults(bench=BENCH)
    add("--resume", metavar="DIR", type=Path, help="go on with the duet in DIR, with the same builds")
    parser.set_defaults(commits=None)
    add("--dry-run", action="store_true", help="build, and show what would run, and for about how long")
    return parser.parse_args(argv)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout duet")
