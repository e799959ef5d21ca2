"""Whom the desk asks next, where and why; and whom it never asks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from textwrap import dedent

from hypothesis import given, settings
from hypothesis import strategies as st
from immutables import Map

from routing.candidates import Candidate
from routing.choose import Refusal, Route, Why, choose
from routing.formats.native import parse
from routing.people import Hours, Person, Pings, Wishes
from routing.presence import Load, Member, Roster, Venue, Visibility, fold
from routing.sections import MaintainersMap, Section

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)  # a Thursday
HOUR = timedelta(hours=1)
XEN = Venue("libera", "#xen")
TEAM = Venue("libera", "#team", Visibility.MEMBERS)
PRIVATE = Venue("libera", "alice", Visibility.PRIVATE)
ROOM = Venue("matrix", "!xen:example.org")
DEVEL = Venue("libera", "#devel")
ARM = Venue("libera", "#arm")
LOBBY = Venue("libera", "#lobby")
OPEN = (XEN, TEAM, DEVEL, ARM, ROOM)

MAP = parse(
    dedent("""\
        people:
          bob: {accounts: {libera: bob}}
          carol: {accounts: {libera: carol}}
          dave: {accounts: {libera: dave}}
          erin: {accounts: {libera: erin}, reads_back: yes}
        sections:
          LIBXL: {maintainers: [bob, carol], reviewers: [dave], inside: TOOLS}
          TOOLS: {mail: tools@lists.example.org}
          XENSTORE: {maintainers: [carol]}
          THE REST: {maintainers: [dave]}
        rest: THE REST
        mail: devel@lists.example.org
        """),
    "map.yaml",
)
LIBXL = Candidate("LIBXL", 0.9, ("`x.c` is in `tools/libs/light/`",), "tools/libs/light/")
OTHERS = (Candidate("XENSTORE", 0.2), Candidate("THE REST", 0.1), Candidate("TOOLS", 0.05))


def nick(account: str, *venues: Venue, away: bool = False, network: str = "libera") -> Member:
    return Member(network, account, account, account, away, venues=frozenset(fold(v.name) for v in venues))


def roster(*members: Member) -> Roster:
    return Roster(
        members=Map({(m.network, fold(m.nick)): m for m in members}),
        accounts=Map({(m.network, fold(m.account or "")): Map({fold(m.nick): m.nick}) for m in members}),
    )


EVERYBODY = roster(*(nick(name, XEN) for name in ("bob", "carol", "dave", "erin")))


UNTROUBLED = Load()
NO_WISHES: Mapping[str, Wishes] = {}


def changed(map_: MaintainersMap, who: str, **changes: object) -> MaintainersMap:
    person = replace(map_.people[who], **changes)  # type: ignore[arg-type]
    return replace(map_, people={**map_.people, who: person})


def route(
    map_: MaintainersMap = MAP,
    *candidates: Candidate,
    present: Roster = EVERYBODY,
    load: Load = UNTROUBLED,
    at: datetime = NOON,
    asked_in: Venue = XEN,
    asker: frozenset[str] = frozenset(),
    asked: frozenset[str] = frozenset(),
    prefer: str | None = None,
    named_by: str | None = None,
    wishes: Mapping[str, Wishes] = NO_WISHES,
    spare_until: datetime | None = None,
) -> Route:
    return choose(
        map_,
        candidates,
        roster=present,
        load=load,
        at=at,
        asked_in=asked_in,
        open_venues=OPEN,
        asker=asker,
        asked=asked,
        prefer=prefer,
        named_by=named_by,
        wishes=wishes,
        spare_until=spare_until,
        patience=HOUR,
        threshold=0.4,
    )


def chosen(found: Route) -> str | None:
    return found.person.id if found.person else None


def test_the_first_maintainer_is_asked_where_the_question_was() -> None:
    found = route(MAP, LIBXL, *OTHERS)
    assert chosen(found) == "bob"
    assert found.place is not None
    assert (found.place.venue, found.place.nick) == (XEN, "bob")
    assert found.section == "LIBXL"
    assert found.role == "maintainer"
    assert found.reason == "you maintain LIBXL (tools/libs/light/)"
    assert found.due == NOON + HOUR
    assert found.wait_until is None
    assert found.mail == "tools@lists.example.org"
    assert [candidate.section for candidate in found.runners_up] == ["XENSTORE", "THE REST"]
    assert found.steps == (
        "LIBXL: 0.90 (`x.c` is in `tools/libs/light/`)",
        "XENSTORE: 0.20",
        "THE REST: 0.10",
        "maintainer: bob is asked",
    )


def test_the_question_climbs_until_nobody_is_left() -> None:
    asked: list[str] = []
    roles = []
    while (found := route(MAP, LIBXL, asked=frozenset(asked))).person:
        asked.append(found.person.id)
        roles.append((found.person.id, found.role, found.reason))
    assert roles == [
        ("bob", "maintainer", "you maintain LIBXL (tools/libs/light/)"),
        ("carol", "maintainer", "you maintain LIBXL (tools/libs/light/)"),
        ("dave", "reviewer", "you review LIBXL (tools/libs/light/)"),
        ("erin", "reads back", "nobody of LIBXL (tools/libs/light/) can be asked now, and you read back"),
    ]
    assert found.wait_until is None
    assert found.mail == "tools@lists.example.org"
    assert found.steps[-1] == "nobody is left: over to tools@lists.example.org"
    assert [refusal.why for refusal in found.refusals] == [Why.ALREADY_ASKED] * 4


def test_whoever_was_pinged_the_longest_ago_comes_first() -> None:
    load = Load(last={"bob": NOON - HOUR, "carol": NOON - 2 * HOUR}, total={"bob": 1, "carol": 50})
    assert chosen(route(MAP, LIBXL, load=load)) == "carol"
    assert chosen(route(MAP, LIBXL, load=Load(last={"bob": NOON - HOUR}))) == "carol"
    same = {"bob": NOON - HOUR, "carol": NOON - HOUR}
    assert chosen(route(MAP, LIBXL, load=Load(last=same, total={"bob": 9, "carol": 3}))) == "carol"
    assert chosen(route(MAP, LIBXL, load=Load(last=same))) == "bob"


def test_whoever_had_the_fewest_pings_lately_comes_first() -> None:
    last = {"bob": NOON - HOUR, "carol": NOON - 2 * HOUR}
    found = route(MAP, LIBXL, load=Load(last=last, lately={"bob": 2, "carol": 3}))
    assert chosen(found) == "bob"
    assert found.steps[-1] == "maintainer: bob is asked (2 pings within 30 days)"
    assert chosen(route(MAP, LIBXL, load=Load(last=last, lately={"bob": 3, "carol": 3}))) == "carol"


def heard(**ago: timedelta) -> Roster:
    """Everybody is there; some were heard that long ago."""
    members = [nick(name, XEN) for name in ("bob", "carol", "dave", "erin")]
    return roster(*(replace(m, spoke_at=NOON - ago[m.nick] if m.nick in ago else None) for m in members))


def test_who_spoke_a_moment_ago_comes_before_who_idles() -> None:
    days, minute = timedelta(days=3), timedelta(minutes=1)
    found = route(MAP, LIBXL, present=heard(bob=days, carol=minute))
    assert chosen(found) == "carol"
    assert found.steps[-1] == "maintainer: carol is asked (0 pings within 30 days, spoke within the hour)"
    assert chosen(route(MAP, LIBXL, present=heard(bob=5 * HOUR, carol=minute))) == "carol"
    assert chosen(route(MAP, LIBXL, present=heard(bob=days, carol=5 * HOUR))) == "carol"
    assert chosen(route(MAP, LIBXL, present=heard(bob=days))) == "bob", "both idle"
    assert (
        "(0 pings within 30 days, last heard on 2026-09-28)"
        in route(MAP, LIBXL, present=heard(bob=days)).steps[-1]
    )


def test_having_spoken_weighs_no_more_than_a_ping() -> None:
    here = heard(carol=timedelta(minutes=1))
    once = Load(last={"carol": NOON - HOUR}, lately={"carol": 1})
    assert chosen(route(MAP, LIBXL, present=here, load=once)) == "bob"
    even = Load(last={"bob": NOON - 2 * HOUR, "carol": NOON - HOUR}, lately={"bob": 1, "carol": 1})
    assert chosen(route(MAP, LIBXL, present=here, load=even)) == "carol"


MANY = {f"other{number}": 4 for number in range(30)}
"""Pings of others: 120 within the month."""


def test_who_had_more_than_their_share_is_spared_while_anybody_else_can_be_asked() -> None:
    even = Load(lately={**MANY, "bob": 15, "carol": 15, "dave": 14})
    assert chosen(route(MAP, LIBXL, load=even)) == "bob", "less than a tenth is not too much"
    load = Load(lately={**MANY, "bob": 30, "carol": 40, "dave": 2})
    found = route(MAP, LIBXL, load=load)
    assert (chosen(found), found.role) == ("dave", "reviewer")
    assert "maintainer: bob is spared as long as may be (30 of 192 pings within 30 days)" in found.steps
    alone = frozenset({"dave"})
    found = route(MAP, LIBXL, load=load, asked=alone)
    assert (chosen(found), found.role) == ("bob", "maintainer"), "before those who merely read back"
    assert found.section == "LIBXL"
    assert chosen(route(MAP, LIBXL, load=load, asked=alone | {"bob"})) == "carol"
    assert chosen(route(MAP, LIBXL, load=load, prefer="bob")) == "bob", "a colleague's word counts first"


def test_whom_to_spare_is_asked_when_nobody_else_will_be_free_soon() -> None:
    load = Load(lately={**MANY, "bob": 30})
    night = changed(MAP, "carol", hours=Hours("UTC", time(14), time(20)))
    present = roster(*(nick(name, XEN) for name in ("bob", "carol", "erin")))

    def at(soon: datetime | None) -> Route:
        return route(night, LIBXL, load=load, present=present, spare_until=soon)

    assert chosen(at(None)) == "bob"
    assert chosen(at(NOON + HOUR)) == "bob"
    waiting = at(NOON + 2 * HOUR)
    assert (waiting.person, waiting.section, waiting.wait_until) == (None, "LIBXL", NOON + 2 * HOUR)
    assert waiting.spares == ("bob",)
    assert waiting.steps[-1] == (
        "nobody else can be asked before 2026-10-01 14:00 UTC, and that is soon enough"
    )
    much = Load(lately={**MANY, "bob": 16})
    found = route(night, LIBXL, load=much, present=present, spare_until=NOON + 9 * HOUR)
    assert chosen(found) == "bob", "that is much, but not too much"
    both = Load(lately={**MANY, "bob": 30, "carol": 31})
    found = route(night, LIBXL, load=both, present=present, spare_until=NOON + 9 * HOUR)
    assert chosen(found) == "bob", "carol had too much, too: it is of no use to wait for her"


def test_of_few_pings_or_few_people_a_share_says_nothing() -> None:
    assert chosen(route(MAP, LIBXL, load=Load(lately={"bob": 10, "carol": 11, "dave": 1}))) == "bob"
    few = Load(lately={"bob": 50, "carol": 51, "dave": 30})
    assert chosen(route(MAP, LIBXL, load=few)) == "bob"


def test_whoever_was_heard_on_another_network_is_there() -> None:
    far = changed(MAP, "carol", accounts={"libera": "carol", "matrix": "@carol:example.org"})
    there = replace(nick("@carol:example.org", ROOM, network="matrix"), spoke_at=NOON - timedelta(minutes=1))
    found = route(far, LIBXL, present=roster(nick("bob", XEN), nick("carol", XEN), there))
    assert chosen(found) == "carol"
    assert found.place is not None
    assert found.place.venue == XEN


def test_nobody_is_asked_their_own_question() -> None:
    found = route(MAP, LIBXL, asker=frozenset({"bob"}))
    assert chosen(found) == "carol"
    assert found.refusals == (Refusal("bob", Why.ASKER),)
    assert "maintainer: bob is left out, asker" in found.steps


def test_nobody_is_woken() -> None:
    night = changed(MAP, "bob", hours=Hours("UTC", time(14), time(20)))
    found = route(night, LIBXL)
    assert chosen(found) == "carol"
    assert found.refusals == (Refusal("bob", Why.ASLEEP, NOON + 2 * HOUR),)
    assert "maintainer: bob cannot be asked now" in found.steps


def test_a_step_waits_for_waking_time_only() -> None:
    evening = changed(MAP, "bob", hours=Hours("UTC", time(9), time(12, 20)))
    assert route(evening, LIBXL).due == NOON + timedelta(hours=21, minutes=40)


def test_when_all_sleep_the_question_waits_for_the_first_to_rise() -> None:
    asleep = MAP
    for who, start in (("bob", 20), ("carol", 15), ("dave", 18), ("erin", 21)):
        asleep = changed(asleep, who, hours=Hours("UTC", time(start), time(start + 2)))
    found = route(asleep, LIBXL)
    assert found.person is None
    assert found.wait_until == NOON + 3 * HOUR
    assert found.steps[-1] == "nobody can be asked before 2026-10-01 15:00 UTC"
    assert chosen(route(asleep, LIBXL, at=NOON + 3 * HOUR)) == "carol"


def test_nobody_is_asked_beyond_their_budget() -> None:
    busy = Load(last={"bob": NOON - 3 * HOUR}, recent={"bob": 2}, total={"bob": 2})
    carol = frozenset({"carol"})
    found = route(changed(MAP, "bob", budget=2), LIBXL, load=busy, asked=carol)
    assert chosen(found) == "dave"
    assert found.refusals[1:] == (Refusal("bob", Why.OVER_BUDGET, NOON + 21 * HOUR),)
    assert chosen(route(changed(MAP, "bob", budget=3), LIBXL, load=busy, asked=carol)) == "bob"


def test_a_budget_is_free_again_when_one_ping_of_it_is_a_day_old() -> None:
    times = [NOON - 23 * HOUR, NOON - 20 * HOUR, NOON - HOUR]
    had = Load(last={"bob": times[-1]}, recent={"bob": 3}, times={"bob": times})
    for budget, hours in ((3, 1), (2, 4), (1, 23)):
        found = route(changed(MAP, "bob", budget=budget), LIBXL, load=had, asked=frozenset({"carol"}))
        assert found.refusals[1] == Refusal("bob", Why.OVER_BUDGET, NOON + hours * HOUR)


def test_what_people_wish_is_not_told_in_the_steps() -> None:
    times = Load(last={"bob": NOON}, recent={"bob": 2})
    for refused in (
        changed(MAP, "bob", budget=1),
        changed(MAP, "bob", hours=Hours("UTC", time(20), time(22))),
        changed(MAP, "bob", busy_until=NOON + HOUR),
        changed(MAP, "bob", pings=Pings.OFF),
    ):
        found = route(refused, LIBXL, load=times, asked=frozenset({"carol"}))
        assert [step for step in found.steps if "bob" in step] == ["maintainer: bob cannot be asked now"]


def test_a_budget_that_is_free_at_night_is_free_in_the_morning() -> None:
    early = changed(MAP, "bob", budget=1, hours=Hours("UTC", time(10), time(20)))
    load = Load(last={"bob": NOON - 16 * HOUR}, recent={"bob": 1})  # free again at 20:00
    found = route(early, LIBXL, load=load, asked=frozenset({"carol"}))
    assert found.refusals[1] == Refusal("bob", Why.OVER_BUDGET, NOON + 22 * HOUR)


def test_a_budget_of_nothing_is_not_waited_for() -> None:
    never = changed(
        changed(changed(changed(MAP, "bob", budget=0), "carol", budget=0), "dave", budget=0), "erin", budget=0
    )
    found = route(never, LIBXL)
    assert (found.person, found.wait_until) == (None, None)


def test_who_wants_no_pings_gets_none() -> None:
    found = route(changed(MAP, "bob", pings=Pings.OFF), LIBXL)
    assert chosen(found) == "carol"
    assert found.refusals == (Refusal("bob", Why.OPTED_OUT),)


def test_who_wants_private_pings_is_not_pinged_in_public() -> None:
    found = route(changed(MAP, "bob", pings=Pings.PRIVATE), LIBXL)
    assert found.place is not None
    assert found.place.venue == Venue("libera", "bob", Visibility.PRIVATE)


def test_what_people_asked_for_in_chat_counts_over_the_map() -> None:
    monday = NOON + 96 * HOUR
    busy = route(MAP, LIBXL, wishes={"bob": Wishes(busy_until=monday)})
    assert chosen(busy) == "carol"
    assert busy.refusals == (Refusal("bob", Why.BUSY, monday),)
    assert "maintainer: bob cannot be asked now" in busy.steps
    assert chosen(route(MAP, LIBXL, wishes={"bob": Wishes(busy_until=NOON)})) == "bob"
    asleep = route(MAP, LIBXL, wishes={"bob": Wishes(hours=Hours("UTC", time(14), time(20)))})
    assert asleep.refusals == (Refusal("bob", Why.ASLEEP, NOON + 2 * HOUR),)
    enough = route(
        MAP,
        LIBXL,
        load=Load(last={"bob": NOON - HOUR}, recent={"bob": 1}),
        asked=frozenset({"carol"}),
        wishes={"bob": Wishes(budget=1)},
    )
    assert {refusal.person: refusal.why for refusal in enough.refusals}["bob"] is Why.OVER_BUDGET
    assert route(MAP, LIBXL, wishes={"bob": Wishes(pings=Pings.OFF)}).refusals[0].why is Why.OPTED_OUT
    private = route(MAP, LIBXL, wishes={"bob": Wishes(pings=Pings.PRIVATE)})
    assert private.place is not None
    assert private.place.venue.private
    off = changed(MAP, "bob", pings=Pings.OFF)
    assert chosen(route(off, LIBXL, wishes={"bob": Wishes(pings=Pings.PUBLIC)})) == "bob"


def test_who_is_not_there_is_not_asked() -> None:
    impostor = Member("libera", "bob", "s1", None, venues=frozenset({"#xen"}))
    found = route(MAP, LIBXL, present=roster(impostor, nick("carol", XEN)))
    assert chosen(found) == "carol"
    assert found.refusals == (Refusal("bob", Why.UNREACHABLE),)


def test_who_is_away_is_not_asked_unless_they_read_back() -> None:
    gone = roster(*(nick(name, XEN, away=True) for name in ("bob", "carol", "erin")))
    found = route(MAP, LIBXL, present=gone)
    assert (chosen(found), found.role) == ("erin", "reads back")
    assert [(refusal.person, refusal.why) for refusal in found.refusals] == [
        ("bob", Why.AWAY),
        ("carol", Why.AWAY),
        ("dave", Why.UNREACHABLE),
    ]


def test_a_maintainer_who_is_away_and_reads_back_is_asked_at_the_end() -> None:
    gone = roster(nick("bob", XEN, away=True))
    found = route(changed(MAP, "bob", reads_back=True), LIBXL, present=gone)
    assert (chosen(found), found.role) == ("bob", "reads back")
    assert "bob" not in {refusal.person for refusal in found.refusals}


def test_nobody_is_left_out_twice() -> None:
    found = route(
        changed(MAP, "bob", reads_back=True),
        LIBXL,
        present=roster(nick("bob", XEN)),
        asker=frozenset({"bob"}),
    )
    assert found.person is None
    assert sum("bob" in step for step in found.steps) == 1


def test_of_two_nicks_the_one_that_is_not_away_is_pinged() -> None:
    both = Roster(
        members=Map(
            {
                ("libera", "bob"): nick("bob", XEN, away=True),
                ("libera", "bob2"): replace(nick("bob", XEN), nick="bob2"),
            }
        ),
        accounts=Map({("libera", "bob"): Map({"bob": "bob", "bob2": "bob2"})}),
    )
    found = route(MAP, LIBXL, present=both)
    assert found.place is not None
    assert found.place.nick == "bob2"


def test_a_private_question_stays_private() -> None:
    found = route(MAP, LIBXL, asked_in=PRIVATE)
    assert found.place is not None
    assert found.place.venue.private


def test_the_other_network_is_better_than_nothing() -> None:
    far = changed(MAP, "bob", accounts={"libera": "bob", "matrix": "@bob:example.org"})
    found = route(far, LIBXL, present=roster(nick("@bob:example.org", ROOM, network="matrix")))
    assert found.place is not None
    assert found.place.venue == ROOM


def test_a_colleagues_word_counts_first() -> None:
    found = route(MAP, LIBXL, asked=frozenset({"bob"}), prefer="dave", named_by="bob")
    assert (chosen(found), found.role, found.reason) == ("dave", "named by bob", "bob named you")
    assert found.section == "LIBXL"
    busy = changed(MAP, "dave", pings=Pings.OFF)
    assert chosen(route(busy, LIBXL, asked=frozenset({"bob"}), prefer="dave", named_by="bob")) == "carol"
    assert chosen(route(MAP, LIBXL, prefer="stranger")) == "bob"
    assert route(MAP, LIBXL, prefer="dave").reason == "a colleague named you"


UNCLEAR = (Candidate("LIBXL", 0.3, (), "libxl"), Candidate("XENSTORE", 0.2), Candidate("TOOLS", 0.1))


def test_where_it_is_not_clear_a_triager_gets_the_best_three() -> None:
    found = route(replace(MAP, triagers=("erin",)), *UNCLEAR, Candidate("THE REST", 0.05))
    assert (chosen(found), found.role, found.section) == ("erin", "triager", None)
    assert found.reason == "it may be about LIBXL or XENSTORE or TOOLS, and you direct questions"
    assert found.runners_up == UNCLEAR
    assert found.mail == "devel@lists.example.org"
    assert "below 0.40, that is not sure enough" in found.steps


def test_without_a_triager_the_likeliest_are_asked_with_a_doubt() -> None:
    found = route(MAP, *UNCLEAR)
    assert (chosen(found), found.section) == ("bob", "LIBXL")
    assert found.reason == "it may be about LIBXL (libxl), which you maintain"


def test_where_nothing_points_anywhere_the_rest_is_asked() -> None:
    found = route(MAP)
    assert (chosen(found), found.role, found.section) == ("dave", "the rest", None)
    assert found.reason == "nothing points clearly to a section, and you look after THE REST"
    assert found.steps[0] == "nothing points to a section"
    triaged = route(replace(MAP, triagers=("bob",)))
    assert triaged.reason == "nothing points to a section, and you direct questions"


def test_an_enclosing_section_says_what_lies_in_it() -> None:
    tools = replace(MAP.sections["TOOLS"], maintainers=("erin",))
    orphan = replace(MAP.sections["LIBXL"], status="Orphan")
    map_ = replace(MAP, sections={**MAP.sections, "TOOLS": tools, "LIBXL": orphan})
    found = route(map_, LIBXL)
    assert (chosen(found), found.role) == ("erin", "maintainer of the enclosing TOOLS")
    assert found.reason == "you maintain TOOLS, around LIBXL (tools/libs/light/)"


def test_a_section_that_nobody_attends_to_is_passed_by_and_it_is_said() -> None:
    odd = replace(MAP.sections["LIBXL"], status="Odd Fixes")
    map_ = replace(MAP, sections={**MAP.sections, "LIBXL": odd})
    found = route(map_, LIBXL)
    assert (chosen(found), found.role) == ("dave", "the rest")
    assert "LIBXL is passed by, its status is Odd Fixes: its people are asked last" in found.steps
    found = route(map_, LIBXL, asked=frozenset({"dave"}))
    assert (chosen(found), found.role) == ("bob", "odd fixes of LIBXL")
    assert found.reason == (
        "nobody around LIBXL (tools/libs/light/) can be asked now, and you see to LIBXL now and then"
    )
    given_up = replace(MAP, sections={**MAP.sections, "LIBXL": replace(odd, status="Orphan")})
    found = route(given_up, LIBXL, asked=frozenset({"dave"}))
    assert chosen(found) == "erin"
    assert "LIBXL is passed by, its status is Orphan: nobody of it is asked" in found.steps


def test_the_section_s_own_channel_is_preferred() -> None:
    there = roster(nick("bob", XEN, DEVEL, ARM))
    own = replace(MAP.sections["LIBXL"], channels=("libera #ARM", "libera #elsewhere"))
    map_ = replace(MAP, sections={**MAP.sections, "LIBXL": own})

    def place(map_: MaintainersMap, present: Roster, asked_in: Venue) -> Venue | None:
        found = route(map_, LIBXL, present=present, asked_in=asked_in)
        return found.place.venue if found.place else None

    assert place(MAP, there, LOBBY) == XEN
    assert place(map_, there, LOBBY) == ARM
    assert place(map_, there, DEVEL) == DEVEL, "the venue of the question comes first"
    assert place(map_, roster(nick("bob", DEVEL)), LOBBY) == DEVEL
    assert place(map_, there, TEAM) is None  # whoever is not among the members is told nothing


def test_an_empty_map_hands_over_to_nobody() -> None:
    found = route(MaintainersMap())
    assert found == Route(None, steps=("nothing points to a section", "nobody is left"))


# --- whatever the map ---------------------------------------------------------------------------------

IDS = ("ann", "ben", "cid", "dot")
VENUES = (*OPEN, PRIVATE)
ids = st.frozensets(st.sampled_from(IDS), max_size=2)
some = st.lists(st.sampled_from(IDS), max_size=3).map(tuple)
moments = st.integers(0, 60 * 24 * 14).map(lambda minutes: NOON + timedelta(minutes=minutes))
hours = st.builds(
    Hours,
    st.sampled_from(["UTC", "Europe/London", "Asia/Kathmandu"]),
    st.integers(0, 11).map(time),
    st.integers(12, 23).map(time),
    st.frozensets(st.integers(0, 6), min_size=1),
)


@st.composite
def maps(draw: st.DrawFn) -> MaintainersMap:
    people = {
        who: Person(
            id=who,
            name=who,
            accounts=draw(
                st.sampled_from([{"libera": who}, {"matrix": who}, {"libera": who, "matrix": who}, {}])
            ),
            hours=draw(st.none() | hours),
            budget=draw(st.none() | st.integers(0, 2)),
            reads_back=draw(st.booleans()),
            pings=draw(st.sampled_from(Pings)),
        )
        for who in IDS
    }
    sections: dict[str, Section] = {}
    for name in ("S0", "S1", "S2"):
        inside = draw(st.sampled_from([None, *sections]))
        status = draw(st.sampled_from(["Maintained", "Orphan", "Odd Fixes"]))
        own = draw(some)
        sections[name] = Section(name, draw(some), draw(some), inside=inside, status=status, triagers=own)
    return MaintainersMap(sections, people, draw(st.sampled_from([None, *sections])), draw(some))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    members = [
        Member(
            network,
            who,
            who,
            draw(st.sampled_from([who, None])),
            draw(st.booleans()),
            venues=frozenset(venues),
        )
        for network in ("libera", "matrix")
        for who in draw(st.frozensets(st.sampled_from(IDS)))
        for venues in [draw(st.frozensets(st.sampled_from([fold(v.name) for v in OPEN])))]
    ]
    return roster(*(member for member in members if member.account))


@st.composite
def loads(draw: st.DrawFn) -> Load:
    recent = draw(st.dictionaries(st.sampled_from(IDS), st.integers(1, 3)))
    last = {who: NOON - timedelta(minutes=draw(st.integers(0, 1439))) for who in recent}
    return Load(last=last, recent=recent, lately=recent, total=recent)


candidates = st.lists(
    st.builds(Candidate, st.sampled_from(["S0", "S1", "S2", "S9"]), st.floats(0, 1)), max_size=3
)


@settings(deadline=None, max_examples=200)
@given(
    maps(),
    candidates,
    rosters(),
    loads(),
    moments,
    st.sampled_from(VENUES),
    ids,
    ids,
    st.sampled_from([None, *IDS]),
)
def test_nobody_is_ever_asked_who_must_not_be(
    map_: MaintainersMap,
    found: list[Candidate],
    present: Roster,
    load: Load,
    at: datetime,
    asked_in: Venue,
    asker: frozenset[str],
    asked: frozenset[str],
    prefer: str | None,
) -> None:
    def choice(at: datetime, load: Load, asked: frozenset[str]) -> Route:
        return route(
            map_,
            *found,
            present=present,
            load=load,
            at=at,
            asked_in=asked_in,
            asker=asker,
            asked=asked,
            prefer=prefer,
        )

    for _ in range(len(IDS) + 1):
        result = choice(at, load, asked)
        assert len({refusal.person for refusal in result.refusals}) == len(result.refusals)
        person, place = result.person, result.place
        if person is None:
            break
        assert place is not None
        assert result.due is not None
        assert result.due >= at + HOUR
        assert result.wait_until is None
        assert person.id not in asker | asked
        assert person.awake(at)
        assert person.budget is None or load.recent.get(person.id, 0) < person.budget
        assert person.pings is not Pings.OFF
        assert person.pings is Pings.PUBLIC or place.venue.private
        assert place.venue.visibility >= asked_in.visibility
        member = present.member(place.venue.network, place.nick)
        assert member is not None
        assert member.account == person.accounts[place.venue.network]
        assert place.venue.private or fold(place.venue.name) in member.venues
        assert not place.away or result.role == "reads back"
        asked |= {person.id}
    else:
        raise AssertionError("the ladder has no end")
    if result.wait_until is not None:
        assert result.wait_until > at
        later = choice(result.wait_until, Load(last=load.last, total=load.total), asked)
        still = {refusal.person: refusal.why for refusal in later.refusals}
        for refusal in result.refusals:
            if refusal.until == result.wait_until:
                assert still.get(refusal.person, Why.AWAY) is Why.AWAY
