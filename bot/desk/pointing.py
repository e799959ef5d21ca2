"""Which questions a line points at, where the network knows: by what it replies to, or by its thread.

A reply to a question's message, to a line of ours about it, or to what was answered, is about that question,
however many others are open, and so is what is said in its thread. A reply to anything else, or in any other
thread, is somebody else's talk. What points at nothing may be about anything.
"""

from collections.abc import Iterable

from bot.desk.case import Case
from bot.desk.events import Heard
from bot.desk.model import Question


def pointed_at(case: Case, heard: Heard) -> frozenset[int] | None:
    """The numbers of the questions that the line points at: none of them where it is a part of another talk.
    None where it points at nothing; privately there is no other talk."""
    if heard.relates_to is None and heard.thread is None:
        return None
    found = _of_message(case, heard, heard.relates_to) or _of_thread(case, heard, heard.thread)
    return None if not found and heard.venue.private else found


def asked_in(case: Case, network: str, message: str) -> Question | None:
    """The newest question of which this message is a part."""
    for question in _newest_first(case, network):
        if message == question.message_id or any(message == part for part, _ in question.parts):
            return question
    return None


def _of_message(case: Case, heard: Heard, message: str | None) -> frozenset[int]:
    if message is None:
        return frozenset()
    network = heard.venue.network
    found = [asked_in(case, network, message), *_answered_in(case, network, message)]
    return frozenset({q.number for q in found if q is not None} | _of_ours(case, message))


def _of_thread(case: Case, heard: Heard, thread: str | None) -> frozenset[int]:
    if thread is None:
        return frozenset()
    there = {q.number for q in _newest_first(case, heard.venue.network) if q.root == thread}
    return frozenset(there | _of_ours(case, thread))


def _answered_in(case: Case, network: str, message: str) -> Iterable[Question]:
    for question in case.facts.questions.values():
        for line in question.replies:
            if line.message == message and line.venue.network == network:
                yield question


def _of_ours(case: Case, message: str) -> set[int]:
    line = case.facts.lines.get(message)
    return {line.question} if line is not None and line.question is not None else set()


def _newest_first(case: Case, network: str) -> list[Question]:
    there = [q for q in case.facts.questions.values() if q.venue.network == network]
    return sorted(there, key=lambda q: -q.number)
