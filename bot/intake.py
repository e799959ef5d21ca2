"""What of all that is heard may reach the desk: pure, with bounded state.

Dropped, each with its reason: our own echo, notices, other bots (marked, configured, or such as answer like
nobody types: `bot.automatons`), lines replayed from history, duplicates of a message, and whatever is said
beyond an allowance (`bot.allowances`): by one speaker, behind one bridge, on one network. Lines that matter
because the desk waits for their speaker have an allowance of their own. So two bots cannot talk each other
into a loop, and a flood costs the others nothing, because what is over is dropped before any work is done.
Of complaints (that a line was of no use) each speaker hears one a minute; that too much is said at once, each
venue; that they themself say too much, each speaker, privately, once in ten minutes. Neither allowances nor
this hold for those who operate the desk from its own machine, and people of the map are no part of a crowd.

Lines of bridges are those of whoever they name (`bot.bridges`); what a bridge brings back from a side where
it is heard anyway is dropped (`bot.echoes`). Lines that go on from an earlier one of the
same speaker are joined here: `Heard.joined_text`.

Chatter comes a thousand lines a second: whatever is no concern of the desk's is told by its beginning, and
goes through as it is.

Must not import the store, transports or the loop.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.allowances import BRIEF_SPEAKERS, LATELY, Allowances, Doors, bound
from bot.automatons import Automatons, Ear, ear
from bot.bridges import Bridges, Unfit
from bot.desk.addressing import address, is_to_other
from bot.desk.commands import COMMANDS
from bot.desk.effects import Effect, Say
from bot.desk.events import Delivered, Edited, Event, Heard, Reacted, ReferenceChanged, Unreadable
from bot.desk.hearing import is_addressed, read
from bot.desk.model import CONTROL, Role, Speaker
from bot.desk.reference import Reference
from bot.desk.rows import Bare
from bot.desk.said import Said
from bot.echoes import Echoes, Ghosts
from bot.seldom import Seldom
from routing.presence import Roster, fold

TEXT_LIMIT = 2000
"""Characters of a line that are looked at; the rest is cut off unread."""

TALK_BURST = 20
"""Lines that a speaker for whom the desk waits may say at once: developers paste whole answers."""

TALK_REFILL = timedelta(seconds=2)

COMPLAINT_EVERY = timedelta(minutes=1)

TOLD_BURST = 3
TOLD_REFILL = timedelta(seconds=20)
"""How often it is told on one network that too much is said at once; and that one speaker says too much."""

HINT_EVERY = timedelta(minutes=10)
"""How often one speaker is told that."""

UNREADABLE_EVERY = timedelta(hours=1)
"""How often one speaker is told in one venue that they cannot be read."""

UNREADABLE_DAILY = timedelta(days=1)
"""The same in a room with others in it, whoever they are: what was said there need not have been for us."""

MESSAGES = 5000

_BARE_WORDS = 2
_READY = frozenset({"withdraw", "mine", "missed"})


class Dropped(StrEnum):
    """Why a line did not reach the desk."""

    OWN = "our own echo"
    NOTICE = "a notice"
    BOT = "another bot"
    REPLAYED = "replayed"
    DUPLICATE = "a duplicate"
    EMPTY = "empty"
    BRIDGE = "a bridge's own"
    UNPROVEN = "a bridge's name without its account"
    ECHO = "heard on its own side of a bridge"
    AUTOMATON = "answers like nobody types"
    UNREADABLE = "one more that cannot be decrypted"
    OVER_LIMIT = "over the speaker's allowance"
    ENDLESS = "goes on and on"
    CROWDED = "more at once than the network's allowance"


_REMEDIES: Mapping[Dropped, str] = {
    Dropped.AUTOMATON: "a bot: name it in `bots`; a person: they say it again after ten seconds, and "
    "`desk.bots_answer` sets how soon is too soon",
    Dropped.ENDLESS: "a bot: name it in `bots`; a person: they may say one line a minute from here on",
    Dropped.UNPROVEN: "if it is your bridge: have it log in, or mend its `account` in `bridges`; else "
    "somebody has taken its nick",
    Dropped.CROWDED: "none by a setting: the operators of the channel can quiet who floods",
}
"""What an operator wants to know of, since somebody may miss an answer, and what can be done about it."""


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
    bridges: Bridges = field(default_factory=Bridges)
    ghosts: Ghosts = field(default_factory=Ghosts)
    _doors: Doors = field(default_factory=Doors)
    _automatons: Automatons = field(default_factory=Automatons)
    _talking: Allowances = field(default_factory=lambda: Allowances(TALK_BURST, TALK_REFILL))
    _told: Allowances = field(default_factory=lambda: Allowances(TOLD_BURST, TOLD_REFILL))
    _crowded: Seldom = field(default_factory=lambda: Seldom(COMPLAINT_EVERY))
    _hints: Allowances = field(default_factory=lambda: Allowances(TOLD_BURST, TOLD_REFILL))
    _hinted: Seldom = field(default_factory=lambda: Seldom(HINT_EVERY))
    _noted: Seldom = field(default_factory=lambda: Seldom(LATELY))
    _complaints: Seldom = field(default_factory=lambda: Seldom(COMPLAINT_EVERY))
    _messages: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)
    _talks: OrderedDict[tuple[str, tuple[str, str]], _Talk] = field(default_factory=OrderedDict)
    _unread: Seldom = field(default_factory=lambda: Seldom(UNREADABLE_EVERY))
    _unread_in_rooms: Seldom = field(default_factory=lambda: Seldom(UNREADABLE_DAILY))
    _problems: tuple[str, ...] = ()
    _echoes: Echoes = field(init=False)

    def __post_init__(self) -> None:
        self._echoes = Echoes(self.ghosts)

    def admit(self, event: Event, reference: Reference, roster: Roster) -> Event | Dropped:
        """The event as the desk shall see it, or why it does not."""
        if isinstance(event, Unreadable):
            return self._unreadable(event)
        if not isinstance(event, Heard):
            if isinstance(event, ReferenceChanged):
                return self._compared(event)
            if isinstance(event, Delivered) and event.to is not None:
                self._automatons.told(ear(*event.to), event.at)
            return event
        if event.own:
            self._said(event)
            self._echoes.said(event, reference)
            return Dropped.OWN
        if event.notice:
            return Dropped.NOTICE
        heard = event
        if self.bridges.known or event.relayed_by is not None:
            found = self._whose(event, roster)
            if isinstance(found, Dropped):
                return found
            heard = found
        if reference.bridged:
            native = self._echoes.told_apart(heard, reference, roster)
            if native is None:
                return Dropped.ECHO
            heard = native
        dropped = self._unfit(heard)
        if dropped is not None:
            return dropped
        text = heard.text[:TEXT_LIMIT].strip()
        if not text:
            return Dropped.EMPTY
        if text != heard.text:
            heard = replace(heard, text=text)
        if heard.venue.network == CONTROL:
            return heard
        if not is_addressed(heard, reference):
            return self._join(heard, None, reference, roster) if self._talks else heard
        said = read(heard, reference)
        person = reference.role_of(heard.speaker) >= Role.RESPONDER
        who, at_once = _ear(heard), reference.settings.bots_answer
        # Nobody answers from the past, however soon after our own line it is handled.
        live = not heard.late and not _typed(heard, said, reference)
        bridge = f"{heard.speaker.network}/{heard.speaker.bridge}" if heard.speaker.bridged else None
        length, private = len(heard.text), heard.venue.private
        # Whoever goes on at such a pace floods, whether or not it is taken for a program's. Developers paste
        # their answers, privately, too: how much, `admit_talk` says.
        pasted = person and private
        opens = pasted or self._doors.opens(heard.speaker.key, heard.at, bridge, person=person)
        if live and self._automatons.answers(who, heard.at, at_once, length, private=private):
            return Dropped.AUTOMATON
        if not opens:
            return self._over(heard)
        if not person:
            if self._doors.endless(heard.speaker.key, heard.at):
                return Dropped.ENDLESS
            if not self._doors.has_room(heard.venue.network, heard.speaker.key, heard.at):
                return self._too_much(heard)
        return self._join(heard, said, reference, roster)

    def admit_talk(self, event: Event) -> Event | Dropped:
        """The same for an event that matters: a line more than the desk can be waiting for is dropped."""
        # A redaction is never too many: what is taken back has to be forgotten.
        if not isinstance(event, Heard | Edited | Reacted) or event.venue.network == CONTROL:
            return event
        allowed = self._talking.take(event.speaker.key, event.at, strict=True)
        return event if allowed else Dropped.OVER_LIMIT

    def flooding(self, speaker: str, at: datetime) -> bool:
        """Whether `speaker` (key) said more to the desk within the last minute than they may; people of the
        map never count."""
        return self._doors.flooding(speaker, at)

    def notable(self, event: Heard, why: Dropped) -> str | None:
        """What can be done about it that `event` was dropped, where that is worth telling an operator: once a
        minute of a kind and network; of each speaker who was taken for a bot, for it may be a person."""
        whose = event.speaker.key if why is Dropped.AUTOMATON else ""
        if why not in _REMEDIES or not self._noted.tell((event.venue.network, why, whose), event.at):
            return None
        return _REMEDIES[why]

    def restrained(self, event: Event, effects: list[Effect]) -> list[Effect]:
        """The effects of `event` without complaints where its speaker heard another a short while ago. The
        same event may be decided again, and gets the same."""
        if not any(isinstance(effect, Say) and effect.complaint for effect in effects):
            return effects
        speaker = getattr(event, "speaker", None)
        if not isinstance(speaker, Speaker) or speaker.network == CONTROL:
            return effects
        if self._complaints.tell(speaker.key, event.at, by=event.id):
            return effects
        return [effect for effect in effects if not (isinstance(effect, Say) and effect.complaint)]

    def _compared(self, event: ReferenceChanged) -> ReferenceChanged:
        """The event as one that only repeats problems, or tells that there are none any more, where it does:
        either is told once."""
        repeated, mended = event.problems == self._problems, bool(self._problems) and not event.problems
        self._problems = event.problems
        return replace(event, repeated=repeated, mended=mended)

    def _unreadable(self, event: Unreadable) -> Unreadable | Dropped:
        """A line that cannot be decrypted; now and then its speaker is told."""
        if self._is_bot(event.speaker):
            return Dropped.BOT
        if event.venue.private:
            told = self._unread.tell((event.speaker.key, event.venue.key), event.at)
        else:
            told = self._unread_in_rooms.tell(event.venue.key, event.at)
        return event if told else Dropped.UNREADABLE

    def _said(self, event: Heard) -> None:
        """We hear ourselves, and so does whom it was said to."""
        nick = event.venue.name if event.venue.private else address(event.text)[0]
        if nick is not None:
            self._automatons.told(ear(event.venue, nick), event.at)

    def _whose(self, event: Heard, roster: Roster) -> Heard | Dropped:
        """The line as that of whoever is behind a bridge, where one says it."""
        heard = self.bridges.unwrapped(event, roster)
        if isinstance(heard, Unfit):
            return Dropped.UNPROVEN if heard is Unfit.UNPROVEN else Dropped.BRIDGE
        # A bridge may bring back what it took from here.
        return Dropped.OWN if fold(heard.speaker.nick.partition("/")[0]) == fold(event.me) else heard

    def _unfit(self, event: Heard) -> Dropped | None:
        if event.from_bot or (self.bots and self._is_bot(event.speaker)):
            return Dropped.BOT
        if event.replayed and not event.late:
            return Dropped.REPLAYED
        if event.message is None:
            return None
        key = (event.venue.network, event.message)
        if key in self._messages:
            return Dropped.DUPLICATE
        self._messages[key] = None
        bound(self._messages, MESSAGES)
        return None

    def _is_bot(self, speaker: Speaker) -> bool:
        nick = fold(speaker.nick)
        if (speaker.network, nick) in self.bots:
            return True
        return speaker.bridged and (speaker.network, nick.partition("/")[0]) in self.bots

    def _too_much(self, event: Heard) -> Heard | Dropped:
        """More is said than the network's allowance; once a minute that is told where it happens."""
        key, at = event.venue.key, event.at
        if not self._crowded.due(key, at) or not self._told.take(key[0], at):
            return Dropped.CROWDED
        self._crowded.tell(key, at)
        return replace(event, crowded=True)

    def _over(self, event: Heard) -> Heard | Dropped:
        """More is said than the speaker's allowance; now and then they are told, privately, and only where
        that concerns them alone."""
        speaker, at = event.speaker, event.at
        if event.late or speaker.bridged or not self._hinted.due(speaker.key, at):
            return Dropped.OVER_LIMIT
        if not self._hints.take(speaker.network, at):
            return Dropped.OVER_LIMIT
        self._hinted.tell(speaker.key, at)
        return replace(event, over=True)

    def _join(self, event: Heard, said: Said | None, reference: Reference, roster: Roster) -> Heard:
        """Lines of one speaker in one venue within the time for it are one text, from the first that was said
        to the desk on. A command, and a line to somebody else, belongs to no text. `said`: how the line
        reads, where that is known."""
        key = (event.speaker.session_key if event.speaker.session else event.speaker.key, event.venue.key)
        talk = self._talks.pop(key, None)
        if talk is not None and abs(event.spoken_at - talk.at) > reference.settings.join_lines:
            talk = None
        if said is None:
            if talk is None:
                return event
            said = read(event, reference)
        if said.usage or said.meant or (said.command is not None and said.command != "ask"):
            if talk is not None:
                self._talks[key] = talk
            return event
        text = said.args["text"] if said.command == "ask" else said.text
        if talk is None or said.command == "ask":
            if said.addressed:
                self._remember(key, _Talk(text, event.spoken_at))
            return event
        if not said.addressed and is_to_other(text, roster.folded(event.venue, without=event.me)):
            self._talks[key] = talk
            return event
        joined = f"{talk.text}\n{text}"[:TEXT_LIMIT]
        self._remember(key, _Talk(joined, event.spoken_at))
        return replace(event, joined_text=joined)

    def _remember(self, key: tuple[str, tuple[str, str]], talk: _Talk) -> None:
        self._talks[key] = talk
        bound(self._talks, BRIEF_SPEAKERS)


def _ear(event: Heard) -> Ear:
    """Where the speaker of a line hears the desk, as `Delivered.to` names it."""
    speaker = event.speaker
    return ear(event.venue, speaker.session if speaker.bridged else speaker.nick)


def _typed(event: Heard, said: Said, reference: Reference) -> bool:
    """Whether a line may come as fast as it likes, since people have it ready: bare words, commands about
    one's own questions (`withdraw 6`, `mine`), commands of people of the map, and any command privately,
    where they are said one after the other."""
    if said.command is None and not said.usage:
        return False
    if event.venue.private or reference.role_of(event.speaker) >= Role.RESPONDER:
        return True
    ready = said.command in _READY or COMMANDS[said.command or ""].bare is not Bare.NOBODY
    return ready and len(said.text.split()) <= _BARE_WORDS
