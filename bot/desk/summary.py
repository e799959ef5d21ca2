"""What a draft says: the entry in its text, and that in a few words."""

from functools import lru_cache

from knowledge.documents import DocumentError
from knowledge.drafts import Draft
from knowledge.entry import Entry
from knowledge.facets import describe
from knowledge.files import parse_entry

_READ = 1_000
"""Texts that are known once they were read: those of all drafts that wait, and what they change."""


@lru_cache(maxsize=_READ)
def entry_in(text: str) -> Entry | None:
    """The entry in a draft's text; None where there is none in it."""
    try:
        return parse_entry(text, "") if text else None
    except DocumentError:
        return None


def summary(draft: Draft) -> str:
    """What a draft says, in a few words: of a new entry what is asked and what is said to it, of a change
    what is new."""
    entry, before = entry_in(draft.now), entry_in(draft.was)
    if entry is None:
        return draft.note
    if before is None:
        return summary_of(entry)
    had = {(each.short, tuple(each.applies.items())) for each in before.answers}
    said = [each for each in entry.answers if (each.short, tuple(each.applies.items())) not in had]
    asked = [each for each in entry.phrasings if each not in before.phrasings]
    if said:
        holds = f"for {describe(said[0].applies)}: " if said[0].applies else ""
        return f"{entry.headline} → {holds}{said[0].short}"
    return f"also asked: {asked[0]}" if asked else entry.headline


def summary_of(entry: Entry) -> str:
    """What a new entry says: what is asked, and what is said to it."""
    return f"{entry.headline} → {entry.answers[0].short}"
