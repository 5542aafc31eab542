"""Test everything: ctest (GoogleTest and pytest), format, clang-tidy, black, mypy; the sanitizers if asked."""

# Needs: build tests

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = """examples:
  scripts/fanout test                     the release build's tests and the linters
  scripts/fanout test --sanitize          and the C++ tests under the presets asan and tsan
  scripts/fanout test --only clang-tidy   one step

exit status: 0 all passed, 1 a step failed, 2 wrong usage, 130 interrupted"""

JOBS = 2
RELEASE = ROOT / "build/release"


class Skipped(Exception):
    """Why a step cannot say anything on this system."""


# clang 14 has coroutines, but neither libstdc++ 12 nor Boost 1.74 believe it.
COROUTINES = (
    "--extra-arg=-D__cpp_impl_coroutine=201902L",
    "--extra-arg=-DBOOST_ASIO_HAS_CO_AWAIT=1",
    "--extra-arg=-DBOOST_ASIO_HAS_STD_COROUTINE=1",
)


def main(argv: Sequence[str] | None = None) -> int:
    from scripts.measuring.usage import Parser

    steps = STEPS | SANITIZERS
    parser = Parser("fanout test", __doc__, EXAMPLES)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--sanitize", action="store_true", help="also the C++ tests under asan and tsan")
    which.add_argument("--only", choices=steps, metavar="STEP", help="one of " + ", ".join(steps))
    arguments = parser.parse_args(argv)
    chosen = [arguments.only] if arguments.only else [*STEPS, *(SANITIZERS if arguments.sanitize else ())]
    try:
        verdicts = Counter(perform(name, steps[name]) for name in chosen)
    except KeyboardInterrupt:
        print("fanout test: interrupted", file=sys.stderr)
        return 130
    skipped = f", {verdicts['skipped']} skipped" if verdicts["skipped"] else ""
    print(f"{verdicts['passed']} passed, {verdicts['failed']} failed{skipped}")
    return int(verdicts["failed"] > 0)


def perform(name: str, step: Callable[[], bool]) -> str:
    """Runs a step and says how it went ("passed", "failed", "skipped"), and how long it took."""
    print(f"== {name}", flush=True)
    clock = time.monotonic()
    why = ""
    try:
        verdict = "passed" if step() else "failed"
    except Skipped as reason:
        verdict, why = "skipped", f": {reason}"
    print(f"== {name} {verdict}{why} ({time.monotonic() - clock:.1f} s)\n", flush=True)
    return verdict


def succeeds(*command: str | Path) -> bool:
    return subprocess.run(command, cwd=ROOT).returncode == 0


def ctest(build: Path, *options: str) -> bool:
    common = ("--output-on-failure", "--no-tests=error", f"-j{JOBS}")
    return succeeds("ctest", "--test-dir", build, *common, *options)


def sanitizer(preset: str) -> Callable[[], bool]:
    """The C++ tests only: Python neither knows nor needs them."""

    def step() -> bool:
        return (
            succeeds("cmake", "--preset", preset)
            and succeeds("cmake", "--build", "--preset", preset)
            and ctest(ROOT / "build" / preset, "--exclude-regex", "^pytest$")
        )

    return step


def clang_format() -> bool:
    program = found("clang-format-14", "clang-format")
    require("14", program)
    return succeeds(program, "--dry-run", "-Werror", *sources(".cpp", ".hpp"))


def clang_tidy() -> bool:
    """Every file of the compile database that is ours, a process each."""
    program = found("clang-tidy-14", "clang-tidy")
    ours = set(sources(".cpp"))
    database = json.loads((RELEASE / "compile_commands.json").read_text())
    files = sorted({file for entry in database if (file := Path(entry["directory"], entry["file"])) in ours})
    if not files:
        print(f"no file of this tree is in {RELEASE / 'compile_commands.json'}")
        return False

    def check(file: Path) -> bool:
        command: list[str | Path] = [program, "--quiet", "-p", RELEASE, *COROUTINES, file]
        if "co_await" in file.read_text():
            command.append("--checks=-clang-analyzer-*")  # it loses its way in Boost's coroutine frames
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if result.returncode != 0:
            print(result.stdout + result.stderr, flush=True)
        return result.returncode == 0

    with ThreadPoolExecutor(JOBS) as pool:
        return all(list(pool.map(check, files)))


def black() -> bool:
    require("23", sys.executable, "-m", "black")
    return succeeds(sys.executable, "-m", "black", "--check", "--quiet", "--diff", *sources(".py"))


def mypy() -> bool:
    return succeeds(sys.executable, "-m", "mypy", "--strict", *sources(".py"))


def found(*programs: str) -> str:
    for program in programs:
        if path := shutil.which(program):
            return path
    raise FileNotFoundError(f"none of {', '.join(programs)} is installed")


def require(major: str, *command: str) -> None:
    """Formatters disagree with their own other versions; the one of Debian 12 decides."""
    text = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"\d+(\.\d+)+", text)
    if not version or version[0].split(".")[0] != major:
        raise Skipped(f"{text.splitlines()[0]}; the format is that of version {major}")


def sources(*suffixes: str) -> list[Path]:
    """Our own files: those that git knows or would take, or all outside of build and results where there is no git."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    result = (
        subprocess.run(listing, cwd=ROOT, capture_output=True, text=True)
        if (ROOT / ".git").exists()
        else None
    )
    if result and result.returncode == 0:
        names = [Path(name) for name in result.stdout.split("\0") if name]
    else:
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
    return sorted(
        ROOT / name
        for name in names
        if name.suffix in suffixes and name.parts[0] not in ("build", "results") and (ROOT / name).is_file()
    )


STEPS: dict[str, Callable[[], bool]] = {
    "ctest": lambda: ctest(RELEASE),
    "clang-format": clang_format,
    "clang-tidy": clang_tidy,
    "black": black,
    "mypy": mypy,
}
SANITIZERS: dict[str, Callable[[], bool]] = {preset: sanitizer(preset) for preset in ("asan", "tsan")}


if __name__ == "__main__":
    # In place of this directory, whose test.py (this file) would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main)
