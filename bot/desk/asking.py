"""A question comes in, at once or line by line.

Whatever the base gives to it (`bot.desk.offering`), it gets its number and its deadline at once, so that it
cannot be forgotten.
"""

from dataclasses import replace

from bot.desk import replies
from bot.desk.case import Case, carries, complain, say, visible
from bot.desk.effects import Effect, SaveQuestion
from bot.desk.events import Heard
from bot.desk.lifecycle import Step, advance, may
from bot.desk.model import Finding, Question, State
from bot.desk.offering import by_band, candidates, entries_of, finding_of, remaining
from bot.desk.pointing import pointed_at
from bot.desk.said import Said
from bot.desk.statements import stands_alone
from knowledge.confidence import Band

MAX_TEXT = 2000
"""Characters of a question that are kept."""


_FEW_WORDS = 3


_PARTS = 20
"""Messages of a question that are known one by one."""


def ask(case: Case, heard: Heard, text: str) -> list[Effect]:
    """`text` was asked by the speaker of `heard`."""
    finding = finding_of(case)
    if finding.empty or (finding.band is Band.ROUTE and len(text.split()) < _FEW_WORDS):
        return [*complain(case, heard, replies.say_more_about_it())]
    mine = [case.facts.questions[n] for n in case.facts.own if n in case.facts.questions]
    live = [question for question in mine if not question.state.ended]
    # What is asked again where nothing may be told of the first time is a question like any other.
    same = next((q for q in live if _same(q.text, text) and visible(case, q, heard)), None)
    if same is not None:
        return [*say(case, heard.venue, replies.where_it_stands(same), to=heard.speaker)]
    waiting = _in_the_way(case, finding, live)
    if waiting:
        shown = [q.number for q in reversed(waiting) if visible(case, q, heard)]
        return [*say(case, heard.venue, replies.too_many_open(len(waiting), shown), to=heard.speaker)]
    question = Question(
        number=case.facts.next_number,
        venue=heard.venue,
        asker=heard.speaker,
        text=text[:MAX_TEXT],
        asked_at=case.at,
        last_line_at=case.at,
        due=case.at + case.settings.ping_after,
        message_id=heard.message,
        thread=heard.thread,
        parts=_part(heard, text[:MAX_TEXT]),
        entries=candidates(case, finding),
    )
    return by_band(case, question, finding, heard.speaker)


def extend(
    case: Case, heard: Heard, question: Question, text: str, *, addressed: bool = False
) -> list[Effect]:
    """The asker went on within the minute; `text` is all of it. The question may be clear now. Whoever
    `addressed` the desk is told where the line went."""
    longer = replace(_with_part(heard, question, text), text=text[:MAX_TEXT], last_line_at=case.at)
    if question.state is not State.OPEN:
        return [SaveQuestion(advance(longer, Step.EXTEND, at=case.at, due=question.due))]
    finding = finding_of(case)
    known = replace(longer, entries=candidates(case, finding))
    if entries_of(case, remaining(known)):
        return by_band(case, known, finding, heard.speaker)
    due = min(case.at + case.settings.ping_after, question.asked_at + case.settings.join_lines)
    return [
        SaveQuestion(advance(longer, Step.EXTEND, at=case.at, due=max(due, case.at))),
        *(say(case, heard.venue, replies.added(question.number), to=heard.speaker) if addressed else []),
    ]


def goes_on(case: Case, heard: Heard) -> Question | None:
    """The speaker's newest question there that this line may belong to: asked within the minute, or, while it
    is with nobody, gone on with within the minute. It may have ended."""
    for number in case.facts.own:
        question = case.facts.questions[number]
        since = question.asked_at
        if question.state is State.OPEN and question.last_line_at is not None:
            since = question.last_line_at
        if question.venue.key == heard.venue.key and case.at - since <= case.settings.join_lines:
            return question
    return None


def adds_to(case: Case, heard: Heard, said: Said) -> Question | None:
    """The speaker's question that is with nobody yet and that this line, one of several, goes on with."""
    earlier = goes_on(case, heard) if heard.joined_text is not None else None
    pointed = pointed_at(case, heard)
    if earlier is not None and pointed is not None and earlier.number not in pointed:
        return None
    if earlier is None or earlier.state is not State.OPEN:
        return None
    named = said.addressed and not heard.venue.private
    return None if said.addressed and stands_alone(said.text, earlier.text, named=named) else earlier


def with_line(question: Question, line: str) -> str:
    """The question's text with one more line. What else its asker said meanwhile is not a part of it."""
    return f"{question.text}\n{line}"[:MAX_TEXT]


def was_asked(case: Case, heard: Heard, joined: str) -> bool:
    """Whether among the speaker's lines there, `joined`, is a question that has its number already."""
    there = (case.facts.questions[number] for number in case.facts.own)
    return any(q.venue.key == heard.venue.key and q.text.splitlines()[0] in joined for q in there)


def append(case: Case, heard: Heard, question: Question, text: str) -> list[Effect]:
    """The asker adds to the question by its number; its deadline stays. What would be read by more people
    than hear it now is not taken."""
    if not carries(case, heard.venue, question.venue):
        return [*complain(case, heard, replies.say_it_there(question.number, question.venue.name))]
    longer = replace(_with_part(heard, question, text), text=with_line(question, text))
    return [
        SaveQuestion(advance(longer, Step.EXTEND, at=case.at, due=question.due)),
        *say(case, heard.venue, replies.added(question.number), to=heard.speaker),
    ]


def _part(heard: Heard, text: str) -> tuple[tuple[str, str], ...]:
    return ((heard.message, text),) if heard.message is not None else ()


def _with_part(heard: Heard, question: Question, text: str) -> Question:
    """The question knows of which message the end of its text, as it is now, is a part."""
    known_ids = {message for message, _ in question.parts}
    if heard.message is None or heard.message in known_ids or len(question.parts) >= _PARTS:
        return question
    added = text.removeprefix(question.text).lstrip("\n") if text.startswith(question.text) else text
    return replace(question, parts=(*question.parts, *_part(heard, added)))


def in_its_thread(case: Case, heard: Heard, said: Said) -> Question | None:
    """The speaker's own question that has not ended, and to which the line, where it is said, points: not
    one of its own."""
    pointed = pointed_at(case, heard) or frozenset()
    own = (case.facts.questions[number] for number in case.facts.own if number in pointed)
    question = next((q for q in own if not q.state.ended and q.venue.key == heard.venue.key), None)
    if question is None or not may(question, Step.EXTEND):
        return None
    named = said.addressed and not heard.venue.private
    return None if said.addressed and stands_alone(said.text, question.text, named=named) else question


def _in_the_way(case: Case, finding: Finding, live: list[Question]) -> list[Question]:
    """Those of the speaker's questions that leave no room for one more; empty where there is room.

    What the base answers costs nobody anything. What goes to a person is limited, and so, twice as far, are
    offers, which go to one where nobody picks from them.
    """
    limit = case.settings.open_questions
    waiting = [question for question in live if question.state not in {State.TOLD, State.OFFERED}]
    match finding.band:
        case Band.ANSWER:
            return []
        case Band.OFFER:
            offers = [question for question in live if question.state is not State.TOLD]
            return offers if len(offers) >= 2 * limit else []
    return waiting if len(waiting) >= limit else []


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())
