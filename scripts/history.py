"""Keep every result: record it in a store, which a team may share; list, check, export, import and prune it."""

# Needs: store

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.store.database.connection import Store

ROOT = Path(__file__).resolve().parents[1]

EXAMPLES = """examples:
  fanout history record                           what was measured last, results/latest
  fanout history record results/* --branch=main
  fanout history record times.json --commit=HEAD  of Google Benchmark or hyperfine, which do not say of which commit
  fanout history list                             the runs; or the series: fanout history list series --cell='sleep/*'
  fanout history list changes                     which cell got slower or faster, and since which commit
  fanout history check                            is everything still there, and as it was recorded?
  fanout history export history.jsonl             a backup; fanout history import history.jsonl is the way back
  fanout history prune --before=2025-01-01 --dry-run
  export FANOUT_STORE=postgresql://ci@db.example.org/fanout     one for a team; passwords: PGPASSWORD or ~/.pgpass

Each has a --help. The store is --store, else FANOUT_STORE, else a file of SQLite in the user's data directory.

exit status: 0 fine; 1 the store cannot be used, or a check has found a fault; 2 wrong usage; 5 bad results, or what
was to be written cannot be; 130 interrupted"""

COMMIT = (
    "a revision of the repository, for results that name none, or another one (default: what results say)"
)
SOURCE = (
    "what of the repository is the benchmark itself, with {workload} for a workload's name; where it changes, a new epoch "
    "begins (default: fanout's own workloads for those, else nothing)"
)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse(argv)

    from scripts.analysis.text import printable
    from scripts.store.needed import packages

    with packages():
        from scripts.store.database.address import StoreError, address
        from scripts.store.database.connection import Store

    def say(text: str) -> None:
        print(printable(f"fanout history: {text}"), file=sys.stderr)

    work: Callable[[argparse.Namespace, Store], int] = WORK[arguments.what]
    try:
        with TemporaryDirectory(prefix="fanout-") as own:
            url = arguments.store or (f"sqlite:///{own}/store" if arguments.what == "speed" else None)
            with packages():
                store = Store(address(url), say, create=arguments.what in MAKING)
            return work(arguments, store)
    except StoreError as error:
        say(str(error))
        return 1


def record(arguments: argparse.Namespace, store: Store) -> int:
    """Results that are bad are told, and do not keep the others out."""
    from scripts.analysis.results import BadResults
    from scripts.analysis.text import printable
    from scripts.store.reading import Said, read
    from scripts.store.record import record
    from scripts.store.telling import recorded

    words = {key: getattr(arguments, key) for key in ("repository", "commit", "project", "branch", "machine")}
    said = Said(**words, sources=tuple(arguments.source))
    status = 0
    for path in arguments.results:
        try:
            run = read(path, said)
        except BadResults as error:
            print(f"fanout history record: {error}", file=sys.stderr)
            status = 5
            continue
        new = store.write(lambda connection: record(connection, run))
        print(printable(recorded(run, new, store.address)))
    return status


def list_(arguments: argparse.Namespace, store: Store) -> int:
    from scripts.reports import show
    from scripts.store import telling
    from scripts.store.series import Wanted

    wanted = Wanted(arguments.project, arguments.branch, arguments.cell, arguments.dirty)
    made = {"runs": telling.runs, "series": telling.series, "changes": telling.changes}[arguments.of]
    return show(made(store, wanted), arguments.format)


def check(arguments: argparse.Namespace, store: Store) -> int:
    from scripts.analysis.text import printable
    from scripts.measuring.progress import status
    from scripts.store.integrity import check

    with status() as say:
        found = check(store, say)
    for fault in found.faults:
        print(printable(f"{store.address}: {fault}"), file=sys.stderr)
    told = "not all is as it was recorded" if found.faults else "all is as it was recorded"
    print(printable(f"{store.address}: {found.runs} runs, {found.samples} samples: {told}"))
    return 1 if found.faults else 0


def export(arguments: argparse.Namespace, store: Store) -> int:
    from scripts.store.exchange import exported, write

    if arguments.file is None:
        sys.stdout.writelines(exported(store))
    else:
        write(arguments.file, exported(store))
    return 0


def import_(arguments: argparse.Namespace, store: Store) -> int:
    from scripts.measuring.usage import UsageError
    from scripts.store.database.address import StoreError
    from scripts.store.exchange import imported

    try:
        with arguments.file.open(encoding="utf-8") as file:
            new, count = imported(store, file)
    except OSError as error:
        raise UsageError(f"{arguments.file} cannot be read: {error.strerror}") from error
    except (StoreError, UnicodeDecodeError) as error:
        raise StoreError(f"{arguments.file}: {error}") from error
    print(f"{new} new runs of {count}, into {store.address}")
    return 0


