"""A developer's answer that its asker confirmed becomes the draft of an entry.

Only what was said in public, or `share`d, goes into it: what is private or encrypted never does. Nobody is
named in it, neither those who talk nor anybody else who is about. Its authors are all who gave the answer,
the last of them first; the asker's word alone makes it: silence confirms nothing.

    yes, thanks, 👍     the draft, once for each question
    not it              an answer that was confirmed and is none: its draft is rejected
    edited              the draft says what question and answer say now, unless an editor wrote in it
    taken back          the draft is rejected, and nothing of it is kept

One that is published stays as it is, and editors hear of it (`bot.desk.doubting`).

Phrasings of questions that the base answered are `bot.desk.phrasing`, which this calls where both are meant.
"""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import date

from bot.desk import gaps, phrasing, replies
from bot.desk.addressing import is_chatter, no_reply
from bot.desk.answering import CONFIRMED, tells
from bot.desk.case import Case
from bot.desk.doubting import doubted, settled
from bot.desk.effects import Effect, Explain, RecallDraft, SaveDraft
from bot.desk.events import Event
from bot.desk.model import Question, ReplyLine, Speaker, State
from bot.desk.queueing import announce_draft, contributor, new_draft
from bot.desk.quoting import MOST, in_public, is_full, names, phrased, rejected, taken, unaddressed
from bot.desk.summary import entry_in, summary_of
from bot.desk.thanks import only_thanks
from bot.desk.voting import told_by_base
from knowledge.cleaning import SOMEBODY
from knowledge.drafting import drafted
from knowledge.drafts import Draft, DraftState, Origin, Review, reviewed
from knowledge.entry import Entry
from knowledge.files import to_yaml
from knowledge.words.text import STOP_WORDS
from routing.ladder import unsure

_WORD = re.compile(r"[^\s:,;.!?()\"'`“”]+")


def from_answer(case: Case, event: Event, question: Question) -> list[Effect]:
    """The asker confirms what developers said: a draft, unless there is one of the question."""
    lines = _answer(question)
    if not in_public(question.venue) or not lines or any(map(_stands, of_question(case, question))):
        return []
    if is_full(case):
        return [Explain(question.number, (replies.not_drafted(MOST),))]
    made = _made(case, question, taken(case), case.at.date())
    if made is None:
        return []
    by, *others = _authors(case, lines)
    draft = new_draft(
        case,
        event,
        origin=Origin.ANSWER,
        by=by,
        entry=made.id,
        now=to_yaml(made),
        question=question.number,
        others=others,
    )
    return [
        SaveDraft(draft),
        Explain(question.number, (replies.drafted(draft),)),
        *announce_draft(case, draft),
    ]


def confirmed(case: Case, event: Event, question: Question) -> list[Effect]:
    """The asker says that the answer, whoever gave it, was right."""
    right = [effect for draft in case.facts.drafts.values() for effect in _settled(case, draft, question)]
    by_base = told_by_base(question)
    if by_base:
        return [*right, *phrasing.from_confirmed(case, event, question, by_base[0])]
    late = question.state is not State.ANSWERED or question.outcome != CONFIRMED
    return [*right, *(from_answer(case, event, question) if late else [])]


def _settled(case: Case, draft: Draft, question: Question) -> list[Effect]:
    """Its asker said that it was not right, and says yes now: to the same, or to something else."""
    if draft.doubt != replies.no_longer_confirmed() or not phrasing.is_of(draft, question.number, alone=True):
        return []
    if draft.origin is not Origin.ANSWER:
        return settled(draft)
    made, was = _made(case, question, (), draft.at.date()), entry_in(draft.now)
    if made is None or was is None:
        return []
    if made.answers == was.answers:
        return settled(draft)
    return doubted(case, draft, replies.answered_otherwise(), summary_of(made))


def unconfirmed(case: Case, question: Question) -> list[Effect]:
    """What was confirmed is not any more: its draft is rejected, and its phrasing left out."""
    return _withdrawn(case, question, replies.no_longer_confirmed(), whole=False)


def forgotten(case: Case, question: Question) -> list[Effect]:
    """The question, or a part of what was said about it, was taken back: no draft keeps anything of it."""
    return [
        *_withdrawn(case, question, replies.taken_back(), whole=True),
        *gaps.forgotten(case, question),
    ]


def amended(case: Case, before: Question, now: Question) -> list[Effect]:
    """What was said was edited: where nobody wrote in it, the draft says what that is now; of a published one
    editors hear what it would say."""
    effects: list[Effect] = []
    for draft in of_question(case, before):
        if draft.state in {DraftState.PUBLISHED, DraftState.PUBLISHING}:
            was, is_ = (_made(case, each, (), draft.at.date()) for each in (before, now))
            if was != is_ and draft.state is DraftState.PUBLISHING:
                effects += [] if draft.reason else [RecallDraft(draft.number, replies.edited_since())]
            elif was != is_:
                says = summary_of(is_) if is_ is not None else ""
                effects += doubted(case, draft, replies.edited_since(), says)
        elif draft.state is DraftState.QUEUED and not draft.amended_by:
            effects += _amended(case, draft, before, now)
    if before.text != now.text:
        effects += phrasing.without(case, before, replies.edited_since(), whole=True)
    return effects


