"""One calibration for all: `spin` turns a duration into rounds of work, so all its processes have to agree on the rate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from scripts.measuring.catalogue import Cell
from scripts.measuring.plan import Plan
from scripts.measuring.profile import Profile
from scripts.measuring.sample import run_benchmark

WORKLOAD, _PARAMETER = "spin", "rate"
_KEY = f"{WORKLOAD}.{_PARAMETER}"


class NotCalibrated(Exception):
    """Why there is no rate."""


def wanted(cells: Iterable[Cell], settings: Iterable[str]) -> bool:
    """Whether there is a spin to calibrate among the cells, and no rate of the user's own."""
    own = any(text.startswith(f"{_KEY}=") for text in settings)
    return not own and any(
        cell.workload == WORKLOAD and _PARAMETER in cell.entry.get("parameters", {}) for cell in cells
    )


def shared(plan: Plan, binary: Path, profile: Profile, seed: int, wake: int) -> tuple[list[str], str]:
    """The setting that all processes of a plan's spin get; without one, why it cannot be had, "" if none is needed."""
    if not wanted(plan.cells, plan.settings):
        return [], ""
    try:
        return [setting(binary, [f"--seed={seed}", *profile.arguments()], profile.time_limit, wake)], ""
    except NotCalibrated as why:
        return [], f"spin is not calibrated, so its processes may differ in work: {why}"


def setting(binary: Path, arguments: Sequence[str], limit: float, wake: int | None = None) -> str:
    """ "spin.rate=812", in rounds per microsecond, from one throw-away serial process. Raises NotCalibrated."""
    alone = [f"--workloads={WORKLOAD}", "--executors=serial", "--workers=1"]
    outcome = run_benchmark(binary, [*alone, *arguments], limit, wake=wake)
    rates = [round(float(entry.get(_PARAMETER, 0))) for entry in outcome.entries()]
    if not rates or rates[0] < 1:
        raise NotCalibrated(outcome.reason or "the results of the serial process have no rate")
    return f"{_KEY}={rates[0]}"
