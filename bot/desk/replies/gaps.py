"""What editors are told of the base's gaps, and once a week of how it stands.

What somebody asked stands in a sentence only as a quotation, never first in it.
"""

from collections.abc import Sequence
from datetime import timedelta

from bot.desk.fitting import cut
from bot.desk.replies.words import span
from knowledge.gaps import Gap

_QUOTED = 140
"""Bytes of a question that one line quotes."""

_SECTION = 40


def _counted(count: int, noun: str, nouns: str = "") -> str:
    return f"{count} {noun if count == 1 else nouns or noun + 's'}"


def _asked_by(gap: Gap) -> str:
    people = _counted(gap.people, "person", "people")
    return people if len(gap.questions) == gap.people else f"{people}, {len(gap.questions)} questions"


def gap(gap: Gap, text: str, age: timedelta, draft: int | None) -> str:
    """A gap in one line. `text` stands for it; `age`: since it was asked last; `draft`: that waits for it."""
    section = f", {cut(gap.section, _SECTION)}" if gap.section else ""
    waits = f", draft {draft} waits" if draft is not None else ""
    last = f"last {span(age)} ago"
    return f"gap {gap.number}: {_asked_by(gap)}, {last}{section}{waits}: “{cut(text, _QUOTED)}”"


def gap_asked(text: str) -> str:
    """One of the questions of a gap."""
    return f"- “{cut(text, _QUOTED)}”"


def no_gaps() -> str:
    return "no question shows a gap: the base answers what was asked lately, or nothing was."


def no_such_gap(number: int) -> str:
    return f"question {number} shows no gap, or none any more; `kb gaps` lists those there are."


def fills_gap(number: int) -> str:
    return f"`kb gap {number} => ANSWER` drafts an entry for all who ask that; `kb gaps` lists the others."


def more_gaps(count: int) -> str:
    return f"and {count} more: `pkgdesk kb gaps` lists them all."


def gap_is_drafted(number: int, draft: int) -> str:
    return f"draft {draft} waits for gap {number} already: `kb show {draft}`, `kb edit {draft} short …`"


def nothing_left_of(number: int) -> str:
    return f"nothing of what was asked in gap {number} makes a phrasing: `kb new QUESTION => ANSWER`"


def digest_begins() -> str:
    return "the week's digest of the knowledge base:"


def digest_drafts(count: int, oldest: timedelta) -> str:
    waiting = f"{_counted(count, 'draft')} {'waits' if count == 1 else 'wait'} for a review"
    return f"{waiting}, the oldest for {span(oldest)}: `kb drafts`"


def digest_gaps(shown: Sequence[tuple[Gap, str]], count: int) -> str:
    told = "; ".join(
        f"`kb gap {gap.number}` ({_counted(gap.people, 'person', 'people')}) “{cut(text, 60)}”"
        for gap, text in shown
    )
    more = f"; {count - len(shown)} more: `kb gaps`" if count > len(shown) else ""
    return f"asked and not answered by it: {told}{more}"


def digest_refused(entries: Sequence[tuple[str, int]], count: int) -> str:
    """`entries`: each with how many people said that it was not it."""
    named = ", ".join(f"`{entry}` ({_counted(people, 'person', 'people')})" for entry, people in entries)
    more = f" and {count - len(entries)} more" if count > len(entries) else ""
    return f"said to be not it within 30 days: {named}{more}; `kb show {entries[0][0]}` shows the first"


def digest_stale(entries: Sequence[str], count: int) -> str:
    named = ", ".join(f"`{entry}`" for entry in entries)
    more = f" and {count - len(entries)} more" if count > len(entries) else ""
    return f"to be looked at again: {named}{more}"
