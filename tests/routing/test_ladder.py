"""The order in which a question climbs."""

from dataclasses import replace
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.candidates import Candidate
from routing.formats.native import parse
from routing.ladder import Rung, Standing, ladder, passed_by, unsure
from routing.people import Person
from routing.presence import Venue
from routing.sections import MaintainersMap, Section

MAP = parse(
    dedent("""\
        people: {ann: {}, ben: {}, cid: {}, dot: {reads_back: yes}, eve: {}, fay: {reads_back: yes}, gus: {}}
        sections:
          LIBXL: {maintainers: [ann, ben], reviewers: [cid, ann], inside: TOOLS}
          TOOLS: {maintainers: [ben, dot], inside: ALL}
          ALL: {reviewers: [eve]}
          OLD: {maintainers: [ann], status: Orphan, inside: TOOLS}
          THE REST: {maintainers: [eve], reviewers: [gus]}
        rest: THE REST
        triagers: [gus, cid]
        """),
    "map.yaml",
)
LIBXL = Candidate("LIBXL", 0.9)


def climbed(
    *candidates: Candidate,
    prefer: str | None = None,
    map_: MaintainersMap = MAP,
    asked_in: Venue | None = None,
) -> list[tuple[str, str]]:
    rungs = ladder(map_, candidates, threshold=0.5, prefer=prefer, asked_in=asked_in)
    return [(rung.role, " ".join(person.id for person in rung.people)) for rung in rungs]


def test_from_the_section_outwards() -> None:
    assert climbed(LIBXL) == [
        ("maintainer", "ann ben"),
        ("reviewer", "cid"),
        ("maintainer of the enclosing TOOLS", "dot"),
        ("reviewer of the enclosing ALL", "eve"),
        ("the rest", "gus"),
        ("reads back", "dot fay"),
    ]


def test_an_orphan_climbs_at_once() -> None:
    assert climbed(Candidate("OLD", 0.9))[0] == ("maintainer of the enclosing TOOLS", "ben dot")


def with_status(status: str, name: str = "LIBXL") -> MaintainersMap:
    return replace(MAP, sections={**MAP.sections, name: replace(MAP.sections[name], status=status)})


@pytest.mark.parametrize("status", ["Orphaned (Since 2017-01)", "Obsolete", "obsolete: see TOOLS"])
def test_of_a_section_that_is_given_up_nobody_is_asked(status: str) -> None:
    map_ = with_status(status)
    assert climbed(LIBXL, map_=map_) == [
        ("maintainer of the enclosing TOOLS", "ben dot"),
        ("reviewer of the enclosing ALL", "eve"),
        ("the rest", "gus"),
        ("reads back", "dot fay"),
    ]
    assert [section.name for section in passed_by(map_, (LIBXL,))] == ["LIBXL"]


def test_who_sees_to_odd_fixes_is_asked_last_of_those_who_know_it() -> None:
    map_ = with_status("Odd fixes")
    assert climbed(LIBXL, map_=map_) == [
        ("maintainer of the enclosing TOOLS", "ben dot"),
        ("reviewer of the enclosing ALL", "eve"),
        ("the rest", "gus"),
        ("odd fixes of LIBXL", "ann cid"),
        ("reads back", "dot fay"),
    ]
    around = with_status("Odd Fixes", "TOOLS")
    assert climbed(LIBXL, map_=around)[2:4] == [("reviewer of the enclosing ALL", "eve"), ("the rest", "gus")]
    assert climbed(LIBXL, map_=around)[4] == ("odd fixes of TOOLS", "dot")


