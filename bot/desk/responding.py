"""The words of responders: ack, answer, not me, done, share.

They act on the question that is named, else on the one the responder was last pinged about. A responder may
answer any question that they can see, pinged or not.
"""

from bot.desk import answering, pinged, replies
from bot.desk.case import Case, complain, say, stands
from bot.desk.effects import Effect, SaveQuestion
from bot.desk.events import Heard
from bot.desk.inquiries import named
from bot.desk.lifecycle import Step, may
from bot.desk.model import Ping, Question, State
from bot.desk.said import Said
from routing.people import Person

_NEAR = 5


def ack(case: Case, heard: Heard, said: Said) -> list[Effect]:
    found = pinged.pinged_about(case, heard, said)
    if found is None or not may(found[1], Step.ACKNOWLEDGE):
        return _none(case, heard, said, found[1] if found else None)
    return pinged.acknowledge(case, heard, *found)


def answer(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """The whole answer in one line, from anywhere; nothing more is waited for."""
    person = case.reference.person_of(heard.speaker)
    ping, question = _about(case, heard, said)
    if person is None or question is None or not may(question, Step.REPLY):
        return _none(case, heard, said, question)
    effects = answering.reply(case, heard, person.id, question, said.args["text"], ping, whole=True)
    engaged = next(effect.question for effect in effects if isinstance(effect, SaveQuestion))
    return effects if answering.fell_silent(engaged) else [*effects, *answering.close(case, engaged)]


def not_me(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """With a person behind an arrow, or named among a few words, these are asked first."""
    found = pinged.pinged_about(case, heard, said)
    if found is None or found[1].state.ended:
        return _none(case, heard, said, found[1] if found else None)
    ping, question = found
    name = said.args.get("person")
    if name is None:
        words = (said.args.get("words") or "").split()
        called = (pinged.person_called(case, heard, word) for word in words)
        return pinged.not_me(case, heard, ping, question, next((p for p in called if p is not None), None))
    to = pinged.person_called(case, heard, name) or pinged.person_called(case, heard, name.split()[0])
    if to is None:
        return [*complain(case, heard, replies.who_is(name.split()[0], _others(case, ping)))]
    return pinged.not_me(case, heard, ping, question, to)


def done(case: Case, heard: Heard, said: Said) -> list[Effect]:
    _, question = _about(case, heard, said)
    person = case.reference.person_of(heard.speaker)
    if question is None or question.state is not State.ENGAGED or person is None:
        return _none(case, heard, said, question)
    if question.responder != person.id:
        return _none(case, heard, said, question)
    return answering.close(case, question)


def share(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """Of what they said here themselves."""
    _, question = _about(case, heard, said)
    person = case.reference.person_of(heard.speaker)
    if question is None or person is None:
        return _none(case, heard, said)
    return answering.share(case, heard, question, person)


def _about(case: Case, heard: Heard, said: Said) -> tuple[Ping | None, Question | None]:
    if said.number is None:
        found = pinged.pinged_about(case, heard, said)
        if found is None and case.facts.pinged:
            last = case.facts.pinged[0]
            return last, named(case, heard, last.question)
        return found if found else (None, None)
    question = named(case, heard, said.number)
    ping = next((p for p in case.facts.pinged if p.question == said.number), None)
    return ping, question


def _others(case: Case, ping: Ping) -> list[str]:
    """A few whom one may name, those of the question's section first."""
    question = case.facts.questions[ping.question]
    section = case.reference.map.sections.get(question.section or "")
    near = (*section.maintainers, *section.reviewers) if section else ()
    every: list[Person] = list(case.reference.map.people.values())
    names = dict.fromkeys((*near, *(person.id for person in every)))
    return [name for name in names if name != ping.person][:_NEAR]


def _none(case: Case, heard: Heard, said: Said, question: Question | None = None) -> list[Effect]:
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
