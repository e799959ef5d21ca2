"""One developer at a time: the ping, what its asker hears of it, and what became of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.desk.fitting import cut, size
from bot.desk.model import Question
from bot.desk.replies.words import moment, number, span
from routing.choose import Why
from routing.presence import Venue


def ping(question: Question, who: str, reason: str, patience: timedelta, place: Venue, limit: int) -> str:
    """Who asks, the question in short, why this person, and the words that answer it."""
    head = f"{cut(who, 40)} asks {number(question.number)}{_asked_in(question.venue, place)}: "
    tail = (
        f" — {cut(reason, 110)}. Just reply (it is passed on), or `ack`, `not me → NAME`; else it goes on in "
        f"{span(patience)}."
    )
    return f"{head}“{cut(question.text, max(20, limit - size(head) - size(tail) - 6))}”{tail}"


def _asked_in(asked: Venue, place: Venue) -> str:
    """Where the question was asked, for somebody who reads of it elsewhere."""
    if asked.key == place.key or asked.private:
        return ""
    network = f" on {asked.network}" if asked.network != place.network else ""
    return f" in {cut(asked.name, 40)}{network}"


def asked_elsewhere(question: int, who: str, section: str | None, patience: timedelta) -> str:
    about = f" ({section})" if section else ""
    return (
        f"{number(question)}: I asked {who}{about}; without a word from them it goes further in "
        f"{span(patience)}."
    )


def unconfirmed(question: int, who: str) -> str:
    return f"{number(question)}: I asked {who}, but I cannot tell whether it arrived."


def nobody_now(question: int, until: datetime) -> str:
    return f"{number(question)}: nobody who could answer is about now; I try again at {moment(until)}."


def again(until: datetime) -> str:
    """Among the reasons kept: when it is tried again, of which the asker was told."""
    return f"nobody who could answer is about; again {moment(until)}"


def handed_over(question: int, mail: str) -> str:
    return (
        f"{number(question)}: I could reach nobody who knows. The place to ask now is {mail}; "
        "`more` gives the text to send."
    )


def mail(question: Question, to: str) -> str:
    """The mail to the list, ready to send."""
    return (
        f"To: {to}\n\n"
        f"Subject: {cut(question.text, 70)}\n\n"
        f"{question.text}\n\n"
        f"(Asked in {question.venue.name} on {question.asked_at:%Y-%m-%d} as {number(question.number)}; "
        "the developers there could not be reached.)"
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
