"""A week of made-up questions over a small map, by the real desk in virtual time."""

from datetime import timedelta

import pytest

from benchmarks.year import Year, busiest, lived, promises, tables
from routing.formats.native import parse

MAP = """
people: {ann: {}, ben: {}, cid: {}, dot: {}, eve: {}, fay: {}}
sections:
  LIBXL: {maintainers: [ann, ben], reviewers: [cid]}
  XENSTORE: {maintainers: [ben]}
  OLD: {maintainers: [eve], status: Odd Fixes}
  THE REST: {maintainers: [dot, eve, fay]}
rest: THE REST
mail: devel@lists.example.org
"""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    asked = ("LIBXL", "LIBXL", "XENSTORE", "OLD")
    database = tmp_path_factory.mktemp("year") / "year.sqlite"
    return lived(parse(MAP, "map.yaml"), asked, 14, timedelta(days=7), 7, database)


def test_what_is_promised_is_kept(year: Year) -> None:
    assert len(year.pings) >= 14
    assert {promise: broken for promise, (broken, _) in promises(year).items() if broken} == {}


def test_every_question_comes_to_its_section_and_to_an_end(year: Year) -> None:
    assert {number: end.section for number, end in year.ends.items()} == year.gold
    assert all(end.state.ended for end in year.ends.values())


def test_pings_are_shared_better_than_by_the_first_of_the_list(year: Year) -> None:
    shares, *_ = tables(year, "a small map", timedelta(days=7))
    found = {row["way"]: row for row in shares.data()["rows"]}
    assert found["pkgdesk"]["busiest"] == pytest.approx(
        busiest([ping.person for ping in year.pings]), abs=0.1
    )
    assert found["pkgdesk"]["busiest"] < found["first listed"]["busiest"]


def test_a_promise_that_is_broken_is_seen(year: Year) -> None:
    twice = [*year.pings, year.pings[0]]
    seen = promises(Year(year.map, year.people, year.gold, pings=twice, ends=year.ends))
    assert seen["one person is pinged per step"][0] == 1
    assert seen["nobody is pinged again who did not say ack"][0] == 1
    dead = promises(Year(year.map, year.people, year.gold, pings=year.pings))
    assert dead["no question is dead"] == (14, 14)