def test_a_section_s_own_triagers_come_before_those_of_the_map() -> None:
    own = {
        "OLD": replace(MAP.sections["OLD"], triagers=("fay",)),
        "TOOLS": replace(MAP.sections["TOOLS"], triagers=("ben",)),
        "ALL": replace(MAP.sections["ALL"], triagers=("eve",), channels=("libera #all",)),
    }
    map_ = replace(MAP, sections={**MAP.sections, **own})
    unclear = (Candidate("OLD", 0.3), Candidate("TOOLS", 0.2), Candidate("GONE", 0.1))
    assert climbed(*unclear, map_=map_)[:4] == [
        ("triager of OLD", "fay"),
        ("triager of TOOLS", "ben"),
        ("triager of ALL", "eve"),
        ("triager", "gus cid"),
    ]
    assert climbed(map_=map_)[0] == ("triager", "gus cid")
    channel = Venue("libera", "#All")
    assert climbed(map_=map_, asked_in=channel)[:2] == [("triager of ALL", "eve"), ("triager", "gus cid")]
    assert climbed(LIBXL, map_=map_, asked_in=channel)[0] == ("maintainer", "ann ben")


def test_where_it_is_not_clear_the_triagers_come_first() -> None:
    assert climbed(Candidate("LIBXL", 0.4), Candidate("OLD", 0.3))[:2] == [
        ("triager", "gus cid"),
        ("maintainer", "ann ben"),
    ]
    assert climbed() == [("triager", "gus cid"), ("the rest", "eve"), ("reads back", "dot fay")]
    assert climbed(Candidate("LIBXL", 0.5))[0] == ("maintainer", "ann ben")


def test_whom_a_colleague_named_comes_first_and_only_once() -> None:
    assert climbed(LIBXL, prefer="BEN")[:2] == [("named", "ben"), ("maintainer", "ann")]
    assert climbed(LIBXL, prefer="nobody") == climbed(LIBXL)


def test_a_question_of_the_rest_starts_there() -> None:
    assert climbed(Candidate("THE REST", 0.9)) == [
        ("maintainer", "eve"),
        ("reviewer", "gus"),
        ("reads back", "dot fay"),
    ]


def test_a_section_that_the_map_no_longer_has_leads_to_the_rest() -> None:
    assert climbed(Candidate("GONE", 0.9))[0] == ("the rest", "eve")


def test_an_orphaned_rest_is_left_out() -> None:
    lost = parse(
        "{people: {ann: {}}, sections: {R: {maintainers: [ann], status: Orphan}}, rest: R}", "map.yaml"
    )
    assert list(ladder(lost, (), threshold=0.5)) == []


def test_unsure_is_below_the_threshold() -> None:
    assert unsure((), 0.0)
    assert unsure((Candidate("A", 0.3),), 0.4)
    assert not unsure((Candidate("A", 0.4),), 0.4)


IDS = "abcdef"
some = st.lists(st.sampled_from(IDS), max_size=3).map(tuple)


@st.composite
def maps(draw: st.DrawFn) -> MaintainersMap:
    people = {each: Person(each, each, reads_back=draw(st.booleans())) for each in IDS}
    sections: dict[str, Section] = {}
    for name in ("S0", "S1", "S2", "S3"):
        inside = draw(st.sampled_from([None, *sections]))
        status = draw(st.sampled_from(["Maintained", "Orphan", "Odd Fixes", "Obsolete"]))
        own = draw(some)
        sections[name] = Section(name, draw(some), draw(some), inside=inside, status=status, triagers=own)
    return MaintainersMap(sections, people, draw(st.sampled_from([None, *sections])), draw(some))


candidates = st.lists(
    st.builds(Candidate, st.sampled_from(["S0", "S1", "S2", "S3", "S9"]), st.floats(0, 1)), max_size=3
)


@settings(deadline=None)
@given(maps(), candidates, st.sampled_from([None, *IDS]))
def test_every_ladder_ends_with_everybody_on_one_rung(
    map_: MaintainersMap, found: list[Candidate], prefer: str | None
) -> None:
    rungs: list[Rung] = []
    for rung in ladder(map_, found, threshold=0.5, prefer=prefer):
        rungs.append(rung)
        assert len(rungs) <= 20
        assert rung.people
    climbing = [p.id for rung in rungs if rung.standing is not Standing.READS_BACK for p in rung.people]
    assert len(climbing) == len(set(climbing))
    assert all(rung.standing is not Standing.READS_BACK for rung in rungs[:-1])
    readers = {person.id for person in map_.people.values() if person.reads_back}
    assert readers <= {person.id for rung in rungs for person in rung.people}
