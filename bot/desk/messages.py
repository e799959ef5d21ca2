"""What becomes of a message after it was said: its speaker edits it, or takes it back.

An edited question is consulted anew while nobody has it yet, or only the base: where another entry is found,
that is told, a few times. While somebody is asked, its text is what it says now, and who reads it elsewhere
hears the correction once. What was answered, or has ended, stays as it was, but for a draft that waits of it.

A question whose message is taken back is withdrawn, and its text forgotten wherever it is kept, also of one
that has ended: whoever takes a message back does not want it to be read. What is taken back of a longer
question, or of an answer, is left out from then on.

Reactions are `bot.desk.reactions`. Nobody edits, or takes back, what somebody else said.
"""

import re
from dataclasses import replace

from bot.desk import answering, asking, drafting, offering, replies, suggesting, withdrawing
from bot.desk.addressing import NUMBERED, address
from bot.desk.case import Case, asker_reach, carries, say
from bot.desk.effects import ClosePrompts, Effect, Explain, Forget, SaveQuestion, Unsay
from bot.desk.events import Edited, Heard, Redacted
from bot.desk.grammar import parse
from bot.desk.lifecycle import Step, advance, may
from bot.desk.model import TAKEN_BACK, Purpose, Question, ReplyLine, Speaker, State
from bot.desk.pointing import asked_in
from bot.desk.reference import Reference
from routing.presence import fold

_CORRECTED = "told {} what its asker corrected"
_ANEW = 3
"""How often an edit of one question is answered: whoever edits without end has not the room to themselves."""

_MOVES = frozenset({State.OPEN, State.TOLD, State.OFFERED})
_ANSWERING = frozenset({State.ASKED, State.ENGAGED, State.PROPOSED, State.KEPT})


def edited(case: Case, event: Edited) -> list[Effect]:
    """The speaker changed a question of theirs, or an answer that they gave."""
    question = own(case, event)
    if question is not None:
        return _question_edited(case, event, question)
    found = _in_talk(case, event)
    return [] if found is None else _line_edited(case, event, *found)


def subject_edited(case: Case, event: Edited) -> str | None:
    """The text that has to be consulted once it is known which question the message is a part of."""
    question = own(case, event)
    if question is None or question.state not in _MOVES:
        return None
    return _now(question, event.message, _said(case, event, question))


def without_address(event: Edited, reference: Reference) -> str:
    """What the edited line asks. A question that was asked in public began with the desk's name."""
    start, _ = address(event.text.strip())
    said = parse(event.text, me=start or "", private=event.venue.private, prefix=reference.settings.prefix)
    return said.args.get("text", said.text) if said.command == "ask" else said.text


def _said(case: Case, event: Edited, question: Question) -> str:
    """What the part of the question says now. The first was said to the desk by its name; what was added may
    have been, and by the question's number, too."""
    text, (start, _) = event.text.strip(), address(event.text.strip())
    if event.message == question.message_id or (start is not None and fold(start) == fold(event.me)):
        text = without_address(event, case.reference)
    return _unnumbered(text, question)[: asking.MAX_TEXT]


def _unnumbered(text: str, question: Question) -> str:
    numbered = NUMBERED.match(text)
    return numbered[2] if numbered is not None and int(numbered[1]) == question.number else text


def redacted(case: Case, event: Redacted) -> list[Effect]:
    """A message was taken back: a question, a part of one, or an answer. Whoever else than its speaker did
    that may: the network let them, as it lets those who keep order in a room."""
    question = asked_in(case, event.venue.network, event.message)
    if question is None:
        found = _in_talk(case, event)
        return suggesting.taken_back(case, event) if found is None else _line_taken_back(case, *found)
    if question.message_id != event.message:
        rest = _now(question, event.message, "")
        parts = tuple(part for part in question.parts if part[0] != event.message)
        return [
            SaveQuestion(replace(question, text=rest or TAKEN_BACK, parts=parts)),
            _forget(case, question),
            *drafting.forgotten(case, question),
        ]
    nameless = replace(question, text=TAKEN_BACK, parts=(), unsaid="")
    forget = [replace(_forget(case, question), whole=True), *drafting.forgotten(case, question)]
    if not may(question, Step.WITHDRAW):
        return [SaveQuestion(nameless), *forget]
    return [*withdrawing.withdraw(case, nameless, "its message was redacted"), *forget]


def own(case: Case, event: Edited) -> Question | None:
    """The speaker's own question of which the message is a part."""
    question = asked_in(case, event.venue.network, event.message)
    return question if question is not None and question.asker.is_same(event.speaker) else None


def _forget(case: Case, question: Question) -> Forget:
    """All that was kept of what the question said, and votes of what it said when they were cast."""
    entries = tuple(dict.fromkeys((*question.entries, *question.refused)))
    until = question.ended_at or case.at
    return Forget(question.number, question.asker.key, entries, question.asked_at, until)


def _now(question: Question, message: str, text: str) -> str:
    """The question's text, as it is once one of its messages says something else."""
    place = _place(question, message)
    if place is None:
        return text
    begins, ends = place
    lines = question.text[:begins] + text + question.text[ends:]
    return (lines if text else "\n".join(filter(None, lines.splitlines())))[: asking.MAX_TEXT]


def _place(question: Question, message: str) -> tuple[int, int] | None:
    """From where to where in the question's text the part stands that was said in the message: whole lines,
    behind the parts before it, whose words may be the same."""
    begins = ends = 0
    for each, part in question.parts:
        found = re.compile(rf"^{re.escape(part)}$", re.MULTILINE).search(question.text, ends)
        if found is not None:
            begins, ends = found.span()
        if each == message:
            return (begins, ends) if found is not None else None
    return None


