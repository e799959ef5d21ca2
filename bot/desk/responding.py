"""The words of responders: ack, answer, not me, done, share.

They act on the question that is named, else on the one the responder was last pinged about. A responder may
answer any question that they can see, pinged or not.
"""

from bot.desk import answering, pinged, replies
from bot.desk.case import Case, complain, concerned, say, stands
from bot.desk.effects import Effect, SaveQuestion
from bot.desk.events import Heard
from bot.desk.lifecycle import Step, may
from bot.desk.model import Ping, Question, State
from bot.desk.said import Said
from bot.desk.triaging import section_called


def ack(case: Case, heard: Heard, said: Said) -> list[Effect]:
    found = pinged.pinged_about(case, heard, said, unacknowledged=True)
    if found is None or not may(found[1], Step.ACKNOWLEDGE):
        return none_such(case, heard, said, found[1] if found else None)
    return pinged.acknowledge(case, heard, *found)


def answer(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """The whole answer in one line, from anywhere; nothing more is waited for."""
    person = case.reference.person_of(heard.speaker)
    ping, question = _about(case, heard, said)
    if person is None or question is None or not may(question, Step.REPLY):
        return none_such(case, heard, said, question)
    effects = answering.reply(case, heard, person.id, question, said.args["text"], ping, whole=True)
    engaged = next(effect.question for effect in effects if isinstance(effect, SaveQuestion))
    return effects if answering.fell_silent(engaged) else [*effects, *answering.close(case, engaged)]


def not_me(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """With a person or a section behind an arrow, or named among a few words, these are asked first."""
    found = pinged.pinged_about(case, heard, said)
    if found is None or (found[1].state.ended and not {"person", "words"} & said.args.keys()):
        return none_such(case, heard, said, found[1] if found else None)
    ping, question = found
    name = said.args.get("person")
    if name is None:
        words = said.args.get("words") or ""
        called = (pinged.person_called(case, heard, word) for word in words.split())
        person = next((p for p in called if p is not None), None)
        to = person or section_called(case.reference.map, words)
        return pinged.not_me(case, heard, ping, question, to)
    named_so = pinged.called(case, heard, name)
    if named_so is None:
        return pinged.unknown(case, heard, ping, name)
    return pinged.not_me(case, heard, ping, question, named_so)


def done(case: Case, heard: Heard, said: Said) -> list[Effect]:
    _, question = _about(case, heard, said)
    person = case.reference.person_of(heard.speaker)
    if question is None or question.state is not State.ENGAGED or person is None:
        return none_such(case, heard, said, question)
    if question.responder != person.id:
        return none_such(case, heard, said, question)
    return answering.close(case, question)


def share(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """Of what they said here themselves."""
    _, question = _about(case, heard, said)
    person = case.reference.person_of(heard.speaker)
    if question is None or person is None:
        return none_such(case, heard, said)
    return answering.share(case, heard, question, person)


def _about(case: Case, heard: Heard, said: Said) -> tuple[Ping | None, Question | None]:
    if said.number is None:
        found = pinged.pinged_about(case, heard, said)
        if found is None and said.addressed and case.facts.pinged:
            last = case.facts.pinged[0]
            return last, _named(case, heard, last.question)
        return found if found else (None, None)
    question = _named(case, heard, said.number)
    ping = next((p for p in case.facts.pinged if p.question == said.number), None)
    return ping, question


def _named(case: Case, heard: Heard, number: int) -> Question | None:
    """The question of that number, where the speaker may answer it from here."""
    question = case.facts.questions.get(number)
    return question if question is not None and concerned(case, question, heard) else None


def none_such(case: Case, heard: Heard, said: Said, question: Question | None = None) -> list[Effect]:
    """There is nothing that the word could act on; a bare one may have been said to anybody."""
    if not said.named:
        return []
    if case.reference.person_of(heard.speaker) is None:
        return [*complain(case, heard, replies.only_people(said.command or ""))]
    if question is not None:
        return [*say(case, heard.venue, stands(case, question, heard), to=heard.speaker)]
    wanted = said.number
    text = (
        replies.no_such_question(wanted) if wanted is not None else replies.which_question(said.command or "")
    )
    return [*complain(case, heard, text)]
