"""The native map is read whole, or every fault in it is told with its line."""

from datetime import time
from pathlib import Path
from textwrap import dedent

import pytest

from knowledge.documents import DocumentError
from routing.formats.native import parse, read_map
from routing.patterns import PathPattern
from routing.people import Hours, Person, Pings
from routing.sections import Section


def complaints(text: str) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        parse(dedent(text), "map.yaml")
    return [str(problem) for problem in refused.value.problems]


def test_a_whole_map() -> None:
    read = parse(
        dedent("""\
            people:
              alice:
                name: Alice Example
                accounts: {libera: alice, matrix: "@alice:example.org"}
                hours: mon-fri 9-18 Europe/London
                budget: 3
                reads_back: yes
                pings: private
                email: alice@example.org
              bob: {}
            sections:
              XENSTORE:
                maintainers: [alice]
                reviewers: [bob]
                files: [tools/xenstored/, "**/xs.h"]
                keywords: [xenbus]
                aliases: [store daemon]
                inside: TOOLSTACK
                status: Odd fixes
                mail: xenstore@lists.example.org
              TOOLSTACK: {}
              THE REST: {}
            rest: THE REST
            triagers: [bob]
            mail: devel@lists.example.org
            """),
        "map.yaml",
    )
    assert read.people == {
        "alice": Person(
            id="alice",
            name="Alice Example",
            accounts={"libera": "alice", "matrix": "@alice:example.org"},
            hours=Hours("Europe/London", time(9), time(18), frozenset(range(5))),
            budget=3,
            reads_back=True,
            pings=Pings.PRIVATE,
            email="alice@example.org",
        ),
        "bob": Person(id="bob", name="bob"),
    }
    assert list(read.sections) == ["XENSTORE", "TOOLSTACK", "THE REST"]
    assert read.sections["XENSTORE"] == Section(
        name="XENSTORE",
        maintainers=("alice",),
        reviewers=("bob",),
        files=(PathPattern("tools/xenstored/"), PathPattern("**/xs.h")),
        keywords=("xenbus",),
        aliases=("store daemon",),
        inside="TOOLSTACK",
        status="Odd fixes",
        mail="xenstore@lists.example.org",
    )
    assert (read.rest, read.triagers, read.mail) == ("THE REST", ("bob",), "devel@lists.example.org")


def test_bytes_and_files_are_read_as_well(tmp_path: Path) -> None:
    assert list(parse(b"people: {bob: {}}", "map.yaml").people) == ["bob"]
    (tmp_path / "map.yaml").write_text("people: {bob: {}}", encoding="utf-8")
    assert list(read_map(tmp_path / "map.yaml").people) == ["bob"]
    with pytest.raises(DocumentError, match=r"gone\.yaml:1:1: there is no such file"):
        read_map(tmp_path / "gone.yaml")


def test_what_does_not_fit_is_told_with_its_line() -> None:
    told = complaints("""\
        people:
          alice:
            hours: 9-18 Europe/Lodnon
            budget: some
            pings: publc
            emal: a@example.org
            email: a@example.org, b@example.org
          bob:
            hours: [9-18 UTC]
            name: "two\\nlines"
            accounts: {libera: bob smith}
        sections:
          XENSTORE:
            maintainers: alice
            files: [tools//xl, "a**b"]
            keywords: ["--"]
        sectons: {}
        """)
    expected = [
        ("map.yaml:3:5: ", "there is no time zone `Europe/Lodnon`"),
        ("map.yaml:4:5: ", "must be a whole number, found `some`"),
        ("map.yaml:5:5: ", "must be public, private or off, found `publc`, did you mean `public`?"),
        ("map.yaml:6:5: ", "unknown key, did you mean `email`?"),
        ("map.yaml:7:5: ", "must be a mail address"),
        ("map.yaml:9:5: ", "must be text"),
        ("map.yaml:10:5: ", "must be one line of text"),
        ("map.yaml:11:16: ", "must be one word"),
        ("map.yaml:14:5: ", "must be a list, found `alice`"),
        ("map.yaml:15:13: ", "a pattern has no empty"),
        ("map.yaml:15:24: ", "`**` must be a whole segment"),
        ("map.yaml:16:16: ", "must have a letter or a digit"),
        ("map.yaml:17:1: ", "unknown key, did you mean `sections`?"),
    ]
    assert len(told) == len(expected)
    for line, (where, what) in zip(told, expected, strict=True):
        assert line.startswith(where)
        assert what in line


def test_names_that_lead_nowhere_are_told_with_their_line() -> None:
    assert complaints("""\
        people:
          alice: {accounts: {libera: Alice}}
          bob: {accounts: {libera: alice}}
        sections:
          A: {inside: B, maintainers: [bob, alise]}
          B: {inside: A}
        rest: THE REST
        triagers: [bob, zoe]
        """) == [
        "map.yaml:3:20: `alice` on libera already belongs to the person `alice`",
        "map.yaml:5:7: A is inside B is inside A",
        "map.yaml:5:37: there is no person `alise`, did you mean `alice`?",
        "map.yaml:7:1: there is no section `THE REST`",
        "map.yaml:8:17: there is no person `zoe`",
    ]


@pytest.mark.parametrize(
    "text", ["", "[]", "people:\n", "sections: {A: }\n", "rest: []\n", "people: {bob: {budget: -1}}"]
)
def test_other_shapes_are_refused(text: str) -> None:
    assert complaints(text)


def test_sections_leave_files_out_and_say_where_they_are_talked_about() -> None:
    text = """
people: {bob: {}}
sections:
  NET: {files: [net/], excluded: [net/ipv6/], triagers: [bob], channels: ["libera #net"]}
  "6": {files: ["net/ipv6/*.c"]}
  REST: {}
rest: REST
"""
    of = parse(text, "map.yaml")
    assert (of.sections["NET"].triagers, of.sections["NET"].channels) == (("bob",), ("libera #net",))
    assert [[each.section for each in of.owning(path)] for path in ("net/a", "net/ipv6/a.c", "x")] == [
        ["NET"],
        ["6"],
        ["REST"],
    ]


def test_a_triager_of_a_section_is_a_person() -> None:
    with pytest.raises(DocumentError, match="there is no person `bob`"):
        parse("sections:\n  NET: {triagers: [bob]}\n", "map.yaml")