def _question_edited(case: Case, event: Edited, question: Question) -> list[Effect]:
    said = _said(case, event, question)
    text = _now(question, event.message, said)
    if not said or _plain(text) == _plain(question.text):
        return []
    parts = tuple((each, said if each == event.message else part) for each, part in question.parts)
    longer = replace(question, parts=parts or ((event.message, said),))
    changed = drafting.amended(case, question, replace(longer, text=text))
    match question.state:
        case State.OPEN:
            heard = Heard(event.id, event.at, event.speaker, event.venue, text, me="")
            return asking.extend(case, heard, longer, text)
        case State.TOLD | State.OFFERED if not _often(case, question):
            return [*offering.anew(case, replace(longer, text=text), event.speaker), *changed]
        case State.TOLD | State.OFFERED:
            return [SaveQuestion(replace(longer, text=text)), *changed]
        case State.ASKED | State.ENGAGED:
            return [SaveQuestion(replace(longer, text=text)), *_correction(case, question, text)]
        case State.ANSWERED if changed:
            return [SaveQuestion(replace(longer, text=text)), *changed]
    return []


def _often(case: Case, question: Question) -> bool:
    """Whether the question was answered anew so often that others have read enough of it."""
    return case.facts.explanations.get(question.number, ()).count(offering.EDITED) >= _ANEW


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _correction(case: Case, question: Question, text: str) -> list[Effect]:
    """Whom the question waits for, and who does not see its message, hears what it says now, once."""
    waiting = [p for p in case.facts.pings_of(question.number) if p.is_current(question)]
    ping = waiting[-1] if waiting else None
    person = case.reference.map.person(ping.person) if ping is not None else None
    if ping is None or person is None or case.reference.same_place(ping.venue, question.venue):
        return []
    told = _CORRECTED.format(person.id)
    if told in case.facts.explanations.get(question.number, ()):
        return []
    network = ping.venue.network
    to = Speaker(network, ping.nick, case.reference.accounts_of(person).get(network))
    sentence = replies.question_corrected(question.number, text, case.room(ping.venue, to))
    return [
        *say(case, ping.venue, sentence, to=to, purpose=Purpose.TELL, question=question.number),
        Explain(question.number, (told,)),
    ]


def _in_talk(case: Case, event: Edited | Redacted) -> tuple[Question, ReplyLine] | None:
    """The line of the talk about a question that the message is, where its speaker said it, or it was taken
    back."""
    person = case.reference.person_of(event.speaker)
    for question in case.facts.questions.values():
        for line in question.replies:
            here = line.venue.network == event.venue.network and line.message == event.message
            asked = line.person is None and question.asker.is_same(event.speaker)
            theirs = asked or (person is not None and line.person == person.id)
            if here and (theirs or isinstance(event, Redacted)):
                return question, line
    return None


def _line_edited(case: Case, event: Edited, question: Question, line: ReplyLine) -> list[Effect]:
    text = _unnumbered(_answer(case, event), question)
    if not text or text == line.text:
        return []
    if question.state is State.ANSWERED:
        return _draft_edited(case, question, line, text)
    if question.state not in _ANSWERING:
        return []
    there = asker_reach(case, question, line.venue) if line.person is not None else None
    elsewhere = there is not None and not case.reference.same_place(there.venue, line.venue)
    tells = line.passed and elsewhere and not line.corrected
    # What was shared is what it said then; whether more people read its new text is its speaker's to allow.
    now = replace(line, text=text, shared=False, corrected=line.corrected or tells)
    lines = tuple(now if each == line else each for each in question.replies)
    effects: list[Effect] = [SaveQuestion(replace(question, replies=lines))]
    if there is not None and tells:
        effects += answering.correct(case, question, there, line.nick, text)
    return effects


def _draft_edited(case: Case, question: Question, line: ReplyLine, text: str) -> list[Effect]:
    """A line of a confirmed answer says something else now: only the draft that was made of it does, too; not
    where its speaker had shared what was said among few, for they shared no more than that."""
    if line.shared and not carries(case, line.venue, question.venue):
        return []
    lines = tuple(replace(each, text=text) if each == line else each for each in question.replies)
    now = replace(question, replies=lines)
    changed = drafting.amended(case, question, now)
    return [SaveQuestion(now), *changed] if changed else []


def _answer(case: Case, event: Edited) -> str:
    """What a line of the talk says now, without its address and without `answer 42` at its beginning."""
    prefix = case.reference.settings.prefix
    said = parse(event.text, me=event.me, private=event.venue.private, prefix=prefix)
    return said.args.get("text", said.text) if said.command == "answer" else said.text


def _line_taken_back(case: Case, question: Question, line: ReplyLine) -> list[Effect]:
    """What was not passed on is not. Where nothing of an answer is left, nobody is asked whether that was it,
    and it does not come to count as right: its responder owes a word again, or the next one is asked."""
    left = replace(question, replies=tuple(each for each in question.replies if each != line))
    if line.text in left.unsaid:
        left = replace(left, unsaid="")
    changed: list[Effect] = [
        replace(_forget(case, question), entries=()),
        *drafting.forgotten(case, question),
    ]
    if line.message is not None:
        changed.insert(0, Unsay(question.number, line.venue.network, line.message))
    if question.state in {State.PROPOSED, State.KEPT} and answering.fell_silent(left):
        left = advance(left, Step.REPLY, at=case.at, due=case.at + case.settings.patience)
        changed.append(ClosePrompts(question.asker.key, question.number))
    return [SaveQuestion(left), *changed]
