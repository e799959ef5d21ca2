"""What is told of messages that are changed or taken back, or that nobody but their readers can read."""

from datetime import timedelta

from bot.desk.fitting import cut, size
from bot.desk.model import State
from bot.desk.replies.words import WORDS_FOR_CONFIRM, number, span

REACTIONS = "👍 👎 1️⃣ 2️⃣ 3️⃣ ✋ on my lines to you say the same"
"""Of bare words, where a network has signs to be put on lines."""


def question_corrected(question: int, text: str, limit: int) -> str:
    """To whom the question waits for: what its asker says now."""
    head, tail = f"{number(question)} was corrected by its asker: “", "”"
    return f"{head}{cut(text, max(20, limit - size(head) - size(tail)))}{tail}"


def answer_corrected(question: int, who: str, text: str) -> str:
    """To the asker: what a responder, whose line was passed on, says now."""
    return f"{who} corrected what they said on {number(question)}: {text}"


def unacknowledged(question: int, who: str, left: timedelta) -> str:
    """To the asker, who had been told of it."""
    then = f"in {span(left)}" if left else "now"
    return f"{number(question)}: {who} took back that they would answer; it goes further {then}."


def as_before(question: int, state: State, options: int) -> str:
    """To an asker who took back what they had said of an answer or an offer."""
    again = {
        State.TOLD: "is open again: what I told you stands, unless you say `not it`.",
        State.PROPOSED: f"is open again: was that it? {WORDS_FOR_CONFIRM}",
        State.OFFERED: f"is open again: {_choices(options)}",
    }
    return f"{number(question)} {again[state]}"


def _choices(options: int) -> str:
    words = [f"`{choice}`" for choice in range(1, options + 1)] if options > 1 else ["`yes`"]
    return f"{', '.join(words)} or `not it`."


def cannot_take_back(question: int) -> str:
    """The same, where people were asked meanwhile."""
    return f"I have asked people about {number(question)} already; `withdraw {question}` if you need nobody."


def unreadable() -> str:
    """To whoever said something that cannot be decrypted."""
    return (
        "I could not decrypt that: your client did not give me the key. Say it once more; if that does not "
        "help, let it send keys to devices that you have not verified yourself, or write where it is not "
        "encrypted."
    )
