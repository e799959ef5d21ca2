"""What was asked and the base does not answer, as editors see it, and one step from there to a draft.

    kb gaps                 those that most people asked come first
    kb gap 42               what is asked in it
    kb gap 42 => ANSWER     the draft of an entry for all who ask that

Gaps are learned behind the scenes (`bot.gaps`) and stand in the reference. A gap is called by the number of
its oldest public question and found by that of any, so that what an editor has just read still names it. What
is told of one is what its questions say now: one that was taken back meanwhile is in no gap.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from bot.desk import replies
from bot.desk.browsing import answer, in_part, refused
from bot.desk.case import Case
from bot.desk.editing import MOST_WITH_EDITS
from bot.desk.effects import Effect, SaveDraft
from bot.desk.events import Heard
from bot.desk.model import TAKEN_BACK, Question, State
from bot.desk.queueing import announce_draft, new_draft
from bot.desk.quoting import in_public, is_full, phrased, rejected, taken
from bot.desk.reference import Reference
from bot.desk.said import Said
from bot.desk.summary import entry_in, summary
from knowledge.amending import NotSo, as_written
from knowledge.drafting import entry_id
from knowledge.drafts import LIVE, Draft, DraftState, Origin, Review, reviewed
from knowledge.entry import Answer, Entry, Verified
from knowledge.files import to_yaml
from knowledge.gaps import Gap

LISTED = 20
"""Gaps that `kb gaps` lists."""

PHRASINGS = 10
"""Phrasings that a draft takes over from a gap."""

_STAND_FOR = 3
"""Questions of a gap that are looked at for one that still stands."""

_LOOKED_AT = 20
"""Questions of a gap that are looked at for phrasings."""

_NUMBERS = re.compile(r"#([0-9]{1,9})")


def asked_about(said: Said, reference: Reference) -> tuple[int, ...]:
    """The questions that a command about gaps must know as they are now."""
    if said.command == "kb gaps":
        return standing_for(reference.gaps[:LISTED])
    if said.command == "kb gap":
        found = _named(said, reference)
        return found.public[:_LOOKED_AT] if found is not None else ()
    return ()


def standing_for(gaps: Sequence[Gap]) -> tuple[int, ...]:
    """The questions any of which may stand for its gap."""
    return tuple(number for gap in gaps for number in gap.public[:_STAND_FOR])


def looked_up(said: Said, reference: Reference) -> str | None:
    """What the matcher must look up before an entry is drafted: it may be like one that there is."""
    found = _named(said, reference) if said.command == "kb gap" and "text" in said.args else None
    return found.headline if found is not None else None


def gaps(case: Case, heard: Heard, _: Said) -> list[Effect]:
    """`kb gaps`: those that most people asked come first."""
    shown = told(case, case.reference.gaps[:LISTED])
    if not shown:
        return answer(case, heard, [replies.no_gaps()])
    lines = [_line(case, gap, text) for gap, text in shown]
    rest = len(case.reference.gaps) - LISTED
    return in_part(case, heard, [*lines, *([replies.more_gaps(rest)] if rest > 0 else [])])


def gap(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`kb gap NUMBER`, and with `=> ANSWER` a draft for it."""
    found = _named(said, case.reference)
    standing = _standing(case, found.public[:_LOOKED_AT]) if found is not None else []
    if found is None or not standing:
        return refused(case, heard, replies.no_such_gap(int(said.args["gap"])))
    if "text" in said.args:
        return _drafted(case, heard, found, standing, " ".join(said.args["text"].split()))
    lines = [_line(case, found, standing[0].text)]
    lines += [replies.gap_asked(each.text) for each in standing[1:]]
    return in_part(case, heard, [*lines, replies.fills_gap(found.number)])


def told(case: Case, gaps: Sequence[Gap]) -> list[tuple[Gap, str]]:
    """Each of these gaps that still has a question to be told of, with its text."""
    shown = ((gap, _standing(case, gap.public[:_STAND_FOR])) for gap in gaps)
    return [(gap, standing[0].text) for gap, standing in shown if standing]


