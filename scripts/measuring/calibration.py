"""One calibration for all: `spin` turns a duration into rounds of work, so all its processes have to agree on the rate."""

from __future__ import annotations

from pathlib import Path

from scripts.measuring.catalogue import Catalogue
from scripts.measuring.plan import Plan
from scripts.measuring.sample import run_benchmark

WORKLOAD, _PARAMETER = "spin", "rate"
_KEY = f"{WORKLOAD}.{_PARAMETER}"


class NotCalibrated(Exception):
    """Why there is no rate."""


def wanted(plan: Plan, catalogue: Catalogue) -> bool:
    """Whether there is a spin to calibrate in the plan, and no rate of the user's own."""
    can = any(
        w.name == WORKLOAD and any(p.name == _PARAMETER for p in w.parameters) for w in catalogue.workloads
    )
    planned = any(block.workload == WORKLOAD for block in plan.blocks)
    return can and planned and not any(setting.startswith(f"{_KEY}=") for setting in plan.settings)


def setting(binary: Path, arguments: list[str], limit: float, wake: int | None = None) -> str:
    """ "spin.rate=812", in rounds per microsecond, from one throw-away serial process. Raises NotCalibrated."""
    alone = [f"--workloads={WORKLOAD}", "--executors=serial", "--workers=1"]
    outcome = run_benchmark(binary, [*alone, *arguments], limit, wake=wake)
    rates = [round(float(entry.get(_PARAMETER, 0))) for entry in outcome.entries()]
    if not rates or rates[0] < 1:
        raise NotCalibrated(outcome.reason or "the serial process has not told its rate")
    return f"{_KEY}={rates[0]}"
