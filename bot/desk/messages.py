"""What becomes of a message after it was said: it is edited, taken back, or reacted to.

An edit by its asker changes the question while nobody has it yet, a redaction withdraws it, and a reaction is
a bare word that counts under the same conditions as one that is said.
"""

from dataclasses import replace

from bot.desk import asking
from bot.desk.addressing import address
from bot.desk.case import Case
from bot.desk.commands import COMMANDS
from bot.desk.effects import Effect
from bot.desk.events import Edited, Heard, Reacted, Redacted
from bot.desk.grammar import parse
from bot.desk.lifecycle import Step, may
from bot.desk.model import Question, Speaker, State
from bot.desk.reference import Reference
from routing.presence import Venue

_REACTIONS = {
    "👍": "yes",
    "👎": "not it",
    "1️⃣": "1",
    "2️⃣": "2",
    "3️⃣": "3",
    "✋": "ack",
}


def _asked_in(case: Case, message: str, speaker: Speaker) -> Question | None:
    """The speaker's own question that was asked in this message."""
    number = case.facts.message
    question = case.facts.questions.get(number) if number is not None else None
    own = question is not None and question.asker.is_same(speaker) and question.message_id == message
    return question if own else None


def edited(case: Case, event: Edited) -> list[Effect]:
    """The asker changed the question: while nobody has it yet, it is read anew."""
    question = _asked_in(case, event.message, event.speaker)
    if question is None or question.state is not State.OPEN:
        return []
    heard = _as_heard(event, event.venue, event.speaker, event.text, me="")
    return asking.extend(case, heard, question, without_address(event, case.reference))


def without_address(event: Edited, reference: Reference) -> str:
    """What the edited line asks. A question that was asked in public began with the desk's name."""
    start, _ = address(event.text.strip())
    said = parse(event.text, me=start or "", private=event.venue.private, prefix=reference.settings.prefix)
    return said.args.get("text", said.text) if said.command == "ask" else said.text


def redacted(case: Case, event: Redacted) -> list[Effect]:
    """The asker took the message back: the question is withdrawn."""
    question = _asked_in(case, event.message, event.speaker)
    if question is None or not may(question, Step.WITHDRAW):
        return []
    return asking.withdraw(case, question, "its message was redacted")


def reacted(case: Case, event: Reacted) -> list[Effect]:
    """A reaction is a bare word: it counts under the same conditions."""
    word = _REACTIONS.get(event.key)
    if word is None:
        return []
    heard = _as_heard(event, event.venue, event.speaker, word, me=event.me)
    said = parse(word, me=event.me, private=False, prefix="")
    command = COMMANDS[said.command or ""]
    if case.reference.role_of(event.speaker) < command.role:
        return []
    return command.handler(case, heard, replace(said, named=False))


def _as_heard(event: Edited | Reacted, venue: Venue, speaker: Speaker, text: str, *, me: str) -> Heard:
    return Heard(id=event.id, at=event.at, speaker=speaker, venue=venue, text=text, me=me)
