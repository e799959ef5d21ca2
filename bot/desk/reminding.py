"""Whom the desk asks once more: who put the question off until now, and who said that they would answer and
fell silent.

The latter once for each question, whatever they say then; whom that does not move is passed by. Whoever waits
for a word of the asker is not silent.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.desk.case import Case
from bot.desk.model import Ping, PingKind, PingState, Question, State
from routing.choose import Refusal, Why

_PASSES = frozenset({Why.ASLEEP, Why.BUSY, Why.OVER_BUDGET})


@dataclass(frozen=True, slots=True)
class Owed:
    """`person` (id) owes a word to the question; `ping`: the one that they reacted to, if they were pinged;
    `kind`: what for they are pinged again."""

    person: str
    kind: PingKind
    ping: Ping | None = None


def owed(case: Case, question: Question) -> Owed | None:
    """Who is to be asked once more now that the question's deadline has fallen; None where nobody is."""
    pings = case.facts.pings_of(question.number)
    if question.state is State.ENGAGED and question.responder is not None:
        person = question.responder
        last = question.replies[-1] if question.replies else None
        ping = next((each for each in reversed(pings) if each.person == person), None)
        if ping is not None and ping.until is not None and ping.until <= case.at:
            return Owed(person, PingKind.PUT_OFF, ping)
        if last is not None and last.person is not None and last.asks_back:
            return None
    elif question.state is State.ASKED:
        promised = (each for each in reversed(pings) if each.state is PingState.ACKNOWLEDGED)
        ping = next(promised, None)
        if ping is None:
            return None
        person = ping.person
        if ping.until is not None:
            return Owed(person, PingKind.PUT_OFF, ping)
    else:
        return None
    if any(each.kind is PingKind.FOLLOW_UP and each.person == person for each in pings):
        return None
    return Owed(person, PingKind.FOLLOW_UP, ping)


def waits_until(case: Case, due: Owed, refusal: Refusal | None) -> datetime | None:
    """Until when to wait for somebody who put it off and cannot be asked at that moment; None: not at all."""
    ping = due.ping
    if ping is None or ping.until is None or refusal is None or refusal.until is None:
        return None
    latest = ping.until + case.settings.wait_for_people
    return refusal.until if refusal.why in _PASSES and case.at < refusal.until <= latest else None
