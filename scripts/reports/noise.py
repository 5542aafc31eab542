"""What `fanout check machine` found of a machine, in a sentence that stands beside verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.analysis.comparable import noise_facts

FILE = "check-machine.json"  # in the directory of results


def quote(path: Path, context: Mapping[str, Any]) -> str:
    """One sentence: the rate of false alarms and the power of this machine's duets; or why they are not known.

    `context` is that of the results that are judged: what was found of another machine or build is not quoted.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        differing = [
            key for key, value in noise_facts(context).items() if found["machine"].get(key, value) != value
        ]
        if differing:
            return f"{path.name} is of another machine or build ({', '.join(differing)})."
        quoted = found["quoted"]
        most, least = (f"{_share(quoted[key])} ({quoted[key]['cell']})" for key in ("most", "least"))
        return (
            f"This machine, by fanout check machine of {str(found['started'])[:10]} ({found['trials']} duets drawn from "
            f"{found['rounds']} rounds): at a margin of {100 * quoted['margin']:g} %, {_share(quoted['suites'])} of suites in "
            f"which nothing had changed were red, and {100 * quoted['slowdown']:g} % slower was found in {most} down to "
            f"{least}. Unpaired comparisons see less."
        )
    except FileNotFoundError:
        return "This machine's rate of false alarms is not known: `scripts/fanout check machine` measures it in a quarter of an hour."
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"{path.name} cannot be quoted: {type(error).__name__}; `scripts/fanout check machine` writes it anew."


def _share(share: Mapping[str, float]) -> str:
    return f"{100 * share['share']:.3g} %"
