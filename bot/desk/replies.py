"""Every sentence that a user can see, but for `bot.desk.reports`: plain words, no decision.

Sentences end up behind the addressee's nick, so they begin small where a name precedes them. Text of users
(questions, replies, entries) is quoted as it came; the transport's codec makes it harmless.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.desk.fitting import cut, pack, size
from bot.desk.model import PingState, Question, State
from routing.choose import Why
from routing.presence import Venue

WORDS_FOR_ANSWER = "`more` or `not it`"
WORDS_WITHOUT_MORE = "say `not it` if it is not"
WORDS_FOR_CONFIRM = "`yes` or `no`"

_SHOWN = 10
"""Numbers of questions that are listed at the most."""


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
    question: int, short: str, holds_for: str, source: str, ask_for: str, more: bool, limit: int
) -> list[str]:
    """The short answer, what it holds for, its source, and the words that lead on."""
    scope = f"for {holds_for}" if holds_for else ""
    if ask_for:
        scope += f"; else say which {ask_for} is yours"
    words = WORDS_FOR_ANSWER if more else WORDS_WITHOUT_MORE
    pieces = (short, scope, source, f"[{number(question)}: {words}]")
    return pack(tuple(piece for piece in pieces if piece), limit)


def holds_for_that_too(question: int, yours: str) -> str:
    return f"{number(question)}: what I told you holds for {yours}."


def not_for(question: int, yours: str, holds_for: str) -> str:
    """To an asker for whose version, or the like, the base has no variant."""
    only = f"what I told you is for {holds_for}; " if holds_for else ""
    return f"{number(question)}: {only}I have nothing for {yours}."


def offered(question: int, titles: Iterable[str], limit: int) -> str:
    """Two or three candidates to choose from, on one line."""
    shown = list(titles)
    head, tail = f"{number(question)}: did you mean ", f" Say {_choices(len(shown))}."
    each = max(20, (limit - size(head) - size(tail)) // max(1, len(shown)) - 12)
    quoted = [f"“{cut(title, each)}”" for title in shown]
    listed = quoted[0] if len(quoted) == 1 else "  ".join(f"({i}) {each}" for i, each in enumerate(quoted, 1))
    mark = "" if listed.endswith("?”") else "?"
    return head + listed + mark + tail


def _choices(count: int) -> str:
    words = ["yes"] if count == 1 else [str(choice) for choice in range(1, count + 1)]
    return f"{', '.join(f'`{word}`' for word in words)} or `not it`"


def which_one(count: int) -> str:
    return f"which one: {_choices(count)}?"


def noted(question: int, section: str | None, after: timedelta) -> str:
    about = f" of {section}" if section else ""
    return (
        f"{number(question)}: I do not know that one, so I look for somebody{about} who does. What helps: "
        f"your version, your distribution, the exact error (I wait {span(after)} for more)."
    )


def added(question: int) -> str:
    return f"{number(question)}: I have added that to it."


def looking(question: int, section: str | None) -> str:
    """To an asker for whom what the base has was not it."""
    about = f" of {section}" if section else ""
    return f"{number(question)}: I look for somebody{about} who knows."


def log_in() -> str:
    """To an asker whom the desk will lose sight of."""
    return (
        "I cannot see whether you are still there, and would not bring an answer to somebody else: log in to "
        "an account, or join a channel where I am, and write to me again."
    )


def say_more_about_it() -> str:
    return "ask me in a few more words: what you want to do, with which version. `help` lists what I can do."


def say_it_there(question: int, venue: str) -> str:
    """To an asker whose further words would be read by more people than hear them now."""
    return (
        f"what you add to {number(question)} would be read in {venue}, where you asked it, so I leave it "
        "out: say it there."
    )


def nothing_more(question: int | None = None) -> str:
    return "that is all I have." if question is None else f"that is all I have on {number(question)}."


# --- pings ------------------------------------------------------------------------------------------------


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


# --- replies ----------------------------------------------------------------------------------------------


def relayed(question: int, who: str, text: str) -> str:
    return f"{who} on {number(question)}: {text}"


def passed_along(asker: str, more_follows: bool) -> str:
    """To a responder who does not see that what they said reached the asker."""
    return f"passed on to {asker}." + (" What you say next is, too; `done` ends it." if more_follows else "")


def was_that_it(question: int) -> str:
    return f"was that it for {number(question)}? {WORDS_FOR_CONFIRM}"


def kept(question: int, who: str) -> str:
    return f"{who} is not here now; I keep your answer to {number(question)} for their return."


def out_of_reach(question: int, who: str) -> str:
    return (
        f"{who} asked {number(question)} privately and without an account, and has left: I cannot bring them "
        "your answer."
    )


def come_back(account: str) -> str:
    return f"I have something for {cut(account, 40)}. If that is you: say `missed`, logged in."


def said_in(question: int, venue: str) -> str:
    return f"the asker of {number(question)} has left without an account; the answer stands in {venue}."


def share_first(question: int, venue: str) -> str:
    return (
        f"the asker of {number(question)} has left. What you said here stays here: "
        f"`share {question}` lets me say it in {venue}."
    )


def welcome_back(question: Question, who: str, text: str, limit: int) -> tuple[str, str]:
    """The kept answer on one line, and what did not fit."""
    head = (
        f"{cut(who, 40)} answered {number(question.number)} “{cut(question.text, 60)}” while you were away: "
    )
    tail = f" — was that it? {WORDS_FOR_CONFIRM}"
    body = cut(text, max(20, limit - size(head) - size(tail) - 8))
    rest = "" if body == " ".join(text.split()) else text
    return head + body + (", `more`" if rest else "") + tail, rest


def unconfirmed_answer(question: int, text: str) -> str:
    return f"I cannot tell whether you saw this on {number(question)}: {text}"


def thank_you(question: int) -> str:
    return f"{number(question)} is answered, thank you."


def goes_on(question: int) -> str:
    return f"{number(question)} stays open; I ask further."


def withdrawn(question: int) -> str:
    return f"{number(question)} is withdrawn."


def which_question(command: str) -> str:
    """To a responder whose word could be about no question."""
    return f"about which question? Say its number: `{command} 42`."


def only_people(command: str) -> str:
    """To an operator who is no person of the map, and has no part in any question."""
    what = " questions" if command == "answer" else f": `{command}` is for them"
    return f"only people of the map may answer{what}."


def shared(question: int, venue: str) -> str:
    return f"thank you; I say it in {venue}, on {number(question)}."


def nothing_to_share(question: int) -> str:
    return f"you said nothing here about {number(question)} that could not be read there already."


def no_longer(question: int, state: State) -> str:
    """To a responder whose word comes after the end."""
    how = "was withdrawn" if state is State.WITHDRAWN else "is answered already"
    return f"{number(question)} {how}; thank you all the same."


# --- what an asker told of themself ----------------------------------------------------------------------


def remembered(facet: str, value: str) -> str:
    return f"I remember that your {facet} is {value}; `forget {facet}` takes it back."


def forgotten(facets: Mapping[str, str]) -> str:
    return f"I have forgotten your {_listed(facets)}."


def what_is_known(facets: Mapping[str, str], example: str) -> str:
    """`example`: a facet that could be told."""
    if not facets:
        return f"I know nothing of you; `my {example} …` tells me."
    return f"of you I know: {_listed(facets)}. `forget` takes it back."


def what_is_known_of(facet: str, value: str | None) -> str:
    if value is None:
        return f"I do not know your {facet}; `my {facet} …` tells me."
    return f"your {facet} is {value}, as you told me; `forget {facet}` takes it back."


def can_remember(facets: Mapping[str, Iterable[str] | None]) -> str:
    """`facets`: facet -> the values that it may have, None for a version."""
    kinds = [
        f"{name} ({', '.join(values) if values is not None else 'a version'})"
        for name, values in facets.items()
    ]
    return f"I can remember: {', '.join(kinds)}. If that was a question, ask it in a few more words."


def shall_i_remember(facets: Mapping[str, str]) -> str:
    """To somebody who said so, and asked nothing."""
    words = " and ".join(f"`my {facet} {value}`" for facet, value in facets.items())
    return f"shall I remember that? {words}; else ask me what you want to know."


def _listed(facets: Mapping[str, str]) -> str:
    return ", ".join(f"{facet} {value}" for facet, value in facets.items())


def no_such_value(facet: str, text: str, choices: Iterable[str] | None) -> str:
    wanted = f"one of {', '.join(choices)}" if choices is not None else "a version like 4.17.2"
    return f"“{cut(text, 40)}” is no {facet} that I know; it is {wanted}."


def only_accounts() -> str:
    return "I remember that for accounts only: log in first, or say it with your question."


def nothing_to_forget() -> str:
    return "I remember nothing of that."


def no_facets() -> str:
    return "there is nothing of that kind that I could remember."


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


def did_you_mean(command: str) -> str:
    return f"did you mean `{command}`?"


def no_such_command(name: str) -> str:
    return f"I know no `{cut(name, 30)}`; `help` lists what I know."


def help_overview(usages: Iterable[str], limit: int) -> list[str]:
    return pack(("just ask, or:", *usages, "`help COMMAND` says more"), limit, "  ")


def owners(text: str, found: Iterable[tuple[str, str, str]], limit: int) -> list[str]:
    """`found`: section, people, reason."""
    pieces = tuple(f"{section}: {people or 'nobody'} ({why})" for section, people, why in found)
    return pack(pieces, limit) if pieces else [f"nobody that I know of owns “{cut(text.rstrip('? '), 80)}”."]


def not_asked_here(question: int) -> str:
    return f"{number(question)} was not asked here; ask me about it where it was, or privately."


def where_it_stands(question: Question) -> str:
    """One question in a line, for `status N` and `mine`."""
    return f"{number(question.number)} “{cut(question.text, 120)}”: {standing(question)}."


def standing(question: Question) -> str:
    """How it stands now, in the words of `status`, `mine` and `why`."""
    due = moment(question.due) if question.due else ""
    return {
        State.OPEN: f"I look for somebody who knows; next step by {due}",
        State.TOLD: "answered from the base, not confirmed",
        State.OFFERED: "I offered candidates, none was picked",
        State.ASKED: f"a developer was asked; it goes further at {due}",
        State.ENGAGED: f"{question.responder} is on it",
        State.PROPOSED: "answered, not confirmed",
        State.KEPT: "answered; I keep the answer for its asker",
        State.ANSWERED: f"answered; {question.outcome}",
        State.HANDED_OVER: f"handed over {question.outcome}",
        State.EXPIRED: f"closed; {question.outcome}",
        State.WITHDRAWN: "withdrawn",
    }[question.state]


def explained(question: Question, reasons: Sequence[str], limit: int) -> list[str]:
    """How it stands, and what was decided on the way there."""
    return pack((f"{number(question.number)}: {standing(question)}", *reasons), limit)


def missed_answer(question: Question, who: str, text: str) -> str:
    return f"{who} answered {number(question.number)} “{cut(question.text, 60)}”: {cut(text, 160)}"


def missed_ping(question: Question, state: PingState) -> str:
    """A question that its responder has not dealt with."""
    how = "waits for you" if state.pending else "went further, and is still open"
    if question.state.ended:
        how = "went to the list; you may still answer it"
    return f"{number(question.number)} {how}: {question.asker.nick} asks “{cut(question.text, 120)}”"


def rest_privately(count: int) -> str:
    return f"and {count} more, by private message."


def too_many_open(count: int, shown: Sequence[int]) -> str:
    """`shown`: the numbers of those that may be named here, oldest first."""
    listed = ", ".join([*map(number, shown[:_SHOWN]), *(["…"] if len(shown) > _SHOWN else [])])
    which, one = (f" ({listed})" if listed else ""), (shown[0] if shown else "NUMBER")
    return (
        f"{count} questions of yours wait for people{which}, so I take no other to them: `withdraw {one}` "
        f"takes one back, `yes {one}` says that it was answered, `mine` lists them."
    )


def nothing_open() -> str:
    return "I have asked you nothing that this could answer."


ELLIPSIS_MORE = " [`more`]"


def never_collected(question: int) -> str:
    return f"{number(question)}: its asker never came back for the answer, so it is closed."