def prune(arguments: argparse.Namespace, store: Store) -> int:
    from scripts.measuring.usage import UsageError
    from scripts.store.pruning import Unwanted, prune

    unwanted = Unwanted(arguments.run, arguments.before, arguments.branch, arguments.dirty)
    if unwanted == Unwanted([]):
        raise UsageError("prune: say which runs: RUN, --before, --branch or --dirty")
    gone = prune(store, unwanted, arguments.dry_run)
    print(*gone, f"{len(gone)} runs {'would be' if arguments.dry_run else 'are'} gone", sep="\n")
    return 0


def speed(arguments: argparse.Namespace, store: Store) -> int:
    from scripts.analysis.text import duration
    from scripts.measuring.progress import status
    from scripts.store.speed import measure

    with status() as say:
        found = measure(store, arguments.samples, say)
    for what, seconds in found:
        print(f"{duration(seconds)}: {what}")
    return 0


WORK = {one.__name__.rstrip("_"): one for one in (record, list_, check, export, import_, prune, speed)}
MAKING = ("record", "import", "speed")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    from scripts.measuring import flags
    from scripts.measuring.files import LATEST
    from scripts.measuring.usage import Parser
    from scripts.reports import renderers

    parser = Parser("fanout history", __doc__, EXAMPLES)
    several = parser.add_subparsers(dest="what", metavar="WHAT", required=True, parser_class=Parser)

    def command(name: str, help: str) -> Callable[..., object]:
        one = several.add_parser(name, help=help, description=help, epilog="see also: fanout history --help")
        store = "sqlite:///FILE or postgresql://[USER@]HOST/DATABASE (default: FANOUT_STORE, else the user's own; speed: temporary)"
        one.add_argument("--store", metavar="URL", help=store)
        return one.add_argument

    add = command("record", "put results into the store; what is there already stays as it is")
    add("results", metavar="RESULT", type=Path, nargs="*", default=[LATEST], help=f"(default: {LATEST})")
    add("--commit", metavar="REV", default="", help=COMMIT)
    add(
        "--branch",
        metavar="NAME",
        default="",
        help="(default: the one that is checked out, if at this commit)",
    )
    add("--project", metavar="NAME", default="", help="whose cells they are (default: the repository's name)")
    add("--machine", metavar="NAME", default="", help="where they were measured, if results do not say it")
    add("--source", metavar="PATH", action="append", default=[], help=SOURCE)
    add(
        "--repository",
        metavar="DIR",
        type=Path,
        default=Path(),
        help="of the commits (default: this directory's)",
    )

    add = command(
        "list",
        "the runs, the series (cells by epochs, over their commits), or what seems to have changed in them",
    )
    add("of", choices=("runs", "series", "changes"), nargs="?", default="runs", help="(default: runs)")
    add("--project", metavar="NAME", default="", help="of this one alone")
    add("--branch", metavar="NAME", default="", help="of this one alone")
    add("--cell", metavar="GLOB", default="*", help="series and changes of these cells alone")
    add("--dirty", action="store_true", help="series of runs with changes that were not committed, too")
    add("--format", choices=renderers(), default="terminal")

    command("check", "make every run's digest anew from its rows; of SQLite check the file, too")
    add = command("export", "write all as lines of JSON")
    add("file", metavar="FILE", type=Path, nargs="?", help="(default: standard output)")
    add = command("import", "record all runs of an export; what is there already stays as it is")
    add("file", metavar="FILE", type=Path)
    add = command("prune", "take runs out that are all of what is said")
    add("run", metavar="RUN", nargs="*", help="the beginning of its digest, as fanout history list has it")
    add("--before", metavar="DATE", type=day, help="measured before 2025-01-31 (UTC)")
    add("--branch", metavar="NAME", default="", help="of this one")
    add("--dirty", action="store_true", help="with changes that were not committed")
    add("--dry-run", action="store_true", help="say which, and keep them")
    made_up = "fill a temporary store, or an empty one, with runs that are made up, and tell how long it takes to ask"
    add = command("speed", made_up)
    add("--samples", metavar="N", type=flags.positive(int), default=1_000_000, help="(default: 1000000)")
    return parser.parse_args(argv)


def day(text: str) -> float:
    from datetime import datetime, timezone

    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day, such as 2025-01-31") from None


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout history")
