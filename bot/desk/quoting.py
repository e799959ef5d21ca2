"""What of a talk may stand in the base, and how much may wait to get there.

Only what was said where everybody may read it, without whom it names. That a reviewer reads every draft is no
reason to show them more than that. And a queue that nobody can work off is of no use: beyond `MOST` drafts
none comes by itself.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.desk import replies
from bot.desk.addressing import address
from bot.desk.case import Case
from bot.desk.doubting import doubted
from bot.desk.effects import Effect, RecallDraft, SaveDraft
from bot.desk.model import Question
from knowledge.cleaning import folded
from knowledge.drafting import cleaned_question
from knowledge.drafts import LIVE, Draft, DraftState, Review, reviewed
from routing.presence import Venue, Visibility, fold

MOST = 500
"""Drafts that may wait for the editors: beyond that none comes by itself, and no suggestion is taken."""

_SHORTEST = 3
"""Characters of a nick that is looked for in what is said; a shorter one is a word as well."""


def in_public(venue: Venue) -> bool:
    """Whether what is said there may be read by everybody."""
    return venue.visibility is Visibility.PUBLIC and not venue.sealed


def phrased(case: Case, question: Question) -> str:
    """The question as a phrasing of an entry; empty where there is nothing in it."""
    return cleaned_question(unaddressed(case, question.venue, question.text), names(case, question))


def unaddressed(case: Case, venue: Venue, text: str) -> str:
    """Each line without whom it begins with, where that is somebody; a nick may be any word."""
    known = case.about(venue)
    lines = []
    for line in text.splitlines():
        start, rest = address(line.strip())
        lines.append(rest if start is not None and fold(start) in known else line)
    return "\n".join(lines)


def names(case: Case, question: Question, besides: Iterable[str] = ()) -> frozenset[str]:
    """Whom what was said must not name: those who talked, who is about where they did, and whoever may be
    asked. A nick that is a word of the base is left alone: more is said about `xen` than to somebody of that
    name."""
    talking = [question.asker.nick, *(line.nick for line in question.replies)]
    places = {venue.key: venue for venue in (question.venue, *(line.venue for line in question.replies))}
    about = (nick for venue in places.values() if not venue.private for nick in case.about(venue))
    asked = (name for person in case.reference.map.people.values() for name in person.accounts.values())
    speller = case.reference.knowledge.index.prepare().speller
    return frozenset(
        name
        for name in folded((*talking, *about, *asked, *besides))
        if len(name) >= _SHORTEST and name not in speller
    )


def is_full(case: Case, most: int = MOST) -> bool:
    """Whether so many drafts wait already: without more words, that none may come by itself."""
    return sum(draft.state in LIVE for draft in case.facts.drafts.values()) >= most


def taken(case: Case) -> frozenset[str]:
    """The ids that a new entry must not have."""
    live = {draft.entry for draft in case.facts.drafts.values() if draft.state in LIVE}
    return frozenset({entry.id for entry in case.reference.knowledge.entries} | live)


def rejected(case: Case, draft: Draft, reason: str, *, whole: bool) -> list[Effect]:
    """The draft is taken from the queue by the word of those of whose talk it was made. Its author need not
    hear of it. Where the `whole` of that was taken back, nothing is kept of it, not even in a draft that was
    rejected or reverted before; one that is being published goes if that fails, and of one that is editors
    hear."""
    left = emptied(draft) if whole else draft
    match draft.state:
        case DraftState.QUEUED:
            gone = reviewed(left, Review.REJECT, reason=reason, decided_at=case.at, told=True)
            return [SaveDraft(gone)]
        case DraftState.REJECTED | DraftState.REVERTED if whole and left != draft:
            return [SaveDraft(left)]
        case DraftState.PUBLISHING if draft.reason != replies.taken_back():
            return [RecallDraft(draft.number, reason)]
        case DraftState.PUBLISHED:
            return doubted(case, draft, reason)
    return []


def emptied(draft: Draft) -> Draft:
    """Nothing of what was said is in it any more."""
    return replace(draft, now="", was="", note="", entry="")
