"""Questions that the base answered, in words which it did not know: phrasings for its entries.

Where an asker picks an entry from an offer, or confirms one that the base was not sure of, their question is
what the entry should be found by. All such of one entry are one draft, to which they are added one by one;
once it is being published, the next makes another. As with votes, only an account's word counts.

Which question each phrasing is of stands in the draft's note, in their order, so that one whose question is
taken back can be left out again.
"""

import re
from dataclasses import replace

from bot.desk import replies
from bot.desk.case import Case
from bot.desk.effects import Effect, SaveDraft
from bot.desk.events import Event
from bot.desk.model import Question
from bot.desk.queueing import announce_draft, new_draft
from bot.desk.quoting import in_public, is_full, phrased, rejected
from bot.desk.summary import entry_in
from knowledge.cleaning import content_words
from knowledge.drafting import with_phrasing
from knowledge.drafts import LIVE, Draft, DraftState, Origin, Review, reviewed
from knowledge.entry import Entry
from knowledge.files import to_yaml

SURE = 0.9
"""From this probability on the base knew the question well enough."""

MOST = 10
"""Phrasings that one draft may add: what is longer nobody reads."""

_FEWEST_WORDS = 2
_NUMBERS = re.compile(r"#([0-9]{1,9})")


def from_confirmed(
    case: Case, event: Event, question: Question, entry_id: str, *, picked: bool = False
) -> list[Effect]:
    """The asker confirms the entry for their question, or `picked` it from an offer."""
    entry = case.reference.knowledge.by_id(entry_id)
    if entry is None or not question.asker.account or not in_public(question.venue):
        return []
    words = phrased(case, question)
    if len(content_words(words)) < _FEWEST_WORDS or not (picked or _unsure(case, words, entry_id)):
        return []
    longer = with_phrasing(entry, words)
    drafts = [each for each in case.facts.drafts.values() if _of(each, entry_id)]
    if longer is None or any(question.number in _numbers(draft) for draft in drafts):
        return []
    queued = next((draft for draft in drafts if draft.state is DraftState.QUEUED), None)
    if queued is not None:
        return _added(queued, question, words)
    under_way = [found for draft in drafts if (found := entry_in(draft.now)) is not None]
    if is_full(case) or any(with_phrasing(each, words) is None for each in under_way):
        return []
    draft = new_draft(
        case,
        event,
        origin=Origin.PHRASINGS,
        by=question.asker,
        entry=entry_id,
        now=to_yaml(longer),
        was=to_yaml(entry),
        note=replies.phrasings_of((question.number,)),
        question=question.number,
    )
    return [SaveDraft(draft), *announce_draft(case, draft)]


def without(case: Case, question: Question, reason: str, *, whole: bool) -> list[Effect]:
    """The question's phrasing is left out of the draft that adds it; the draft is rejected, for `reason`,
    where nothing is left of it. Where an editor changed it, so that nobody knows which phrasing is whose, it
    stays, unless the `whole` question was taken back."""
    effects: list[Effect] = []
    for draft in case.facts.drafts.values():
        if draft.origin is not Origin.PHRASINGS or not is_of(draft, question.number):
            continue
        left = _left(draft, question.number) if draft.state is DraftState.QUEUED else None
        if left is not None:
            effects.append(SaveDraft(left))
        elif whole or len(_numbers(draft)) == 1 or draft.state is DraftState.PUBLISHED:
            effects += rejected(case, draft, reason, whole=whole)
    return effects


def is_of(draft: Draft, number: int, *, alone: bool = False) -> bool:
    """Whether the draft was made of what was said about a question, and of that `alone`: of the answer, or of
    its phrasing."""
    numbers = _numbers(draft) if draft.origin is Origin.PHRASINGS else (draft.question,)
    return numbers == (number,) if alone else number in numbers


def _added(draft: Draft, question: Question, words: str) -> list[Effect]:
    """One more phrasing in the draft that waits, while there is room in it."""
    entry = entry_in(draft.now)
    longer = with_phrasing(entry, words) if entry is not None else None
    numbers = _numbers(draft)
    if longer is None or len(numbers) >= MOST:
        return []
    authors = dict.fromkeys((*draft.amended_by, question.asker.key))
    authors.pop(draft.author, None)
    return [
        SaveDraft(
            reviewed(
                draft,
                Review.AMEND,
                now=to_yaml(longer),
                note=replies.phrasings_of((*numbers, question.number)),
                amended_by=tuple(authors),
            )
        )
    ]


def _left(draft: Draft, number: int) -> Draft | None:
    """The draft without the phrasing of one question; None where it has no other, or nobody knows which."""
    now, was, numbers = entry_in(draft.now), entry_in(draft.was), _numbers(draft)
    if now is None or was is None or len(numbers) == 1:
        return None
    added = [phrasing for phrasing in now.phrasings if phrasing not in was.phrasings]
    if len(added) != len(numbers):
        return None
    gone = added[numbers.index(number)]
    shorter: Entry = replace(now, phrasings=tuple(each for each in now.phrasings if each != gone))
    rest = tuple(each for each in numbers if each != number)
    return reviewed(
        draft,
        Review.AMEND,
        now=to_yaml(shorter),
        note=replies.phrasings_of(rest),
        question=rest[0],
    )


def _of(draft: Draft, entry_id: str) -> bool:
    return draft.origin is Origin.PHRASINGS and draft.entry == entry_id and draft.state in LIVE


def _numbers(draft: Draft) -> tuple[int, ...]:
    """The questions whose phrasings it adds."""
    return tuple(map(int, _NUMBERS.findall(draft.note)))


def _unsure(case: Case, words: str, entry_id: str) -> bool:
    """Whether the base would not have known the question for certain."""
    finding = case.finding
    if finding is None or finding.text != words:
        return False
    found = (match.probability for match in finding.matches if match.entry.id == entry_id)
    return next(found, 0.0) < SURE
