import itertools
from collections.abc import Iterable

import matplotlib

from plots.style import RC, Look, in_order, looks, styled
from tests.cells import family

KNOWN = "serial pool pool_guided std_thread std_async tbb tbb_grain1 tbb_tasks".split()
KNOWN += "openmp_static openmp_dynamic openmp_tasks fork_each fork_pool fork_pipe".split()
KNOWN += "par coroutines asio_pool futures py_serial py_threads py_thread_pool".split()
KNOWN += "py_process py_process_pool py_pool py_asyncio".split()
OTHERS = "tbb_affinity openmp_guided fork_pipes mpi taskflow py_other coroutines@64 fork_pipe@1".split()


def looks_of(names: Iterable[str]) -> dict[str, Look]:
    return looks({name: family(name) for name in names})


def key(look: Look) -> tuple[object, ...]:
    return look.color, look.marker, str(look.line)


def test_every_executor_is_distinct() -> None:
    among = looks_of(KNOWN + OTHERS)
    assert len(set(map(key, among.values()))) == len(KNOWN + OTHERS)
    crowd = looks_of([f"stranger{number}" for number in range(60)])
    assert len(set(map(key, crowd.values()))) == 60


def test_those_that_there_are_differ_by_colour_alone() -> None:
    assert len({look.color for look in looks_of(KNOWN).values()}) == len(KNOWN)


def test_the_hue_follows_from_the_family_and_the_rest_from_the_names() -> None:
    assert looks_of(KNOWN) == looks_of(KNOWN[::-1])
    own, among = looks_of(["tbb", "tbb_tasks"]), looks_of(KNOWN)
    assert own["tbb"] == among["tbb"], "the shortest name of a family has its first colour"
    assert looks({"anything": "tbb"})["anything"] == own["tbb"]


def test_the_pools_alone_are_strong() -> None:
    widths = {executor: look.width for executor, look in looks_of(KNOWN + OTHERS).items()}
    assert min(widths.pop("pool"), widths.pop("pool_guided")) > 1.5 * max(widths.values())


def test_families_stand_together() -> None:
    order = in_order({name: family(name) for name in OTHERS + KNOWN[::-1]})
    known = [name if name in ("mpi", "taskflow") else family(name) for name in order]
    assert [name for name, _ in itertools.groupby(known)] == [
        "serial", "pool", "std", "tbb", "openmp", "fork", "asio", "python", "mpi", "taskflow",
    ]  # fmt: skip


def luminance(color: str) -> float:
    parts: list[float] = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear: list[float] = [
        part / 12.92 if part <= 0.04045 else float((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_members_of_a_family_differ_in_lightness() -> None:
    """What is left where hues are not seen: a contrast of 1.4 and more within a family."""
    for _, members in itertools.groupby(in_order({name: family(name) for name in KNOWN}), family):
        shades = [luminance(look.color) for look in looks_of(members).values()]
        for one, other in itertools.combinations(sorted(shades), 2):
            assert (other + 0.05) / (one + 0.05) > 1.4


def test_the_style_is_the_same_whatever_the_user_set_and_leaves_no_trace() -> None:
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9}):
        inside = styled(lambda: (matplotlib.rcParams["font.size"], matplotlib.rcParams["lines.linewidth"]))()
        assert inside == (RC["font.size"], matplotlib.rcParamsDefault["lines.linewidth"])
        assert matplotlib.rcParams["font.size"] == 30
