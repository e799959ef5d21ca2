"""What is told from the knowledge base, and to whoever asked while nothing is known yet."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.desk.fitting import cut, pack, size
from bot.desk.replies.triage import nobody_of
from bot.desk.replies.words import number, span
from routing.sections import Section

WORDS_FOR_ANSWER = "`more` or `not it`"
WORDS_WITHOUT_MORE = "say `not it` if it is not"
ELLIPSIS_MORE = " [`more`]"


def told(
    question: int, short: str, holds_for: str, source: str, ask_for: str, more: bool, limit: int
) -> list[str]:
    """The short answer, what it holds for, its source, and the words that lead on. A source that the answer
    names already is not told again."""
    if source in short.split():
        source = ""
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


def offered_only(count: int) -> str:
    """To whoever wants to read more of what was only offered to them."""
    return f"say {_choices(count)}: what you pick, I tell you." if count > 1 else "say `yes` to read it."


def noted(question: int, seeks: str, after: timedelta) -> str:
    return (
        f"{number(question)}: I do not know that one{seeks}. What helps: your version, your distribution, "
        f"the exact error (I wait {span(after)} for more)."
    )


def seeks_in(section: Section | None) -> str:
    """Whom the desk looks for: somebody of the section."""
    if section is None:
        return ", so I look for somebody who does"
    nobody = nobody_of(section)
    if nobody:
        return f"; it is about {section.name}, {nobody}, so I ask around it"
    return f", so I look for somebody of {section.name} who does"


def seeks_triager(sections: Sequence[str]) -> str:
    """The same, where it is not clear which of the sections it is, and somebody can tell."""
    if not sections:
        return ", and nothing points to a section, so I ask somebody who directs questions"
    return f", so I ask somebody who directs questions whether it is about {_either(sections)}"


def _either(sections: Sequence[str]) -> str:
    return " or ".join(cut(name, 40) for name in sections)


def seeks_in_general(rest: str | None, mail: str | None) -> str:
    """The same, where nothing points to a section, and nobody directs questions."""
    to = rest or (f"those who read back, and then {mail}" if mail else None)
    return f", and nothing points to a section, so I ask {to}" if to else seeks_in(None)


def added(question: int) -> str:
    return f"{number(question)}: I have added that to it."


def if_settled(question: int) -> str:
    """To an asker who says that it works before anybody has answered."""
    return f"{number(question)} is still open; if it is settled, `withdraw {question}` ends it."


def looking(question: int, section: Section | None) -> str:
    """To an asker for whom what the base has was not it."""
    about = f" of {section.name}" if section is not None else ""
    if section is not None and (nobody := nobody_of(section)):
        about = f" around {section.name}, {nobody},"
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
