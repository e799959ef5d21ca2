"""Which question somebody is about to confirm, before anything is decided: so that it can be looked for in
the base once, together with whatever else an event has to have looked for.
"""

from bot.desk import prompting
from bot.desk.case import Case
from bot.desk.events import Event, Heard, Reacted
from bot.desk.hearing import read
from bot.desk.lifecycle import Step, may
from bot.desk.model import Question, State
from bot.desk.reactions import prompt_of, word
from bot.desk.said import Said
from bot.desk.settling import settled_by
from bot.desk.thanks import may_confirm

CONFIRMING = frozenset({"yes", "1", "2", "3"})
"""The commands that say that an answer was right."""


def about_to_confirm(case: Case, event: Event) -> Question | None:
    """The question of the speaker's that the event confirms, as far as can be said before it is decided."""
    match event:
        case Heard():
            said = read(event, case.reference)
            if said.command in CONFIRMING:
                prompted = prompting.find(case, event, said)
            elif said.command is None and may_confirm(said.text):
                prompted = prompting.find(case, event, Said(event.text))
            else:
                return None
            question = prompted.question if prompted is not None else settled_by(case, event, said)
        case Reacted():
            prompt = prompt_of(case, event) if word(event.key) in CONFIRMING else None
            number = prompt.question if prompt is not None else None
            question = case.facts.questions.get(number) if number is not None else None
        case _:
            return None
    if question is None:
        return None
    waits = may(question, Step.CONFIRM) or question.state is State.OFFERED
    return question if waits or question.state is State.ANSWERED else None
