"""What a bridge brings back: venues that it makes one (`bridged` in the configuration), and their echoes.

Where the desk sits on both sides of a bridge it hears every line twice: once from whoever says it, once from
the ghost that the bridge made of them on the other side. Each is heard on its own side:

    a ghost's (a known pattern, a bridge's bot, no account on Matrix)     dropped, as long as its own side is
        in sight; where that is not, it is somebody behind a bridge, who has no rights
    our own, by a ghost called like us, or in our own words               ours
    the same words by the same name on another side within `WINDOW`       dropped, in whichever order they
        come, also when a side that was away is read back; not where an account is proven on both sides (two
        people are), and not a line of less than `WORDS` words: two people say "yes", and of a ghost's
        nothing comes, for nobody has asked it

Pure, with bounded memory. Must not import the store, transports or the loop.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.allowances import bound
from bot.desk.addressing import local
from bot.desk.events import Heard
from bot.desk.model import Role
from bot.desk.reference import Reference
from routing.presence import Roster, Venue, fold

WINDOW = timedelta(minutes=2)
WORDS = 3
REMEMBERED = 2000
"""Lines, of the last two minutes or before."""

_WORD = re.compile(r"\w+")
_MARKS = re.compile(r"\[[^\[\]]*\]$|[_|`^-]+$")


@dataclass(frozen=True, slots=True)
class Ghosts:
    """Network -> the patterns of names that a bridge gives there to people of another side."""

    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def name(self, network: str, nick: str) -> str | None:
        """What the pattern leaves of a ghost's name, which is whom it stands for; None where it is no
        ghost."""
        for pattern in self.patterns.get(network, ()):
            written = re.escape(pattern).replace(r"\*", "(.*?)").replace(r"\?", ".")
            found = re.fullmatch(written, nick, re.IGNORECASE | re.DOTALL)
            if found is not None:
                return next((part for part in found.groups() if part), local(nick))
        return None


@dataclass(frozen=True, slots=True)
class _Line:
    venue: tuple[str, str]
    at: datetime
    proven: bool


@dataclass(slots=True)
class Echoes:
    """The lines that were heard lately in venues that a bridge makes one."""

    ghosts: Ghosts = field(default_factory=Ghosts)
    _me: dict[str, str] = field(default_factory=dict)
    _ours: OrderedDict[tuple[str, frozenset[tuple[str, str]]], datetime] = field(default_factory=OrderedDict)
    _heard: OrderedDict[tuple[str, str, frozenset[tuple[str, str]]], _Line] = field(
        default_factory=OrderedDict
    )

    def said(self, ours: Heard, reference: Reference) -> None:
        """We hear what we said ourselves."""
        joint = reference.bridged.get(ours.venue.key)
        if joint is not None:
            self._me[ours.venue.network] = fold(ours.me)
            self._ours.pop((_words(ours.text), joint), None)
            self._ours[_words(ours.text), joint] = ours.at
            bound(self._ours, REMEMBERED)

    def told_apart(self, heard: Heard, reference: Reference, roster: Roster) -> Heard | None:
        """The line as that of whoever says it; None where it is an echo."""
        joint = reference.bridged.get(heard.venue.key)
        if joint is None or (heard.replayed and not heard.late):
            return heard
        self._me[heard.venue.network] = fold(heard.me)
        name = self._ghost(heard)
        if name is not None:
            if self._is_ours(heard, name, joint) or self._own_side_in_sight(heard, reference, roster):
                return None
            speaker = replace(heard.speaker, account=None, granted=Role.ANYBODY, also=())
            heard = replace(heard, speaker=speaker)
        return None if self._was_heard(heard, name, joint) else heard

    def _ghost(self, heard: Heard) -> str | None:
        """Whom the speaker stands for, where that is somebody of another side."""
        speaker = heard.speaker
        if speaker.bridged:
            return speaker.nick.partition("/")[0]
        name = self.ghosts.name(speaker.network, speaker.nick)
        if name is None and speaker.account is None and speaker.nick.startswith("@"):
            return local(speaker.nick)
        return name

    def _is_ours(self, heard: Heard, name: str, joint: frozenset[tuple[str, str]]) -> bool:
        if _bare(name) in {_bare(me) for network, me in self._me.items() if network != heard.venue.network}:
            return True
        said = self._ours.get((_words(heard.text), joint))
        return said is not None and abs(heard.spoken_at - said) <= WINDOW

    def _own_side_in_sight(self, heard: Heard, reference: Reference, roster: Roster) -> bool:
        """Whether the line is heard where it was said: of several other sides that may be any."""
        return all(_in_sight(venue, roster) for venue in reference.bridged_to(heard.venue))

    def _was_heard(self, heard: Heard, name: str | None, joint: frozenset[tuple[str, str]]) -> bool:
        words = _words(heard.text)
        if len(words.split()) < WORDS:
            return False
        key = (_bare(name or heard.speaker.nick), words, joint)
        line = _Line(heard.venue.key, heard.spoken_at, heard.speaker.account is not None)
        before = self._heard.get(key)
        if before is not None and abs(line.at - before.at) <= WINDOW and before.venue != line.venue:
            return not (line.proven and before.proven)
        self._heard.pop(key, None)
        self._heard[key] = line
        bound(self._heard, REMEMBERED)
        return False


def _in_sight(venue: Venue, roster: Roster) -> bool:
    return venue.network in roster.since and venue.key in roster.venues


def _bare(name: str) -> str:
    """A name without what bridges and crowded networks put to it: `alice[m]`, `alice_`, `@alice:server`."""
    short, before = fold(local(name)), ""
    while short != before:
        short, before = _MARKS.sub("", short), short
    return short


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
