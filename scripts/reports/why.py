"""The report of a `why`: of each cell that loses time the cause, its evidence, the experiment and what to do; waterfalls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from scripts.analysis.answers.answer import ENOUGH
from scripts.analysis.comparable import effective_cpus
from scripts.analysis.interval import NOMINAL, Interval
from scripts.analysis.table import SERIAL
from scripts.analysis.text import kind_label, listed, plural, printable, times
from scripts.analysis.why.score import PERTURBED
from scripts.analysis.why.text import bracketed, share
from scripts.reports import ROWS, Block, Column, Heading, Notes, Report, Table, Text, beyond
from scripts.reports.summary import facts
from scripts.reports.wording import counted

Json = Mapping[str, Any]
Sentences = Mapping[str, Sequence[str]]  # by case
STYLES = {"confirmed": "bold green", "suspected": "bold yellow", "invalid": "bold red"}
ORDER = "confirmed suspected refuted unexplained invalid"
OVER = {True: "over the serial loop", False: "over its own fewest workers"}
SHOWN = 0.005  # of the workers' time, from which on a loss is in the table
COLUMNS = [
    Column("executor"),
    Column("workers", right=True),
    Column("efficiency [low, high]", "efficiency\n[low, high]", right=True),
    Column(
        "% of the workers' time that was lost [low, high]",
        "% of the workers' time\nthat was lost",
        wraps=True,
    ),
]
MEANS = (
    "Efficiency is the work of a worker in a second, over the base's. Losses divide the rest as their logarithms do, which "
    "add up exactly; gains have no part."
)


def report(document: Json, laws: Sentences | None = None) -> Report:
    """Of what a `why` has written, with what the laws of the speedups say."""
    cells = {str(cell["name"]): cell for cell in document["cells"]}
    known = "; ".join(f"{key}: {printable(value)}" for key, value in facts(document["context"]).items())
    blocks: list[Block] = [
        *_advice(document, cells),
        *_waterfalls(document, cells),
        *_laws(laws or {}),
        *_failed([*document["failures"], *document["unobserved"]]),
        Heading("How it was measured"),
        Notes([*_perturbation(document), *_doubts(document["doubts"])]),
        Text(f"{known}."),
    ]
    return Report("Why", blocks, lambda: document, Text(_conclusion(document), "bold"))


def _advice(document: Json, cells: Json) -> Iterator[Block]:
    """A block a cell, a table a cause."""
    first = {
        str(one["cell"]): one for one in reversed(document["waterfalls"])
    }  # over the serial loop, where there is
    cpus = effective_cpus(document["context"])
    for name, group in groupby(document["advice"][:ROWS], key=lambda one: str(one["cell"])):
        over = first.get(name)
        yield Heading(_headline(name, over, cells, cpus))
        yield Text(f"{name}: efficiency {_percent(over['efficiency'])}" if over else name, "dim", 2)
        for one in group:
            rows = [*_rows(one)]
            styles = [STYLES.get(one["state"], "bold"), *[""] * (len(rows) - 1)]
            yield Table([Column(""), Column("", wraps=True)], rows, styles)
    yield from beyond(len(document["advice"]) - ROWS, "causes")


def _headline(name: str, over: Json | None, cells: Json, cpus: float | None) -> str:
    if name not in cells:
        return name
    on = f" on {plural(cpus, 'CPU')}" if cpus else ""
    who = f"{cells[name]['contender']}, {plural(cells[name]['workers'], 'worker')}{on}"
    if over is None or over["base"] not in cells:
        return who
    count = cells[over["base"]]["workers"]
    base = "the serial loop" if _serial(over, cells) else f"its own {plural(count, 'worker')}"
    return f"{who}: {times(over['efficiency']['median'] * over['workers'] / count)} times as fast as {base}"


def _rows(one: Json) -> Iterator[list[str]]:
    share, experiment = one["share"], one["experiment"]
    of = f"{_percent(share)} of the loss: " if share else ""
    cause = f" ({one['cause'].replace('_', ' ')})" if one["cause"] != one["state"] else ""
    yield [one["state"], f"{of}{one['statement']}{cause}"]
    for text in one["evidence"]:
        yield ["evidence", text]
    if experiment:
        yield [
            "experiment",
            f"{experiment['what']}: {_span(experiment['ratio'])} times as fast: {experiment['result']}",
        ]
    if one["ruled_out"]:
        yield ["ruled out", ", ".join(one["ruled_out"])]
    yield ["do", one["do"]]


def _waterfalls(document: Json, cells: Json) -> Iterator[Block]:
    """A table a case and base."""
    found, perturbed = document["waterfalls"], _perturbed(document)
    known = [one for one in found if one["cell"] in cells and one["base"] in cells]
    tables: dict[tuple[str, bool], list[list[str]]] = {}
    for one in known[:ROWS]:
        cell = cells[one["cell"]]
        mark = " *" * (one["cell"] in perturbed)
        row = [f"{cell['contender']}{mark}", str(cell["workers"]), _percent(one["efficiency"]), _lost(one)]
        tables.setdefault((cell["case"], _serial(one, cells)), []).append(row)
    for (case, serial), rows in sorted(tables.items(), key=lambda item: (item[0][0], not item[0][1])):
        yield Heading(f"Where the workers' time went, {OVER[serial]}: {case}")
        yield Table(COLUMNS, rows)
    yield from beyond(len(known) - ROWS, "waterfalls")
    if known:
        yield Notes([MEANS, *_merged(known)])


def _lost(one: Json) -> str:
    """The losses, largest first; the efficiency is taken as known."""
    rest = max(0.0, 1 - one["efficiency"]["median"])
    terms = sorted(one["terms"], key=lambda term: -float(term["share"]["median"]))
    shown = [term for term in terms if rest * term["share"]["median"] >= SHOWN]
    return ", ".join(f"{term['name']} {share(_interval(term['share']).scaled(rest), '')}" for term in shown)


def _merged(found: Sequence[Json]) -> Iterator[str]:
    """Which losses could not be told apart."""
    for key, words in {
        "bodies": "tasks cannot be told from what runs them, so that dearer work holds spinning",
        "ready": "the kernel does not say who waits for a CPU, so that blocked holds it",
    }.items():
        if names := list(dict.fromkeys(one["cell"] for one in found if not one[key])):
            yield f"{counted(names)}: {words}."
    if names := list(dict.fromkeys(one["cell"] for one in found if one["useful"] == "wall")):
        yield f"{counted(names)}: the work waits, which is no loss; longer waits are dearer work."


def _laws(laws: Sentences) -> Iterator[Block]:
    for case, sentences in laws.items():
        yield Heading(f"The law of the speedups{case and ': '}{case}")
        for sentence in sentences:
            yield Text(sentence, indent=2)


def _failed(failures: Sequence[Json]) -> Iterator[Block]:
    """The cells that have no number, and the passes that have no evidence."""
    if failures:
        yield Heading("Failures")
        rows = [[one["name"], kind_label(one["kind"]), one["reason"]] for one in failures[:ROWS]]
        yield Table([Column("cell", wraps=True), Column("kind"), Column("reason", wraps=True)], rows)
        yield from beyond(len(failures) - ROWS, "failures")


def _perturbed(document: Json) -> list[str]:
    """The cells that took longer where they were observed, beyond chance."""
    return [name for name, one in document["perturbation"].items() if one["low"] > PERTURBED]


def _perturbation(document: Json) -> Iterator[str]:
    """How much the pass that observes has changed what it saw."""
    found = document["perturbation"]
    if not found:
        return
    ordered = sorted(found, key=lambda name: float(found[name]["median"]))
    least, most = ordered[0], ordered[-1]
    yield (
        f"Observed batches took {_span(found[least])} ({least}) to {_span(found[most])} ({most}) times as long as those of "
        "the score."
    )
    if names := _perturbed(document):
        yield f"* More than 5 % longer, so that no verdict rests on it: {counted(names)}."


def _doubts(found: Json) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for name, reason in found.items():
        reasons.setdefault(str(reason), []).append(name)
    yield from (f"No waterfall: {counted(names)}: {reason}." for reason, names in reasons.items())


def _conclusion(document: Json) -> str:
    """The best known cause of each cell counts."""
    states = {one["cell"]: one["state"] for one in reversed(document["advice"])}
    if not states:
        return "Nothing to explain: no cell is below 90 % of what its workers could do, beyond doubt."
    found = document["waterfalls"]
    judged = {one["cell"] for one in found} - {one["base"] for one in found} | set(states)
    counts = Counter(states.values())
    said = listed([f"{counts[state]} {state}" for state in sorted(counts, key=ORDER.find)])
    return f"Verdicts on {len(states)} of {len(judged)} cells: {said}."


def _serial(one: Json, cells: Json) -> bool:
    return bool(cells.get(one["base"], {}).get("family") == SERIAL)


def _interval(found: Json) -> Interval:
    """Where documents have no number of samples, there are enough."""
    return Interval(found["median"], found["low"], found["high"], NOMINAL, found.get("samples", ENOUGH))


def _percent(found: Json) -> str:
    return share(_interval(found))


def _span(found: Json) -> str:
    return bracketed(_interval(found), times)
