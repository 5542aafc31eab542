"""The report of a `load`: what to use at each rate, how long requests take, up to which rate, and what spoils it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from scripts.analysis.answers.answer import ENOUGH
from scripts.analysis.text import duration, kind_label, listed, plural, printable
from scripts.reports import ROWS, Block, Column, Heading, Notes, Report, Table, Text, beyond
from scripts.reports.summary import facts
from scripts.reports.wording import counted

Json = Mapping[str, Any]
SHOWN = ("50", "90", "99", "99.9")
COLUMNS = [
    Column("executor"),
    Column("workers", right=True),
    Column("done a second", "done a\nsecond", right=True),
    Column("queueing, mean", "queueing,\nmean", right=True, dispensable=2),
    Column("service, mean", "service,\nmean", right=True, dispensable=1),
    *(Column(f"p{share}{' [low, high]' if share == '99' else ''}", right=True) for share in SHOWN),
    Column("longest", right=True),
    Column("remarks", wraps=True),
]
KNEES = [
    Column("executor"),
    Column("workers", right=True),
    Column("requests a second [low, high]", "requests a second\n[low, high]", right=True),
    Column("rates tried", right=True),
    Column("remarks", wraps=True),
]
ENDS = {
    "searching": "not found when the time was up",
    "unknown": "too few requests lie beyond the percentile: a longer --duration, or a lower p",
    "above": "the limit is kept wherever it was tried",
    "below": "the limit is missed wherever it was tried",
}
MEANS = (
    "A request's latency counts from when it was due: queueing until it began, service until it ended. Percentiles are of the "
    "requests of all rounds together, and are told where 10 or more lie beyond."
)
CLOSED = (
    "Closed loop: the requests of a batch are due at its begin, and the next batch waits for this one. Whoever is slow is asked "
    "less often, so that no queue grows: its latencies do not tell what callers who do not wait would see."
)


def report(document: Json) -> Report:
    """Of what a `load` has written."""
    cells = {str(cell["name"]): cell for cell in document["cells"]}
    known = "; ".join(f"{key}: {printable(value)}" for key, value in facts(document["context"]).items())
    answers = [*_choices(document, cells), *_knees_said(document, cells)]
    blocks: list[Block] = [
        *(Text(text, "bold") for text in answers),
        *_knees(document, cells),
        *_tables(document),
        *_failed(document["failures"]),
        Heading("How it was measured"),
        Notes([*_notes(document), MEANS]),
        Text(f"{known}."),
    ]
    return Report("Under load", blocks, lambda: document)


def _choices(document: Json, cells: Json) -> Iterator[str]:
    several = len({one["case"] for one in document["choices"]}) > 1
    found = {(one["cell"], one["rate"]): one for one in document["loads"]}
    for one in document["choices"]:
        case = f"{one['case']}, " if several else ""
        at = f"{case}at {_rate(one['rate'])} requests a second"
        slo = document["context"]["slo"]
        p = f"p{100 * one['share']:g}"
        if one["best"] is None:
            why = f"keeps {p} within {_limit(slo)}" if slo else "keeps up"
            yield f"{at}: nothing that was measured {why}"
            continue
        best = found[one["best"], one["rate"]]
        time = _time(best, f"{100 * one['share']:g}")
        others = [_need(need, found[need["best"], one["rate"]]) for need in one["needs"]]
        yield "; ".join([f"{at}: {_who(cells[one['best']])}, {p} {time}", *others])


def _need(need: Json, most: Json) -> str:
    name = need["contender"]
    if need["workers"] is not None:
        return f"{name} needs {plural(need['workers'], 'worker')} for it"
    return f"{name} is not as good with {most['workers']}{' (over its capacity)' if most['over'] else ''}"


def _knees_said(document: Json, cells: Json) -> Iterator[str]:
    found = [one for one in document["knees"] if one["rate"]]
    if not found:
        return
    slo = document["context"]["slo"]
    for case, group in groupby(found, key=lambda one: str(cells[one["cell"]]["case"])):
        ordered = sorted(group, key=lambda one: -float(one["rate"]))
        said = [f"{_who(cells[one['cell']])} up to {_rate(one['rate'])}/s" for one in ordered[:4]]
        yield f"p{100 * slo['share']:g} within {_limit(slo)}, {case}: {listed(said)}"


def _knees(document: Json, cells: Json) -> Iterator[Block]:
    if not document["knees"]:
        return
    slo = document["context"]["slo"]
    yield Heading(f"The highest rate with p{100 * slo['share']:g} within {_limit(slo)}")
    rows = []
    for one in document["knees"][:ROWS]:
        cell = cells[one["cell"]]
        low, high = (f"{_rate(one[key])}" if one[key] else "?" for key in ("low", "high"))
        rate = f"{_rate(one['rate'])} [{low}, {high}]" if one["rate"] else f"[{low}, {high}]"
        undecided = sum(step["side"] == "open" for step in one["steps"])
        remarks = [ENDS.get(one["state"], "")]
        if undecided:
            remarks.append(f"{plural(undecided, 'rate')} not decided beyond doubt")
        told = "; ".join(filter(None, remarks))
        rows.append([str(cell["contender"]), str(cell["workers"]), rate, str(len(one["steps"])), told])
    yield Table(KNEES, rows)
    yield from beyond(len(document["knees"]) - ROWS, "knees")


def _tables(document: Json) -> Iterator[Block]:
    """One a case and rate."""
    found = document["loads"]
    if document["knees"]:
        found = [one for one in found if one["rate"] is None]
    ordered = sorted(found[:ROWS], key=lambda one: (str(one["case"]), float(one["rate"] or 0.0)))
    for (case, rate), group in groupby(ordered, key=lambda one: (one["case"], one["rate"])):
        at = "closed loop" if rate is None else f"{_rate(rate)} requests a second"
        yield Heading(f"{case}: {at}")
        yield Table(COLUMNS, [_row(one) for one in group])
    yield from beyond(len(found) - ROWS, "rows")


def _row(one: Json) -> list[str]:
    times = [_time(one, share, ends=share == "99") for share in SHOWN]
    means = [duration(one[part]["mean"]) for part in ("queueing", "service")]
    done = _rate(one["throughput"]["median"])
    longest, remarks = duration(one["latency"]["max"]), "; ".join(_remarks(one))
    return [one["contender"], str(one["workers"]), done, *means, *times, longest, remarks]


def _remarks(one: Json) -> Iterator[str]:
    if one["over"]:
        yield f"over capacity: it could do {_rate(one['throughput']['median'])}/s"
    for key, said in {"dropped": "dropped", "given_up": "given up"}.items():
        if one[key]:
            yield f"{100 * one[key] / one['offered']:.3g} % {said}"
    if one["blocked"]:
        yield f"arrivals held up for {duration(one['blocked_seconds'])} by a full queue"


def _notes(document: Json) -> Iterator[str]:
    """What has to be known of these numbers."""
    found = document["loads"]
    late = [one for one in found if one["late"]]
    if late:
        worst = max(late, key=lambda one: float(one["late"]["seconds"]))
        yield (
            f"The generator was late: {_counted(late)}; p{100 * worst['late']['share']:g} of its own lateness is up to "
            f"{duration(worst['late']['seconds'])}, and part of the latencies."
        )
    if disturbed := [one for one in found if one["disturbed"]]:
        count = sum(one["disturbed"] for one in disturbed)
        yield f"{count} of {sum(one['rounds'] for one in found)} samples were disturbed: {_counted(disturbed)}."
    if any(one["rate"] is None for one in found):
        yield CLOSED
    if found and min(one["rounds"] for one in found) < ENOUGH:
        yield f"No intervals of fewer than {ENOUGH} rounds."


def _counted(found: list[Json]) -> str:
    return counted(list(dict.fromkeys(str(one["cell"]) for one in found)))


def _failed(failures: list[Json]) -> Iterator[Block]:
    if failures:
        yield Heading("Failures")
        rows = [[one["name"], kind_label(one["kind"]), one["reason"]] for one in failures[:ROWS]]
        yield Table([Column("cell", wraps=True), Column("kind"), Column("reason", wraps=True)], rows)
        yield from beyond(len(failures) - ROWS, "failures")


def _time(one: Json, share: str, ends: bool = False) -> str:
    found = one["percentiles"].get(share)
    if found is None:
        return "-"
    interval = f" [{duration(found['low'])}, {duration(found['high'])}]"
    return duration(found["median"]) + (interval if ends and found["samples"] >= ENOUGH else "")


def _who(cell: Json) -> str:
    return f"{cell['contender']} on {plural(cell['workers'], 'worker')}"


def _limit(slo: Json) -> str:
    return f"{duration(slo['seconds'])}"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 999.5 else f"{value:.3g}"
