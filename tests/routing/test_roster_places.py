"""Where somebody can be pinged, the best place first."""

from datetime import UTC, datetime

from immutables import Map

from routing.presence import Member, Place, Roster, Venue, Visibility, fold, places

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
XEN = Venue("libera", "#xen")
DEVEL = Venue("libera", "#xen-devel")
TEAM = Venue("libera", "#team", Visibility.MEMBERS)
ROOM = Venue("matrix", "!xen:example.org")
OPEN = (XEN, DEVEL, TEAM, ROOM)
BOB = {"libera": "bob", "matrix": "@bob:example.org"}


def on_irc(nick: str, *venues: Venue, account: str | None = "bob", minute: int | None = None) -> Member:
    spoke = None if minute is None else NOON.replace(minute=minute)
    return Member(
        "libera", nick, nick, account, spoke_at=spoke, venues=frozenset(fold(v.name) for v in venues)
    )


ON_MATRIX = Member("matrix", "bob_", "m1", "@bob:example.org", venues=frozenset({fold(ROOM.name)}))


def roster(*members: Member) -> Roster:
    accounts: dict[tuple[str, str], Map[str, str]] = {}
    for member in members:
        if member.account is not None:
            key = member.network, fold(member.account)
            accounts[key] = accounts.get(key, Map()).set(fold(member.nick), member.nick)
    return Roster(members=Map({(m.network, fold(m.nick)): m for m in members}), accounts=Map(accounts))


def names(found: tuple[Place, ...]) -> list[tuple[str, str]]:
    return [(place.venue.name, place.nick) for place in found]


def test_the_venue_of_the_question_comes_first_and_the_other_network_last() -> None:
    there = roster(on_irc("Bob", XEN, DEVEL, TEAM), ON_MATRIX)
    assert names(places(BOB, DEVEL, there, open_venues=OPEN)) == [
        ("#xen-devel", "Bob"),
        ("#xen", "Bob"),
        ("#team", "Bob"),
        ("Bob", "Bob"),
        ("!xen:example.org", "bob_"),
        ("bob_", "bob_"),
    ]


def test_nothing_is_carried_to_a_venue_that_more_people_can_read() -> None:
    there = roster(on_irc("bob", XEN, TEAM), ON_MATRIX)
    assert names(places(BOB, TEAM, there, open_venues=OPEN)) == [
        ("#team", "bob"),
        ("bob", "bob"),
        ("bob_", "bob_"),
    ]


def test_what_is_asked_among_members_stays_among_these_members() -> None:
    other_team = Venue("libera", "#other-team", Visibility.MEMBERS)
    there = roster(on_irc("bob", other_team, TEAM))
    assert names(places(BOB, TEAM, there, open_venues=(*OPEN, other_team))) == [
        ("#team", "bob"),
        ("bob", "bob"),
    ]


def test_a_private_question_is_brought_privately() -> None:
    there = roster(on_irc("bob", XEN, DEVEL), ON_MATRIX)
    asked = Venue("libera", "alice", Visibility.PRIVATE)
    found = places(BOB, asked, there, open_venues=(*OPEN, asked))
    assert names(found) == [("bob", "bob"), ("bob_", "bob_")]
    assert all(place.venue.private for place in found)


def test_a_conversation_of_two_is_no_venue_for_a_third() -> None:
    mine = Venue("matrix", "!alice:example.org", Visibility.PRIVATE)
    other = Venue("matrix", "!zoe:example.org", Visibility.PRIVATE)
    bob = Member("matrix", "bob", "m1", BOB["matrix"], venues=frozenset({fold(mine.name), fold(other.name)}))
    for asked in (mine, ROOM):
        assert names(places(BOB, asked, roster(bob), open_venues=(mine, other))) == [("bob", "bob")]


def test_of_several_nicks_the_one_that_spoke_last_is_spoken_to() -> None:
    there = roster(on_irc("bob", XEN, minute=1), on_irc("bob|home", XEN, minute=9), on_irc("bob`", XEN))
    assert names(places(BOB, XEN, there, open_venues=OPEN))[:3] == [
        ("#xen", "bob|home"),
        ("#xen", "bob"),
        ("#xen", "bob`"),
    ]


def test_a_nick_in_the_venue_comes_before_a_livelier_one_elsewhere() -> None:
    there = roster(on_irc("bob", XEN, minute=1), on_irc("bobphone", DEVEL, minute=9))
    assert names(places(BOB, XEN, there, open_venues=OPEN))[:2] == [
        ("#xen", "bob"),
        ("#xen-devel", "bobphone"),
    ]


def test_a_nick_without_the_account_is_nobody() -> None:
    there = roster(on_irc("bob", XEN, account=None), on_irc("bob2", XEN, account="mallory"))
    assert places(BOB, XEN, there, open_venues=OPEN) == ()


def test_accounts_and_channels_are_compared_without_regard_to_ascii_letters_case_and_no_further() -> None:
    there = roster(on_irc("bob", Venue("libera", "#Xen[Dev]"), account="BOB"))
    asked, other = Venue("libera", "#xen[dev]"), Venue("libera", "#xen{dev}")
    assert names(places({"libera": "Bob"}, asked, there, open_venues=()))[0] == ("#xen[dev]", "bob")
    assert names(places({"libera": "Bob"}, other, there, open_venues=())) == [("bob", "bob")]
    for one, another in (
        ("bob[", "bob{"),
        ("a~", "a^"),
        ("straße", "strasse"),
        ("İ", "i̇"),
        ("É", "é"),
        ("\u212a", "k"),
    ):
        assert fold(one) != fold(another)


def test_a_venue_where_the_desk_may_not_speak_is_no_place() -> None:
    there = roster(on_irc("bob", DEVEL))
    assert names(places(BOB, XEN, there, open_venues=(XEN,))) == [("bob", "bob")]


def test_the_roster_tells_who_is_there() -> None:
    bob = on_irc("Bob", XEN)
    there = Roster(
        members=Map({("libera", "bob"): bob}), venues=Map({XEN.key: Map({"zoe": "Zoe", "bob": "Bob"})})
    )
    assert there.member("libera", "BOB") == bob
    assert there.member("oftc", "bob") is None
    assert there.nicks(Venue("libera", "#XEN")) == ("Bob", "Zoe")
    assert there.nicks(DEVEL) == ()
    assert there.with_session("libera", "Bob") == bob
    assert there.with_session("oftc", "Bob") is None


def test_whoever_is_not_among_those_members_is_not_told_privately_either() -> None:
    outside = roster(on_irc("bob", XEN), ON_MATRIX)
    assert places(BOB, TEAM, outside, open_venues=OPEN) == ()
    inside = roster(on_irc("bob", TEAM), ON_MATRIX)
    assert names(places(BOB, TEAM, inside, open_venues=OPEN)) == [
        ("#team", "bob"),
        ("bob", "bob"),
        ("bob_", "bob_"),
    ]
