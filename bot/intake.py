"""What of all that is heard may reach the desk: pure, with bounded state.

Dropped, each with its reason: our own echo, notices, other bots, lines replayed from history, duplicates of
a message, and whatever a speaker says beyond their allowance. There are two of these: of lines said to the
desk, and of lines that matter to it because it waits for the speaker. Each is finite, refills slowly, and not
at all while it is overdrawn; so two bots cannot talk each other into a loop, and a flood costs the others
nothing, because allowances are counted for each speaker and what is over them is dropped before any work is
done. Of complaints (that a line was of no use) each speaker hears one a minute. Neither holds for those who
operate the desk from its own machine.

Lines that go on from an earlier one of the same speaker are joined here: `Heard.joined_text`.

Must not import the store, transports or the loop.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.desk.addressing import is_to_other
from bot.desk.effects import Effect, Say
from bot.desk.events import Event, Heard, ReferenceChanged
from bot.desk.hearing import read
from bot.desk.model import CONTROL, Speaker
from bot.desk.reference import Reference
from routing.presence import Roster, fold

TEXT_LIMIT = 2000
"""Characters of a line that are looked at; the rest is cut off unread."""

BURST = 6
"""Lines to the desk that a speaker may say at once."""

REFILL = timedelta(seconds=5)
"""How long one more line to the desk takes to be allowed."""

TALK_BURST = 20
"""Lines that a speaker for whom the desk waits may say at once: developers paste whole answers."""

TALK_REFILL = timedelta(seconds=2)

COMPLAINT_EVERY = timedelta(minutes=1)

BRIEF_SPEAKERS = 2000
MESSAGES = 5000


class Dropped(StrEnum):
    """Why a line did not reach the desk."""

    OWN = "our own echo"
    NOTICE = "a notice"
    BOT = "another bot"
    REPLAYED = "replayed"
    DUPLICATE = "a duplicate"
    EMPTY = "empty"
    OVER_LIMIT = "over the speaker's allowance"


@dataclass(slots=True)
class _Allowance:
    tokens: float
    at: datetime


@dataclass(slots=True)
class _Talk:
    text: str
    at: datetime


@dataclass(slots=True)
class Intake:
    """The bounded memory of what came in lately: least recently used goes first.

    `bots`: nicks (folded, by network) that are configured as other bots.
    """

    bots: frozenset[tuple[str, str]] = frozenset()
    _allowances: OrderedDict[str, _Allowance] = field(default_factory=OrderedDict)
    _talking: OrderedDict[str, _Allowance] = field(default_factory=OrderedDict)
    _complaints: OrderedDict[str, tuple[str, datetime]] = field(default_factory=OrderedDict)
    _messages: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)
    _talks: OrderedDict[tuple[str, tuple[str, str]], _Talk] = field(default_factory=OrderedDict)
    _problems: tuple[str, ...] = ()

    def admit(self, event: Event, reference: Reference, roster: Roster) -> Event | Dropped:
        """The event as the desk shall see it, or why it does not."""
        if isinstance(event, ReferenceChanged):
            return self._compared(event)
        if not isinstance(event, Heard):
            return event
        dropped = self._unfit(event)
        if dropped is not None:
            return dropped
        text = event.text[:TEXT_LIMIT].strip()
        if not text:
            return Dropped.EMPTY
        event = replace(event, text=text)
        addressed = read(event, reference).addressed
        limited = addressed and event.venue.network != CONTROL
        if limited and not _allow(self._allowances, event.speaker, event.at, BURST, REFILL):
            return Dropped.OVER_LIMIT
        return event if event.venue.network == CONTROL else self._join(event, reference, roster)

    def admit_talk(self, event: Event) -> Event | Dropped:
        """The same for an event that matters: a line more than the desk can be waiting for is dropped."""
        if not isinstance(event, Heard) or event.venue.network == CONTROL:
            return event
        allowed = _allow(self._talking, event.speaker, event.at, TALK_BURST, TALK_REFILL)
        return event if allowed else Dropped.OVER_LIMIT

    def restrained(self, event: Event, effects: list[Effect]) -> list[Effect]:
        """The effects of `event` without complaints where its speaker heard another a short while ago. The
        same event may be decided again, and gets the same."""
        if not any(isinstance(effect, Say) and effect.complaint for effect in effects):
            return effects
        speaker = getattr(event, "speaker", None)
        if not isinstance(speaker, Speaker) or speaker.network == CONTROL:
            return effects
        last = self._complaints.get(speaker.key)
        if last is not None and last[0] != event.id and event.at - last[1] < COMPLAINT_EVERY:
            return [effect for effect in effects if not (isinstance(effect, Say) and effect.complaint)]
        self._complaints.pop(speaker.key, None)
        self._complaints[speaker.key] = (event.id, event.at)
        _bound(self._complaints, BRIEF_SPEAKERS)
        return effects

    def _compared(self, event: ReferenceChanged) -> ReferenceChanged:
        """The event as one that only repeats problems, where it does: they are told once."""
        repeated = event.problems == self._problems
        self._problems = event.problems
        return replace(event, repeated=repeated)

    def _unfit(self, event: Heard) -> Dropped | None:
        if event.own:
            return Dropped.OWN
        if event.notice:
            return Dropped.NOTICE
        if event.from_bot or (event.speaker.network, fold(event.speaker.nick)) in self.bots:
            return Dropped.BOT
        if event.replayed:
            return Dropped.REPLAYED
        if event.message is None:
            return None
        key = (event.venue.network, event.message)
        if key in self._messages:
            return Dropped.DUPLICATE
        self._messages[key] = None
        _bound(self._messages, MESSAGES)
        return None

    def _join(self, event: Heard, reference: Reference, roster: Roster) -> Heard:
        """Lines of one speaker in one venue within the time for it are one text, from the first that was said
        to the desk on. A command, and a line to somebody else, belongs to no text."""
        key = (event.speaker.session_key if event.speaker.session else event.speaker.key, event.venue.key)
        said = read(event, reference)
        talk = self._talks.pop(key, None)
        if talk is not None and event.at - talk.at > reference.settings.join_lines:
            talk = None
        if said.usage or said.meant or (said.command is not None and said.command != "ask"):
            if talk is not None:
                self._talks[key] = talk
            return event
        text = said.args["text"] if said.command == "ask" else said.text
        if talk is None or said.command == "ask":
            if said.addressed:
                self._remember(key, _Talk(text, event.at))
            return event
        if not said.addressed and is_to_other(text, roster.folded(event.venue, without=event.me)):
            self._talks[key] = talk
            return event
        joined = f"{talk.text}\n{text}"[:TEXT_LIMIT]
        self._remember(key, _Talk(joined, event.at))
        return replace(event, joined_text=joined)

    def _remember(self, key: tuple[str, tuple[str, str]], talk: _Talk) -> None:
        self._talks[key] = talk
        _bound(self._talks, BRIEF_SPEAKERS)


def _allow(
    allowances: OrderedDict[str, _Allowance], speaker: Speaker, at: datetime, burst: int, refill: timedelta
) -> bool:
    known = allowances.pop(speaker.key, None) or _Allowance(burst, at)
    # A clock that jumps back must not empty an allowance.
    passed = max(timedelta(), at - known.at)
    tokens = min(burst, known.tokens + passed / refill)
    # Who goes on regardless gets nothing until they pause: a steady flood would else get a steady answer.
    allowances[speaker.key] = _Allowance(tokens - 1 if tokens >= 1 else 0.0, at)
    _bound(allowances, BRIEF_SPEAKERS)
    return tokens >= 1


def _bound(table: OrderedDict[Any, Any], limit: int) -> None:
    while len(table) > limit:
        table.popitem(last=False)
