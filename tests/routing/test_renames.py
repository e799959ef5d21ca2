"""What a path of the past is called today."""

import gzip
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.past.history import Commit, Tally
from routing.past.logs import read_log
from routing.past.renames import MOST_COMPARED, SOON, todays

XEN = Path(__file__).parents[3] / "shared" / "data" / "route" / "xen"


def history(*changes: Commit) -> list[Commit]:
    """Told as they happened, read as git tells them: newest first."""
    return list(reversed(changes))


def moved(*renames: tuple[str, str]) -> Commit:
    return Commit("", 0, "", "", tuple(new for _, new in renames), renames)


def touched(*paths: str) -> Commit:
    return Commit("", 0, "", "", paths)


# --- by git's records -----------------------------------------------------------------------------------


def test_a_name_leads_to_the_last_of_its_names() -> None:
    now = todays(history(moved(("a.c", "b.c")), moved(("b.c", "lib/c.c"))), {"lib/c.c"})
    assert [now(each) for each in ("a.c", "b.c", "lib/c.c", "other.c")] == ["lib/c.c"] * 3 + [None]


def test_without_the_tree_what_nobody_knows_is_its_own_name() -> None:
    now = todays(history(moved(("a.c", "b.c"))))
    assert (now("a.c"), now("b.c"), now("other.c")) == ("b.c", "b.c", "other.c")


def test_what_moved_there_and_back_is_where_it_is() -> None:
    now = todays(history(moved(("a.c", "b.c")), moved(("b.c", "a.c"))))
    assert now("a.c") == "a.c"
    assert now("b.c") == "a.c"


def test_two_that_change_places_do_so_at_once() -> None:
    now = todays(history(moved(("a.c", "b.c"), ("b.c", "a.c"))))
    assert (now("a.c"), now("b.c")) == ("b.c", "a.c")


def test_what_was_moved_and_deleted_is_gone() -> None:
    assert todays(history(moved(("a.c", "b.c"))), {"z.c"})("a.c") is None


def test_what_is_there_today_is_itself_whatever_was_called_so() -> None:
    assert todays(history(moved(("a.c", "b.c"))), {"a.c", "b.c"})("a.c") == "a.c"


LIBXL = [(f"tools/libxl/libxl_{each}.c", f"tools/libs/light/libxl_{each}.c") for each in ("dm", "pci", "usb")]


def test_a_directory_went_where_its_files_went() -> None:
    there = {new for _, new in LIBXL} | {"tools/libs/light/test/old.c"}
    now = todays(history(moved(*LIBXL)), there)
    assert now("tools/libxl/test/old.c") == "tools/libs/light/test/old.c"
    assert now("tools/libxl/removed.c") is None
    assert now.whereabouts("tools/libxl/removed.c") == "tools/libs/light/removed.c"


def test_two_files_are_no_directory() -> None:
    assert todays(history(moved(*LIBXL[:2]))).whereabouts("tools/libxl/x.c") == "tools/libxl/x.c"


def test_a_directory_in_which_others_stay_went_nowhere() -> None:
    there = {new for _, new in LIBXL} | {"tools/libxl/Makefile"}
    assert todays(history(moved(*LIBXL)), there).whereabouts("tools/libxl/x.c") == "tools/libxl/x.c"
    without_tree = todays(
        history(touched("tools/libxl/Makefile"), moved(*LIBXL), touched("tools/libxl/Makefile"))
    )
    assert without_tree("tools/libxl/x.c") == "tools/libxl/x.c"


def test_a_directory_above_is_moved_with_what_is_below() -> None:
    renames = [(f"a/old/{each}/x.c", f"b/new/{each}/x.c") for each in "pqr"]
    now = todays(history(moved(*renames)), {new for _, new in renames})
    assert now.whereabouts("a/old/z/y.c") == "b/new/z/y.c"


# --- from names alone -----------------------------------------------------------------------------------


def test_what_went_and_what_came_in_one_commit_is_one_file() -> None:
    before = ("xen/include/asm-x86/p2m.h", "xen/include/asm-arm/p2m.h")
    after = ("xen/arch/arm/include/asm/p2m.h", "xen/arch/x86/include/asm/p2m.h")
    now = todays(history(touched(*before), touched(*before, *after, "Makefile")), {*after, "Makefile"})
    assert now("xen/include/asm-x86/p2m.h") == "xen/arch/x86/include/asm/p2m.h"
    assert now("xen/include/asm-arm/p2m.h") == "xen/arch/arm/include/asm/p2m.h"


def test_a_new_name_of_the_same_words_is_seen() -> None:
    old, new = "tools/xenstore/xenstored_core.c", "tools/xenstored/core.c"
    assert todays(history(touched(old), touched(old, new)), {new})(old) == new


