"""Several sources are one map, and overlays are laid over it; what is wrong is told where it is said."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.documents import DocumentError, Location, Problem, Severity
from routing.combining import combine
from routing.filing import Owning
from routing.formats import codeowners, maintainers, native, overlay
from routing.parts import Combined, Part
from routing.people import Pings
from routing.sections import MOST_SECTIONS, MaintainersMap

MAINTAINERS = """\
Maintainers List
----------------

BUILD SYSTEM
M:	Bob Builder <bob@example.org>
S:	Supported
L:	xen-devel@lists.xenproject.org
F:	Config.mk
F:	config/

XENSTORE
M:	Alice Example <Alice@Example.org>
M:	Bob Builder <bob@example.org>
S:	Supported
F:	tools/xenstored/

THE REST
M:	Carol Rest <carol@example.org>
S:	Supported
L:	xen-devel@lists.xenproject.org
F:	*
F:	*/
"""

DOCS = """\
people:
  writer: {email: alice@example.org, accounts: {libera: alice}}
sections:
  MANUAL: {maintainers: [writer], files: [docs/man/], inside: XENSTORE}
mail: docs@lists.example.org
"""


Ours = Callable[..., Part]


class Lines:
    """Every place is the first line of a source."""

    def __init__(self, source: str) -> None:
        self.source = source

    def problem(self, path: Location, message: str, severity: Severity = Severity.ERROR) -> Problem:
        return Problem(self.source, 1, 1, f"{path}: {message}", severity)


def upstream(text: str = MAINTAINERS, source: str = "MAINTAINERS", prefix: str = "") -> Part:
    found = maintainers.parse(text, source)
    return Part(
        Lines(source),
        found.sections,
        found.people,
        found.rest,
        found.triagers,
        found.mail,
        found.lookups[0],
        problems=found.problems,
        chosen_ids=False,
        prefix=prefix,
    )


@pytest.fixture
def ours(tmp_path: Path) -> Ours:
    """A part in the native format, under a file name of one's choice."""

    def written(text: str, name: str = "map.yaml") -> Part:
        (tmp_path / name).write_text(dedent(text))
        found = native.examine_part(tmp_path / name)
        return Part(
            found.document,
            found.sections,
            found.people,
            found.rest,
            found.triagers,
            found.mail,
            problems=found.problems,
            left_out=found.left_out,
        )

    return written


def over(text: str, source: str = "people.yaml") -> overlay.Overlay:
    return overlay.parse(dedent(text), source)


def built(*parts: Part, lay: str = "") -> MaintainersMap:
    return combine(parts, [over(lay)] if lay else []).built()


def told(found: Combined) -> list[str]:
    return [f"{Path(at.source).name}:{at.line}:{at.column}: {at.message}" for at in found.problems]


# --- sources ------------------------------------------------------------------------------------------


def test_people_of_several_sources_are_one_by_their_address(ours: Ours) -> None:
    of = built(upstream(), ours(DOCS))
    assert set(of.people) == {"bob", "writer", "carol"}
    assert of.people["writer"].name == "Alice Example"
    assert of.people["writer"].accounts == {"libera": "alice"}
    assert of.sections["XENSTORE"].maintainers == ("writer", "bob")


def test_the_first_source_has_its_way_with_what_is_said_once(ours: Ours) -> None:
    assert built(upstream(), ours(DOCS)).mail == "xen-devel@lists.xenproject.org"
    of = built(ours(DOCS), upstream())
    assert of.mail == "docs@lists.example.org"
    assert of.rest == "THE REST"
    assert list(of.sections) == ["MANUAL", "BUILD SYSTEM", "XENSTORE", "THE REST"]


def test_each_source_owns_paths_by_its_own_rules(ours: Ours) -> None:
    of = built(upstream(), ours(DOCS))
    assert [each.section for each in of.owning("docs/man/xl.1")] == ["MANUAL", "THE REST"]
    assert [each.section for each in of.owning("tools/xenstored/core.c")] == ["XENSTORE", "THE REST"]
    assert [
        each.section for each in built(ours(DOCS.replace(", inside: XENSTORE", ""))).owning("docs/man/xl.1")
    ] == ["MANUAL"]


def test_names_lead_into_other_sources(ours: Ours) -> None:
    part = ours("sections: {MANUAL: {maintainers: [carol], inside: THE REST}}\n")
    of = built(upstream(), part)
    assert of.sections["MANUAL"].maintainers == ("carol",)
    (wrong,) = told(combine([part]))[1:]
    assert "there is no section `THE REST`" in wrong


