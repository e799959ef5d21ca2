"""What was published may not be right after all: its asker says so, or what it was made of was edited since,
or taken back.

The base stays as it is: whether an entry goes is for an editor to say. Those who are about hear of it in one
private line, once, with the entry and what to do; whoever is not finds it in the week's digest and with
`kb show`. Of a draft that waits nothing is said: it changes, or goes, by itself.
"""

from datetime import timedelta

from bot.desk import replies
from bot.desk.announcing import to_all
from bot.desk.case import Case
from bot.desk.effects import Effect, SaveDraft
from knowledge.drafts import Draft, DraftState, Review, reviewed

_ONCE = timedelta(days=1)
"""Within such a time nobody hears twice that an answer is not right after all, however often that is said and
taken back."""


def doubted(case: Case, draft: Draft, why: str, says: str = "") -> list[Effect]:
    """A published draft is in doubt; `says`: what it would say now, where that is known. Nothing where it is
    in doubt for that already, or is not what the base says any more."""
    if draft.state is not DraftState.PUBLISHED or draft.doubt in {why, replies.taken_back()}:
        return []
    saved = SaveDraft(reviewed(draft, Review.DOUBT, doubt=why, doubted_at=case.at))
    lately = draft.doubted_at is not None and case.at - draft.doubted_at < _ONCE
    if lately and why == replies.no_longer_confirmed():
        return [saved]
    return [saved, *to_all(case, replies.doubted(draft, why, says))]


def settled(draft: Draft) -> list[Effect]:
    """Its asker says that it was right, after all: nothing else was wrong with it."""
    if draft.state is DraftState.PUBLISHED and draft.doubt == replies.no_longer_confirmed():
        return [SaveDraft(reviewed(draft, Review.DOUBT, doubt=""))]
    return []


def in_doubt(case: Case) -> list[Draft]:
    """The published drafts that came into doubt lately, the newest doubt first."""
    drafts = case.facts.drafts.values()
    found = [each for each in drafts if each.state is DraftState.PUBLISHED and each.doubt]
    return sorted(found, key=lambda draft: draft.doubted_at or case.at, reverse=True)