def _amended(case: Case, draft: Draft, before: Question, now: Question) -> list[Effect]:
    made = _made(case, now, (), draft.at.date(), _left_out(draft, before))
    if made is None:
        return rejected(case, draft, replies.taken_back(), whole=True)
    text = to_yaml(replace(made, id=draft.entry))
    if text == draft.now:
        return []
    by, *others = authors = _authors(case, _answer(now))
    if not all(each.account for each in authors):
        # Who is in the map no more is known by what was kept of them alone.
        return [SaveDraft(reviewed(draft, Review.AMEND, now=text))]
    keys = {"author": by.key, "author_name": by.nick, "co_authors": tuple(map(contributor, others))}
    return [SaveDraft(reviewed(draft, Review.AMEND, now=text, **keys))]


def searched(case: Case, question: Question) -> str | None:
    """What has to be looked for in the base before the question is confirmed: its phrasing, so that it is
    known what a draft of it resembles and whether the base would have known it; None where nothing can come
    of it."""
    if not in_public(question.venue) or is_full(case):
        return None
    return phrased(case, question) or None


def of_question(case: Case, question: Question) -> Iterable[Draft]:
    """The drafts that were made of its answer, whatever became of them."""
    return [
        draft
        for draft in case.facts.drafts.values()
        if draft.question == question.number and draft.origin is Origin.ANSWER
    ]


def _stands(draft: Draft) -> bool:
    """Whether the draft was not taken from the queue by the asker's own word."""
    return draft.state is not DraftState.REJECTED or bool(draft.reviewer)


def _answer(question: Question) -> list[ReplyLine]:
    """The lines that may be told to everybody and are an answer: no promises, questions back, chatter."""
    return [
        line
        for line in question.replies
        if tells(line) and (line.shared or in_public(line.venue)) and not _says_nothing(line.text)
    ]


def _says_nothing(text: str) -> bool:
    return is_chatter(text) or only_thanks(text) or no_reply(text) is not None


def _left_out(draft: Draft, question: Question) -> set[str]:
    """The words of the answer that the draft has not, where somebody unnamed stands in it: whoever that is
    may have left since."""
    said = _words(" ".join(line.text for line in _answer(question)))
    kept = _words(draft.now)
    return said - kept - STOP_WORDS if (kept - said) & {*SOMEBODY} else set()


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


def _made(
    case: Case, question: Question, taken: Container[str], on: date, left_out: Iterable[str] = ()
) -> Entry | None:
    """`left_out`: who is not named besides."""
    lines = _answer(question)
    asked = (line for line in question.replies if line.person is None and in_public(line.venue))
    person = case.reference.map.person(lines[-1].person or "") if lines else None
    return drafted(
        unaddressed(case, question.venue, question.text),
        [unaddressed(case, line.venue, line.text) for line in lines],
        names=names(case, question, left_out),
        kinds=case.reference.facets,
        section=_section(case, question),
        taken=taken,
        on=on,
        by=person.name if person is not None else lines[-1].nick if lines else "",
        beside="\n".join(line.text for line in asked),
    )


def _section(case: Case, question: Question) -> str:
    """Whose it is: as a person said, else as the desk chose when it asked somebody, else as it seems."""
    if question.placed is not None:
        return question.placed
    if question.section:
        return question.section
    candidates = case.finding.candidates if case.finding is not None else ()
    return "" if unsure(candidates, case.settings.route_at) else candidates[0].section


def _authors(case: Case, lines: Sequence[ReplyLine]) -> list[Speaker]:
    """All who gave the answer, each once; who spoke last comes first."""
    found: dict[str | None, Speaker] = {}
    for line in reversed(lines):
        found.setdefault(line.person, _author(case, line))
    return list(found.values())


def _author(case: Case, line: ReplyLine) -> Speaker:
    """Who said a line of the answer, by the account that is known there, or else elsewhere."""
    person = case.reference.map.person(line.person or "")
    accounts = dict(case.reference.accounts_of(person)) if person is not None else {}
    network = (
        line.venue.network if line.venue.network in accounts else next(iter(accounts), line.venue.network)
    )
    return Speaker(network, line.nick, accounts.get(network))


def _withdrawn(case: Case, question: Question, reason: str, *, whole: bool) -> list[Effect]:
    effects: list[Effect] = []
    for draft in of_question(case, question):
        effects += rejected(case, draft, reason, whole=whole)
    return [*effects, *phrasing.without(case, question, reason, whole=whole)]
