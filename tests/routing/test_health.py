"""Whether a map is well: what is found, and that nothing is found where nothing is wrong."""

import gzip
from collections.abc import Collection
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.formats import codeowners, maintainers
from routing.formats.globs import FilePattern
from routing.formats.native import parse
from routing.health import Dead, Health, health
from routing.patterns import Pattern
from routing.people import Person
from routing.sections import MaintainersMap, Section
from routing.tree import Tree

WELL = """\
people:
  alice: {accounts: {libera: alice}}
  bob: {accounts: {libera: bob}}
sections:
  XL: {maintainers: [alice], files: [tools/xl/]}
  DOCS: {maintainers: [bob], files: ["docs/*.md", README]}
"""
PATHS = ("README", "docs/a.md", "docs/b.md", "tools/xl/xl.c", "tools/xl/main/x.c")


def found(
    text: str, paths: Collection[str] | None = PATHS, networks: tuple[str, ...] = ("libera",)
) -> Health:
    of = parse(text, "map.yaml")
    tree = Tree.of(paths) if paths is not None else None
    of = MaintainersMap(of.sections, of.people, of.rest, of.triagers, of.mail, of.lookups, tree)
    return health(of, networks)


def test_nothing_is_found_in_a_map_that_is_well() -> None:
    of = found(WELL)
    assert of.well
    assert (of.sections, of.people, of.files) == (2, 2, 5)


def test_without_a_tree_its_files_are_not_looked_at() -> None:
    of = found(WELL + "  GONE: {maintainers: [bob], files: [gone/]}\n", paths=None)
    assert of.well
    assert (of.files, of.unowned, of.dead) == (None, None, ())


@pytest.mark.parametrize(
    ("section", "orphan", "nameless"),
    [
        ("{maintainers: [alice], status: Orphan}", True, False),
        ("{status: orphaned (since 2017)}", True, False),
        ("{}", False, True),
        ("{reviewers: [alice]}", False, False),
        ("{maintainers: [alice], status: Odd Fixes}", False, False),
    ],
)
def test_orphans_are_those_by_status_others_name_nobody(section: str, orphan: bool, nameless: bool) -> None:
    of = found(WELL + f"  NEW: {section}\n")
    assert (of.orphans, of.nameless) == (("NEW",) if orphan else (), ("NEW",) if nameless else ())


def test_where_nobody_has_an_account_that_is_one_finding() -> None:
    assert found(WELL, networks=("oftc",)).nobody_known
    assert not found(WELL).nobody_known


@pytest.mark.parametrize(
    ("carol", "reached"),
    [
        ("{accounts: {libera: carol}}", True),
        ("{accounts: {oftc: carol}}", False),
        ("{}", False),
        ("{accounts: {libera: carol}, pings: off}", False),
        ("{accounts: {libera: carol}, pings: private}", True),
        ("{accounts: {libera: carol}, budget: 0}", False),
        ("{accounts: {libera: carol}, budget: 1}", True),
    ],
)
def test_a_section_is_stood_behind_by_somebody_who_can_be_pinged(carol: str, reached: bool) -> None:
    text = WELL.replace("sections:", f"  carol: {carol}\nsections:") + "  NEW: {maintainers: [carol]}\n"
    assert found(text).unreachable == (() if reached else ("NEW",))
    assert found(text.replace("[carol]}", "[carol], inside: XL}")).unreachable == ()
    assert found(text.replace("[carol]}", "[carol], reviewers: [bob]}")).unreachable == ()


def test_accounts_count_on_the_networks_that_are_configured_and_else_on_any() -> None:
    assert found(WELL, networks=("oftc",)).no_account == ("alice", "bob")
    of = parse(WELL, "map.yaml")
    assert health(of).no_account == ()


def test_who_bears_far_more_than_others_is_overloaded() -> None:
    people = "people:\n" + "".join(f"  p{n}: {{accounts: {{libera: p{n}}}}}\n" for n in range(5))
    sections = "sections:\n" + "".join(f"  S{n}: {{maintainers: [p{n}]}}\n" for n in range(1, 5))
    heavy = "".join(f"  H{n}: {{maintainers: [p0], files: [tools/]}}\n" for n in range(6))
    (bearing,) = found(people + sections + heavy).overloaded
    assert (bearing.person, bearing.sections, bearing.load, bearing.files) == ("p0", 6, 6.0, 2)
    assert (bearing.share, bearing.even) == (0.6, 0.2)
    shared = heavy.replace("[p0]", "[p0, p1]").replace("H5: {", "H5: {status: Orphan, ")
    assert found(people + sections + shared).overloaded == ()


def test_patterns_that_match_nothing() -> None:
    text = WELL + (
        "  OLD: {maintainers: [bob], files: [tools/libxc/, tools/xl/xl.c]}\n"
        "  GONE: {maintainers: [bob], files: [stubdom/, '**/*.ml']}\n"
    )
    of = found(text)
    assert of.dead == (Dead("OLD", "tools/libxc/"), Dead("GONE", "stubdom/"), Dead("GONE", "**/*.ml"))
    assert of.gone == ("GONE",)


def test_files_that_nobody_owns_are_told_by_the_outermost_folder_of_which_nobody_owns_anything() -> None:
    more = ("Makefile", "docs/x.txt", "docs/man/a.1", "docs/man/b/c.1", "rust/src/lib.rs", "rust/Cargo.toml")
    of = found(WELL, (*PATHS, *more))
    assert of.unowned == {"/": 1, "docs/": 1, "docs/man/": 2, "rust/": 2}
    assert of.new == ("rust/",)


