"""Who is where, folded from what networks say: against a plain model, event by event."""

import itertools
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from world import START

from bot.desk.events import (
    AccountChanged,
    AwayChanged,
    Event,
    Heard,
    Joined,
    Left,
    Renamed,
    RosterLost,
    Sighted,
    Vouched,
)
from bot.desk.model import Role, Speaker
from bot.roster import SPOKE_FOR, UNSEEN_FOR, fold_event, forgotten, out_of_sight, recognise
from routing.people import Person
from routing.presence import Roster, Venue, Visibility, fold

NICKS = ("bob", "BOB", "e[x]", "E[X]", "e{x}", "dave")
CHANNELS = tuple(Venue(network, name) for network in ("libera", "oftc") for name in ("#a", "#b"))
NETWORKS = ("libera", "oftc")
ACCOUNTS = (None, "bob", "Bob", "mallory")


@dataclass
class Seen:
    """The model of one nick."""

    session: str
    account: str | None
    away: bool = False
    venues: set[str] = field(default_factory=set)
    watched: bool = False


class Model:
    """The same as the roster, as plainly as it can be said."""

    def __init__(self) -> None:
        self.nicks: dict[tuple[str, str], Seen] = {}
        self.since: set[str] = set()

    def fold(self, event: Event) -> None:
        match event:
            case Joined(speaker=speaker, venue=venue, present=present, away=away, vouched=vouched):
                key = speaker.network, fold(speaker.nick)
                known = self.nicks.get(key)
                again = known is not None and venue.name in known.venues and not present
                if known is not None and again and (not speaker.account or speaker.account != known.account):
                    del self.nicks[key]
                seen = self.nicks.setdefault(key, Seen(event.id, speaker.account, away))
                if vouched is Vouched.LINE:
                    seen.account = speaker.account
                    seen.away = away if present else seen.away
                elif vouched is Vouched.STATE and not seen.venues and known is seen:
                    seen.account = None
                seen.venues.add(venue.name)
                self.since.add(speaker.network)
            case Left(network=network, nick=nick, venue=None):
                self.nicks.pop((network, fold(nick)), None)
            case Left(network=network, nick=nick, venue=Venue() as venue):
                self._leave((network, fold(nick)), venue.name)
            case Renamed(network=network, nick=nick, new_nick=new_nick):
                moved = self.nicks.pop((network, fold(nick)), None)
                if moved is not None:
                    self.nicks[network, fold(new_nick)] = moved
                elif fold(new_nick) != fold(nick):
                    self.nicks.pop((network, fold(new_nick)), None)
            case AccountChanged(network=network, nick=nick, account=account):
                if (network, fold(nick)) in self.nicks:
                    self.nicks[network, fold(nick)].account = account
            case AwayChanged(network=network, nick=nick, away=away):
                if (network, fold(nick)) in self.nicks:
                    self.nicks[network, fold(nick)].away = away
            case Sighted(network=network, nick=nick, account=account, away=away):
                key = network, fold(nick)
                known = self.nicks.get(key)
                if known is None or not known.venues:
                    if account is None or (known is not None and known.account != account):
                        self.nicks.pop(key, None)
                    if account is not None:
                        seen = self.nicks.setdefault(key, Seen(event.id, account))
                        seen.away, seen.watched = away, True
            case RosterLost(network=network, venue=None):
                self.nicks = {key: seen for key, seen in self.nicks.items() if key[0] != network}
                self.since.discard(network)
            case RosterLost(network=network, venue=Venue() as venue):
                for key in [
                    k for k, seen in self.nicks.items() if k[0] == network and venue.name in seen.venues
                ]:
                    self._leave(key, venue.name)
            case Heard(late=True):
                pass
            case Heard(speaker=speaker, vouched=vouched):
                key = speaker.network, fold(speaker.nick)
                known = self.nicks.get(key)
                lost = known is not None and not known.venues and not known.watched
                if known is not None and lost and known.account != speaker.account:
                    del self.nicks[key]
                seen = self.nicks.setdefault(key, Seen(event.id, speaker.account))
                seen.account = speaker.account if vouched is Vouched.LINE else seen.account
                self.since.add(speaker.network)

    def _leave(self, key: tuple[str, str], venue: str) -> None:
        seen = self.nicks.get(key)
        if seen is not None:
            seen.venues.discard(venue)
            if not seen.venues:
                del self.nicks[key]


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    numbers = itertools.count(1)
    found: list[Event] = []
    for _ in range(draw(st.integers(0, 30))):
        name = f"e/{next(numbers)}"
        venue = draw(st.sampled_from(CHANNELS))
        network, nick = venue.network, draw(st.sampled_from(NICKS))
        speaker = Speaker(network, nick, draw(st.sampled_from(ACCOUNTS)))
        nameless, unsaid = Speaker(network, nick), draw(st.sampled_from([Vouched.STATE, Vouched.NOTHING]))
        private = Venue(network, nick, Visibility.PRIVATE)
        happening: list[Event] = [
            Joined(name, START, speaker, venue),
            Joined(name, START, nameless, venue, vouched=unsaid),
            Joined(name, START, speaker, venue, present=True, away=True),
            Joined(name, START, nameless, venue, present=True, vouched=unsaid),
            Left(name, START, network, nick, venue),
            Left(name, START, network, nick),
            Renamed(name, START, network, nick, draw(st.sampled_from(NICKS))),
            AccountChanged(name, START, network, nick, speaker.account),
            AwayChanged(name, START, network, nick, draw(st.booleans())),
            Sighted(name, START, network, nick, speaker.account, draw(st.booleans())),
            Heard(name, START, speaker, venue, "hi", "pkgdesk"),
            Heard(name, START, speaker, private, "hi", "pkgdesk"),
            Heard(name, START, nameless, venue, "hi", "pkgdesk", vouched=unsaid),
            Heard(name, START, nameless, private, "hi", "pkgdesk", vouched=unsaid),
            Heard(name, START, speaker, venue, "hi", "pkgdesk", late=True),
            RosterLost(name, START, network, draw(st.sampled_from([None, venue]))),
        ]
        found.append(draw(st.sampled_from(happening)))
    return found


