"""Names for the addresses of stacks, by addr2line where it is installed (binutils): it knows functions that no library exports,
and with debugging information those that the compiler has inlined."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.analysis.text import shortened
from scripts.analysis.why.stacks import known
from scripts.measuring.catalogue import Json

LONGEST = 80  # characters of a name, such as one that is not demangled
LIMIT = 60.0  # seconds for a module; one with debugging information of a gigabyte takes some


def resolved(evidence: Json) -> Json:
    """Evidence of `samples` in which each stack is of names, the outermost first, those of one name together."""
    named = _names(evidence["frames"])
    folded: dict[tuple[bool, tuple[str, ...]], int] = {}
    for stack in evidence["stacks"]:
        every = [name for frame in stack["frames"] for name in named[frame]]
        names = tuple(
            name for before, name in zip(["", *every], every) if name != before
        )  # of one file, or recursive
        key = bool(stack["in_task"]), names
        folded[key] = folded.get(key, 0) + int(stack["count"])
    stacks = [
        {"frames": list(names), "in_task": in_task, "count": count}
        for (in_task, names), count in folded.items()
    ]
    return {**{key: value for key, value in evidence.items() if key != "frames"}, "stacks": stacks}


def _names(frames: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Of each frame its functions, the outermost first: an inlined one comes after the one that it is in."""
    by_module: dict[str, list[int]] = {}
    for at, frame in enumerate(frames):
        if frame["module"]:
            by_module.setdefault(str(frame["module"]), []).append(at)
    found = [[short(known(frame))] for frame in frames]
    for module, places in by_module.items():
        told = _told(module, [int(frames[at]["offset"]) for at in places])
        for at, names in zip(places, told):
            found[at] = list(map(short, names)) or found[at]
    return found


def _told(module: str, offsets: Sequence[int]) -> list[list[str]]:
    """What addr2line says of each; empty where it knows nothing."""
    if (program := shutil.which("addr2line")) is None or not Path(module).is_file():
        return [[] for _ in offsets]
    asked = "\n".join(map(hex, offsets))
    options = ("--functions", "--demangle", "--inlines", "--addresses", f"--exe={module}")
    lines = iter(_said([program, *options], asked))
    complete, found = _has_symbols(module), list[list[str]]()
    for line in lines:
        if line.startswith(
            "0x"
        ):  # an address, then a function and its place in the source for each level of inlining
            found.append([])
        elif found:
            place = next(lines, "")
            if line != "??" and (complete or not place.startswith("??")):
                found[-1].insert(0, line)
    return found if len(found) == len(offsets) else [[] for _ in offsets]


def _has_symbols(module: str) -> bool:
    """Whether it has names for all of its functions. Of one that has not, addr2line gives the exported function before the
    address, which is another one."""
    return any(" .symtab " in line for line in _said(["readelf", "--sections", "--wide", module]))


def _said(command: Sequence[str], asked: str = "") -> list[str]:
    """The lines that it prints; none where it cannot."""
    how: Any = {"capture_output": True, "text": True, "errors": "replace", "timeout": LIMIT}
    try:
        return str(subprocess.run(command, input=asked, **how).stdout).splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return []


def short(name: str) -> str:
    """A function without its parameters, template arguments, type, and the namespaces that have no name."""
    name = name.replace("(anonymous namespace)::", "").split(" [clone")[0].replace("operator()", "call")
    kept, depth = "", 0
    for before, letter in zip(" " + name, name):
        opens = letter in "<({" and not kept.endswith("operator")
        depth += opens - (letter in ">)}" and depth > 0 and before != "-")
        kept += letter if depth == 0 and letter not in ">)}" else ""
    return shortened(
        re.split("(?<!operator) ", kept.replace(" const", "").replace("::::", "::"))[-1] or name, LONGEST
    )
