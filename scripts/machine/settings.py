"""How a machine is set: what of its processor and its kernel makes times differ."""

from __future__ import annotations

from pathlib import Path

from scripts.machine.finding import UNKNOWN, Machine, Observation
from scripts.machine.kernel import line, lines

_CPU = Path("sys/devices/system/cpu")


def governor(machine: Machine) -> Observation:
    found = {line(path) for path in sorted((machine.root / _CPU).glob("cpu[0-9]*/cpufreq/scaling_governor"))}
    if not found:
        return "ok", f"{UNKNOWN}: the frequency is not this system's to choose"
    if found == {"performance"}:
        return "ok", "performance"
    effect = "the frequency follows the load, so that short cells run slower"
    remedy = "set it with: cpupower frequency-set -g performance"
    return "note", f"{', '.join(sorted(found))}: {effect}; {remedy}"


def turbo(machine: Machine) -> Observation:
    cpu = machine.root / _CPU
    intel, other = line(cpu / "intel_pstate/no_turbo"), line(cpu / "cpufreq/boost")
    if intel == other == "":
        return "ok", UNKNOWN
    if intel == "1" or other == "0":
        return "ok", "off"
    file, value = ("intel_pstate/no_turbo", 1) if intel else ("cpufreq/boost", 0)
    effect = "one busy core is faster than all of them, which looks like bad scaling"
    return "note", f"on: {effect}; turn it off with: echo {value} > /{_CPU / file}"


def smt(machine: Machine) -> Observation:
    if line(machine.root / _CPU / "smt/active") != "1":
        return "ok", "off"
    return "note", (
        "on: two workers on one core share it; count cores, not CPUs, give each worker a core of its own with "
        "--pin, or turn it off with: echo off > /sys/devices/system/cpu/smt/control"
    )


def virtualisation(machine: Machine) -> Observation:
    flags = next((text for text in lines(machine.root / "proc/cpuinfo") if text.startswith("flags")), "")
    if "hypervisor" not in flags.split():
        return "ok", "none seen"
    remedy = "watch steal, and compare by `fanout duet`"
    return "note", f"a virtual machine: neighbours may take its CPUs; {remedy}"


def aslr(machine: Machine) -> Observation:
    found = line(machine.root / "proc/sys/kernel/randomize_va_space")
    if found != "0":
        return "ok", "on" if found else UNKNOWN
    remedy = "turn it on with: sysctl kernel.randomize_va_space=2"
    return "note", f"off: every process has the same layout, and its luck or bad luck stays; {remedy}"


def huge_pages(machine: Machine) -> Observation:
    found = line(machine.root / "sys/kernel/mm/transparent_hugepage/enabled")
    if "[always]" not in found:
        return "ok", found.partition("[")[2].partition("]")[0] or UNKNOWN
    return "note", (
        "always: memory becomes faster at unpredictable moments; let programs ask for it: "
        "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"
    )


def clock_source(machine: Machine) -> Observation:
    found = line(machine.root / "sys/devices/system/clocksource/clocksource0/current_clocksource")
    if found in ("", "tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"):
        return "ok", found or UNKNOWN
    return "severe", (
        f"{found}: reading the time takes a system call, so that short tasks look long; boot with clocksource=tsc, "
        "if the processor's is stable"
    )
