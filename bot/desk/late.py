"""What was said while the desk was away, and reaches it now: what still counts, and how it is told.

A question, an answer and what merely asks hold as long as they are given at all. A word that changes
something was said to how things stood then: for a few minutes that is how they stand. Nobody is asked or
spared, and no desk is stopped, because of a word from history.

Whoever said it hears first when they did: they may have gone on since.
"""

from dataclasses import replace
from datetime import timedelta

from bot.desk.case import Case
from bot.desk.effects import Effect, SaveQuestion, Say
from bot.desk.events import Heard
from bot.desk.model import Role
from bot.desk.rows import Command

WORDS_HOLD = timedelta(minutes=10)
"""How long a word that changes something holds while the desk is away."""

# Taking one's question back and answering one are words that nothing else can overtake.
_HOLD = frozenset(
    {"answer", "ask", "help", "mine", "missed", "more", "status", "who owns", "why", "why me", "withdraw"}
)


def lapsed(heard: Heard, command: Command) -> bool:
    """Whether the command does nothing any more, because of when it was said. What operators and editors
    order is never taken from history."""
    if heard.said_at is None:
        return False
    if command.role >= Role.EDITOR:
        return True
    return command.path not in _HOLD and heard.at - heard.said_at > WORDS_HOLD


def told_late(case: Case, heard: Heard, effects: list[Effect]) -> list[Effect]:
    """The effects of a line, of which the first word to its speaker says when it was said, if it is late."""
    if case.said_at is None:
        return effects
    asked = any(isinstance(effect, SaveQuestion) and not effect.question.revision for effect in effects)
    for at, effect in enumerate(effects):
        if isinstance(effect, Say) and effect.line.addressee == heard.speaker:
            text = case.lead(asked=asked) + effect.line.text
            return [*effects[:at], replace(effect, line=replace(effect.line, text=text)), *effects[at + 1 :]]
    return effects
