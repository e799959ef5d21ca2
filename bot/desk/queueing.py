"""How a draft comes into the queue, who counts as its author, and which editors hear of it.

Editors are told by one private line each, and only those who are about: nobody is woken for a draft. Where
many come within a minute the first are told, the last of these says that there may be more, and these are
read with `kb drafts`, as all that is queued is at any time.
"""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256

from bot.desk import replies
from bot.desk.announcing import about, identity
from bot.desk.case import Case, say, speaker_of
from bot.desk.effects import Effect
from bot.desk.events import Event
from bot.desk.fitting import cut
from bot.desk.model import Speaker
from bot.desk.resembling import alike, beside
from bot.desk.summary import summary
from knowledge.drafts import Author, Draft, DraftState, Origin
from routing.presence import Venue, Visibility

WITHIN = timedelta(minutes=1)
"""In such a time an editor is told of no more than `MOST_TOLD` new drafts."""

MOST_TOLD = 3

_KEY = 16
"""Hexadecimal digits of a draft's key."""


def new_draft(
    case: Case,
    event: Event,
    *,
    origin: Origin,
    by: Speaker,
    entry: str,
    now: str,
    was: str = "",
    note: str = "",
    question: int | None = None,
    nth: int = 0,
    others: Iterable[Speaker] = (),
) -> Draft:
    """A draft that comes of `event`, as the `nth` of that event (from 0), by somebody and `others`. `now` and
    `was` as in `Draft`."""
    return Draft(
        number=case.facts.next_draft + nth,
        key=key_of(event.id, nth),
        origin=origin,
        author=by.key,
        author_name=by.nick,
        at=case.at,
        entry=entry,
        now=now,
        was=was,
        note=note,
        question=question,
        co_authors=tuple(map(contributor, others)),
    )


def contributor(speaker: Speaker) -> Author:
    """The speaker as a draft names who wrote it."""
    return Author(speaker.key, speaker.nick)


def key_of(event: str, nth: int = 0) -> str:
    """The key of the draft that came of an event as its `nth`."""
    return sha256(f"{event}/{nth}".encode()).hexdigest()[:_KEY]


def wrote(case: Case, draft: Draft, speaker: Speaker) -> bool:
    """Whether the speaker wrote the draft, or in it, by whichever of their accounts."""
    return not draft.written_by.isdisjoint(case.reference.whole(speaker).keys)


def announce_draft(case: Case, draft: Draft, told: set[str] | None = None) -> list[Effect]:
    """One private line about a new draft to each editor who is about, but for its author. `told`: who had
    such a line of the same event already; those who get one are added."""
    told = set() if told is None else told
    like = alike(case, draft.entry) if draft.is_new else []
    others_like = beside(case, draft)
    effects: list[Effect] = []
    for member in about(case):
        speaker = speaker_of(member)
        who = identity(case, speaker)
        if who in told:
            continue
        told.add(who)
        others = [each for each in case.facts.drafts.values() if not wrote(case, each, speaker)]
        lately = _lately(draft, others)
        if lately >= MOST_TOLD or wrote(case, draft, speaker):
            continue
        venue = Venue(member.network, member.nick, Visibility.PRIVATE)
        last = lately + 1 == MOST_TOLD
        line = replies.new_draft(draft, summary(draft), like, others_like, last=last)
        effects += say(case, venue, cut(line, case.room(venue, speaker)), to=speaker, question=draft.question)
    return effects


def _lately(draft: Draft, others: Iterable[Draft]) -> int:
    """How many of `others` came within the minute before the draft, and wait."""
    queued = (each for each in others if each.state is DraftState.QUEUED and each.number < draft.number)
    return sum(draft.at - each.at < WITHIN for each in queued)
