"""Every sentence that a user can see: one place, plain words, no decision.

Sentences end up behind the addressee's nick, so they begin small where a name precedes them. Text of users
(questions, replies, entries) is quoted as it came; the transport's codec makes it harmless.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.desk.fitting import cut, pack, size
from bot.desk.model import PingState, Question, State

WORDS_FOR_ANSWER = "`more` or `not it`"
WORDS_FOR_CONFIRM = "`yes` or `no`"


def number(question: int) -> str:
    return f"#{question}"


def span(duration: timedelta) -> str:
    """A duration as a person would say it, in its largest unit."""
    seconds = max(0, round(duration.total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length or (seconds >= length and seconds % length == 0):
            return f"{round(seconds / length)} {unit}"
    return f"{seconds} s"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


# --- answers from the base -------------------------------------------------------------------------------


def told(
    question: int, short: str, holds_for: str, source: str | None, ask_for: str, limit: int
) -> list[str]:
    """The short answer, what it holds for, its source, and the words that lead on."""
    scope = f"for {holds_for}" if holds_for else ""
    if ask_for:
        scope += f" (it depends on your {ask_for}: say which)"
    pieces = (f"{short}", scope, source or "", f"[{number(question)}: {WORDS_FOR_ANSWER}]")
    return pack(tuple(piece for piece in pieces if piece), limit)


def offered(question: int, titles: Iterable[str], limit: int) -> str:
    """Two or three candidates to choose from, on one line."""
    shown = list(titles)
    head, tail = f"{number(question)}: did you mean ", f"? Say {_numbers(len(shown))} or `not it`."
    each = max(20, (limit - size(head) - size(tail)) // max(1, len(shown)) - 6)
    listed = "  ".join(f"({i}) {cut(title.rstrip('?'), each)}" for i, title in enumerate(shown, 1))
    return head + listed + tail


def _numbers(count: int) -> str:
    return "`yes`" if count == 1 else ", ".join(f"`{i}`" for i in range(1, count)) + f" or `{count}`"


def which_one(count: int) -> str:
    return f"which one: {_numbers(count)} or `not it`?"


def noted(question: int, section: str | None, after: timedelta) -> str:
    about = f" of {section}" if section else ""
    return (
        f"{number(question)}: I do not know that one, so I look for somebody{about} who does. What helps: "
        f"your version, your distribution, the exact error (I wait {span(after)} for more)."
    )


def say_more_about_it() -> str:
    return "ask me in a few more words: what you want to do, with which version. `help` lists what I can do."


def nothing_more() -> str:
    return "there is no more to it."


# --- pings ------------------------------------------------------------------------------------------------


def ping(question: Question, reason: str, patience: timedelta, private: bool, limit: int) -> str:
    """Who asks, the question in short, why this person, and the words that answer it."""
    where = f" in {question.venue.name}" if private and not question.venue.private else ""
    tail = (
        f" — {reason}. Just reply (it is passed on), or `ack`, `not me → NAME`; else it goes on in "
        f"{span(patience)}."
    )
    head = f"{question.asker.nick} asks{where} {number(question.number)}: "
    return f"{head}“{cut(question.text, max(30, limit - size(head) - size(tail) - 6))}”{tail}"


def asked_elsewhere(question: int, who: str, reason: str, patience: timedelta) -> str:
    return (
        f"{number(question)}: I asked {who} ({reason}); without a word it goes further in {span(patience)}."
    )


def unconfirmed(question: int, who: str) -> str:
    return f"{number(question)}: I asked {who}, but I cannot tell whether it arrived."


def nobody_now(question: int, until: datetime) -> str:
    return f"{number(question)}: nobody who could answer is about now; I try again {moment(until)}."


def handed_over(question: int, mail: str) -> str:
    return (
        f"{number(question)}: I could reach nobody who knows. The place to ask now is {mail}; "
        "`more` gives the text to send."
    )


def mail(question: Question, to: str) -> str:
    """The mail to the list, ready to send."""
    return (
        f"To: {to}\n"
        f"Subject: {cut(question.text, 70)}\n"
        f"{question.text}\n"
        f"(Asked in {question.venue.name} on {question.asked_at:%Y-%m-%d} as {number(question.number)}; "
        "the developers there could not be reached.)"
    )


def gave_up(question: int) -> str:
    return (
        f"{number(question)}: I could reach nobody who knows, and I know no list to send you to. I am sorry."
    )


def acknowledged(question: int, who: str) -> str:
    return f"{number(question)}: {who} has seen it and will answer."


def passed_on(question: int, who: str | None) -> str:
    return f"thanks. {number(question)} goes to {who or 'the next one'}."


def who_is(name: str, near: Iterable[str]) -> str:
    hint = ", ".join(near)
    return f"I know nobody called {name}." + (f" Near: {hint}." if hint else "")


# --- replies ----------------------------------------------------------------------------------------------


def relayed(question: int, who: str, text: str) -> str:
    return f"{who} on {number(question)}: {text}"


def was_that_it(question: int) -> str:
    return f"was that it for {number(question)}? {WORDS_FOR_CONFIRM}"


def kept(question: int, who: str) -> str:
    return f"{who} is not here now; I keep your answer to {number(question)} for their return."


def said_in(question: int, venue: str) -> str:
    return f"the asker of {number(question)} has left without an account; the answer stands in {venue}."


def share_first(question: int, venue: str) -> str:
    return (
        f"the asker of {number(question)} has left. What you said here stays here: "
        f"`share {question}` lets me say it in {venue}."
    )


def welcome_back(question: Question, who: str, text: str, limit: int) -> tuple[str, str]:
    """The kept answer on one line, and what did not fit."""
    head = f"{who} answered {number(question.number)} “{cut(question.text, 60)}” while you were away: "
    tail = f" — was that it? {WORDS_FOR_CONFIRM}"
    room = max(60, limit - size(head) - size(tail) - 8)
    body = cut(text, room)
    rest = "" if body == " ".join(text.split()) else text
    return head + body + (", `more`" if rest else "") + tail, rest


def unconfirmed_answer(question: int, text: str, limit: int) -> str:
    head = f"I cannot tell whether you saw this on {number(question)}: "
    return head + cut(text, limit - size(head))


def thank_you(question: int) -> str:
    return f"{number(question)} is answered, thank you."


def goes_on(question: int) -> str:
    return f"{number(question)} stays open; I ask further."


def withdrawn(question: int) -> str:
    return f"{number(question)} is withdrawn."


def answer_what() -> str:
    return "which question? `answer NUMBER …`"


def shared(question: int) -> str:
    return f"thanks; what you say on {number(question)} may be said in its channel."


# --- asking the desk about itself ------------------------------------------------------------------------


def no_such_question(question: int) -> str:
    return f"I know no {number(question)}."


def nothing_to_explain() -> str:
    return "there is nothing that I could explain here."


def nothing_asked() -> str:
    return "you have asked nothing that is still open."


def missed_nothing() -> str:
    return "you missed nothing."


def usage(line: str, meaning: str) -> str:
    return f"usage: {line} — {meaning}"


def no_such_command(name: str) -> str:
    return f"I know no `{cut(name, 30)}`; `help` lists what I know."


def help_overview(usages: Iterable[str], limit: int) -> list[str]:
    return pack(("just ask, or:", *usages, "`help COMMAND` says more"), limit, "  ")


def owners(text: str, found: Iterable[tuple[str, str, str]], limit: int) -> list[str]:
    """`found`: section, people, reason."""
    pieces = tuple(f"{section}: {people or 'nobody'} ({why})" for section, people, why in found)
    return pack(pieces, limit) if pieces else [f"nobody that I know of owns “{cut(text, 80)}”."]


def where_it_stands(question: Question, due: datetime | None) -> str:
    """One question in a line, for `status N` and `mine`."""
    until = f", next step {moment(due)}" if due else ""
    by = f" with {question.responder}" if question.responder and question.state is State.ENGAGED else ""
    return f"{number(question.number)} ({question.state}{by}{until}): “{cut(question.text, 120)}”"


def overview(counts: dict[State, int], entries: int, sections: int, version: str) -> str:
    live = sum(count for state, count in counts.items() if not state.ended)
    parts = ", ".join(f"{count} {state}" for state, count in counts.items() if count and not state.ended)
    ended = sum(counts.values()) - live
    return (
        f"pkgdesk {version}: {live} questions live{f' ({parts})' if parts else ''}, {ended} ended; "
        f"{entries} entries, {sections} sections."
    )


def explained(question: int, reasons: Iterable[str], limit: int) -> list[str]:
    return pack((f"{number(question)}:", *reasons), limit, "  ")


def missed_answer(question: Question, who: str, text: str) -> str:
    return f"{who} answered {number(question.number)} “{cut(question.text, 60)}”: {cut(text, 160)}"


def missed_ping(question: Question, state: PingState) -> str:
    end = "still open" if not question.state.ended else question.state
    text = cut(question.text, 120)
    return f"{question.asker.nick} asked you {number(question.number)} “{text}” ({state}, {end})"


def rest_privately(count: int) -> str:
    return f"and {count} more, by private message."


def too_many_open(count: int) -> str:
    return f"you have {count} questions open; `withdraw NUMBER` makes room. The oldest:"


def nothing_open() -> str:
    return "I have asked you nothing that this could answer."


ELLIPSIS_MORE = " [`more`]"


def never_collected(question: int) -> str:
    return f"{number(question)}: its asker never came back for the answer, so it is closed."
