"""`F:` and `N:` patterns: every path against a plain definition of the rule."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.formats.dialects import Dialect
from routing.formats.globs import FilePattern, file_pattern
from routing.formats.maintainers import parse
from routing.formats.ownership import MOST_DIRECTORIES
from routing.formats.regexes import Expressions


def pattern(text: str, *directories: str, braces: bool = False) -> FilePattern:
    return file_pattern(text, Expressions(), directory=lambda path: path in directories, braces=braces)


def plainly(text: str, path: str) -> bool:
    """As `get_maintainer.pl` does it."""
    written = text.replace(".", r"\.").replace("*", ".*").replace("?", ".")
    if not re.match(written, path):
        return False
    return text.endswith("/") or text.count("/") == path.count("/")


@pytest.mark.parametrize(
    ("text", "path", "matches"),
    [
        ("net/ip", "net/ipv4.c", True),
        ("net/ip", "net/ip/v4.c", False),
        ("net/", "net/ip/v4.c", True),
        ("net/*", "net/a.c", True),
        ("net/*", "net/ip/a.c", False),
        ("*/net/*", "drivers/net/a.c", True),
        ("net*c/", "net/a/bc/x", True),
        ("lib/locking*.[ch]", "lib/locking-selftest.h", True),
        ("lib/locking*.[ch]", "lib/locking.txt", False),
        ("lib/c++", "lib/ccc.h", True),
        ("da72??.c", "da7218.c", True),
        ("a.c", "abc", False),
    ],
)
def test_the_rule(text: str, path: str, matches: bool) -> None:
    assert pattern(text).covers(path, path.count("/")) is matches


_texts = st.text("ab./*?", min_size=1, max_size=12)
_paths = st.text("ab./", max_size=14)


@given(_texts, _paths)
def test_whatever_the_pattern_it_matches_as_plainly_defined(text: str, path: str) -> None:
    found = pattern(text)
    assert found.covers(path, path.count("/")) == plainly(text, path)
    if found.covers(path, path.count("/")):
        assert any(path.startswith(head) for head in found.heads)
        assert path.split("/")[: len(found.trunk)] == list(found.trunk)


@given(st.text("ab/+[](){}|^$\\.*?,", min_size=1, max_size=12), _paths, st.booleans())
def test_nothing_but_a_clear_error_comes_of_any_pattern(text: str, path: str, braces: bool) -> None:
    try:
        found = pattern(text, braces=braces)
    except ValueError:
        return
    found.matches(path)
    if found.covers(path, path.count("/")):
        assert any(path.startswith(head) for head in found.heads)


@given(st.text("ab([.*+?|)]{1}\\^$ ", min_size=1, max_size=12), st.text("ab", max_size=12))
def test_a_literal_that_must_be_there_is_in_whatever_matches(text: str, path: str) -> None:
    try:
        found = Expressions().read(text)
        plain = re.compile(text, re.VERBOSE)
    except (ValueError, re.error):
        return
    assert found.found_in(path) == (plain.search(path) is not None)


def test_classes_of_characters_are_perls() -> None:
    assert Expressions().read("a[[:digit:]]b").found_in("a1b")
    assert not Expressions().read("a[[:digit:]]b").found_in("a:b")


def test_only_the_tree_tells_a_directory_and_dots_are_none() -> None:
    assert pattern("tools/xl", "tools/xl").text == "tools/xl/"
    assert pattern("tools/x.d", "tools/x.d").text == "tools/x.d"
    assert pattern("tools/xl").uncertain
    assert not pattern("tools/xl.c").uncertain


def test_many_stars_cost_nothing() -> None:
    assert not pattern("*a" * 60 + "*b").matches("a" * 400)


def test_names_of_files_are_names_as_a_whole() -> None:
    assert pattern("tools/xl/xl_*.c").ends_like("xl_vcpu.c")
    assert not pattern("tools/xl/xl_*.c").ends_like("xl_vcpu.cpp")
    assert not pattern("tools/xl/").ends_like("xl")
    assert pattern("tools/xl/").matches("tools/xl")


@given(st.lists(_texts, min_size=1, max_size=6), st.lists(_paths, max_size=8))
def test_who_owns_a_path_is_told_by_every_pattern_whatever_was_asked_before(
    texts: list[str], paths: list[str]
) -> None:
    text = "".join(f"S{place}\nF:\t{written}\n" for place, written in enumerate(texts))
    (lookup,) = parse(text, "MAINTAINERS", dialect=Dialect.LINUX).lookups
    for path in (*paths, *paths):
        owning = {f"S{place}" for place, written in enumerate(texts) if plainly(written, path)}
        assert {each.section for each in lookup.owning(path)} == owning


def test_more_directories_than_are_kept_in_mind() -> None:
    (lookup,) = parse("A\nF:\ta*/b\n", "MAINTAINERS", dialect=Dialect.LINUX).lookups
    for number in (*range(MOST_DIRECTORIES + 10), 3):
        assert [each.section for each in lookup.owning(f"a{number}/b")] == ["A"]
        assert lookup.owning(f"a{number}/c") == ()
