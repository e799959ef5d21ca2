"""What in a text points to a section, and how surely."""

from textwrap import dedent

import pytest

from routing.candidates import SURE, Candidate, owners, rank
from routing.evidence import Evidence, Kind, gather
from routing.formats import maintainers
from routing.formats.dialects import Dialect
from routing.formats.native import parse
from routing.sections import MaintainersMap

MAP = parse(
    dedent("""\
        sections:
          TOOLSTACK: {files: [tools/], keywords: [xl], aliases: [command line]}
          LIBXENLIGHT:
            files: [tools/libs/light/, tools/libs/light/libxl_*]
            keywords: [libvirt, soname]
            aliases: [libxl]
            inside: TOOLSTACK
          XENSTORE: {files: [tools/xenstored/, "docs/*/xenstore*"], keywords: [xenbus], inside: TOOLSTACK}
          LIVEPATCH: {files: [xen/common/livepatch.c], aliases: [live patch]}
          SCHEDULING: {files: [xen/common/sched/, "**/main.c"], keywords: [credit]}
          BILLING: {files: [shop/main.c], keywords: [credit]}
          LINUX: {keywords: [linux]}
          LINUX DRIVERS: {keywords: [netfront]}
          BUILD: {files: [configure, tools/xenstored/Makefile]}
          THE REST: {files: ["**"]}
        rest: THE REST
        """),
    "map.yaml",
)


def best(text: str, hint: str | None = None) -> Candidate | None:
    ranked = rank(gather(MAP, text, hint))
    return ranked[0] if ranked else None


def section(text: str, hint: str | None = None) -> str | None:
    found = best(text, hint)
    return found.section if found is not None and found.confidence >= SURE else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # outright
        ("xenstore: how do I start it?", "XENSTORE"),
        ("I have a libvirt question: my linux guest has no console", "LIBXENLIGHT"),
        ("question about xenstore, not libxl", "XENSTORE"),
        ("who maintains live patch?", "LIVEPATCH"),
        # paths
        ("tools/libs/light/libxl_create.c:123:5: error: implicit declaration", "LIBXENLIGHT"),
        ("In file included from /builddir/xen-4.19.0/tools/xenstored/core.c:77:", "XENSTORE"),
        ("../../tools/libs/light/libxl.h: No such file or directory", "LIBXENLIGHT"),
        ("--- a/xen/common/livepatch.c\n+++ b/xen/common/livepatch.c", "LIVEPATCH"),
        ("see https://git.example.org/xen/tree/xen/common/livepatch.c?h=staging", "LIVEPATCH"),
        ("make[3]: Entering directory '/build/tools/libs/light'", "LIBXENLIGHT"),
        ("docs/misc/xenstore.txt is out of date", "XENSTORE"),
        ("error in livepatch.c line 7", "LIVEPATCH"),
        ("undefined reference in libxl_dm.o", "LIBXENLIGHT"),
        # names and words
        ("Does LibXL need root?", "LIBXENLIGHT"),
        ("the xenbus of my guest hangs", "XENSTORE"),
        ("libxl_domain_create_new() returns -3", "LIBXENLIGHT"),
        ("libxl.so.4.19 is not found", "LIBXENLIGHT"),
        ("are live-patches supported?", "LIVEPATCH"),
        ("linux-drivers with netfront", "LINUX DRIVERS"),
        ("my libvrit does not start", "LIBXENLIGHT"),
        # nothing
        ("how are you today?", None),
        ("the rest works", None),
        ("x86_64 and/or 4.17.2", None),
    ],
)
def test_whose_a_question_is(text: str, expected: str | None) -> None:
    assert section(text) == expected


def test_an_explicit_word_is_stronger_than_a_path_and_a_path_than_a_word() -> None:
    assert section("xenstore: xen/common/livepatch.c does not build") == "XENSTORE"
    assert section("xenbus hangs since xen/common/livepatch.c was changed") == "LIVEPATCH"
    assert section("is xenstore or the soname to blame?") == "XENSTORE"


def test_the_closest_pattern_owns_a_path() -> None:
    found = rank(gather(MAP, "tools/libs/light/x.c"))
    assert [candidate.section for candidate in found] == ["LIBXENLIGHT", "TOOLSTACK"]
    assert found[0].confidence > 0.8 > 0.1 > found[1].confidence
    assert section("tools/python/x.c") == "TOOLSTACK"


def test_a_closer_pattern_of_another_section_weighs_twice_as_much() -> None:
    weights = {each.section: each.weight for each in gather(MAP, "tools/xenstored/Makefile")}
    assert weights["BUILD"] == 0.9
    assert weights["XENSTORE"] == 0.375


def test_where_a_tree_was_unpacked_says_nothing() -> None:
    assert best("/etc/tools/settings.c") is None
    assert best("/build/other/configure") is None
    assert section("configure.c and configure") is None
    assert section("./configure fails") == "BUILD"


