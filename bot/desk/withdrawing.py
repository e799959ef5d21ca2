"""A question is taken back, by its asker or by an operator."""

from bot.desk import replies
from bot.desk.case import Case, say
from bot.desk.effects import ClosePrompts, Effect, Explain, SaveQuestion
from bot.desk.lifecycle import Step, advance
from bot.desk.model import Conditions, PingState, Purpose, Question, Speaker


def withdraw(case: Case, question: Question, by: str) -> list[Effect]:
    """The asker (or an operator) takes the question back; nothing about it is said any more."""
    return [
        SaveQuestion(advance(question, Step.WITHDRAW, at=case.at, outcome=by, unsaid="")),
        ClosePrompts(question.asker.key, question.number),
        *_told_elsewhere(case, question),
        Explain(question.number, (by,)),
    ]


def _told_elsewhere(case: Case, question: Question) -> list[Effect]:
    """Whoever may be thinking about the question, and would not see in its venue that it was taken back."""
    effects: list[Effect] = []
    newest = {ping.person: ping for ping in case.facts.pings_of(question.number)}
    for ping in newest.values():
        busy = ping.state in {PingState.DELIVERED, PingState.ACKNOWLEDGED, PingState.REPLIED}
        person = case.reference.map.person(ping.person)
        if busy and person is not None and not case.reference.same_place(ping.venue, question.venue):
            network = ping.venue.network
            to = Speaker(network, ping.nick, case.reference.accounts_of(person).get(network))
            text = replies.withdrawn(question.number)
            effects += say(
                case,
                ping.venue,
                text,
                to=to,
                purpose=Purpose.TELL,
                question=question.number,
                conditions=Conditions(),
            )
    return effects
