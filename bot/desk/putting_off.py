"""`later 2d`: whoever was pinged will look at it, but not now.

    later [NUMBER] [until] MOMENT          "later 2d", "later until friday", "later 14:00", "later 42 2d"

The question waits with them until then, and they are asked once more (`bot.desk.reminding`); after that it
goes further like any other. Moments (`routing.times`) are read on the person's own wall clock, and told as
they really will be, by their hours and their budget. Nobody may put a question off for longer than `WITHIN`
from when they were first asked: it is somebody's, and they wait.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.desk import pinged, replies, responding
from bot.desk.case import Case, complain, reachable_note, say, stands, wished
from bot.desk.effects import Effect, Explain, SavePing, SaveQuestion
from bot.desk.events import Heard
from bot.desk.lifecycle import Step, advance, may
from bot.desk.model import PingState
from bot.desk.said import Said
from bot.desk.triaging import reacted
from routing.choose import BUDGET_SPAN
from routing.people import Person
from routing.times import read_moment

_SOON = {"today": "3h", "tonight": "today 20:00"}
"""What is no moment yet, but says how soon they will look."""

WITHIN = timedelta(days=14)
"""How long after they were first asked somebody may want to look at a question."""


def later(case: Case, heard: Heard, said: Said) -> list[Effect]:
    person = case.reference.person_of(heard.speaker)
    said, text = _read(case, said)
    found = pinged.pinged_about(case, heard, said) if person is not None else None
    if found is None or person is None:
        return responding.none_such(case, heard, said)
    ping, question = found
    if not (ping.is_current(question) and may(question, Step.PUT_OFF)):
        if not said.named:
            return []
        return [*say(case, heard.venue, stands(case, question, heard), to=heard.speaker)]
    if not text:
        return [*complain(case, heard, replies.until_when(question.number))]
    theirs = wished(case.facts, person)
    text = _SOON.get(text.casefold(), text)
    try:
        until = read_moment(text, case.at, theirs.zone, theirs.day_starts)
    except ValueError as error:
        return [*complain(case, heard, replies.until_when(question.number, str(error)))]
    pings = case.facts.pings_of(question.number)
    latest = min(each.at for each in pings if each.person == person.id) + WITHIN
    due = _free(case, theirs, until)
    if due is None or due > latest:
        return [*complain(case, heard, replies.too_late(question.number, latest))]
    told = reachable_note(case, question, replies.put_off(question.number, heard.speaker.nick, due))
    in_sight = told and not heard.venue.private and heard.venue.key == question.venue.key
    mine = replies.put_off_by_you(question.number, due, theirs.zone)
    return [
        SaveQuestion(advance(question, Step.PUT_OFF, at=case.at, due=due, responder=None)),
        SavePing(replace(reacted(case, ping, PingState.ACKNOWLEDGED), until=due)),
        *told,
        *(() if in_sight else say(case, heard.venue, mine, to=heard.speaker)),
        Explain(question.number, (f"{person.id} said later: on {replies.moment(due)}",)),
    ]


def _free(case: Case, person: Person, until: datetime) -> datetime | None:
    """When they may be asked from `until` on, by their hours and their budget; None: never."""
    due = person.next_awake(until)
    if person.budget is None:
        return due
    had = [each for each in case.facts.load.times.get(person.id, ()) if each > due - BUDGET_SPAN]
    if len(had) < person.budget:
        return due
    return person.next_awake(had[len(had) - person.budget] + BUDGET_SPAN) if person.budget else None


def _read(case: Case, said: Said) -> tuple[Said, str]:
    """The word and its moment: a number before it may be the question's, or a part of the moment
    ("2 days")."""
    text = said.args.get("text", "")
    number = said.args.get("number", "")
    if not number or number.startswith("#"):
        return said, text
    try:
        read_moment(text, case.at)
    except ValueError:
        args = {key: value for key, value in said.args.items() if key != "number"}
        return replace(said, args=args), f"{number} {text}".strip()
    return said, text