def test_a_file_that_could_be_anybodys_is_no_evidence() -> None:
    assert best("shop.c") is None
    owned_twice = parse("sections: {A: {files: [a/main.c]}, B: {files: [b/main.c]}}", "map.yaml")
    assert gather(owned_twice, "main.c:3: error") == ()
    assert gather(owned_twice, "a/main.c:3: error")[0].section == "A"


def test_a_word_of_two_sections_speaks_for_neither_alone() -> None:
    shared = [each for each in gather(MAP, "credit") if each.kind is Kind.KEYWORD]
    assert {each.section for each in shared} == {"SCHEDULING", "BILLING"}
    assert {each.weight for each in shared} == {0.225}
    assert section("credit") is None
    assert section("credit in xen/common/sched/core.c") == "SCHEDULING"


def test_the_section_around_does_not_compete_with_the_one_inside() -> None:
    found = best("the command line of libxl")
    assert found is not None
    assert found.section == "LIBXENLIGHT"
    assert found.confidence > 0.5


def test_a_directory_that_a_path_goes_through_is_no_word() -> None:
    assert best("/usr/lib/libvirt/foo") is None
    assert section("/usr/lib64/libxl.so") == "LIBXENLIGHT"


def test_the_nearest_known_entry_is_a_hint_and_no_more() -> None:
    assert section("it crashes", hint="xenstore") is None
    found = best("it crashes", hint="xenstore")
    assert found == Candidate("XENSTORE", 0.3, ("the nearest known entry belongs to it",))
    assert section("the command line crashes", hint="LIVEPATCH") == "TOOLSTACK"
    assert best("it crashes", hint="NO SUCH SECTION") is None


def test_signs_add_up() -> None:
    one, two = best("my libvirt is broken"), best("my libvirt has a wrong soname")
    assert one is not None
    assert two is not None
    assert two.confidence > one.confidence
    assert two.reasons == ("speaks of `libvirt`", "speaks of `soname`")
    repeated = best("libvirt libvirt libvirt")
    assert repeated is not None
    assert repeated.confidence == one.confidence


def test_reasons_may_quote_the_text_and_signs_only_the_map() -> None:
    (first, *_) = gather(MAP, "b/tools/libs/light/NICK_bob.c")
    assert first == Evidence(
        "LIBXENLIGHT",
        0.85,
        Kind.PATH,
        "`b/tools/libs/light/NICK_bob.c` is in `tools/libs/light/`",
        "tools/libs/light/",
    )
    long = gather(MAP, "tools/xenstored/" + "x" * 300)
    assert all(len(each.reason) < 140 for each in long)


def test_evidence_comes_strongest_first() -> None:
    weights = [each.weight for each in gather(MAP, "xenstore: libxl, live patch, tools/xl/xl.c and netfront")]
    assert len(weights) >= 5
    assert weights == sorted(weights, reverse=True)


def test_only_the_beginning_of_a_long_text_counts() -> None:
    padding = "word " * 13_000
    assert section("libvirt " + padding) == "LIBXENLIGHT"
    assert best(padding + "libvirt") is None
    assert best("x" * 65_000) is None
    assert best("a/" * 32_500) is None
    flood = " ".join(f"dir{n}/a.c" for n in range(100))
    assert best(flood + " tools/xenstored/core.c") is None


def test_nothing_is_ranked_out_of_nothing() -> None:
    assert rank(()) == ()
    assert rank([Evidence("A", 0.0, Kind.HINT, "")]) == (Candidate("A", 0.0),)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("xenstore?", "XENSTORE"),
        ("the rest", "THE REST"),
        ("tools/libs/light", "LIBXENLIGHT"),
        ("tools/xl/", "TOOLSTACK"),
        ("tools", "TOOLSTACK"),
        ("libvirt", "LIBXENLIGHT"),
        ("libxl_create.c", "LIBXENLIGHT"),
        ("the live patch code", "LIVEPATCH"),
        ("XENSTOER", "XENSTORE"),
        ("LINX", "LINUX"),
        ("automation/build/", "THE REST"),
        ("zebra", None),
        ("", None),
        ("???", None),
    ],
)
def test_who_owns_it(asked: str, expected: str | None) -> None:
    found = owners(MAP, asked)
    assert (found[0].section if found else None) == expected
    assert all(0 < candidate.confidence <= 1 for candidate in found)


def test_without_a_rest_nobody_owns_what_nobody_lists() -> None:
    assert owners(MaintainersMap(), "automation/build/") == ()


def test_a_patch_that_holds_what_a_section_looks_for_is_brought_there() -> None:
    fences = "FENCES\nM:\tAnn <ann@example.org>\nF:\tfences/\nK:\t\\bfence_(?:wait|post)\\b\n\n"
    text = f"{fences}OTHER\nM:\tBob <bob@example.org>\nF:\tother/\n"
    map_ = maintainers.parse(text, "MAINTAINERS", dialect=Dialect.LINUX).built()
    patch = "does this apply?\n--- a/new.c\n+++ b/new.c\n@@ -1 +1 @@\n+\tfence_wait(it);\n"
    [found] = rank(gather(map_, patch))
    assert found.section == "FENCES"
    assert "holds what it looks for" in found.reasons[0]
    assert gather(map_, "defence_waiter") == ()
