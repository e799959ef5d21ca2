"""A draft is reviewed: published, rejected, taken out again; and what came of it is told.

Publishing is work for somebody else: here the draft is only said to be under way, and what came of it comes
back as `Published` or `PublishingFailed`. Whoever wrote a draft, or in it, does not publish it, by whichever
of their accounts, unless the settings let them. Its reviewer is told the outcome privately, and its author
where they are about; why a draft was rejected an author is told as soon as they are seen. Of several authors
the first is told so, and the others where they are about.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.desk import replies
from bot.desk.browsing import answer, numbers, refused
from bot.desk.case import Case, Reach, reach, say
from bot.desk.effects import Effect, SaveDraft
from bot.desk.events import Heard, Published, PublishingFailed
from bot.desk.fitting import wrap
from bot.desk.model import CONTROL, Speaker
from bot.desk.queueing import wrote
from bot.desk.quoting import emptied, rejected
from bot.desk.said import Said
from bot.desk.summary import summary
from knowledge.drafts import Draft, DraftState, Origin, Review, may, reviewed
from routing.presence import Venue, Visibility

_ACCOUNT = "account"
"""What the key of an account has in its middle, where that of a session has another word."""


def publish(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb publish DRAFT…`: those that may be are under way, and of each other it is told why not."""
    ready: list[Draft] = []
    wrong: list[str] = []
    for number in numbers(said):
        draft = case.facts.drafts.get(number)
        why = _unfit(case, draft, number, heard.speaker)
        if draft is None or why:
            wrong.append(why)
        else:
            ready.append(_by(case, draft, Review.PUBLISH, heard, reason=""))
    if not ready:
        return refused(case, heard, "\n\n".join(wrong))
    return [
        *map(SaveDraft, ready),
        *answer(case, heard, [replies.being_published(ready, _left(case, heard, ready)), *wrong]),
    ]


def _unfit(case: Case, draft: Draft | None, number: int, reviewer: Speaker) -> str:
    """Why a draft cannot be published by this reviewer; empty where it can."""
    if draft is None:
        return replies.no_such_draft(number)
    if not may(draft, Review.PUBLISH):
        return replies.draft_stands(draft)
    if draft.is_remark:
        return replies.not_an_entry(draft)
    if wrote(case, draft, reviewer) and not case.settings.self_review:
        return replies.own_draft(draft)
    return ""