def test_an_id_that_somebody_chose_stands_and_one_that_was_made_gives_way(ours: Ours) -> None:
    of = built(
        upstream(), ours("people: {bob: {name: Another Bob, email: robert@example.net}}\nsections: {}\n")
    )
    assert of.people["bob"].email == "robert@example.net"
    assert of.people["bob-2"].email == "bob@example.org"
    assert of.sections["XENSTORE"].maintainers == ("alice", "bob-2")


def test_two_people_cannot_have_one_id_by_choice(ours: Ours) -> None:
    one = ours("people: {bob: {name: One, email: one@example.org}}\nsections: {}\n", "one.yaml")
    other = ours("people: {bob: {name: Two, email: two@example.org}}\nsections: {}\n", "other.yaml")
    assert told(combine([one, other])) == [
        "other.yaml:1:10: the id `bob` already belongs to One <one@example.org>; somebody else needs another"
    ]
    same = ours("people: {bob: {accounts: {libera: bob}}}\nsections: {}\n", "same.yaml")
    assert built(one, same).people["bob"].accounts == {"libera": "bob"}


def test_two_people_of_one_file_stay_two_though_they_share_an_address(ours: Ours) -> None:
    text = "people: {a: {email: team@example.org}, b: {email: team@example.org}}\nsections: {}\n"
    assert set(built(ours(text)).people) == {"a", "b"}


def test_sections_of_one_name_are_an_error_unless_they_have_a_prefix(ours: Ours) -> None:
    (wrong,) = told(combine([ours("sections: {XENSTORE: {}}\n"), upstream()]))
    assert "there is another section `XENSTORE`" in wrong
    assert "prefix" in wrong
    of = built(upstream(), upstream(MAINTAINERS, "qemu/MAINTAINERS", prefix="qemu"))
    assert "qemu: THE REST" in of.sections
    assert of.rest == "THE REST"
    assert of.owning("tools/xenstored/core.c")[0] == Owning("XENSTORE", 2, "tools/xenstored/")
    assert "qemu: XENSTORE" in {each.section for each in of.owning("tools/xenstored/core.c")}


def test_an_error_in_one_source_is_told_beside_those_of_the_others(ours: Ours) -> None:
    found = combine(
        [
            ours("sections: {A: {maintainers: [nobody]}}\n", "a.yaml"),
            ours("sections: {B: {inside: b}}\nrest: C\n", "b.yaml"),
        ]
    )
    assert told(found) == [
        "a.yaml:1:30: there is no person `nobody`",
        "b.yaml:1:16: there is no section `b`, did you mean `B`?",
        "b.yaml:2:1: there is no section `C`",
    ]
    with pytest.raises(DocumentError):
        found.built()


# --- overlays -----------------------------------------------------------------------------------------


def test_an_overlay_says_what_the_sources_do_not() -> None:
    of = built(
        upstream(),
        lay="""
        people:
          alice@example.ORG:
            id: alice
            accounts: {libera: alice, matrix: "@alice:example.org"}
            hours: mon-fri 9-18 Europe/London
            budget: 3
            reads_back: yes
            pings: private
          dave@example.org: {name: Dave Triage, id: dave}
        sections:
          XENSTORE:
            keywords: [xenbus]
            aliases: [store daemon]
            channels: ["libera   #xen-devel"]
            triagers: [dave@example.org, alice]
            inside: THE REST
            status: Odd Fixes
            mail: xenstore@lists.example.org
        triagers: [dave]
        mail: devel@lists.example.org
        """,
    )
    alice = of.person_of("libera", "Alice")
    assert alice is not None
    assert (alice.id, alice.name, alice.email) == ("alice", "Alice Example", "Alice@Example.org")
    assert (alice.budget, alice.reads_back, alice.pings) == (3, True, Pings.PRIVATE)
    assert alice.hours is not None
    assert alice.hours.zone == "Europe/London"
    section = of.sections["XENSTORE"]
    assert section.maintainers == ("alice", "bob")
    assert (section.keywords, section.aliases) == (("xenbus",), ("store daemon",))
    assert (section.channels, section.triagers) == (("libera #xen-devel",), ("dave", "alice"))
    assert (section.inside, section.odd_fixes) == ("THE REST", True)
    assert (of.list_of("XENSTORE"), of.mail) == ("xenstore@lists.example.org", "devel@lists.example.org")
    assert of.triagers == ("dave",)
    assert of.enclosing("XENSTORE") == (of.sections["THE REST"],)