def test_the_rest_owns_nothing_by_itself() -> None:
    of = found(WELL + "  REST: {maintainers: [bob], files: ['**']}\nrest: REST\n", (*PATHS, "COPYING"))
    assert of.unowned == {"/": 1}
    assert of.dead == ()


def test_what_maintainers_files_exclude_is_nobody_s() -> None:
    text = "A\nM:\tA <a@x.org>\nF:\txen/\nX:\txen/arch/\nX:\tgone/\nN:\tacpi\nN:\t(nowhere)\n"
    tree = Tree.of(["xen/a.c", "xen/arch/b.c", "docs/acpi.txt", "docs/x"])
    of = maintainers.parse(text, "MAINTAINERS", tree=tree).built()
    seen = health(of)
    assert seen.unowned == {"docs/": 1, "xen/arch/": 1}
    assert seen.dead == (Dead("A", "(nowhere)"), Dead("A", "gone/", against=True))


def test_of_codeowners_the_last_line_decides() -> None:
    tree = Tree.of(["docs/a", "docs/drafts/b", "x.c"])
    of = codeowners.parse("*.c @alice\n/docs/ @bob\n/docs/drafts/\n", "CODEOWNERS", tree=tree).built()
    assert health(of).unowned == {"docs/drafts/": 1}


def holds(pattern: Pattern, path: str) -> bool:
    return (
        pattern.covers(path, path.count("/")) if isinstance(pattern, FilePattern) else pattern.matches(path)
    )


SEGMENT = st.sampled_from(["a", "b", "ab", "c.h"])
PATH = st.lists(SEGMENT, min_size=1, max_size=4).map("/".join)
PATTERN = st.builds(
    lambda path, end: path + end, PATH, st.sampled_from(["", "/", "*", "/*", "*/", "?"])
) | st.sampled_from(["*", "*/", "a*b", "*/c.h"])
RULE = st.tuples(st.sampled_from("FFFXN"), PATTERN)


@given(
    st.lists(st.lists(RULE, min_size=1, max_size=4), min_size=1, max_size=4),
    st.lists(PATH, min_size=1, max_size=12),
)
def test_what_is_found_agrees_with_who_owns_each_path(
    sections: list[list[tuple[str, str]]], paths: list[str]
) -> None:
    """Patterns are compared with ranges of paths; a lookup knows nothing of those."""
    files = {path for path in paths if not any(other.startswith(f"{path}/") for other in paths)}
    tree = Tree.of(files)
    text = "".join(
        f"\nS{number}\nM:\tN <n@x.org>\n"
        + "".join(
            f"{tag}:\t{pattern.replace('*', '.*') if tag == 'N' else pattern}\n" for tag, pattern in rules
        )
        for number, rules in enumerate(sections)
    )
    of = maintainers.parse(text, "MAINTAINERS", tree=tree).built()
    seen = health(of)
    owned = {path: {each.section for each in of.owning(path)} - {of.rest} for path in tree.paths}
    assert sum((seen.unowned or {}).values()) == sum(not owners for owners in owned.values())
    told = [
        (section.name, pattern.text)
        for section in of.sections.values()
        if section.name != of.rest
        for pattern in (*section.files, *section.excluded)
        if not any(holds(pattern, path) for path in tree.paths)
    ]
    assert sorted((each.section, each.pattern) for each in seen.dead) == sorted(told)


def test_a_large_map_is_looked_at_pattern_by_pattern_and_not_path_by_path() -> None:
    """Some thousand plain patterns over some ten thousand paths: few comparisons, not their product."""
    compared = 0

    class Counted:
        depth, floats, tip = 3, False, None

        def __init__(self, number: int) -> None:
            self.text = f"d{number}/*"
            self.trunk = (f"d{number}",)

        def matches(self, path: str) -> bool:
            nonlocal compared
            compared += 1
            return path.startswith(self.trunk[0] + "/")

        def ends_like(self, name: str) -> bool:
            return False

    sections = {f"S{n}": Section(f"S{n}", ("a",), files=(Counted(n),)) for n in range(1000)}
    tree = Tree.of(f"d{n}/{m}" for n in range(1000) for m in range(10))
    of = MaintainersMap(sections, {"a": Person("a", "a")}, tree=tree)
    assert health(of).unowned == {}
    assert compared < 200_000


def test_the_files_of_a_real_tree_that_only_the_rest_owns() -> None:
    folder = Path(__file__).parents[3] / "shared" / "data" / "route" / "xen"
    if not folder.is_dir():
        pytest.skip("the tree of Xen is not here")
    tree = Tree.of(gzip.decompress((folder / "paths.txt.gz").read_bytes()).decode().splitlines())
    content = gzip.decompress((folder / "MAINTAINERS.gz").read_bytes())
    of = maintainers.parse(content, "MAINTAINERS", tree=tree).built()
    left = [path for path in tree.paths if {each.section for each in of.owning(path)} <= {of.rest}]
    seen = health(of)
    assert sum((seen.unowned or {}).values()) == len(left)
    assert all(any(path.startswith(folder) for path in left) for folder in seen.new)
    assert seen.orphans
