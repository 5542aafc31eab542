"""What the codes of the analysis mean, written out: reasons of verdicts, notes of comparisons, differences of builds."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.analysis.answers.answer import Answer
from scripts.analysis.comparable import UNKNOWN, Difference
from scripts.analysis.scatter import Correlation
from scripts.analysis.text import change
from scripts.analysis.verdict import Reason, Verdict

TEXTS = {
    # why a verdict is inconclusive
    "crosses": "the interval crosses the margin",
    "few_samples": "too few samples for the certainty asked for",
    "few_rounds": "fewer than {rounds} rounds",
    "no_rounds": "no round has all three arms",
    "out_of_reach": "more rounds than a duet takes ({rounds}) would be needed",
    "unconfirmed": "{state}, but {fresh} fresh rounds do not confirm it",
    "confirming": "{state}, but the {fresh} fresh rounds that would confirm it have not all been run",
    "time": "time is up",
    "interrupted": "interrupted",
    "decided": "undecided",
    "apart": "{raw} by itself, {relative} beside all cells",
    "too_many": "more than {samples} samples would be needed",
    # what a verdict on one cell, or on all together, rests on
    "as_all": "{state} as all cells are",
    "common": "the machine, or something common to all",
    # why it is invalid
    "control": "this machine cannot compare: base against itself is {change}",
    "missing": "missing in NEW: {why}",
    "fails_in_new": "fails in NEW: {why}",
    "lacks": "{side}: {why}",
    "too_short": "times too short to compare",
    "calibration": "spin was calibrated to {base:g} rounds/us in BASE, {new:g} in NEW",
    "disturbed": "{side}: {mark} in {count:g} of {samples} samples",
    # as a document has it that was written earlier
    "told": "{text}",
    # what has to be known of a comparison
    "unavailable": "Unavailable on both sides, so left out: {cells}.",
    "no_time": "No time on either side, so left out: {cells}.",
    "only_new": "Only in NEW, so left out: {cells}.",
    "follow": (
        "Samples of {side} follow those before (lag-1 correlation over all cells {lag1:.2f}), so each is worth less than an "
        "independent one: intervals are {factor:.1f} times as wide."
    ),
    "recalibrated": (
        "spin was calibrated to {base:g} rounds/us in BASE and to {new:g} in NEW, which is other work: its ratios are off "
        "by as much (measure both with --set=spin.rate={base:.0f})."
    ),
}
MARKS = {
    "steal": "the hypervisor gave CPU time to others",
    "foreign": "other programs used the CPUs",
    "throttled": "a control group held the processes back",
    "drift": "the clock frequency changed",
    "ready": "workers waited for a CPU",
}
COMMANDS = 3  # of duets, that a report names
LABELS = {
    "cpu_model": "CPU",
    "effective_cpus": "effective CPUs",
    "governor": "frequency governor",
    "smt": "SMT",
    "build_type": "build type",
    "seed": "seed of the work",
    "executors": "library of",
    "pythons": "Python",
}
SAME_CODE = {
    "dirty": "Both sides are commit {commit}, with changes that were not committed: they may be the same.",
    "same": "Both sides are commit {commit}, built alike (A/A): what differs is the machine, not the code.",
}


def written(reason: Reason) -> str:
    facts: dict[str, Any] = dict(reason.facts)
    if "ratio" in facts:
        facts["change"] = change(facts["ratio"])
    if "mark" in facts:
        facts["mark"] = MARKS.get(facts["mark"], facts["mark"])
    if "names" in facts:
        facts["cells"] = counted(facts["names"])
    return TEXTS[reason.code].format_map(facts)


def reasons(verdict: Verdict) -> str:
    """Why there is no verdict, or none that can be trusted; "" where there is one."""
    return ": ".join(map(written, verdict.reasons))


def counted(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} cells, the first {names[0]}"


def duets(
    names: Sequence[str], cells: Mapping[str, Mapping[str, Any]], contexts: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """By cell, the command of a duet that decides it; "" where the results do not say how the cell is run."""
    commits = [str(context.get("commit", "")) for context in contexts]
    if not all(commit and commit not in UNKNOWN and not commit.endswith("-dirty") for commit in commits):
        commits = ["BASE", "NEW"]
    found = {name: cells.get(name, {}).get("arguments") for name in names}
    return {
        name: shlex.join(["scripts/fanout", "duet", *commits, *map(str, arguments)])
        if isinstance(arguments, list)
        else ""
        for name, arguments in found.items()
    }


def worth(commands: Mapping[str, str], share: float) -> Iterator[str]:
    """What to do about the cells that are worth a duet: the first few, each with its command."""
    if not commands:
        return
    yield (
        f"Worth a duet, which decides with less: {counted(list(commands))}. Likely to have changed, though not "
        f"certain enough for a verdict: of cells so marked, {share:.0%} are expected not to have."
    )
    told = [command for command in commands.values() if command][:COMMANDS]
    yield from told
    if any(command.startswith("scripts/fanout duet BASE NEW ") for command in told):
        yield "BASE and NEW: the commits, or the two fanout-bench, that were measured."


def difference(found: Difference) -> str:
    what = " ".join(filter(None, (LABELS.get(found.key, found.key), found.part)))
    return f"{what}: {found.base} in BASE, {found.new} in NEW"


def same_code(found: str, context: Mapping[str, Any]) -> str:
    """A sentence where both sides are the same commit; "" where they are not."""
    return SAME_CODE[found].format(commit=context.get("commit")) if found else ""


def correlated(arms: Mapping[str, Correlation]) -> str:
    """Of a duet's arms whose noise follows itself."""
    found = ", ".join(f"{arm} {one.lag1:.2f}" for arm, one in arms.items())
    return (
        f"Times follow the round before (lag-1 correlation over all cells: {found}; by chance in "
        f"{max(one.chance for one in arms.values()):.1%} at most), so a round is worth less than an independent one: intervals of "
        "the cells that show it are widened."
    )


def about(seconds: float, word: str = "about") -> str:
    """An estimate: about 90 seconds, about 3 minutes."""
    return f"{word} {seconds / 60:.0f} minutes" if seconds > 90 else f"{word} {seconds:.0f} seconds"


def scaling(found: Sequence[Answer]) -> Iterator[str]:
    """Which one speedups are of, where there are several numbers of workers."""
    if any(answer.use.weak for answer in found):
        yield (
            "Weak scaling: N workers do N times the work of one in a batch; scaled speedup is N T(1) / T(N), efficiency "
            "T(1) / T(N), and which is faster is told for the same work"
        )
    elif any(len(answer.stop.measured) > 1 for answer in found):
        yield "Strong scaling: the same work on any number of workers"