def test_the_only_one_left_beside_its_likes_is_the_only_one_that_came() -> None:
    old, new = "xen/arch/x86/io.c", "xen/arch/x86/ports.c"
    assert todays(history(touched(old), touched(old, new)), {new})(old) == new


def test_what_came_before_the_other_was_gone_is_another() -> None:
    old, new = "stubdom/grub/kexec.c", "xen/common/kexec.c"
    assert todays(history(touched(new), touched(old), touched(old)), {new})(old) is None


def test_what_came_later_under_the_same_name_is_it() -> None:
    old, new = "tools/libxc/xtl_logger_stdio.c", "tools/libs/toollog/xtl_logger_stdio.c"
    assert todays(history(touched(old), touched(new)), {new})(old) == new


def test_of_two_who_are_called_so_neither_is_it() -> None:
    old, new, third = "tools/libxc/xtl_core.c", "tools/libs/toollog/xtl_core.c", "docs/xtl_core.c"
    assert todays(history(touched(old), touched(new)), {new, third})(old) is None


def test_a_directory_that_was_gone_long_before_went_nowhere() -> None:
    old, new = ([f"{each}/very_special_{name}.c" for name in "abc"] for each in ("dir/old", "dir/new"))
    between = [touched("other.c")] * (SOON + 1)
    soon = todays(history(touched(*old), touched(*new)), {*new, "other.c"})
    late = todays(history(touched(*old), *between, touched(*new)), {*new, "other.c"})
    assert soon.whereabouts("dir/old/x.c") == "dir/new/x.c"
    assert late.whereabouts("dir/old/x.c") == "dir/old/x.c"


def test_what_was_deleted_is_gone_though_something_came() -> None:
    now = todays(history(touched("a/tmem.c"), touched("a/tmem.c", "docs/news.txt")), {"docs/news.txt"})
    assert now("a/tmem.c") is None


def test_records_and_names_lead_on_to_each_other() -> None:
    first = moved(("a/one.c", "b/one.c"))
    second = touched("b/one.c", "c/one.c")
    assert todays(history(touched("a/one.c"), first, second), {"c/one.c"})("a/one.c") == "c/one.c"


def test_without_the_tree_what_went_together_has_gone() -> None:
    names = [f"{each}.c" for each in ("dm", "pci", "usb")]
    both = touched(
        *(f"tools/libxl/{each}" for each in names), *(f"tools/libs/light/{each}" for each in names)
    )
    before = touched(*(f"tools/libxl/{each}" for each in names))
    now = todays(history(before, both, touched("tools/libs/light/dm.c")))
    assert now("tools/libxl/dm.c") == "tools/libs/light/dm.c"
    assert todays(history(touched("x/dm.c", "y/dm.c")))("x/dm.c") == "x/dm.c"


def test_of_too_many_only_equal_names_are_compared() -> None:
    count = int(MOST_COMPARED**0.5) + 50
    before = [f"old/dir/file_{each}.c" for each in range(count)]
    after = [f"new/dir/file_{each}.c" for each in range(count)]
    now = todays(history(touched(*before), touched(*before, *after)), set(after))
    assert all(now(old) == new for old, new in zip(before, after, strict=True))


PATHS = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/a", "", "/", "//", "d/", "d", "x.c", ".c", "é/x.c"])
COMMITS = st.builds(
    lambda paths, renames: Commit("", 0, "", "", tuple(paths), tuple(renames)),
    st.lists(PATHS, max_size=5, unique=True),
    st.lists(st.tuples(PATHS, PATHS), max_size=4),
)


@given(st.lists(COMMITS, max_size=8), st.none() | st.frozensets(PATHS), PATHS)
def test_any_history_leads_somewhere(commits: list[Commit], there: frozenset[str] | None, path: str) -> None:
    now = todays(commits, there)
    found = now(path)
    if there is None:
        assert found is not None
    else:
        assert found is None or found in there
        assert path not in there or found == path


def test_a_long_chain_costs_no_stack() -> None:
    chain = [moved((f"{each}.c", f"{each + 1}.c")) for each in range(5_000)]
    assert todays(history(*chain))("0.c") == "5000.c"


def test_most_of_what_xen_moved_is_found() -> None:
    if not XEN.is_dir():
        pytest.skip(f"without Xen's log and paths in {XEN}")
    with gzip.open(XEN / "history.log.gz", "rb") as log:
        commits = list(islice(read_log(log, Tally()), 10_000))
    there = set(gzip.decompress((XEN / "paths.txt.gz").read_bytes()).decode().splitlines())
    now = todays(commits, there)
    times = [now(path) is not None for each in commits for path in each.paths if path not in there]
    assert sum(times) / len(times) > 0.65
    assert now("tools/libxl/libxl_dm.c") == "tools/libs/light/libxl_dm.c"
    assert now("xen/include/asm-x86/domain.h") == "xen/arch/x86/include/asm/domain.h"
    assert now("xen/common/tmem.c") is None
