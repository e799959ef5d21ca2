"""One developer at a time: the ping, what its asker hears of it, and what became of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.desk.fitting import cut, size
from bot.desk.model import Ping, PingKind, Question
from bot.desk.replies.triage import numbered, picks
from bot.desk.replies.words import moment, number, span
from routing.choose import Why
from routing.ladder import Standing
from routing.presence import Venue


def ping(
    question: Question,
    who: str,
    reason: str,
    patience: timedelta,
    place: Venue,
    limit: int,
    *,
    kind: PingKind = PingKind.ANSWER,
    choices: Sequence[str] | None = None,
    among_others: bool = False,
) -> str:
    """Who asks, the question in short, why this person, and the words that answer it. `choices`: the sections
    among which a triager chooses by a number; None where nobody is asked which section it is. `among_others`:
    other questions may wait for them, so that those words name this one."""
    head = f"{_AGAIN.get(kind, '')}{cut(who, 40)} asks {number(question.number)}"
    head += f"{_asked_in(question.venue, place)}: "
    goes_on = f"else it goes on in {span(patience)}."
    of = question.number if among_others else None
    elsewhere = "`not me → SECTION`" if of is None else f"`{number(of)} → SECTION`"
    if choices:
        sections = dict(enumerate(choices, 1))
        words = f"? {', '.join([*picks(sections, of), elsewhere])}, or just reply; {goes_on}"
        which = " — you direct questions: which is it, " if of is None else " — which is it, "
        room = limit - size(head) - size(which) - size(words) - _QUESTION_AT_LEAST
        tail = f"{which}{numbered(sections, room // len(choices))}{words}"
    elif choices is not None:
        words = f". {', '.join([elsewhere, *picks((), of)])}, or just reply; {goes_on}"
        room = limit - size(head) - size(words) - _QUESTION_AT_LEAST
        tail = f" — {cut(reason, max(20, min(110, room)))}{words}"
    elif kind in _AGAIN:
        tail = f" — just reply (it is passed on), or `later 2d`, `not me → NAME`; {goes_on}"
    else:
        tail = f" — {cut(reason, 110)}. Just reply (it is passed on), or `ack`, `not me → NAME`; {goes_on}"
    return f"{head}“{cut(question.text, max(20, limit - size(head) - size(tail) - 6))}”{tail}"


_QUESTION_AT_LEAST = 60
"""Bytes of the question that are shown beside the sections to choose from, or the reason."""

_AGAIN = {
    PingKind.PUT_OFF: "you said later, it is still open: ",
    PingKind.FOLLOW_UP: "did you get to this? ",
}


def _asked_in(asked: Venue, place: Venue) -> str:
    """Where the question was asked, for somebody who reads of it elsewhere."""
    if asked.key == place.key or asked.private:
        return ""
    network = f" on {asked.network}" if asked.network != place.network else ""
    return f" in {cut(asked.name, 40)}{network}"


def asked_elsewhere(ping: Ping, section: str | None, patience: timedelta) -> str:
    """To the asker, of a ping that they do not read themselves."""
    then = f"without a word from them it goes further in {span(patience)}."
    match ping.kind:
        case PingKind.TRIAGE:
            did = f"I asked {ping.nick} which section it is"
        case PingKind.PUT_OFF:
            did = f"I asked {ping.nick} once more, as they wanted to look at it now"
        case PingKind.FOLLOW_UP:
            did = f"{ping.nick} has said nothing more, so I asked once more"
        case PingKind.ANSWER:
            of = f" of {section}" if section and ping.role in _OF_A_SECTION else ""
            did = f"I asked {ping.nick}" + (f" ({ping.role}{of})" if ping.role else "")
    return f"{number(ping.question)}: {did}; {then}"


_OF_A_SECTION = frozenset({Standing.MAINTAINER, Standing.REVIEWER})


def unconfirmed(question: int, who: str) -> str:
    return f"{number(question)}: I asked {who}, but I cannot tell whether it arrived."


def nobody_now(question: int, until: datetime) -> str:
    return f"{number(question)}: nobody who could answer is about now; I try again at {moment(until)}."


def again(until: datetime) -> str:
    """Among the reasons kept: when it is tried again, of which the asker was told."""
    return f"nobody who could answer is about; again {moment(until)}"


def handed_over(question: int, mail: str, *, nothing_points: bool = False) -> str:
    """`nothing_points`: to any section."""
    why = (
        "nothing points to a section, and I could reach nobody" if nothing_points else "I could reach nobody"
    )
    return (
        f"{number(question)}: {why} who knows. The place to ask now is {mail}; `more` gives the text to send."
    )


def gave_up(question: int) -> str:
    return (
        f"{number(question)}: I could reach nobody who knows, and I know no list to send you to. I am sorry."
    )


def acknowledged(question: int, who: str) -> str:
    return f"{number(question)}: {who} has seen it and will answer."


def acknowledgement(question: int, patience: timedelta) -> str:
    """The same, to the one who said it."""
    return f"thank you; I ask nobody else about {number(question)} for {span(patience)}."


def passed_on(question: int, who: str | None) -> str:
    if who is None:
        return f"thank you; I ask the next one about {number(question)}."
    return f"thank you; I try {who} for {number(question)} next."


_HINDRANCES = {
    Why.ASKER: "is the one who asks",
    Why.ALREADY_ASKED: "was asked already",
    Why.OPTED_OUT: "is not to be asked by me",
    Why.UNREACHABLE: "cannot be reached now",
    Why.OVER_BUDGET: "has been asked enough for now",
    Why.BUSY: "is busy",
    Why.ASLEEP: "is asleep",
    Why.AWAY: "is away",
}


def cannot_be_asked(question: int, who: str, why: Why, until: datetime | None) -> str:
    """To a responder: what keeps the one they named, and until when."""
    then = f" until {moment(until)}" if until else ""
    return f"thank you; {who} {_HINDRANCES[why]}{then}, so I look for the next one about {number(question)}."


def who_is(name: str, others: Iterable[str]) -> str:
    hint = ", ".join(others)
    return f"I know nobody called {cut(name, 40)}." + (f" Whom I know: {hint}." if hint else "")
