"""Intake: what is let in, what of several lines makes one text, and a memory that stays bounded."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import DESK, START, VENUES, reference

from bot.allowances import BRIEF_SPEAKERS, BURST, REFILL
from bot.desk.effects import Explain, Say
from bot.desk.events import Event, Heard, Joined
from bot.desk.model import Line, Purpose, Speaker
from bot.intake import (
    COMPLAINT_EVERY,
    MESSAGES,
    TALK_BURST,
    TEXT_LIMIT,
    Dropped,
    Intake,
)
from bot.roster import fold_event
from routing.presence import Roster

REFERENCE = reference()
ROSTER = Roster()
for _nick in ("alice", "dave", "pkgdesk"):
    ROSTER = fold_event(ROSTER, Joined(f"j/{_nick}", START, Speaker("libera", _nick), VENUES[0]))


def heard(text: str, after: float = 0.0, who: str = "alice", venue: int = 0, **marks: object) -> Heard:
    at = START + timedelta(seconds=after)
    speaker = Speaker("libera", who, who, f"session/{who}")
    values = {"speaker": speaker, "venue": VENUES[venue], "text": text, "me": DESK, **marks}
    return Heard(id=f"{who}/{after}/{text[:20]}", at=at, **values)


def admit(intake: Intake, event: Event) -> Event | Dropped:
    return intake.admit(event, REFERENCE, ROSTER)


def joined(intake: Intake, event: Heard) -> str | None:
    seen = admit(intake, event)
    assert isinstance(seen, Heard), seen
    return seen.joined_text


@pytest.mark.parametrize(
    ("marks", "why"),
    [
        ({"own": True}, Dropped.OWN),
        ({"notice": True}, Dropped.NOTICE),
        ({"from_bot": True}, Dropped.BOT),
        ({"replayed": True}, Dropped.REPLAYED),
        ({"own": True, "replayed": True, "notice": True}, Dropped.OWN),
    ],
)
def test_marks(marks: dict[str, bool], why: Dropped) -> None:
    assert admit(Intake(), heard("pkgdesk: hello", **marks)) is why


def test_bots_are_known_by_their_nick_on_their_network() -> None:
    intake = Intake(bots=frozenset({("libera", "zwiebel{")}))
    assert admit(intake, heard("hi", who="Zwiebel{")) is Dropped.BOT
    assert isinstance(admit(intake, heard("hi", who="zwiebel[", venue=2)), Heard)
    elsewhere = heard("hi", speaker=Speaker("oftc", "zwiebel{"), venue=3)
    assert isinstance(admit(intake, elsewhere), Heard)


def test_nothing_said_is_nothing() -> None:
    assert admit(Intake(), heard(" \t ")) is Dropped.EMPTY


def test_other_events_pass() -> None:
    event = Joined("j", START, Speaker("libera", "bob"), VENUES[0])
    assert admit(Intake(), event) is event
    assert Intake().admit_talk(event) is event


def test_a_long_line_is_cut_unread() -> None:
    seen = admit(Intake(), heard("pkgdesk: " + "x" * 65_000))
    assert isinstance(seen, Heard)
    assert len(seen.text) == TEXT_LIMIT


def test_a_message_is_known_by_its_id_on_its_network() -> None:
    intake = Intake()
    assert isinstance(admit(intake, heard("one", message="m")), Heard)
    assert admit(intake, heard("two", message="m")) is Dropped.DUPLICATE
    other = heard("three", speaker=Speaker("oftc", "alice"), venue=3, message="m")
    assert isinstance(admit(intake, other), Heard)
    for number in range(MESSAGES):
        admit(intake, heard("more", message=f"m{number}"))
    assert isinstance(admit(intake, heard("four", message="m")), Heard), "the oldest is forgotten"


def test_an_allowance_is_used_up_and_refills_with_silence() -> None:
    intake = Intake()
    for _ in range(BURST):
        assert isinstance(admit(intake, heard("!status")), Heard)
    told = admit(intake, heard("!status"))
    assert isinstance(told, Heard)
    assert told.over, "all that comes of it is a word that it was too much"
    assert admit(intake, heard("!status")) is Dropped.OVER_LIMIT
    assert isinstance(admit(intake, heard("!status", who="dave")), Heard)
    assert isinstance(admit(intake, heard("just talk")), Heard)
    assert admit(intake, heard("!status", after=REFILL.total_seconds() - 1)) is Dropped.OVER_LIMIT
    assert isinstance(admit(intake, heard("!status", after=2 * REFILL.total_seconds() - 1)), Heard)
    assert isinstance(admit(intake, heard("!status", after=3600)), Heard)


def test_a_clock_that_jumps_back_costs_nobody_their_allowance() -> None:
    intake = Intake()
    admit(intake, heard("!status", after=86_400))
    assert isinstance(admit(intake, heard("!status")), Heard)


@given(
    st.lists(st.tuples(st.floats(0, 4.9), st.sampled_from(["!status", "pkgdesk: hi", "talk"])), max_size=60)
)
def test_no_rhythm_gets_more_than_the_allowance(rhythm: list[tuple[float, str]]) -> None:
    """Whoever pauses never as long as one refill takes gets what is there at once, and what refilled until it
    was used up; that it was too much is no answer."""
    intake, at, admitted = Intake(), 0.0, 0
    for pause, text in rhythm:
        at += pause
        seen = admit(intake, heard(text, after=at))
        admitted += isinstance(seen, Heard) and not seen.over and text != "talk"
    assert admitted <= BURST + at / REFILL.total_seconds()


def test_what_the_desk_waits_for_has_an_allowance_of_its_own() -> None:
    intake = Intake()
    lines = [heard("and so on", after=0.1 * n) for n in range(100)]
    passed = [line for line in lines if isinstance(intake.admit_talk(line), Heard)]
    assert TALK_BURST <= len(passed) <= TALK_BURST + 5


def test_complaints_come_once_a_minute_and_nothing_else_is_held_back() -> None:
    intake = Intake()

    def said(event: Heard) -> list[bool]:
        line = Line(VENUES[0], "no", Purpose.REPLY)
        effects = [Say(line, complaint=True), Say(line), Explain(1, ("so",))]
        return [isinstance(effect, Say) and effect.complaint for effect in intake.restrained(event, effects)]

    first = heard("pkgdesk: hi")
    assert said(first) == [True, False, False]
    assert said(first) == [True, False, False], "decided again, it is the same"
    assert said(heard("pkgdesk: ho", after=30)) == [False, False]
    assert said(heard("pkgdesk: ho", after=30, who="dave")) == [True, False, False]
    assert said(heard("pkgdesk: ho", after=COMPLAINT_EVERY.total_seconds())) == [True, False, False]


# --- several lines ---------------------------------------------------------------------------------------


def test_lines_join_from_the_first_that_was_said_to_the_desk() -> None:
    intake = Intake()
    assert joined(intake, heard("before")) is None
    assert joined(intake, heard("pkgdesk: one", 1)) is None
    assert joined(intake, heard("two", 2)) == "one\ntwo"
    assert joined(intake, heard("pkgdesk: three", 61)) == "one\ntwo\nthree"
    assert joined(intake, heard("four", 122)) is None


def test_each_speaker_and_each_venue_has_its_own_text() -> None:
    intake = Intake()
    joined(intake, heard("pkgdesk: one"))
    assert joined(intake, heard("two", who="dave")) is None
    assert joined(intake, heard("two", venue=1)) is None
    assert joined(intake, heard("two")) == "one\ntwo"


@pytest.mark.parametrize("between", ["!status", "more", "ack", "dave: hello", "yes", "not it"])
def test_a_command_and_a_line_to_somebody_else_belong_to_no_text(between: str) -> None:
    intake = Intake()
    joined(intake, heard("pkgdesk: one"))
    assert joined(intake, heard(between, 1)) is None
    assert joined(intake, heard("two", 2)) == "one\ntwo"


def test_ask_begins_anew() -> None:
    intake = Intake()
    joined(intake, heard("pkgdesk: one"))
    assert joined(intake, heard("!ask two", 1)) is None
    assert joined(intake, heard("three", 2)) == "two\nthree"


def test_a_joined_text_is_bounded() -> None:
    intake = Intake()
    joined(intake, heard("pkgdesk: " + "x" * 1500))
    text = joined(intake, heard("y" * 1500, 1))
    assert text is not None
    assert len(text) == TEXT_LIMIT


def test_the_memory_of_speakers_is_bounded() -> None:
    intake = Intake()
    joined(intake, heard("pkgdesk: one"))
    for number in range(BRIEF_SPEAKERS):
        joined(intake, heard("pkgdesk: one", 0.02 * number, who=f"guest{number}"))
    assert joined(intake, heard("two", 50)) is None
