"""A plug-in's source, compiled: once, as long as nothing that went into it changes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.analysis.text import printable
from scripts.machine import places
from scripts.measuring.subject import digest
from scripts.measuring.usage import UsageError

SOURCES = (".c", ".cc", ".cpp", ".cxx")

_ROOT = Path(__file__).resolve().parents[2]
_HEADERS = (_ROOT / "include", _ROOT.parents[1] / "include")  # of the tree; of an installed Fanout
_SYSTEM = Path("/usr/include")
_PATIENCE = 600.0  # seconds
_LINES = 20  # of what the compiler says
_INPUTS = "inputs.json"
_WITH_VALUE = ("-o", "-MF", "-MT", "-MQ")  # of a command that compiles: what follows is not for ours
_DROPPED = ("-c", "-M", "-MM", "-MD", "-MMD", "-MP", "-MG", "-Winvalid-pch")
_NEW = re.compile(r"-std=(c|gnu)\+\+2[0-9a-z]")


@dataclass(frozen=True)
class _Recipe:
    """How a file is compiled: by what, with which flags, from where."""

    compiler: str
    flags: tuple[str, ...]
    folder: Path

    def command(self, source: Path, own: Sequence[str], to: Path, inputs: Path) -> list[str]:
        cpp = source.suffix != ".c"
        standard = ["-std=c++20"] if cpp and not any(map(_NEW.fullmatch, (*self.flags, *own))) else []
        told = [flag for flag in self.flags if not (standard and flag.startswith("-std="))]
        headers = next((each for each in _HEADERS if (each / "fanout/plugin.h").exists()), _HEADERS[0])
        found = [f"-Wl,-rpath,{folder}" for folder in _folders(own)]
        # The system's own directory is searched anyway; named, it would come before libstdc++'s, which wants to come first.
        where = [] if headers == _SYSTEM else [f"-isystem{headers}"]
        common = ["-O2", "-fPIC", "-shared", *where, "-MMD", "-MF", str(inputs)]
        return [self.compiler, *common, *told, *standard, str(source), *own, *found, "-o", str(to)]


def compiled(source: Path, flags: str) -> Path:
    """The plug-in of a source. Raises UsageError, having shown what the compiler says."""
    if not source.is_file():
        raise UsageError(f"SUBJECT: {source}: no such file")
    try:
        own = shlex.split(flags)
    except ValueError as error:
        raise UsageError(f"--compile={flags}: {error}") from error
    recipe = _recorded(source) or _Recipe(_compiler(source), (), Path.cwd())
    try:
        return _cached(source, recipe, own)
    except OSError as error:
        raise UsageError(f"SUBJECT: {source} cannot be compiled: {error}") from error


def _cached(source: Path, recipe: _Recipe, own: Sequence[str]) -> Path:
    program = shutil.which(recipe.compiler)
    if program is None:
        raise UsageError(
            f"SUBJECT: {source} needs a compiler, and there is no {recipe.compiler}; install g++"
        )
    contract = digest(sorted(path for each in _HEADERS for path in each.glob("fanout/*")))
    stamp = os.stat(program)
    same = [
        program,
        stamp.st_size,
        stamp.st_mtime_ns,
        *recipe.flags,
        str(recipe.folder),
        *own,
        str(Path.cwd()),
    ]
    key = hashlib.sha256(json.dumps([str(source), contract, *same]).encode()).hexdigest()[:16]
    folder = places.cache() / "plugins" / key
    plugin, inputs = folder / f"{source.stem}.so", folder / _INPUTS
    if plugin.exists() and _unchanged(inputs):
        return plugin
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        fresh, depends = Path(temporary, plugin.name), Path(temporary, "depends")
        _run(recipe.command(source, own, fresh, depends), source, recipe.folder)
        files = [source, *_depends(depends.read_text(), recipe.folder), *_libraries(own)]
        written = Path(temporary, _INPUTS)
        written.write_text(json.dumps({str(path): digest([path]) for path in files}))
        inputs.unlink(missing_ok=True)  # a kill between the two leaves what is compiled again
        fresh.replace(plugin)
        written.replace(inputs)
    return plugin


def _unchanged(inputs: Path) -> bool:
    try:
        before = json.loads(inputs.read_text())
        return all(digest([Path(path)]) == found for path, found in before.items())
    except (OSError, ValueError, AttributeError, UsageError):
        return False


def _run(command: Sequence[str], source: Path, folder: Path) -> None:
    """Raises UsageError."""
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"SUBJECT: {source} is not compiled after {_PATIENCE:g} s") from error
    if ended.returncode != 0:
        for line in ended.stderr.splitlines()[-_LINES:]:
            print(printable(line), file=sys.stderr)
        raise UsageError(f"SUBJECT: {source} does not compile: {shlex.join(command)}")


def _compiler(source: Path) -> str:
    return os.environ.get("CC", "gcc") if source.suffix == ".c" else os.environ.get("CXX", "g++")


def _recorded(source: Path) -> _Recipe | None:
    """As a compile_commands.json says, in the source's directory, above it, or in a build/ there."""
    for folder in source.parents:
        for place in (folder, folder / "build"):
            if (recipe := _of_commands(place / "compile_commands.json", source)) is not None:
                return recipe
    return None


def _of_commands(commands: Path, source: Path) -> _Recipe | None:
    try:
        for entry in json.loads(commands.read_text()):
            folder = Path(entry["directory"])
            if (folder / entry["file"]).resolve() != source.resolve():
                continue
            words = entry["arguments"] if "arguments" in entry else shlex.split(entry["command"])
            if words and Path(words[0]).name in ("ccache", "sccache", "distcc"):
                words = words[1:]
            compiler, *rest = map(str, words)
            return _Recipe(compiler, tuple(_flags(rest, folder, source)), folder)
    except FileNotFoundError:
        return None
    except (OSError, AttributeError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{commands} cannot be read: {error!r}; --compile says the flags otherwise"
        ) from error
    return None


def _flags(words: Iterable[str], folder: Path, source: Path) -> Iterator[str]:
    """Those of a command that are for any result of it."""
    words = iter(words)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif word not in _DROPPED and (word.startswith("-") or (folder / word).resolve() != source.resolve()):
            yield word


def _depends(text: str, folder: Path) -> list[Path]:
    """The files that a compiler says it has read, in make's syntax."""
    _, _, files = text.replace("\\\n", " ").partition(": ")
    return [folder / name.replace("\\ ", " ") for name in re.split(r"(?<!\\)\s+", files.strip())]


def _folders(own: Sequence[str]) -> list[Path]:
    """Where libraries are looked for."""
    return [Path(flag[2:]).absolute() for flag in own if flag.startswith("-L") and len(flag) > 2]


def _libraries(own: Sequence[str]) -> list[Path]:
    """What is linked, of the user's: files, and libraries in the directories of these flags."""
    named = [flag[2:] for flag in own if flag.startswith("-l")]
    tried = [place / f"lib{name}.{kind}" for place in _folders(own) for name in named for kind in ("so", "a")]
    return [path for path in (*tried, *map(Path, own)) if path.is_file()]