def indices_agree(roster: Roster) -> None:
    """Every index says what the members say, and nothing more."""
    venues = {
        (member.network, venue, key[1], member.nick)
        for key, member in roster.members.items()
        for venue in member.venues
    }
    assert venues == {
        (*venue, nick, written) for venue, inside in roster.venues.items() for nick, written in inside.items()
    }
    accounts = {
        (member.network, fold(member.account), key[1], member.nick)
        for key, member in roster.members.items()
        if member.account
    }
    assert accounts == {
        (*account, nick, written)
        for account, nicks in roster.accounts.items()
        for nick, written in nicks.items()
    }
    assert all(key == (member.network, fold(member.nick)) for key, member in roster.members.items())
    sessions = [member.session for member in roster.members.values()]
    assert len(sessions) == len(set(sessions))


@given(events())
def test_the_roster_is_what_the_model_says(happened: list[Event]) -> None:
    roster, model = Roster(), Model()
    for event in happened:
        roster = fold_event(roster, event)
        model.fold(event)
        indices_agree(roster)
        assert set(roster.members) == set(model.nicks)
        for key, seen in model.nicks.items():
            member = roster.members[key]
            assert (member.session, member.account, member.away, set(member.venues)) == (
                seen.session,
                seen.account,
                seen.away,
                seen.venues,
            )
        assert set(roster.since) == model.since


@given(events())
def test_a_session_that_ended_never_comes_back(happened: list[Event]) -> None:
    roster, ended = Roster(), set[str]()
    for event in happened:
        before = {member.session for member in roster.members.values()}
        roster = fold_event(roster, event)
        after = {member.session for member in roster.members.values()}
        assert not after & ended
        assert after - before <= {event.id}
        ended |= before - after


@given(events())
def test_a_line_is_recognised_by_the_session_of_its_nick(happened: list[Event]) -> None:
    roster = Roster()
    for event in happened:
        roster = fold_event(roster, event)
        if isinstance(event, Heard) and not event.late:
            speaker = recognise(roster, event).speaker
            member = roster.with_session(speaker.network, speaker.session)
            assert member is not None
            assert fold(member.nick) == fold(speaker.nick)


def joined(nick: str, venue: Venue = CHANNELS[0], account: str | None = None) -> Joined:
    return Joined(f"join/{nick}/{venue.name}", START, Speaker(venue.network, nick, account), venue)


def test_a_chain_of_names_is_one_session() -> None:
    roster = fold_event(Roster(), joined("bob", account="bob"))
    for old, new in (("bob", "bob_"), ("bob_", "BOB"), ("BOB", "bob")):
        roster = fold_event(roster, Renamed(f"{old}>{new}", START, "libera", old, new))
    [member] = roster.with_account("libera", "BOB")
    assert (member.nick, member.session) == ("bob", "join/bob/#a")
    assert roster.nicks(CHANNELS[0]) == ("bob",)


