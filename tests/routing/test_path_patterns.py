"""The native map's path patterns."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.patterns import LONGEST_PATH, PathPattern


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("tools/xl/", "tools/xl/xl.c"),
        ("tools/xl/", "tools/xl/deep/er/file"),
        ("tools/xl/", "tools/xl/"),
        ("tools/xl/", "tools/xl"),
        ("xen/common/livepatch.c", "xen/common/livepatch.c"),
        ("xen/common/livepatch*", "xen/common/livepatch_elf.c"),
        ("xen/common/livepatch*", "xen/common/livepatch"),
        ("xen/arch/*/livepatch.c", "xen/arch/x86/livepatch.c"),
        ("xen/arch/*/", "xen/arch/x86/mm/p2m.c"),
        ("tools/xl/xl_???.c", "tools/xl/xl_nic.c"),
        ("**/Makefile", "Makefile"),
        ("**/Makefile", "tools/xl/Makefile"),
        ("xen/**/efi*.h", "xen/efi.h"),
        ("xen/**/efi*.h", "xen/arch/x86/include/asm/efibind.h"),
        ("**", "any/thing"),
        ("docs/**", "docs"),
        ("docs/**", "docs/man/xl.1"),
        ("**/tests/", "tools/tests/x86/main.c"),
        ("libs/[a-z]+.c", "libs/[a-z]+.c"),
    ],
)
def test_these_match(pattern: str, path: str) -> None:
    assert PathPattern(pattern).matches(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("tools/xl/", "tools/xlutil/x.c"),
        ("tools/xl/", "old/tools/xl/xl.c"),
        ("tools/xl", "tools/xl/xl.c"),
        ("xen/common/livepatch*", "xen/common/livepatch/x.c"),
        ("xen/arch/*/livepatch.c", "xen/arch/x86/asm/livepatch.c"),
        ("tools/xl/xl_???.c", "tools/xl/xl_nics.c"),
        ("tools/?l/", "tools/l/x.c"),
        ("**/Makefile", "tools/Makefile.am"),
        ("xen/**/efi*.h", "tools/efi.h"),
        ("*.c", "tools/a.c"),
        ("libxl.c", "libxlxc"),
        ("libs/[a-z]+.c", "libs/abc.c"),
        ("Makefile", "makefile"),
        ("**", "x" * (LONGEST_PATH + 1)),
    ],
)
def test_these_do_not(pattern: str, path: str) -> None:
    assert not PathPattern(pattern).matches(path)


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("", "cannot be empty"),
        ("/", "cannot be empty"),
        ("/tools/", "without a `/`"),
        ("tools//xl", "no empty"),
        ("./tools", "no empty, `.`"),
        ("tools/../xen", "`..` segments"),
        ("tools/**.c", "whole segment"),
        ("tools\\xl", "backslashes"),
        ("two words", "blanks"),
        ("tools/\x07", "control characters"),
        ("x" * 201, "at most 200"),
    ],
)
def test_patterns_that_could_not_match_are_refused(pattern: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        PathPattern(pattern)


def test_the_closer_pattern_is_the_deeper_one() -> None:
    ordered = ["**", "tools/", "tools/libs/", "tools/libs/light/", "tools/libs/light/libxl.c"]
    depths = [PathPattern(pattern).depth for pattern in ordered]
    assert depths == sorted(set(depths))
    assert PathPattern("tools/*/").depth == PathPattern("tools/").depth


def test_a_file_can_be_known_by_its_name_alone() -> None:
    assert PathPattern("tools/libs/light/libxl_*.c").ends_like("libxl_create.c")
    assert not PathPattern("tools/libs/light/libxl_*.c").ends_like("libxl_create.h")
    assert not PathPattern("tools/libs/light/").ends_like("light")
    assert not PathPattern("docs/*").ends_like("anything.c")
    assert not PathPattern("docs/*.?").ends_like("anything.c")


segment = st.text("ab*?.", min_size=1, max_size=6).filter(
    lambda text: "**" not in text and text not in (".", "..")
)
patterns = st.lists(st.one_of(segment, st.just("**")), min_size=1, max_size=5).map("/".join)
paths = st.lists(st.text("ab.", min_size=1, max_size=6), min_size=1, max_size=6).map("/".join)


@settings(deadline=None)
@given(patterns, paths, st.booleans())
def test_it_agrees_with_the_regular_expression_that_it_stands_for(
    pattern: str, path: str, below: bool
) -> None:
    parts = []
    for part in pattern.split("/"):
        if part == "**":
            parts.append("(?:[^/]+/)*")
        else:
            parts.append(re.escape(part).replace(r"\*", "[^/]*").replace(r"\?", "[^/]") + "/")
    expression = "".join(parts) + ("(?:[^/]+/)*" if below else "")
    expected = re.fullmatch(expression, path + "/") is not None
    assert PathPattern(pattern + "/" * below).matches(path) == expected


def test_a_pattern_tells_where_to_look_for_it() -> None:
    trunks = {
        text: PathPattern(text).trunk
        for text in ("tools/xl/", "configure", "tools/xl*", "docs/*/x", "to?ls/")
    }
    assert trunks == {
        "tools/xl/": ("tools", "xl"),
        "configure": ("configure",),
        "tools/xl*": ("tools",),
        "docs/*/x": ("docs",),
        "to?ls/": (),
    }
    assert [PathPattern(text).floats for text in ("**/x", "**", "*/x", "x/**")] == [True, True, False, False]


def test_a_pattern_tells_how_the_names_of_its_files_begin() -> None:
    tips = [
        PathPattern(text).tip for text in ("tools/xl.c", "libs/libxl_*.c", "**/*.c", "docs/*.?", "tools/")
    ]
    assert tips == ["xl.c", "libxl_", "", None, None]


def test_a_pattern_full_of_stars_is_not_expensive() -> None:
    pattern = PathPattern("**/" * 30 + "*a" * 50 + "b")
    assert not pattern.matches("a/" * 100 + "a" * 200)