def test_what_an_overlay_does_not_say_stays(ours: Ours) -> None:
    part = ours("people: {bob: {budget: 2, reads_back: yes, accounts: {libera: bob}}}\nsections: {}\n")
    of = built(part, lay="people: {bob: {accounts: {oftc: bobby}}}\n")
    assert (of.people["bob"].budget, of.people["bob"].reads_back) == (2, True)
    assert of.people["bob"].accounts == {"libera": "bob", "oftc": "bobby"}
    no = built(part, lay="people: {bob: {budget: 0, reads_back: no}}\n").people["bob"]
    assert (no.budget, no.reads_back) == (0, False)


def test_the_last_overlay_has_its_way() -> None:
    of = combine(
        [upstream()],
        [
            over("people: {bob@example.org: {budget: 1}}\n"),
            over("people: {bob: {budget: 2}}\nmail: b@x.org\n"),
        ],
    ).built()
    assert (of.people["bob"].budget, of.mail) == (2, "b@x.org")


def test_one_person_with_several_addresses() -> None:
    text = MAINTAINERS.replace("Carol Rest <carol@", "Bob B. <robert@")
    of = built(upstream(text), lay="people: {bob@example.org: {also: [Robert@example.org]}}\n")
    assert set(of.people) == {"alice", "bob"}
    assert of.sections["THE REST"].maintainers == ("bob",)


def test_people_of_codeowners_are_named_as_they_are_written() -> None:
    found = codeowners.parse("/docs/ @octo-writer @example/docs\n", "CODEOWNERS")
    part = Part(Lines("CODEOWNERS"), found.sections, found.people, lookup=found.lookups[0], chosen_ids=False)
    of = built(
        upstream(),
        part,
        lay="""
        people:
          "@Octo-Writer": {id: writer, accounts: {libera: writer}}
          alice@example.org: {also: ["@example/docs"]}
        """,
    )
    assert of.sections["/docs/"].maintainers == ("writer", "alice")
    assert of.people["alice"].name == "Alice Example"


@pytest.mark.parametrize(
    ("lay", "wrong"),
    [
        (
            "people:\n  alise@example.org: {budget: 1}\n",
            "people.yaml:2:3: no source has the address `alise@example.org`, did you mean `alice@exa",
        ),
        (
            "people:\n  zoe@example.org: {budget: 1}\n",
            "people.yaml:2:3: no source has the address `zoe@example.org` (somebody new needs a `name`)",
        ),
        (
            "people:\n  bobb: {budget: 1}\n",
            "people.yaml:2:3: no source has the person `bobb`, did you mean `bob`?",
        ),
        (
            "people:\n  bob: {also: [bob@exmple.org]}\n",
            "people.yaml:2:16: no source has the address `bob@exmple.org`, did you mean `bob@example.org`?",
        ),
        (
            "people:\n  bob: {}\n  bob@example.org: {}\n",
            "people.yaml:3:3: `bob@example.org` is the same person as `bob` at people.yaml:2:3: "
            "say all of them in one place",
        ),
        (
            "people:\n  bob: {id: x}\n  carol: {id: x}\n",
            "people.yaml:3:11: the id `x` already belongs to Bob Builder <bob@example.org>; somebody else",
        ),
        ("people:\n  bob: {id: b@d}\n", "people.yaml:2:3: `b@d` cannot be a person's id"),
        (
            "people:\n  bob: {accounts: {libera: b}}\n  carol: {accounts: {libera: B}}\n",
            "people.yaml:3:22: `B` on libera already belongs to the person `bob`",
        ),
        (
            "people:\n  bob: {hours: 9-17 Mars/Olympus}\n",
            "people.yaml:2:9: people.bob.hours: there is no time zone `Mars/Olympus`",
        ),
        (
            "people:\n  bob: {buget: 3}\n",
            "people.yaml:2:9: people.bob.buget: unknown key, did you mean `budget`? allowed: id, name, also",
        ),
        (
            "sections:\n  XENSTOR: {}\n",
            "people.yaml:2:3: no source has a section `XENSTOR`, did you mean `XENSTORE`?",
        ),
        (
            "sections:\n  XENSTORE: {inside: BUILD SYSTEM}\n  BUILD SYSTEM: {inside: XENSTORE}\n",
            "people.yaml:3:18: BUILD SYSTEM is inside XENSTORE is inside BUILD SYSTEM",
        ),
        (
            "sections:\n  XENSTORE:\n    triagers: [alise, bob]\n",
            "people.yaml:3:16: there is no person `alise`, did you mean `alice`?",
        ),
        (
            "sections:\n  XENSTORE: {channels: [xen]}\n",
            "people.yaml:2:25: sections.XENSTORE.channels[0]: must be a network and a channel, like",
        ),
        ("rest: THE RST\n", "people.yaml:1:1: there is no section `THE RST`, did you mean `THE REST`?"),
        ("triagers: [bob, dave]\n", "people.yaml:1:17: there is no person `dave`"),
    ],
)
def test_what_is_wrong_in_an_overlay_is_told_with_its_place(lay: str, wrong: str) -> None:
    (found,) = told(combine([upstream()], [over(lay)]))
    assert found.startswith(wrong), found


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("apart", [False, True])
def test_addresses_in_a_circle_are_one_person(size: int, apart: bool) -> None:
    """All in one overlay say something of one person several times; each in its own says it of one."""
    everybody = ["alice@example.org", "bob@example.org", "carol@example.org"][:size]
    said = [f"  {who}: {{also: [{everybody[i - 1]}], budget: {i}}}\n" for i, who in enumerate(everybody)]
    if apart:
        laid = [over(f"people:\n{each}", f"{i}.yaml") for i, each in enumerate(said)]
        of = combine([upstream()], laid).built()
        assert len(of.people) == 4 - size
        assert of.person(next(iter(of.people))).budget == size - 1  # type: ignore[union-attr]
        return
    assert told(combine([upstream()], [over("people:\n" + "".join(said))])) == [
        f"people.yaml:{3 + i}:3: `{who}` is the same person as `{everybody[0]}` at people.yaml:2:3: "
        "say all of them in one place"
        for i, who in enumerate(everybody[1:])
    ]


