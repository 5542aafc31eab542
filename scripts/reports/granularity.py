"""The report of a sweep over the size of tasks: which executors are efficient, and by how much to batch for the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scripts.analysis.answers.granularity import HALF, MOST, Curve, by_panel
from scripts.analysis.metg import Metg
from scripts.analysis.summary import Summary
from scripts.analysis.text import UNITS, digits, duration, listed, plural, printable, unit_for
from scripts.reports import ROWS, Block, Column, Heading, Notes, Report, Table, Text, beyond
from scripts.reports.summary import doubts, failed, machine

COLUMNS = [
    Column("executor"),
    Column("workers", right=True),
    Column("METG(50) [low, high]", "METG(50)\n[low, high]", right=True),
    Column("METG(95) [low, high]", "METG(95)\n[low, high]", right=True),
]
MEANS = (
    "METG(50) and METG(95): the smallest granularity at which efficiency is 50 % and 95 %. Granularity is time per batch x "
    "CPUs / tasks, so that it holds what the executor adds to a task."
)


def report(summary: Summary, curves: Sequence[Curve], task: float) -> Report:
    """Of one file's curves, for tasks that compute for so many seconds."""
    blocks: list[Block] = [Text(text, "bold red") for text in doubts(summary)]
    for (_, _, workers), panel in by_panel(curves).items():
        style = (
            "bold green" if {curve.place(task) for curve in panel} <= {"above", "below"} else "bold yellow"
        )
        blocks += [Heading(_heading(panel[0])), Text(sentence(panel, task), style, 2)]
    if not curves:
        blocks.append(
            Text(
                "Nothing to tell: no executor was measured beside the serial loop at two sizes of tasks.",
                "bold red",
            )
        )
    else:
        rows = [[one.contender, str(one.workers), *_numbers(one)] for one in curves[:ROWS]]
        blocks += [Heading("Smallest granularity, over min(workers, effective CPUs)"), Table(COLUMNS, rows)]
        blocks += [*beyond(len(curves) - ROWS, "executors"), Notes([MEANS, *unbracketed(curves)])]
    blocks += [*failed(summary.failures), Heading("How it was measured"), Text(machine(summary))]
    data = {"task": task, "granularity": curves}
    return Report(f"Granularity: {summary.label}", blocks, lambda: {**data, **summary.as_json()})


def _heading(one: Curve) -> str:
    workers = plural(one.workers, "worker")
    which = f"min(workers, effective CPUs) = {one.cpus:g}"
    return f"{one.tasks} tasks on {workers}: efficiency over {which}"


def sentence(panel: Sequence[Curve], task: float) -> str:
    """What is above 95 % at such tasks, and what to do about the others: of one number of workers."""
    by = {
        place: [one for one in panel if one.place(task) == place]
        for place in ("above", "below", "open", "outside")
    }
    head = f"tasks of {_plain(task)}:"
    if by["outside"]:
        first, last = by["outside"][0].points[0].size, by["outside"][0].points[-1].size
        return f"{head} not measured, those from {_plain(first)} to {_plain(last)} were"
    if not all(one.certain for one in panel):
        return f"{head} too few rounds to tell: --rounds=10 would"
    parts = [_above(by["above"], by["below"], bool(by["open"]))]
    if by["open"]:
        parts.append(f"cannot tell of {_names(by['open'])}")
    parts += _advice(by["below"], task)
    return f"{head} {'; '.join(parts)}"


def _above(above: Sequence[Curve], below: Sequence[Curve], more: bool) -> str:
    if not above:
        return "no executor is above 95 % beyond doubt" if more else "no executor is above 95 %"
    if more or len(below) > len(above):
        return f"{_names(above)} {'is' if len(above) == 1 else 'are'} above 95 %"
    return f"every executor{f' but {_names(below)}' if below else ''} is above 95 %"


def _advice(below: Sequence[Curve], task: float) -> Iterator[str]:
    """By how much to batch for each; what batching does not help, and what nothing that was measured does."""
    counts = [(one, count) for one in below if (count := one.batch(task))]
    enough = [(one, count) for one, count in counts if one.workers * count <= one.tasks]
    if enough:
        yield "batch " + ", ".join(f"{printable(one.contender)} by {count}" for one, count in enough)
    if few := [(one, count) for one, count in counts if one.workers * count > one.tasks]:
        by = ", ".join(f"{printable(one.contender)} by {count}" for one, count in few)
        yield f"{few[0][0].tasks} are too few to batch {by}"
    if never := [one for one in below if not one.most.seconds]:
        end, together = _plain(never[0].points[-1].size), int(never[0].points[-1].size / task * (1 + 1e-9))
        size = f"{end}, a batch of {together}" if together > 1 else end
        yield f"below 95 % up to the longest task measured, {size}: {_names(never)}"


def unbracketed(curves: Sequence[Curve]) -> Iterator[str]:
    """What lies beyond the sizes that were measured, a sentence for all that share it."""
    found: dict[str, list[str]] = {}
    for curve in curves:
        for one, share in ((curve.half, HALF), (curve.most, MOST)):
            if one.seconds is None:
                side, end = (
                    ("above", "down to the shortest")
                    if one.state == "efficient"
                    else ("below", "up to the longest")
                )
                words = f"{side} {100 * share:g} % {end} task measured, {_plain(one.end)}"
                names = found.setdefault(words, [])
                workers = f" with {curve.workers}" if len({each.workers for each in curves}) > 1 else ""
                names.append(f"{printable(curve.contender)}{workers}")
    yield from (f"{words.capitalize()}: {listed(names)}." for words, names in found.items())


def _numbers(curve: Curve) -> Iterator[str]:
    for one in (curve.half, curve.most):
        yield _interval(one, curve.certain) if one.seconds else _beyond(one, curve)


def _interval(found: Metg, certain: bool) -> str:
    """In one unit: 4.40 [3.90, 5.10] µs."""
    assert found.seconds
    unit = unit_for(found.seconds.median)
    low, middle, high = (
        digits(value / UNITS[unit]) for value in (found.seconds.low, found.seconds.median, found.seconds.high)
    )
    return f"{middle}{f' [{low}, {high}]' if certain else ''} {unit}"


def _beyond(one: Metg, curve: Curve) -> str:
    efficient = one.state == "efficient"
    return f"{'<' if efficient else '>'} {duration(curve.points[0 if efficient else -1].granularity)}"


def _names(curves: Sequence[Curve]) -> str:
    return listed([printable(curve.contender) for curve in curves])


def _plain(seconds: float) -> str:
    """20 µs rather than 20.0 µs: what was asked for has no more digits."""
    unit = unit_for(seconds)
    return f"{seconds / UNITS[unit]:.4g} {unit}"
