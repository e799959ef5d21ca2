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
from knowledge.documents import DocumentError
from knowledge.drafts import Author, Draft, DraftState, Origin
from knowledge.entry import Entry
from knowledge.facets import describe
from knowledge.files import parse_entry
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
        like = alike(case, draft.entry) if draft.is_new else []
        line = replies.new_draft(draft, summary(draft), like, last=lately + 1 == MOST_TOLD)
        effects += say(case, venue, cut(line, case.room(venue, speaker)), to=speaker, question=draft.question)
    return effects


def _lately(draft: Draft, others: Iterable[Draft]) -> int:
    """How many of `others` came within the minute before the draft, and wait."""
    queued = (each for each in others if each.state is DraftState.QUEUED and each.number < draft.number)
    return sum(draft.at - each.at < WITHIN for each in queued)


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


def alike(case: Case, entry: str) -> list[tuple[str, float]]:
    """The entries that what was looked up resembles, but for `entry` itself, with how probable it is that
    they answer the same; the likeliest first."""
    found = case.finding.matches if case.finding is not None else ()
    least = case.settings.offer_at
    return [
        (match.entry.id, match.probability)
        for match in found
        if match.entry.id != entry and match.probability >= least
    ]
