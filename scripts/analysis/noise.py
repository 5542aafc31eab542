"""What `fanout selftest` found of a machine, in a sentence that stands beside verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.analysis.comparable import BUILD, MACHINE, UNKNOWN

FILE = "selftest.json"  # in the directory of results
_FACTS = (
    *MACHINE,
    *(key for key in BUILD if key != "seed"),
)  # another seed is other work, but the same noise


def facts(context: Mapping[str, Any]) -> dict[str, Any]:
    """What the noise depends on, of a results file's context."""
    return {key: context[key] for key in _FACTS if context.get(key) not in UNKNOWN}


def quote(path: Path, context: Mapping[str, Any]) -> str:
    """One sentence: how often this machine's duets cry wolf and what they see; or why nobody knows.

    `context` is that of the results that are judged: what was found of another machine or build is not quoted.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        differing = [
            key for key, value in facts(context).items() if found["machine"].get(key, value) != value
        ]
        if differing:
            return f"The selftest in {path.name} is of another machine or build ({', '.join(differing)})."
        quoted = found["quoted"]
        most, least = (
            f"{_share(quoted[key])} ({'/'.join(quoted[key]['cell'].split('/')[:3])})"
            for key in ("most", "least")
        )
        return (
            f"This machine, by fanout selftest of {str(found['started'])[:10]} ({found['trials']} duets drawn from "
            f"{found['rounds']} rounds): at a margin of {100 * quoted['margin']:g} %, {_share(quoted['suites'])} of suites in "
            f"which nothing had changed were red, and {100 * quoted['slowdown']:g} % slower was found in {most} down to "
            f"{least}. Unpaired comparisons see less."
        )
    except FileNotFoundError:
        return "How often this machine cries wolf is not known: `scripts/fanout selftest` finds out in a quarter of an hour."
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return (
            f"{path.name} cannot be quoted: {type(error).__name__}; `scripts/fanout selftest` writes it anew."
        )


def _share(share: Mapping[str, float]) -> str:
    return f"{100 * share['share']:.3g} %"
