"""What the desk says when it is asked about itself and its questions."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.desk.fitting import cut, pack
from bot.desk.model import PingState, Question, State
from bot.desk.replies.changes import REACTIONS
from bot.desk.replies.words import moment, number

_SHOWN = 10
"""Numbers of questions that are listed at the most."""


def no_such_question(question: int) -> str:
    return f"I know no {number(question)}."


def nothing_to_explain() -> str:
    return "there is nothing that I could explain here."


def nothing_asked() -> str:
    return "you have asked nothing that is still open."


def missed_sealed(count: int) -> str:
    """Something is not told here, because it would not be encrypted."""
    what = "1 more is" if count == 1 else f"{count} more are"
    return f"{what} told only where it is encrypted: say `missed` to me there."


def missed_nothing() -> str:
    return "you missed nothing."


def missed_by_nobody(bridged: bool) -> str:
    """To somebody of whom nothing is found, and who may have been somebody before."""
    if bridged:
        return (
            "I find nothing: through a bridge I cannot know you again. `status NUMBER` tells of a question."
        )
    return (
        "I find nothing: without an account I cannot know you again once you have left. `status NUMBER` "
        "tells of a question; what you ask logged in to an account waits for you."
    )


def usage(line: str, meaning: str) -> str:
    return f"usage: {line} — {meaning}"


def did_you_mean(command: str) -> str:
    return f"did you mean `{command}`?"


def no_such_command(name: str) -> str:
    return f"I know no `{cut(name, 30)}`; `help` lists what I know."


def help_overview(usages: Iterable[str], limit: int, *, signs: bool = False) -> list[str]:
    """`signs`: whether people can put signs on lines there."""
    more = (REACTIONS,) if signs else ()
    return pack(("just ask, or:", *usages, "`help COMMAND` says more", *more), limit, "  ")


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


def why_you(
    question: int, reason: str, steps: Sequence[str], yours: int, of_all: int, within: timedelta, limit: int
) -> list[str]:
    """To somebody who was asked: `reason` completes "because …" to them, `steps` led there; of all pings
    `within` that time so many were theirs."""
    share = f"within {within.days} days {yours} of {of_all} pings were yours"
    return pack((f"I asked you about {number(question)} because {reason}", *steps, share), limit)


def not_asked_you(question: int) -> str:
    return f"I have not asked you about {number(question)}."


def asked_you_nothing() -> str:
    return "I have asked you nothing lately."


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


def too_much_at_once() -> str:
    """To a whole venue, or to one speaker."""
    return "too much is said to me at once: what has no answer yet may be lost; say it again in a minute."


def over_allowance() -> str:
    """To a speaker of whom lines are dropped."""
    return (
        "I take a few lines of one person at once, and then one every few seconds; of yours some were too "
        "many. What has no answer yet: say it again in a minute."
    )


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


def never_collected(question: int) -> str:
    return f"{number(question)}: its asker never came back for the answer, so it is closed."
