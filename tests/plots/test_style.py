import itertools

import matplotlib
import pytest

from plots.style import RC, family, in_order, looks, styled

KNOWN = "serial pool std_thread std_async tbb tbb_grain1 tbb_tasks".split()
KNOWN += "openmp_static openmp_dynamic openmp_tasks fork_each fork_pool fork_pipe".split()
KNOWN += "par coroutines asio_pool futures py_serial py_threads py_thread_pool".split()
KNOWN += "py_process py_process_pool py_pool py_asyncio".split()
STRANGERS = "tbb_affinity openmp_guided fork_pipes mpi taskflow py_other par_unseq".split()


def key(executor: str, among: list[str]) -> tuple[object, ...]:
    look = looks(among)[executor]
    return look.color, look.marker, str(look.line)


def test_every_executor_is_told_apart() -> None:
    among = KNOWN + STRANGERS
    assert len({key(executor, among) for executor in among}) == len(among)


def test_an_executor_stays_in_its_family_along_its_own_axis() -> None:
    assert family("coroutines@64") == family("coroutines") != ""
    assert family("fork_pipe@1") == family("fork_pipe")


def test_known_executors_differ_by_colour_alone() -> None:
    assert len({look.color for look in looks(KNOWN).values()}) == len(KNOWN)


@pytest.mark.parametrize("executor", KNOWN + STRANGERS)
def test_an_executor_looks_the_same_in_any_company(executor: str) -> None:
    assert key(executor, [executor]) == key(executor, KNOWN + STRANGERS)


def test_strangers_that_collide_are_moved_apart() -> None:
    crowd = [f"stranger{number}" for number in range(60)]
    assert len({key(executor, crowd) for executor in crowd}) == 60
    assert looks(crowd) == looks(reversed(crowd))


def test_pool_alone_is_strong() -> None:
    widths = {executor: look.width for executor, look in looks(KNOWN + STRANGERS).items()}
    assert widths.pop("pool") > 1.5 * max(widths.values())


def test_families_stand_together() -> None:
    families = [family(executor) for executor in in_order(STRANGERS + KNOWN[::-1])]
    assert [name for name, _ in itertools.groupby(families)] == [
        "serial",
        "pool",
        "std_",
        "tbb",
        "openmp",
        "fork",
        "asio",
        "py_",
        "",
    ]


def luminance(color: str) -> float:
    parts: list[float] = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear: list[float] = [
        part / 12.92 if part <= 0.04045 else float((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_members_of_a_family_differ_in_lightness() -> None:
    """What is left where hues are not seen: a contrast of 1.4 and more within a family."""
    for _, members in itertools.groupby(in_order(KNOWN), family):
        shades = [luminance(look.color) for look in looks(members).values()]
        for one, other in itertools.combinations(sorted(shades), 2):
            assert (other + 0.05) / (one + 0.05) > 1.4


def test_the_style_is_the_same_whatever_the_user_set_and_leaves_no_trace() -> None:
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9}):
        inside = styled(lambda: (matplotlib.rcParams["font.size"], matplotlib.rcParams["lines.linewidth"]))()
        assert inside == (RC["font.size"], matplotlib.rcParamsDefault["lines.linewidth"])
        assert matplotlib.rcParams["font.size"] == 30