def reject(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb reject DRAFT… [REASON]`; each author is told why, at once or when they are next seen."""
    reason = " ".join(said.args.get("text", "").split())
    gone: list[Draft] = []
    wrong: list[str] = []
    effects: list[Effect] = []
    for number in numbers(said):
        draft = case.facts.drafts.get(number)
        if draft is None or not may(draft, Review.REJECT):
            wrong.append(replies.no_such_draft(number) if draft is None else replies.draft_stands(draft))
        else:
            gone.append(_by(case, draft, Review.REJECT, heard, reason=reason))
            effects += _rejected(case, gone[-1], heard.speaker)
    if not gone:
        return refused(case, heard, "\n\n".join(wrong))
    return [*effects, *answer(case, heard, [replies.rejected(gone, _left(case, heard, gone)), *wrong])]


def _rejected(case: Case, draft: Draft, reviewer: Speaker) -> list[Effect]:
    """The draft as its reviewer left it, and what its author is told of that now."""
    text = replies.rejected_yours(draft, summary(draft))
    told = _to_author(case, draft, text) if _tells_author(case, draft, reviewer) else None
    # Who has no account is known by their session alone, and that has ended where they are nowhere.
    nobody = speaker_of_key(draft.author, draft.author_name).account is None
    never = not _tells_author(case, draft, reviewer) or nobody
    others = _to_co_authors(case, draft, reviewer, text)
    return [SaveDraft(replace(draft, told=bool(told) or never)), *(told or []), *others]


def _left(case: Case, heard: Heard, gone: Iterable[Draft]) -> int:
    """How many drafts wait besides: of the last that came an editor may not have been told. Who operates from
    outside sees them by themself."""
    if heard.venue.network == CONTROL:
        return 0
    decided = {draft.number for draft in gone}
    waiting = [each for each in case.facts.drafts.values() if each.state is DraftState.QUEUED]
    return sum(each.number not in decided for each in waiting)


def revert(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb revert DRAFT`: what it changed is taken out again. Its author may do that, too."""
    number = numbers(said)[0]
    draft = case.facts.drafts.get(number)
    if draft is None or not may(draft, Review.REVERT):
        text = replies.no_such_draft(number) if draft is None else replies.draft_stands(draft)
        return refused(case, heard, text)
    gone = _by(case, draft, Review.REVERT, heard, reason="")
    return [SaveDraft(gone), *answer(case, heard, [replies.being_reverted(draft)])]


def _by(case: Case, draft: Draft, review: Review, heard: Heard, *, reason: str) -> Draft:
    return reviewed(
        draft,
        review,
        reviewer=heard.speaker.key,
        reviewer_name=heard.speaker.nick,
        decided_at=case.at,
        reason=reason,
    )


def published(case: Case, event: Published) -> list[Effect]:
    """The base holds what a draft says, or no more. Nothing changes where it is no longer under way."""
    draft = case.facts.drafts.get(event.draft)
    if draft is None or not draft.state.under_way:
        return []
    note = event.note
    if draft.state is DraftState.PUBLISHING:
        done = reviewed(draft, Review.WRITTEN, commit=event.commit, reason="")
        if draft.reason:
            done = replace(done, doubt=draft.reason, doubted_at=case.at)
            note = replies.recalled(draft, note)
    else:
        done = reviewed(draft, Review.UNWRITTEN, undone=event.commit)
    gone = done.state is DraftState.REVERTED and done.doubt == replies.taken_back()
    effects: list[Effect] = [SaveDraft(emptied(done) if gone else done)]
    effects += [*_to_reviewer(case, done, replies.published(done, note))]
    reviewer, text = speaker_of_key(done.reviewer, done.reviewer_name), replies.published_yours(done)
    if _tells_author(case, done, reviewer):
        effects += _to_author(case, done, text)
    return [*effects, *_to_co_authors(case, done, reviewer, text)]


def failed(case: Case, event: PublishingFailed) -> list[Effect]:
    """The base is as it was: the draft stands as it did before, and says why."""
    draft = case.facts.drafts.get(event.draft)
    if draft is None or not draft.state.under_way:
        return []
    back = reviewed(draft, Review.FAIL, reason=event.why)
    edited = draft.origin is Origin.ANSWER and draft.reason == replies.edited_since()
    if edited:
        back = replace(back, reason=f"{event.why}; {draft.reason}")
    elif draft.state is DraftState.PUBLISHING and draft.reason:
        # By the word of those of whose talk it was made, not by that of its reviewer.
        back, whole = (
            replace(back, reviewer="", reviewer_name=""),
            draft.reason != replies.no_longer_confirmed(),
        )
        gone = rejected(case, back, draft.reason, whole=whole)
        return [*gone, *_to_reviewer(case, draft, replies.gone_meanwhile(draft))]
    return [SaveDraft(back), *_to_reviewer(case, back, replies.not_published(back, back.reason))]


def collect(case: Case, speaker: Speaker, here: Venue | None = None) -> list[Effect]:
    """Somebody is seen: they are told which of their drafts were rejected meanwhile. `here`: the private
    venue in which they spoke."""
    effects: list[Effect] = []
    for draft in case.facts.drafts.values():
        waits = draft.state is DraftState.REJECTED and not draft.told
        if waits and draft.author in case.reference.whole(speaker).keys:
            there = Reach(here, speaker) if here is not None else _reached(case, speaker)
            told = _to(case, there, replies.rejected_yours(draft, summary(draft)))
            effects += [SaveDraft(replace(draft, told=True)), *told] if told else []
    return effects


def _tells_author(case: Case, draft: Draft, reviewer: Speaker) -> bool:
    """Whether the author is told what became of it: not by themself, and not of a phrasing, which they asked
    and did not propose."""
    own = draft.author in case.reference.whole(reviewer).keys
    return draft.origin is not Origin.PHRASINGS and not own


def _to_author(case: Case, draft: Draft, text: str) -> list[Effect]:
    """To its author; nothing where they are not about."""
    return _to(case, _whereabouts(case, draft.author, draft.author_name), text)


def _to_co_authors(case: Case, draft: Draft, reviewer: Speaker, text: str) -> list[Effect]:
    """To those of the others whose words it is made of who are about now; for who is not nothing is kept."""
    keys = {draft.author, *case.reference.whole(reviewer).keys}
    others = [each for each in draft.co_authors if each.key not in keys]
    return [effect for each in others for effect in _to(case, _whereabouts(case, each.key, each.name), text)]


def _to_reviewer(case: Case, draft: Draft, text: str) -> list[Effect]:
    there = _whereabouts(case, draft.reviewer, draft.reviewer_name)
    if there is None and draft.reviewer:
        # They are in none of our channels, and spoke privately.
        speaker = speaker_of_key(draft.reviewer, draft.reviewer_name)
        there = Reach(Venue(speaker.network, speaker.nick, Visibility.PRIVATE), speaker)
    return _to(case, there, text)


def _whereabouts(case: Case, key: str, name: str) -> Reach | None:
    """Where the one with this key can be told something now; `name`: what they were called."""
    speaker = speaker_of_key(key, name)
    # Of several connections of one account to the control socket it is the one that gave the order.
    if speaker.network == CONTROL:
        return Reach(Venue(CONTROL, name, Visibility.PRIVATE), speaker)
    return _reached(case, case.reference.whole(speaker))


def _reached(case: Case, speaker: Speaker) -> Reach | None:
    return reach(case, speaker, Venue(speaker.network, speaker.nick, Visibility.PRIVATE))


def speaker_of_key(key: str, name: str) -> Speaker:
    """Whose key it is, as they were called then."""
    network, kind, rest = (*key.split("/", 2), "", "")[:3]
    return Speaker(network, name, rest) if kind == _ACCOUNT else Speaker(network, name, None, rest)


def _to(case: Case, there: Reach | None, text: str) -> list[Effect]:
    if there is None:
        return []
    return [*say(case, there.venue, wrap(text, case.room(there.venue, there.speaker)), to=there.speaker)]