def test_what_is_said_of_an_address_that_another_has_too_is_no_secret() -> None:
    lay = "people:\n  alice@example.org: {also: [bob@example.org]}\n  bob@example.org: {pings: off}\n"
    (one,) = told(combine([upstream()], [over(lay)]))
    assert one.startswith("people.yaml:3:3: `bob@example.org` is the same person as `alice@example.org` at")


def test_several_sources_have_no_more_sections_than_a_map_may() -> None:
    half = "".join(f"S{i}\nF:\ta{i}/\n" for i in range(MOST_SECTIONS // 2 + 1))
    with pytest.raises(DocumentError, match=f"b:1:1.*more than {MOST_SECTIONS:,} sections"):
        combine([upstream(half, "a"), upstream(half, "b", prefix="b")])


def test_an_overlay_must_be_a_mapping() -> None:
    with pytest.raises(DocumentError):
        over("- 1\n")


ADDRESSES = st.sampled_from([f"{who}@{where}.org" for who in ("a", "B", "c") for where in ("x", "y")])
SECTIONS = st.lists(st.lists(ADDRESSES, min_size=1, max_size=4), min_size=1, max_size=4)


@given(st.lists(SECTIONS, min_size=1, max_size=3), st.lists(ADDRESSES, max_size=3, unique_by=str.lower))
def test_whatever_is_put_together_holds_together(sources: list[list[list[str]]], changed: list[str]) -> None:
    """Everybody who is named is there, once; and the same sources make the same map."""

    def parts() -> list[Part]:
        return [
            upstream(
                "".join(
                    f"\nS{number}\n" + "".join(f"M:\tN <{each}>\n" for each in people) + "F:\tx/\n"
                    for number, people in enumerate(sections)
                ),
                prefix=f"p{place}",
            )
            for place, sections in enumerate(sources)
        ]

    there = {each.lower() for sections in sources for people in sections for each in people}
    kept = [each for each in changed if each.lower() in there]
    lay = over("people: {" + ", ".join(f"{each}: {{id: n{i}}}" for i, each in enumerate(kept)) + "}\n")
    of = combine(parts(), [lay]).built()
    assert sorted(person.email.lower() for person in of.people.values() if person.email) == sorted(there)
    for place, sections in enumerate(sources):
        for number, people in enumerate(sections):
            named = of.sections[f"p{place}: S{number}"].maintainers
            emails = [str(of.people[who].email).lower() for who in named]
            assert emails == list(dict.fromkeys(each.lower() for each in people))
    assert all(of.people[f"n{i}"].email.lower() == each.lower() for i, each in enumerate(kept))  # type: ignore[union-attr]
    again = combine(parts(), [lay]).built()
    assert (again.sections, again.people) == (of.sections, of.people)
