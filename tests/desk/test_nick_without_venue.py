"""A nick that shares no venue with the desk may change hands unseen; and what `not me` reads costs little."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.desk.events import Heard
from bot.desk.grammar import parse
from bot.desk.model import Speaker
from bot.roster import fold_event
from routing.presence import Roster, Venue, Visibility

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
ALICE = Heard(
    id="libera/1",
    at=AT,
    speaker=Speaker("libera", "alice", "alice"),
    venue=Venue("libera", "alice", Visibility.PRIVATE),
    text="how do I …?",
    me="pkgdesk",
)


def session_of(roster: Roster) -> str:
    member = roster.member("libera", "alice")
    assert member is not None
    return member.session


def test_another_account_under_the_same_nick_is_somebody_else() -> None:
    before = fold_event(Roster(), ALICE)
    mallory = Speaker("libera", "alice", "mallory")
    after = fold_event(before, replace(ALICE, id="libera/2", at=AT + timedelta(minutes=1), speaker=mallory))
    assert session_of(after) != session_of(before)
    assert after.with_account("libera", "alice") == ()


def test_the_same_account_goes_on() -> None:
    before = fold_event(Roster(), ALICE)
    after = fold_event(before, replace(ALICE, id="libera/2", at=AT + timedelta(minutes=1)))
    assert session_of(after) == session_of(before)


def test_punctuation_before_a_name_is_skipped_and_not_tried_in_every_way() -> None:
    said = parse("not me ,;: bob", me="pkgdesk", private=True, prefix="!")
    assert said.command == "not me"
    assert said.args["words"] == "bob"
    hostile = parse("not me " + "," * 1900 + " a b c d e f g h", me="pkgdesk", private=True, prefix="!")
    assert hostile.command is None
