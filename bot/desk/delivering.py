"""What became of a line: it is there, it reached nobody, or nobody knows.

A ping that may have arrived starts the clock of its step and is never repeated; one that reached nobody lets
the next one be asked. An answer of which nobody knows whether it arrived is offered again when its asker is
next seen.
"""

from dataclasses import replace

from bot.desk import replies
from bot.desk.case import Case, reachable_note, say
from bot.desk.effects import ClosePrompts, Effect, Explain, SavePing, SaveQuestion, SettleLine
from bot.desk.lifecycle import Step, advance, may
from bot.desk.model import Failure, Line, Ping, PingState, Purpose, Question, Speaker, State
from bot.desk.patience import patience
from bot.desk.pinging import after_waking


def delivered(case: Case, line: Line, message: str | None = None) -> list[Effect]:
    """The line is there, as the network's `message`. With a ping the step's clock starts, counted in the
    person's waking time."""
    settled: list[Effect] = [SettleLine(line.id, "sent", message)]
    if line.purpose is not Purpose.PING:
        return settled
    ping, question = _of(case, line)
    if ping is None or question is None or question.state is not State.ASKED or question.step != ping.step:
        return settled
    return [*settled, *_start(case, question, ping, PingState.DELIVERED)]


def failed(case: Case, line: Line, reason: Failure) -> list[Effect]:
    """The line reached nobody, or nobody knows. A ping is never repeated: if it may have arrived its clock
    runs, else the next one is asked. An answer is offered again when the asker next speaks."""
    effects: list[Effect] = [
        SettleLine(line.id, "unconfirmed" if reason is Failure.UNCONFIRMED else f"dropped: {reason}")
    ]
    if line.purpose is Purpose.PING:
        return [*effects, *_ping_failed(case, line, reason)]
    question = case.facts.questions.get(line.question) if line.question else None
    if question is not None and line.addressee is not None and _is_asker(case, question, line.addressee):
        effects += _unheard(case, question, line, reason)
    return effects


def _ping_failed(case: Case, line: Line, reason: Failure) -> list[Effect]:
    """It may come so late that the question has gone further; even then it is known now that the person was
    not asked."""
    ping, question = _of(case, line)
    if ping is None or question is None:
        return []
    current = question.state is State.ASKED and question.step == ping.step
    if reason is Failure.UNCONFIRMED:
        return _start(case, question, ping, PingState.UNCONFIRMED) if current else []
    effects: list[Effect] = []
    if ping.state in {PingState.QUEUED, PingState.PASSED}:
        effects.append(SavePing(replace(ping, state=PingState.FAILED, failure=reason)))
        if ping.sections and line.addressee is not None:
            effects.append(ClosePrompts(line.addressee.key, question.number))
    if current:
        effects += [
            SaveQuestion(advance(question, Step.RELEASE, at=case.at, due=case.at)),
            Explain(question.number, (f"the ping of {ping.person} failed: {reason}",)),
        ]
    return effects


def _is_asker(case: Case, question: Question, addressee: Speaker) -> bool:
    """Whether `addressee` is its asker, on whichever network."""
    keys = {account.key for account in case.reference.beside(question.asker)}
    return question.asker.is_same(addressee) or addressee.key in keys


def _unheard(case: Case, question: Question, line: Line, reason: Failure) -> list[Effect]:
    """What the asker did not hear for certain is said again when they are seen. What they were asked in vain
    is asked again, too: nobody agrees by not being there."""
    if question.state is State.WITHDRAWN:
        return []
    again = line.purpose in {Purpose.ANSWER, Purpose.RELAY} and reason is not Failure.UNSENDABLE
    # What was said in an encrypted room is kept only with a question that was asked in one.
    again = again and (question.venue.sealed or not line.venue.sealed)
    said = line.text.removeprefix(replies.unconfirmed_answer(question.number, ""))
    changed = replace(question, unsaid=f"{question.unsaid} {said}".strip()) if again else question
    if reason is Failure.ABSENT and may(question, Step.KEEP) and question.state is State.PROPOSED:
        changed = advance(changed, Step.KEEP, at=case.at, due=case.at + case.settings.keep_for)
    return [SaveQuestion(changed)] if changed is not question else []


def _of(case: Case, line: Line) -> tuple[Ping | None, Question | None]:
    """The ping that the line is, with its question."""
    question = case.facts.questions.get(line.question) if line.question else None
    if question is None:
        return None, None
    pings = case.facts.pings_of(question.number)
    return next((ping for ping in pings if ping.step == line.conditions.step), None), question


def _start(case: Case, question: Question, ping: Ping, state: PingState) -> list[Effect]:
    person = case.reference.map.person(ping.person)
    waits = patience(case.facts.took, ping.venue, case.settings).span
    due = after_waking(person, case, waits)
    effects: list[Effect] = [
        SaveQuestion(advance(question, Step.START, at=case.at, due=due)),
        SavePing(replace(ping, state=state, delivered_at=case.at)),
    ]
    if state is PingState.UNCONFIRMED:
        # Right after a crash nobody is seen yet: the line waits, and finds the asker when it goes out.
        note = replies.unconfirmed(question.number, ping.nick)
        effects += say(
            case,
            question.venue,
            note,
            to=question.asker,
            purpose=Purpose.TELL,
            question=question.number,
        )
    elif not case.reference.same_place(ping.venue, question.venue):
        told = replies.asked_elsewhere(ping, question.section, waits)
        effects += reachable_note(case, question, told)
    return effects
