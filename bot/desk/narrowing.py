"""An answer depends on something that was not said: the asker says it, and is told the variant that holds.

    pkgdesk: python 3.6 … for xen ≥ 4.19; else say which xen is yours
    alice: i'm on 4.17

What is said so serves this question, and is a part of it from then on. It is not remembered of the asker, who
may look after several versions: for that there is `my xen 4.17`.
"""

from dataclasses import replace

from bot.desk import replies
from bot.desk.asking import MAX_TEXT
from bot.desk.case import Case, carries, say
from bot.desk.effects import Effect, SaveQuestion
from bot.desk.events import Heard
from bot.desk.lifecycle import Step, advance
from bot.desk.model import Purpose, Question
from bot.desk.offering import known, refuse, remaining, tell
from knowledge.entry import Entry
from knowledge.facets import answered, choose_answer, depends_on, read_facets

NARROWING = 8
"""Words that say which version or variant it is; a longer line says something else."""


def narrow(
    case: Case, heard: Heard, question: Question, text: str, *, addressed: bool = True, denied: bool = False
) -> list[Effect] | None:
    """The asker of a question that was told from the base says what its answer depends on, or corrects it.

    None where the line says no such thing; where nothing follows that was not told and the line was neither
    asked for nor `addressed` to the desk; and where the answer was `denied` and the same would be told again.
    """
    told = remaining(question)[:1]
    entry = case.reference.knowledge.by_id(told[0]) if told else None
    if entry is None or len(text.split()) > NARROWING:
        return None
    before = known(case, question.text)
    first = choose_answer(entry, before)
    said = _said(case, entry, text, first.ask_for if first is not None else "")
    asked = first is not None and first.ask_for in said
    if not said or not (asked or any(before.get(facet) != value for facet, value in said.items())):
        return None
    now = before | said
    chosen = choose_answer(entry, now)
    yours = ", ".join(f"{facet} {value}" for facet, value in said.items())
    kept = question
    # Said more closely than the question, it serves this one answer and is not kept.
    if carries(case, heard.venue, question.venue):
        clear = said.items() <= read_facets(text, case.reference.facets).items()
        kept = replace(question, text=f"{question.text}\n{text if clear else yours}"[:MAX_TEXT])
    if chosen is None:
        only = first.holds_for if first is not None else ""
        return [
            *say(case, heard.venue, replies.not_for(question.number, yours, only), to=heard.speaker),
            *refuse(case, kept, (entry.id,), heard.speaker, heard.venue),
        ]
    if denied and first is not None and chosen.answer is first.answer:
        return None
    if first is None or chosen.answer is not first.answer or chosen.ask_for:
        return tell(case, kept, entry, heard.speaker, heard.venue, now)
    if not (asked or addressed):
        return None
    due = case.at + case.settings.answer_stands
    return [
        SaveQuestion(advance(kept, Step.TELL, at=case.at, due=due)),
        *say(
            case,
            heard.venue,
            replies.holds_for_that_too(question.number, yours),
            to=heard.speaker,
            purpose=Purpose.ANSWER,
            question=question.number,
        ),
    ]


def _said(case: Case, entry: Entry, text: str, ask_for: str) -> dict[str, str]:
    """What a line says of the facets that decide among the entry's answers; `ask_for` is the one that its
    speaker was asked for, so that it needs no name."""
    kinds = case.reference.facets
    said = read_facets(text, kinds)
    asked = next((kind for kind in kinds if kind.name == ask_for), None)
    if asked is not None and (value := answered(asked, text)) is not None:
        said = {ask_for: value, **said}
    return {facet: said[facet] for facet in depends_on(entry) if facet in said}