def test_who_left_is_remembered_for_a_while_as_somebody_spoken_to() -> None:
    roster = fold_event(Roster(), joined("bob"))
    roster = fold_event(roster, Left("left", START, "libera", "bob"))
    assert ("libera", "bob") in roster.gone


def test_many_who_leave_are_not_remembered_without_bound() -> None:
    roster = Roster()
    for number in range(1200):
        at = START + timedelta(seconds=number)
        nick = f"guest{number}"
        roster = fold_event(roster, Joined(nick, at, Speaker("libera", nick), CHANNELS[0]))
        roster = fold_event(roster, Left(f"left/{nick}", at, "libera", nick))
    assert not roster.members
    assert len(roster.gone) <= 500


def test_a_channel_of_thousands_is_lost_at_once() -> None:
    roster = Roster()
    for number in range(2000):
        roster = fold_event(roster, joined(f"nick{number}", account=f"account{number // 2}"))
        if number % 2:
            roster = fold_event(roster, joined(f"nick{number}", CHANNELS[1], f"account{number // 2}"))
    roster = fold_event(roster, RosterLost("lost", START, "libera", CHANNELS[0]))
    indices_agree(roster)
    assert len(roster.members) == 1000
    assert roster.nicks(CHANNELS[0]) == ()
    assert [member.nick for member in roster.with_account("libera", "account7")] == ["nick15"]
    assert 0 < len(roster.gone) <= 500


def test_replayed_lines_and_our_own_tell_nothing_of_who_is_there() -> None:
    heard = Heard("h", START, Speaker("libera", "bob"), CHANNELS[0], "hi", "pkgdesk")
    for mark in ({"replayed": True}, {"late": True}, {"own": True}):
        values = {name: getattr(heard, name) for name in heard.__dataclass_fields__}
        assert not fold_event(Roster(), Heard(**(values | mark))).members


def test_who_shares_no_venue_is_forgotten_after_a_silence() -> None:
    private = Venue("libera", "bob", Visibility.PRIVATE)
    heard = Heard("h1", START, Speaker("libera", "bob"), private, "hi", "pkgdesk")
    roster = fold_event(fold_event(Roster(), heard), joined("carol"))
    later = START + UNSEEN_FOR
    assert forgotten(roster, later).member("libera", "bob") is not None
    gone = forgotten(roster, later + timedelta(seconds=1))
    assert gone.member("libera", "bob") is None
    assert gone.member("libera", "carol") is not None
    indices_agree(gone)
    again = Heard("h2", later + timedelta(hours=1), Speaker("libera", "bob"), private, "hi", "pkgdesk")
    roster = fold_event(roster, again)
    assert roster.with_session("libera", "h1") is None
    assert roster.with_session("libera", "h2") is not None


def test_who_is_looked_out_for_is_there_until_the_network_says_otherwise() -> None:
    seen = Sighted("s1", START, "libera", "Bob", "bob", away=True)
    roster = fold_event(Roster(), seen)
    roster = forgotten(roster, START + 100 * UNSEEN_FOR)
    [member] = roster.with_account("libera", "bob")
    assert (member.nick, member.away, member.venues) == ("Bob", True, frozenset())
    again = fold_event(roster, Sighted("s2", START, "libera", "Bob", "bob"))
    [member] = again.with_account("libera", "bob")
    assert (member.session, member.away) == ("s1", False)
    other = fold_event(again, Sighted("s3", START, "libera", "Bob", "mallory"))
    assert other.with_account("libera", "bob") == ()
    assert [member.session for member in other.with_account("libera", "mallory")] == ["s3"]
    offline = fold_event(again, Sighted("s4", START, "libera", "bob", None))
    assert not offline.members
    assert not offline.gone, "they were in no venue, where something could be said to them"


def test_who_is_looked_out_for_and_comes_in_is_followed_there() -> None:
    roster = fold_event(Roster(), Sighted("s1", START, "libera", "bob", "bob"))
    roster = fold_event(roster, joined("bob", account="bob"))
    assert fold_event(roster, Sighted("s2", START, "libera", "bob", None)) == roster
    [member] = roster.with_account("libera", "bob")
    assert (member.session, sorted(member.venues)) == ("s1", ["#a"])
    assert not fold_event(roster, Left("left", START, "libera", "bob", CHANNELS[0])).members


