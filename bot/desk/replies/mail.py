"""The mail to the list, for an asker to send as it is."""

from collections.abc import Mapping, Sequence

from bot.desk.fitting import cut
from bot.desk.model import Question
from bot.desk.replies.words import number


def mail(
    question: Question,
    to: str,
    *,
    note: str = "",
    section: str | None = None,
    facets: Mapping[str, str],
    tried: Sequence[str] = (),
    asked: Sequence[str] = (),
) -> str:
    """`note`: what the map says of the list. `facets`: what the question says of its case. `tried`: titles of
    the entries that were not it. `asked`: names of those who were asked where everybody could read it."""
    first, *more = question.text.splitlines() or [""]
    about = f"{section}: " if section else ""
    known = ", ".join(f"{facet} {value}" for facet, value in facets.items())
    lines = [
        f"To: {to}{f' ({note})' if note else ''}",
        f"Subject: {about}{cut(first, 70)}",
        "\n".join([first, *more]),
        f"Known so far: {known}." if known else "",
        f"Not it: {'; '.join(f'“{cut(title, 80)}”' for title in tried)}." if tried else "",
        _asked(question, asked),
    ]
    return "\n\n".join(line for line in lines if line)


def _asked(question: Question, asked: Sequence[str]) -> str:
    where = "privately" if question.venue.private else f"in {question.venue.name}"
    whom = f"without an answer from {', '.join(asked)}" if asked else "without an answer"
    return f"(Asked {where} on {question.asked_at:%Y-%m-%d} as {number(question.number)}, {whom}.)"
