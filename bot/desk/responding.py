"""The words of responders: ack, answer, not me, done, share.

They act on the question that is named, else on the one the responder was last pinged about. A responder may
answer any question that they can see, pinged or not.
"""

from bot.desk import answering, pinging, replies
from bot.desk.case import Case, say
from bot.desk.effects import Effect, SaveQuestion
from bot.desk.events import Heard
from bot.desk.inquiries import named
from bot.desk.lifecycle import Step, may
from bot.desk.model import Ping, Question, State
from bot.desk.said import Said


def ack(case: Case, heard: Heard, said: Said) -> list[Effect]:
    found = pinging.pinged_about(case, said)
    if found is None:
        return _none(case, heard, said)
    return pinging.acknowledge(case, heard, *found)


def answer(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """The whole answer in one line, from anywhere; nothing more is waited for."""
    person = case.reference.person_of(heard.speaker)
    ping, question = _about(case, heard, said)
    if person is None or question is None or not may(question, Step.REPLY):
        return _none(case, heard, said)
    effects = answering.reply(case, heard, person.id, question, said.args["text"], ping)
    engaged = next(effect.question for effect in effects if isinstance(effect, SaveQuestion))
    return effects if answering.fell_silent(engaged) else [*effects, *answering.close(case, engaged)]


def not_me(case: Case, heard: Heard, said: Said) -> list[Effect]:
    found = pinging.pinged_about(case, said)
    if found is None:
        return _none(case, heard, said)
    ping, question = found
    name = said.args.get("person")
    to = pinging.person_called(case, heard, name) if name else None
    if name and to is None:
        near = [person.id for person in case.reference.map.people.values()][:5]
        return [*say(case, heard.venue, replies.who_is(name, near), to=heard.speaker)]
    return pinging.not_me(case, heard, ping, question, to)


def done(case: Case, heard: Heard, said: Said) -> list[Effect]:
    _, question = _about(case, heard, said)
    person = case.reference.person_of(heard.speaker)
    if question is None or question.state is not State.ENGAGED or person is None:
        return _none(case, heard, said)
    if question.responder != person.id:
        return _none(case, heard, said)
    return answering.close(case, question)


def share(case: Case, heard: Heard, said: Said) -> list[Effect]:
    ping, question = _about(case, heard, said)
    person = case.reference.person_of(heard.speaker)
    spoke = question is not None and person is not None and question.responder == person.id
    if question is None or ping is None or not spoke:
        return _none(case, heard, said)
    return answering.share(case, heard, question)


def _about(case: Case, heard: Heard, said: Said) -> tuple[Ping | None, Question | None]:
    if said.number is None:
        found = pinging.pinged_about(case, said)
        if found is None and case.facts.pinged:
            last = case.facts.pinged[0]
            return last, case.facts.questions.get(last.question)
        return found if found else (None, None)
    question = named(case, heard, said.number)
    ping = next((p for p in case.facts.pinged if p.question == said.number), None)
    return ping, question


def _none(case: Case, heard: Heard, said: Said) -> list[Effect]:
    if not said.addressed:
        return []
    text = replies.no_such_question(said.number) if said.number is not None else replies.answer_what()
    return [*say(case, heard.venue, text, to=heard.speaker)]
