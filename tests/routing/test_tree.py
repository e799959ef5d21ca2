"""The files of a tree, and what a written path means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.tree import MOST_MEANT, Tree

TREE = Tree.of(
    [
        "tools/libs/light/libxl_create.c",
        "tools/xl/xl.c",
        "xen/common/sched/core.c",
        "xen/arch/x86/cpu/core.c",
        "xen/include/xen/string.h",
        "README",
        *(f"dir{number}/Makefile" for number in range(MOST_MEANT + 1)),
    ]
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("tools/xl/xl.c", ("tools/xl/xl.c",)),
        ("/builds/xen-4.19/tools/libs/light/libxl_create.c", ("tools/libs/light/libxl_create.c",)),
        ("a/tools/xl/xl.c", ("tools/xl/xl.c",)),
        ("b/README", ("README",)),
        ("../../xl/xl.c", ("tools/xl/xl.c",)),
        ("./tools/xl/../xl/xl.c", ("tools/xl/xl.c",)),
        ("libxl_create.c", ("tools/libs/light/libxl_create.c",)),
        ("core.c", ("xen/arch/x86/cpu/core.c", "xen/common/sched/core.c")),
        ("sched/core.c", ("xen/common/sched/core.c",)),
        ("tools/xl/", ("tools/xl/",)),
        ("xen/common", ("xen/common/",)),
        ("Makefile", ()),
        ("/usr/include/string.h", ()),
        ("nothing.c", ()),
        ("", ()),
        ("/", ()),
    ],
)
def test_what_a_path_means(written: str, meant: tuple[str, ...]) -> None:
    assert TREE.resolve(written) == meant


def test_what_is_there() -> None:
    assert "README" in TREE
    assert "tools/xl" not in TREE
    assert TREE.is_directory("tools/xl")
    assert TREE.is_directory("tools/")
    assert not TREE.is_directory("README")
    assert list(TREE.paths) == sorted(TREE.paths)


_segments = st.lists(st.sampled_from(["a", "b", "c.c", "x-c.c", "a!b"]), min_size=1, max_size=4)
_paths = st.lists(_segments.map("/".join), max_size=8)


@given(_paths, _segments.map("/".join))
def test_whatever_is_meant_ends_as_it_is_written(paths: list[str], written: str) -> None:
    for meant in Tree.of(paths).resolve(written):
        whole, asked = meant.rstrip("/").split("/"), written.split("/")
        shared = next((n for n in range(min(len(whole), len(asked)), 0, -1) if whole[-n:] == asked[-n:]), 0)
        assert shared == len(asked) or shared > 1 or asked[0] in ("a", "b")


@given(_paths)
def test_every_file_means_itself_or_its_namesakes(paths: list[str]) -> None:
    tree = Tree.of(paths)
    for path in tree.paths:
        assert path in tree
        if "/" in path:
            assert tree.resolve(f"/somewhere/{path}") == (path,)
