"""A map is whole when it exists, and tells whose what is."""

from dataclasses import dataclass

import pytest

from routing.patterns import PathPattern
from routing.people import Person
from routing.sections import MailingList, MaintainersMap, MapError, Owning, Section

BOB = Person("bob", "Bob", {"libera": "bob", "matrix": "@bob:example.org"})
CAROL = Person("carol", "Carol", {"libera": "carol[m]"})


def sections(*them: Section) -> dict[str, Section]:
    return {section.name: section for section in them}


MAP = MaintainersMap(
    sections(
        Section("TOOLS", maintainers=("carol",), mail="tools@lists.example.org"),
        Section("LIBXL", maintainers=("bob", "carol"), inside="TOOLS"),
        Section("xl", inside="LIBXL", mail="xl@lists.example.org"),
        Section("X86"),
    ),
    {"bob": BOB, "carol": CAROL},
    mail="devel@lists.example.org",
)


def test_people_are_known_by_their_proven_accounts() -> None:
    assert MAP.person_of("libera", "BOB") == BOB
    assert MAP.person_of("libera", "Carol[M]") == CAROL
    assert MAP.person_of("libera", "carol{m}") is None
    assert MAP.person_of("matrix", "@bob:example.org") == BOB
    assert MAP.person_of("matrix", "bob") is None
    assert MAP.person_of("oftc", "bob") is None


def test_people_and_sections_are_found_in_any_case() -> None:
    assert MAP.person("Bob") == BOB
    assert MAP.person("") is None
    assert MAP.section("libxl") == MAP.sections["LIBXL"]
    assert MAP.section("") is None


def test_the_sections_around_one_come_from_the_inside_out() -> None:
    assert [section.name for section in MAP.enclosing("xl")] == ["LIBXL", "TOOLS"]
    assert MAP.enclosing("X86") == ()
    assert MAP.enclosing("nothing") == ()


def test_the_nearest_mailing_list_is_the_sections() -> None:
    assert MAP.list_of("xl") == "xl@lists.example.org"
    assert MAP.list_of("LIBXL") == "tools@lists.example.org"
    assert MAP.list_of("X86") == MAP.list_of(None) == "devel@lists.example.org"


@pytest.mark.parametrize("status", ["Orphan", "orphaned (Since 2017-01)", " ORPHAN "])
def test_orphans_are_told_by_the_beginning_of_their_status(status: str) -> None:
    assert Section("OLD", status=status).orphan
    assert not Section("OLD", status="Not an orphan").orphan


def test_nothing_may_lie_inside_itself() -> None:
    ring = sections(Section("A", inside="B"), Section("B", inside="C"), Section("C", inside="B"))
    with pytest.raises(MapError, match="B is inside C is inside B") as refused:
        MaintainersMap(ring)
    assert [place for place, _ in refused.value.faults] == [("sections", "B", "inside")]
    with pytest.raises(MapError, match="A is inside A"):
        MaintainersMap(sections(Section("A", inside="A")))


def test_every_name_leads_somewhere() -> None:
    with pytest.raises(MapError) as refused:
        MaintainersMap(
            sections(Section("TOOLS", maintainers=("bob", "carrol")), Section("XL", inside="TOOL")),
            {"bob": BOB, "carol": CAROL},
            rest="THE REST",
            triagers=("nobody",),
        )
    assert dict(refused.value.faults) == {
        ("sections", "TOOLS", "maintainers", 1): "there is no person `carrol`, did you mean `carol`?",
        ("sections", "XL", "inside"): "there is no section `TOOL`, did you mean `TOOLS`?",
        ("triagers", 0): "there is no person `nobody`",
        ("rest",): "there is no section `THE REST`",
    }


def test_an_account_belongs_to_one_person() -> None:
    twin = Person("bob2", "Another", {"libera": "BOB"})
    with pytest.raises(MapError, match="already belongs to the person `bob`") as refused:
        MaintainersMap({}, {"bob": BOB, "bob2": twin})
    assert [place for place, _ in refused.value.faults] == [("people", "bob2", "accounts", "libera")]
    MaintainersMap({}, {"bob": BOB, "other": Person("other", "Other", {"oftc": "bob"})})


def test_names_that_people_could_not_tell_apart_are_refused() -> None:
    with pytest.raises(MapError, match="differ in their case only"):
        MaintainersMap(sections(Section("XL"), Section("xl")))
    with pytest.raises(MapError, match="differ in their case only"):
        MaintainersMap({}, {"bob": BOB, "Bob": Person("Bob", "Bob")})
    with pytest.raises(MapError, match="cannot be a person's id"):
        MaintainersMap({}, {"b ob": Person("b ob", "Bob")})


@pytest.mark.parametrize(
    ("status", "unattended"),
    [("Orphan", True), ("odd Fixes", True), ("Obsolete", True), ("Maintained", False), ("", False)],
)
def test_nobody_can_be_counted_on_for_some(status: str, unattended: bool) -> None:
    assert Section("OLD", status=status).unattended is unattended


def test_a_list_for_its_subscribers_only_is_hidden() -> None:
    assert MailingList("a@example.org", note="subscribers-only, in English").hidden
    assert not MailingList("a@example.org", note="moderated for non-subscribers").hidden


@dataclass(frozen=True)
class Said:
    """A lookup that says the same of every path."""

    found: tuple[Owning, ...]

    def owning(self, path: str) -> tuple[Owning, ...]:
        assert path
        return self.found


def test_whose_a_path_is_all_sources_are_asked_and_each_section_comes_once() -> None:
    one = Said((Owning("A", 3, "a"), Owning("B", 1, "b")))
    other = Said((Owning("C", 2, "c"), Owning("A", 0, "*")))
    of = MaintainersMap(sections(Section("A"), Section("B"), Section("C")), lookups=(one, other))
    assert [(each.section, each.depth) for each in of.owning("x")] == [("A", 3), ("C", 2), ("B", 1)]


def test_without_a_lookup_the_closest_pattern_of_the_sections_comes_first() -> None:
    of = MaintainersMap(
        sections(
            Section("A", files=(PathPattern("a/"),)),
            Section("B", files=(PathPattern("a/b/*.c"),)),
            Section("REST"),
        ),
        rest="REST",
    )
    assert [each.section for each in of.owning("a/b/x.c")] == ["B", "A"]
    assert [each.section for each in of.owning("x/a/b/x.c")] == ["REST"]
