"""The steps of `fanout test`: ctest, formatters, linters and sanitizers; and how a step is performed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

Step = Callable[[], bool]

ROOT = Path(__file__).resolve().parents[2]
JOBS = 2
TOGETHER = 8
# What shares no unit: programs, plug-ins, whose contract has names that ours has too, and what is compiled without its library.
APART = r"^int main\(|^#include <fanout/|-DFANOUT_MISSING="
RELEASE = ROOT / "build/release"

# clang 14 has coroutines, but neither libstdc++ 12 nor Boost 1.74 believe it.
COROUTINES = (
    "--extra-arg=-D__cpp_impl_coroutine=201902L",
    "--extra-arg=-DBOOST_ASIO_HAS_CO_AWAIT=1",
    "--extra-arg=-DBOOST_ASIO_HAS_STD_COROUTINE=1",
)


class Skipped(Exception):
    """Why a step cannot say anything on this system."""


def perform(name: str, step: Step) -> str:
    """Runs a step; prints its verdict ("passed", "failed", "skipped") and time, and returns the verdict."""
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


def sanitizer(preset: str) -> Step:
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


def shares(file: Path, command: str) -> str:
    """With what it shares units; "" where it is checked by itself.

    UnifiedSource: the name by which clang's analyzer knows a unit in whose included files it has to follow paths, too.
    """
    if file.name.endswith("_test.cpp"):
        return "tests"
    text = file.read_text()
    if re.search(APART, text + command, re.M):
        return ""
    return "coroutines" if "co_await" in text else "UnifiedSource"


def compiled_like(entry: dict[str, str], file: Path) -> dict[str, str]:
    return entry | {"file": str(file), "command": entry["command"].replace(entry["file"], str(file))}


def clang_tidy(alone: bool = False) -> bool:
    """Every file of the compile database that is ours; `TOGETHER` in one process each, unless `alone` or APART.

    A process spends most of its time in the headers, which files share. Paths through functions are not followed in tests
    together: the sanitizers run them, and `fanout test --release` checks them alone. Nor are they in coroutines, since clang's
    analyzer loses its way in Boost's frames.
    """
    program = found("clang-tidy-14", "clang-tidy")
    require("14", program)
    ours = set(sources(".cpp"))
    database = json.loads((RELEASE / "compile_commands.json").read_text())
    known: dict[Path, dict[str, str]] = {}
    for entry in database:
        file = Path(entry["directory"], entry["file"])
        # A unit of the build stands for the files that it includes.
        within = re.findall('^#include "(.*)"', file.read_text(), re.M) if file.suffix == ".cxx" else [file]
        known |= {Path(member): entry for member in within if Path(member) in ours}
    if not known:
        print(f"no file of this tree is in {RELEASE / 'compile_commands.json'}")
        return False
    merged = RELEASE / "tests/clang-tidy"
    merged.mkdir(parents=True, exist_ok=True)
    database = [compiled_like(entry, file) for file, entry in known.items()]
    groups: dict[str, list[Path]] = {}
    for file in sorted(known):
        groups.setdefault("" if alone else shares(file, known[file]["command"]), []).append(file)
    units: list[tuple[Path, str, list[Path]]] = []
    for file in groups.pop("", []):
        units.append((file, "--checks=" + "-clang-analyzer-*" * ("co_await" in file.read_text()), [file]))
    for name, members in groups.items():
        checks = "--checks=-bugprone-suspicious-include" + ",-clang-analyzer-*" * (name != "UnifiedSource")
        for first in range(0, len(members), TOGETHER):
            unit, together = merged / f"{name}_from_{first}.cpp", members[first : first + TOGETHER]
            unit.write_text("".join(f'#include "{file}"\n' for file in together))
            database.append(compiled_like(known[together[0]], unit))
            units.append((unit, checks, together))
    (merged / "compile_commands.json").write_text(json.dumps(database))
    units.sort(key=lambda unit: sum(file.stat().st_size for file in unit[2]), reverse=True)  # ends together

    def tidy(unit: Path, checks: str) -> str:
        """What it has to say; nothing where all is well."""
        command: list[str | Path] = [program, "--quiet", "-p", merged, *COROUTINES, checks, unit]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        return result.stdout + result.stderr or "failed" if result.returncode else ""

    def check(unit: Path, checks: str, within: list[Path]) -> bool:
        """Files together that do not go together, having names in common, are checked one by one."""
        said = tidy(unit, checks)
        if said and within != [unit]:
            said = "".join(tidy(file, checks) for file in within)
        if said:
            print(said, flush=True)
        return not said

    with ThreadPoolExecutor(JOBS) as pool:
        return all(list(pool.map(check, *zip(*units))))


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
    """Formatters, and the checks of clang-tidy, differ from version to version; those of Debian 12 decide.

    clang-tidy 19, for one, calls the `= {}` redundant that g++'s -Wmissing-field-initializers asks for.
    """
    text = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"\d+(\.\d+)+", text)
    if not version or version[0].split(".")[0] != major:
        own = version[0] if version else text.strip()
        raise Skipped(f"this is {own}; version {major}, that of Debian 12, decides")


def sources(*suffixes: str) -> list[Path]:
    """Our own files: those that git knows or would take, or all outside of build and results where there is no git."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    known: list[str] = []
    if (ROOT / ".git").exists():
        known = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True).stdout.split("\0")[:-1]
    names = map(Path, known) if known else (path.relative_to(ROOT) for path in ROOT.rglob("*"))
    ours = [name for name in names if name.suffix in suffixes and name.parts[0] not in ("build", "results")]
    return sorted(ROOT / name for name in ours if (ROOT / name).is_file())


STEPS: dict[str, Step] = {
    "ctest": lambda: ctest(RELEASE),
    "clang-format": clang_format,
    "clang-tidy": clang_tidy,
    "black": black,
    "mypy": mypy,
}
SANITIZERS: dict[str, Step] = {preset: sanitizer(preset) for preset in ("asan", "tsan")}
LONG: dict[str, Step] = {
    "clang-tidy-alone": lambda: clang_tidy(alone=True),
    "statistics": lambda: succeeds(sys.executable, "scripts/check.py", "statistics", "--trials=1000"),
}
