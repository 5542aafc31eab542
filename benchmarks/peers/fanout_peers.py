"""Runs the same work under Python's own ways of running things at once, and times it as fanout-bench times C++'s.

Checked are the results of the last timed batch, and of a counted batch before and after the timed ones; fanout-bench
itself checks every timed batch. Results say so: "law": "last batch" in their context."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Optional, Sequence, Tuple

if TYPE_CHECKING:
    from benchmarks.peers.selection import Selection

ROOT = Path(__file__).resolve().parents[2]
OLDEST = (3, 9)
FINE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

EXAMPLES = """examples:
  python3 benchmarks/peers/fanout_peers.py --list
  python3 benchmarks/peers/fanout_peers.py --workloads=math --executors=py_serial,py_pool --workers=1,2,max
  python3 benchmarks/peers/fanout_peers.py --workloads=http --executors=py_asyncio --benchmark_out=results.json

For results to rely on, beside C++'s and with fresh processes for each cell: scripts/fanout run --peers

exit status: 0 fine, 1 a cell failed, 2 wrong usage, 130 interrupted (what was done is written)"""


def main(argv: Optional[Sequence[str]] = None) -> int:
    from benchmarks.peers import registry
    from benchmarks.peers.selection import UsageError, select

    try:
        asked = parse(argv)
        if asked.list:
            known = registry.listing()
            print(json.dumps(known, indent=1) if asked.list == "json" else for_people(known))
            return FINE
        flags = [f"--workers={asked.workers}", f"--seed={asked.seed}"]
        flags += [f"--set={text}" for text in asked.set]
        selection = select(asked.bench.resolve(), asked.workloads, asked.executors, flags, asked.tag)
        if asked.dry_run:
            names = "\n".join(cell.name for cell in selection.cells)
            text = json.dumps(selection.as_json(), indent=1) if asked.dry_run == "json" else names
            print(text, end="\n" if text else "")
            return FINE
        if not selection.cells:
            raise UsageError(f"nothing to run: {'; '.join(selection.refused)}")
        return run(asked, selection)
    except (UsageError, OSError) as error:
        print(f"fanout-peers: {error}", file=sys.stderr)
        return WRONG_USAGE if isinstance(error, UsageError) else FAILED


def run(asked: argparse.Namespace, selection: Selection) -> int:
    from benchmarks.peers import system
    from benchmarks.peers.measure import LAW, Measuring, measure
    from benchmarks.peers.report import Report, context, output_file

    # Python 3.12 warns of a fork where there are threads, as process pools have; they do not fork once they have them.
    warnings.simplefilter("ignore", DeprecationWarning)
    report = Report()
    measuring = Measuring(asked.warmup, asked.benchmark_min_time, asked.benchmark_repetitions)
    cells = selection.cells
    with output_file(asked.benchmark_out) as commit:
        system.prepare_process()
        try:
            for cell in cells:
                measure(cell, measuring, report)
        except KeyboardInterrupt:
            pass
        stopped = system.interrupted()
        facts = context(selection.context, cells, seed=cells[0].case.seed, interrupted=stopped, law=LAW)
        commit(report.document(facts, cells))
    if stopped:
        return INTERRUPTED
    return FAILED if report.failed else FINE


def for_people(known: dict[str, Any]) -> str:
    lines = [f"fanout-peers on {known['words']}", "", "Workloads (--workloads)"]
    lines += [f"  {workload['name']}" for workload in known["workloads"]]
    lines += ["", "Executors (--executors)"]
    for peer in known["executors"]:
        lines += [f"  {peer['name']} ({peer['kind']}): {peer['help']}", f"      idle workers: {peer['idle']}"]
    return "\n".join(lines)


def parse(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    """Flags are those of fanout-bench, as far as they mean something here."""
    parser = Parser(
        prog="fanout-peers",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    names: dict[str, Any] = {"metavar": "LIST", "type": _list, "default": ("*",)}
    forms: dict[str, Any] = {"nargs": "?", "choices": ("text", "json"), "const": "text"}
    binary = ROOT / "build/release/fanout-bench"
    add("--workloads", **names, help="names or globs by commas (default: all)")
    add("--executors", **names, help="names or globs by commas (default: all)")
    add("--workers", metavar="LIST", default="1,max", help="counts; max: the effective CPUs (default: 1,max)")
    add("--set", metavar="OWNER.P=V[,V]", action="append", default=[], help="a parameter; may be repeated")
    add("--seed", metavar="N", default="1", help="of all generated data (default: 1)")
    add("--warmup", metavar="S", type=_seconds, default=0.12, help="seconds before the timed batches")
    add("--benchmark_min_time", metavar="S", type=_seconds, default=0.5, help="seconds of timed batches")
    add("--benchmark_repetitions", metavar="N", type=_count, default=1, help="how often (default: 1)")
    add("--benchmark_out", metavar="FILE", type=Path, help="where to write the JSON")
    add("--benchmark_out_format", choices=("json",), default="json", help="json")
    add("--bench", metavar="PATH", type=Path, default=binary, help="the binary to agree with")
    add("--tag", metavar="TEXT", default="", help="added to the executors' names, to tell interpreters apart")
    add("--list", **forms, help="list workloads and executors, for people or (=json) for programs")
    add("--dry-run", **forms, help="print the names of the cells that would run, or (=json) all about them")
    return parser.parse_args(argv)


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _list(text: str) -> Tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _seconds(text: str) -> float:
    """With or without the "s" that Google Benchmark 1.8 wants and 1.7 refuses."""
    number = re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)(e-?[0-9]+)?s?", text)
    seconds = float(text.removesuffix("s")) if number else -1.0
    if not 0 <= seconds < 1e6:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds from 0 up")
    return seconds


def _count(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,5}|1000000", text):
        raise argparse.ArgumentTypeError(f"'{text}': accepted: 1 .. 1000000")
    return int(text)


def leave(status: int) -> NoReturn:
    """At once: an interpreter that ends by itself would wait for threads that sleep yet."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # the reader of `| head` has ended
        pass
    os._exit(status)


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        complaint = "fanout-peers: Python %d.%d is too old; it takes %d.%d or later"
        print(complaint % (sys.version_info[:2] + OLDEST), file=sys.stderr)
        sys.exit(WRONG_USAGE)
    # In place of this directory, so that modules have the same names as elsewhere.
    sys.path[0] = str(ROOT)
    try:
        code = main()
    except SystemExit as error:  # argparse's
        code = error.code if isinstance(error.code, int) else WRONG_USAGE
    except KeyboardInterrupt:
        code = INTERRUPTED
    leave(code)
