"""The answer of a case in three lines: what to use, what is as good, where it stops scaling."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.analysis.answers.answer import Answer
from scripts.analysis.interval import Interval
from scripts.analysis.ratio import Ratio
from scripts.analysis.scaling import Scaling
from scripts.analysis.text import duration, plural, printable, shortened, times
from scripts.reports import Block, Heading, Text

LINE = 78  # characters: a terminal of 80 does not wrap them


def blocks(found: Answer, contender: str) -> list[Block]:
    """The heading and at most three lines; `contender` is what competes, in a word."""
    lines = [Text(line, "", 2) for line in (_ties(found, contender), _stop(found)) if line]
    style = "bold green" if found.known else "bold yellow" if found.useful else "yellow"
    return [Heading(title(found)), Text(use(found), style, 2), *lines]


def title(found: Answer) -> str:
    """The case, and what its tasks are: by the serial loop's time, where there is one."""
    cell, base = found.use, found.base
    if not cell.tasks:
        return shortened(printable(cell.case), LINE)
    count = cell.tasks // cell.work
    tasks = plural(count, "task") + (" a worker" if cell.weak else "")
    of = f" of {duration(base.real.median / count)}" if base and base.serial else ""
    return f"{shortened(printable(cell.case), LINE - 2 - len(tasks + of))}: {tasks}{of}"


def use(found: Answer) -> str:
    """What to use, and what it gains; or that there is no telling."""
    cell = found.use
    if not found.certain:
        return f"cannot tell by {plural(cell.real.samples, 'round')}: fastest was {with_workers(cell)}"
    if not found.quiet:
        return f"cannot tell, the machine was not quiet: fastest was {with_workers(cell)}"
    if not found.useful:
        return f"cannot tell: {with_workers(cell)} was fastest, another may be by {_factor(found.lowest)}"
    said = f"use {with_workers(cell)}"
    if cell.speedup and found.base and not cell.baseline:
        said += f", {times(cell.speedup.median)}x {_base(found.base, cell)}{_bracket(cell.speedup)}"
        if cell.weak and cell.efficiency:
            said += f", {100 * cell.efficiency.median:.0f} % efficient"
    if found.runner_up and found.ahead:
        for bracket in (True, False):
            whole = f"{said}, {_ahead(found.ahead, found.runner_up, bracket)}"
            if len(whole) <= LINE:
                return whole
    return said


def _factor(share: float) -> str:
    """Of what takes this share of the time: 5 %; 2.50 times."""
    if share <= 0.5:
        return f"{times(1 / share)} times" if share else "any amount"
    return f"{100 * (1 / share - 1):.0f} %"


def _base(base: Scaling, cell: Scaling) -> str:
    if base.serial:
        return "the work of serial" if cell.weak else "serial"
    other = plural(base.workers, "worker") if base.contender == cell.contender else with_workers(base)
    return f"as fast as {shortened(other, 30)}"


def with_workers(cell: Scaling) -> str:
    name = printable(cell.contender)
    return name if cell.serial else f"{name} with {plural(cell.workers, 'worker')}"


def _bracket(found: Interval | Ratio) -> str:
    return f" [{times(found.low)}, {times(found.high)}]"


def _ahead(ratio: Ratio, runner_up: Scaling, shown: bool) -> str:
    """How far the runner-up is behind: in per cent of time up to twice as long, then as a factor."""
    name = printable(runner_up.contender)
    if ratio.estimate >= 2:
        return (
            f"{times(ratio.estimate)}x as fast as {name}{_bracket(ratio) if shown and ratio.bounded else ''}"
        )
    ends = [100 * (value - 1) for value in (ratio.estimate, ratio.low, ratio.high)]
    where = "ahead of" if ends[0] >= 0 else "behind"
    middle, *rest = ends if ends[0] >= 0 else (-ends[0], -ends[2], -ends[1])
    bracket = f" [{_percent(rest[0])}, {_percent(rest[1])}]" if shown and ratio.bounded else ""
    return f"{_percent(middle)} %{bracket} {where} {name}"


def _percent(value: float) -> str:
    """Without a sign where it is 0."""
    return f"{round(value, 1) + 0.0:.1f}" if abs(value) < 99.95 else f"{value:.0f}"


def _ties(found: Answer, contender: str) -> str:
    """Others that are as good, and those that cannot be excluded; the table below has all."""
    if not found.certain:
        return "too few rounds to tell what is as good: --rounds=10 would"
    good, others = _others(found, found.good), _others(found, found.open)
    rough = found.useful and not found.known
    maybe = f"cannot be excluded, {_factor(found.lowest)} faster at most" if rough else "cannot be excluded"
    groups = {"as good": good, maybe: [name for name in others if name not in good]}
    groups = {what: names for what, names in groups.items() if names}
    room = LINE - 2 * len(groups) - sum(len(what) + 2 for what in groups)
    parts = []
    for left, (what, names) in zip(range(len(groups), 0, -1), groups.items()):
        text = _fitting(names, room // left)
        room -= len(text)
        parts.append(f"{what}: {text}")
    alone = "" if found.runner_up is None else f"no other {contender} is as good"
    return "; ".join(parts) or alone


def _others(found: Answer, cells: Sequence[Scaling]) -> list[str]:
    """The contenders beside the one to use, with their workers where these are others than its."""
    use = found.use
    return [
        printable(cell.contender)
        + ("" if cell.workers == use.workers or cell.serial else f" ({cell.workers})")
        for cell in {
            cell.contender: cell for cell in reversed(cells) if cell.contender != use.contender
        }.values()
    ][::-1]


def _fitting(names: Sequence[str], room: int) -> str:
    """As many as there is room for."""
    shown = list(names)
    while len(shown) > 1 and len(_some(shown, len(names))) > room:
        shown.pop()
    return _some(shown, len(names))


def _some(names: Sequence[str], count: int) -> str:
    return ", ".join(names) + (f" and {count - len(names)} more" if count > len(names) else "")


def _stop(found: Answer) -> str:
    """Where more workers gain no more, with what the CPUs did there."""
    stop = found.stop
    if len(stop.measured) < 2:
        return ""
    cpus = plural(found.cpus, "effective CPU") if found.cpus else ""
    busy = f"{100 * stop.busy:.0f} % busy" if stop.busy is not None else ""
    evidence = ", ".join(filter(None, (cpus, busy)))
    where = f": {evidence}" if evidence else ""
    if stop.workers == stop.measured[-1]:
        return f"still gains at {plural(stop.workers, 'worker')}, the most measured{where}"
    measured = ", ".join(map(str, stop.measured))
    if stop.workers < found.use.workers:  # as good is within 2 %, what is not worth a worker is within 5 %
        return f"within 5 % of that at {plural(stop.workers, 'worker')} of {measured}{where}"
    return f"stops at {plural(stop.workers, 'worker')} of {measured}{where}"
