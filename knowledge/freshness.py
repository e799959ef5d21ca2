"""Which entries want to be looked at again: what was verified long ago may no longer be so.

An entry says itself how long it may go unseen (`review_after`), counted from the day on which somebody last
verified it. Today comes in as a value. Pure.
"""

from collections.abc import Iterator
from datetime import date

from knowledge.composing import Location
from knowledge.entry import Entry


def review_due(entry: Entry) -> date | None:
    """The day from which on the entry wants to be looked at again, if there is one."""
    if entry.verified is None or entry.review_after is None:
        return None
    try:
        return entry.verified.on + entry.review_after
    except OverflowError:  # after the last day that a date can be
        return None


def worth_a_look(entry: Entry, today: date) -> Iterator[tuple[Location, str]]:
    """What of an entry somebody should look at again, with its place. Nothing of it keeps the entry from
    being told."""
    due = review_due(entry)
    if due is not None and due <= today:
        assert entry.verified is not None
        yield ("verified",), f"verified: review is due since {due}; last verified by {entry.verified.by}"
    if entry.verified is not None and entry.verified.on > today:
        yield ("verified", "on"), f"verified.on: {entry.verified.on} has not come yet"
    if entry.verified is None and entry.review_after is not None:
        yield ("review_after",), "review_after: counts from `verified`, which is not there"
