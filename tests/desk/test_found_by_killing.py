"""What only showed itself against real processes: each in as few words as it takes to show it again."""

from datetime import UTC, datetime, timedelta

from world import KNOWN, UNKNOWN, World

from bot.conditions import may_appear
from bot.desk.case import Case
from bot.desk.delivering import failed
from bot.desk.effects import SettleLine
from bot.desk.events import Joined
from bot.desk.facts import Facts
from bot.desk.model import Failure, Line, Purpose, Speaker, State
from bot.roster import fold_event
from routing.presence import Roster, Venue

CHANNEL = Venue("demo", "#xen-packagers")
ALICE = Speaker("demo", "alice", "alice", "demo/1")
AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SETTLE = timedelta(seconds=5)


def seen(roster: Roster, nick: str, account: str | None) -> Roster:
    return fold_event(
        roster, Joined(f"demo/{nick}/{account}", AT, Speaker("demo", nick, account), CHANNEL, True)
    )


def test_a_second_question_within_the_minute_is_about_itself_alone(world: World) -> None:
    alice = world.joins("alice", account="alice")
    world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("yes")

    alice.says(f"pkgdesk: {UNKNOWN}")

    assert world.question(2).state is State.OPEN
    assert world.question(2).text == UNKNOWN
    assert "qemu" not in world.explanation(2)


def test_a_line_waits_for_its_addressee_where_the_desk_has_only_just_come() -> None:
    line = Line(CHANNEL, "#1 is answered", Purpose.REPLY, addressee=ALICE)
    names = seen(Roster(), "alice", None)
    accounts = seen(names, "alice", "alice")
    others = seen(Roster(), "bob", "bob")

    assert may_appear(line, Roster(), SETTLE, AT), "nobody was seen yet"
    assert may_appear(line, names, SETTLE, AT), "that it is their account is told later"
    assert not may_appear(line, accounts, SETTLE, AT)
    assert may_appear(line, others, SETTLE, AT + timedelta(seconds=4))
    assert not may_appear(line, others, SETTLE, AT + SETTLE), "they are not there"
    assert not may_appear(Line(CHANNEL, "to all", Purpose.TELL), Roster(), SETTLE, AT)


def test_a_ping_that_may_have_arrived_is_not_told_as_dropped(world: World) -> None:
    ping = Line(CHANNEL, "alice asks #1", Purpose.PING, addressee=ALICE, question=1, id=7)
    case = Case(AT, Facts(), world.reference)

    assert failed(case, ping, Failure.UNCONFIRMED) == [SettleLine(7, "unconfirmed")]
    assert failed(case, ping, Failure.ABSENT) == [SettleLine(7, "dropped: absent")]