def forgotten(case: Case, question: Question) -> list[Effect]:
    """The question was taken back: what a gap's draft has of it is left out, and a draft that has nothing
    else is rejected."""
    effects: list[Effect] = []
    for draft in case.facts.drafts.values():
        if draft.origin is not Origin.EDIT or question.number not in _numbers(draft):
            continue
        entry, words = entry_in(draft.now), phrased(case, question).casefold()
        left = [each for each in entry.phrasings if each.casefold() != words] if entry is not None else []
        if entry is not None and left and draft.state is DraftState.QUEUED:
            if len(left) < len(entry.phrasings):
                shorter = to_yaml(replace(entry, phrasings=tuple(left)))
                effects.append(SaveDraft(reviewed(draft, Review.AMEND, now=shorter)))
        elif entry is None or len(left) < len(entry.phrasings):
            effects += rejected(case, draft, replies.taken_back(), whole=True)
    return effects


def _named(said: Said, reference: Reference) -> Gap | None:
    number = int(said.args.get("gap", 0))
    return next((gap for gap in reference.gaps if number in gap.public), None)


def _standing(case: Case, numbers: Sequence[int]) -> list[Question]:
    """Those of the questions whose text may be told now."""
    found = (case.facts.questions.get(number) for number in numbers)
    return [
        question
        for question in found
        if question is not None
        and question.state is not State.WITHDRAWN
        and question.text != TAKEN_BACK
        and in_public(question.venue)
    ]


def _line(case: Case, gap: Gap, text: str) -> str:
    draft = _waiting(case, gap)
    return replies.gap(gap, text, case.at - gap.last, draft.number if draft is not None else None)


def _waiting(case: Case, gap: Gap) -> Draft | None:
    """The draft that waits for the gap."""
    live = (draft for draft in case.facts.drafts.values() if draft.state in LIVE)
    return next((draft for draft in live if draft.question in gap.questions), None)


def _drafted(case: Case, heard: Heard, gap: Gap, standing: Sequence[Question], short: str) -> list[Effect]:
    waiting = _waiting(case, gap)
    if waiting is not None:
        return refused(case, heard, replies.gap_is_drafted(gap.number, waiting.number))
    if is_full(case, MOST_WITH_EDITS):
        return refused(case, heard, replies.too_many_drafts(MOST_WITH_EDITS))
    asked: dict[str, tuple[str, int]] = {}
    for question in standing:
        if words := phrased(case, question):
            asked.setdefault(words.casefold(), (words, question.number))
    used = list(islice(asked.values(), PHRASINGS))
    if not used:
        return refused(case, heard, replies.nothing_left_of(gap.number))
    owned = gap.section in case.reference.map.sections and gap.section != case.reference.map.rest
    entry = Entry(
        id=entry_id(used[0][0], taken(case)),
        phrasings=tuple(words for words, _ in used),
        answers=(Answer(short),),
        section=gap.section if owned else "",
        verified=Verified(case.at.date(), heard.speaker.nick),
    )
    try:
        text = as_written(entry)
    except NotSo as wrong:
        return refused(case, heard, replies.not_so(str(wrong)))
    draft = new_draft(
        case,
        heard,
        origin=Origin.EDIT,
        by=heard.speaker,
        entry=entry.id,
        now=text,
        note=replies.phrasings_of(tuple(number for _, number in used)),
        question=gap.number,
    )
    said = replies.drafted_by_you(draft, summary(draft), alone=case.settings.self_review)
    return [SaveDraft(draft), *announce_draft(case, draft), *answer(case, heard, [said])]


def _numbers(draft: Draft) -> tuple[int, ...]:
    """The questions whose phrasings it holds."""
    return tuple(map(int, _NUMBERS.findall(draft.note)))