def test_out_of_sight_is_who_is_in_no_venue_of_ours() -> None:
    people = [Person(name, name, {"libera": name}) for name in ("bob", "carol", "dave")]
    people.append(Person("erin", "erin", {"oftc": "erin"}))
    roster = fold_event(Roster(), joined("robert", account="BOB"))
    roster = fold_event(roster, joined("dave"))
    roster = fold_event(roster, Sighted("s1", START, "libera", "carol", "carol"))
    assert out_of_sight(roster, people, "libera") == ("carol", "dave")
    assert out_of_sight(roster, people, "oftc") == ("erin",)
    assert out_of_sight(roster, people, "matrix") == ()


def test_when_an_account_last_spoke_is_remembered_over_a_new_connection() -> None:
    said = Heard("h1", START, Speaker("libera", "bob", "bob"), CHANNELS[0], "hi", "pkgdesk")
    roster = fold_event(fold_event(Roster(), joined("bob", account="bob")), said)
    for gone in (Left("l", START, "libera", "bob"), RosterLost("r", START, "libera")):
        roster = fold_event(fold_event(roster, gone), joined("robert", account="Bob"))
        assert roster.last_spoke("libera", "BOB") == START
    assert roster.last_spoke("oftc", "bob") is None
    assert not forgotten(roster, START + SPOKE_FOR + timedelta(seconds=1)).spoke


def test_who_speaks_without_a_proven_account_is_nobody_s_word() -> None:
    said = Heard("h1", START, Speaker("libera", "bob"), CHANNELS[0], "hi", "pkgdesk")
    assert not fold_event(Roster(), said).spoke


def test_a_line_that_says_nothing_comes_from_whom_the_network_told_of_and_would_have_told_of_a_change() -> (
    None
):
    roster = fold_event(Roster(), joined("rob", account="bob"))
    private = Venue("libera", "rob", Visibility.PRIVATE)
    for venue in (CHANNELS[0], private):
        for vouched, account in ((Vouched.STATE, "bob"), (Vouched.NOTHING, None), (Vouched.LINE, None)):
            line = Heard("h", START, Speaker("libera", "rob"), venue, "hi", "pkgdesk", vouched=vouched)
            assert recognise(fold_event(roster, line), line).speaker.account == account
    logged_out = fold_event(roster, AccountChanged("a", START, "libera", "rob", None))
    line = Heard("h", START, Speaker("libera", "rob"), CHANNELS[0], "hi", "pkgdesk", vouched=Vouched.STATE)
    assert recognise(fold_event(logged_out, line), line).speaker.account is None


def test_of_who_is_only_looked_out_for_no_line_is_believed_that_says_nothing() -> None:
    roster = fold_event(Roster(), Sighted("s1", START, "libera", "rob", "bob"))
    private = Venue("libera", "rob", Visibility.PRIVATE)
    line = Heard("h", START, Speaker("libera", "rob"), private, "hi", "pkgdesk", vouched=Vouched.STATE)
    assert recognise(fold_event(roster, line), line).speaker.account is None
    named = Joined("n", START, Speaker("libera", "rob"), CHANNELS[0], present=True, vouched=Vouched.STATE)
    roster = fold_event(roster, named)
    assert recognise(fold_event(roster, line), line).speaker.account is None


def test_a_line_without_its_account_takes_away_what_was_known() -> None:
    roster = fold_event(Roster(), joined("rob", account="bob"))
    line = Heard("h", START, Speaker("libera", "rob"), CHANNELS[0], "hi", "pkgdesk")
    assert fold_event(roster, line).with_account("libera", "bob") == ()


def test_who_joins_where_they_are_already_has_come_anew() -> None:
    roster = fold_event(Roster(), joined("rob", account="bob"))
    again = Joined("again", START, Speaker("libera", "rob"), CHANNELS[0], vouched=Vouched.STATE)
    member = fold_event(roster, again).member("libera", "rob")
    assert member is not None
    assert (member.session, member.account) == ("again", None)


def test_a_line_from_the_past_is_nobody_s_who_bears_that_nick_now() -> None:
    roster = fold_event(Roster(), joined("rob", account="bob"))
    line = Heard("past", START, Speaker("libera", "rob"), CHANNELS[0], "hi", "pkgdesk", late=True)
    assert recognise(roster, line).speaker == Speaker("libera", "rob", None, "past")


def test_what_a_rank_gives_stays_with_the_line_whose_session_becomes_known() -> None:
    user = "@alice:example.org"
    room = Venue("matrix", "#xen:example.org")
    roster = fold_event(Roster(), Joined("j", START, Speaker("matrix", user, user), room))
    speaker = Speaker("matrix", user, user, granted=Role.EDITOR)
    known = recognise(roster, Heard("h", START, speaker, room, "hi", "pkgdesk")).speaker
    assert (known.session, known.granted) == ("j", Role.EDITOR)
