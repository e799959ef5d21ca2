"""Who speaks where a bridge says it: people of another network, whose lines a bot brings into the channel.

    line = [ mark ] head text           as a line of the bridge's nick
    head = "<" name ">" | "[" name "]" | "(" name ")" | name ":"        whichever form is configured
    mark = "[" … "]" | "(" … ")"        before "<" alone: `[m] <alice> hello`
    name = nick [ "@" network ]         `<alice@discord> hello`

A line is unwrapped once: what stands in the text, `<bob>` included, is the words of whoever the bridge names.
Bridges put invisible characters into nicks, so that nobody is highlighted; those do not count. With RELAYMSG
(IRCv3, draft/relaymsg) the network itself names the speaker, as `nick/network`, and says by a tag whose line
it is.

Whoever is behind a bridge has no account, so no rights, and a session of their own, which is named after the
bridge's (`Speaker.bridge`): a bridged alice is never the alice of the network, and when the bridge goes, she
is gone. What the bridge says of itself ("*** alice joined") is nothing. Where the bridge's account is
configured, nobody else can speak for it; where it is not, whoever takes its nick can, and a name is anyway no
more than what somebody calls themselves elsewhere.

Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.desk.events import Heard
from bot.desk.model import BEHIND, Speaker
from bot.transports.names import BREAK
from bot.transports.plain import plain
from routing.presence import Roster, fold

LONGEST_NAME = 64

_UNSEEN = r"[\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff]*"
_MARK = rf"(?P<mark>(?:\[[^\[\]<>]{{1,30}}\]|\([^()<>]{{1,30}}\)){_UNSEEN})?"
_NETWORK = re.compile(r"(?P<nick>.+)@[\w.-]{1,30}")


class Form(StrEnum):
    """How a bridge writes who said something."""

    ANGLE = "<nick> text"
    SQUARE = "[nick] text"
    ROUND = "(nick) text"
    COLON = "nick: text"


_FORMS = {
    Form.ANGLE: re.compile(rf"{_UNSEEN}{_MARK}<(?P<name>[^<>]{{1,100}})>(?P<text>.*)", re.DOTALL),
    Form.SQUARE: re.compile(rf"{_UNSEEN}\[(?P<name>[^\[\]]{{1,100}})\](?P<text>.*)", re.DOTALL),
    Form.ROUND: re.compile(rf"{_UNSEEN}\((?P<name>[^()]{{1,100}})\)(?P<text>.*)", re.DOTALL),
    Form.COLON: re.compile(rf"{_UNSEEN}(?P<name>[^:]{{1,100}}):(?P<text>\s.*)", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Bridge:
    """One bridge: its account, where it must prove one on the line, and how it writes."""

    account: str | None = None
    form: Form = Form.ANGLE


class Unfit(StrEnum):
    """Why a line of a bridge is nobody's."""

    ITS_OWN = "the bridge's own"
    UNPROVEN = "without the bridge's account"


@dataclass(frozen=True, slots=True)
class Bridges:
    """The configured bridges, by network and folded nick."""

    known: Mapping[tuple[str, str], Bridge] = field(default_factory=dict)

    def unwrapped(self, heard: Heard, roster: Roster) -> Heard | Unfit:
        """The line as that of whoever is behind a bridge; as it is, where no bridge says it."""
        if heard.relayed_by is not None:
            return _said_by(heard, roster, heard.relayed_by, heard.speaker.nick, heard.speaker.nick)
        if not self.known:
            return heard
        bridge = self.known.get((heard.speaker.network, fold(heard.speaker.nick)))
        if bridge is None:
            return heard
        found = None if heard.venue.private else _FORMS[bridge.form].fullmatch(heard.text)
        if bridge.account is not None and fold(heard.speaker.account or "") != fold(bridge.account):
            # Somebody else may bear the nick while the bridge is away; only what looks like its lines is not.
            return heard if found is None else Unfit.UNPROVEN
        if found is None:
            return Unfit.ITS_OWN
        written = plain(found["name"])
        nick = plain(_nick(written))
        if not nick or len(nick) > LONGEST_NAME:
            return Unfit.ITS_OWN
        mark = plain(found["mark"] or "") if bridge.form is Form.ANGLE else ""
        unwrapped = replace(heard, text=found["text"].strip(), from_bot=False)
        return _said_by(unwrapped, roster, heard.speaker.nick, nick, f"{mark}{written}")

    def whose(self, heard: Heard, roster: Roster) -> Heard | None:
        """A line of what was said, ours among them, as that of whoever said it; None where it is nobody's. In
        our own, names of people behind a bridge are broken like all others, and whole here."""
        if heard.own:
            return replace(heard, text=heard.text.replace(BREAK, "")) if BREAK in heard.text else heard
        found = self.unwrapped(heard, roster)
        return None if isinstance(found, Unfit) else found


def _nick(name: str) -> str:
    found = _NETWORK.fullmatch(name)
    return found["nick"] if found else name


def _said_by(heard: Heard, roster: Roster, bridge: str, nick: str, name: str) -> Heard:
    """`heard` as said by `nick`, whom the bridge calls `name` in full."""
    network = heard.speaker.network
    carrier = roster.member(network, bridge)
    session = f"{carrier.session if carrier is not None else ''}{BEHIND}{fold(name)}"
    return replace(heard, speaker=Speaker(network, nick, None, session), from_bot=False)
