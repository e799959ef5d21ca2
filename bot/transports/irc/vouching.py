"""What one connection's server vouches for about accounts.

    account-tag                        each line says whose it is, or by its lack that there is no account
    extended-join, account-notify      whoever comes says it, and each change is told
    WHOX (asked after each join)       it is told of those who were there before

(IRCv3, pages of the capabilities; ircu's documentation of WHOX.) With account-tag the line decides, and
nothing else. Without it what was told before holds only if every change was bound to be told: both other
capabilities were there before we joined our first channel, and since. Once one of them is gone nothing is
vouched for until the connection ends, even if it comes back: what happened in between was not told.

Told are changes only of those who share a channel with us. Whether somebody does, and what was told of
them, is for the roster to say (`bot.roster.recognise`).
"""

from bot.desk.events import Vouched
from bot.transports.irc.link import Message
from bot.transports.irc.standing import Standing

TELLING = frozenset({"account-notify", "extended-join"})


class Vouching:
    """Follows the capabilities of one connection, and which channels we are in."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._told: bool | None = None
        self._inside: dict[str, str] = {}

    def inside(self, channel: str) -> bool:
        """Whether we are in a channel: of others nothing is told, not even who leaves them."""
        return channel in self._inside.values() or self._standing.isupport.fold(channel) in self._inside

    @property
    def anywhere(self) -> bool:
        """Whether we are in any channel."""
        return bool(self._inside)

    def joined(self, channel: str) -> None:
        if self._told is None:
            self._told = self._standing.caps >= TELLING
        self._inside[self._standing.isupport.fold(channel)] = channel

    def left(self, channel: str) -> None:
        self._inside.pop(self._standing.isupport.fold(channel), None)

    def compared_anew(self) -> None:
        """The server compares names otherwise than it did."""
        self._inside = {self._standing.isupport.fold(name): name for name in self._inside.values()}

    def cap(self, message: Message) -> None:
        """Before a change of the capabilities: what is taken away is gone for good."""
        names, kind = message[-1].split(), message[1].upper()
        taken = [name.removeprefix("-") for name in names if kind == "DEL" or name.startswith("-")]
        if kind in ("DEL", "ACK") and not TELLING.isdisjoint(taken):
            self._told = False

    def unsaid(self) -> Vouched:
        """What is vouched for where nothing is said of the account."""
        return Vouched.STATE if self._told and self._standing.caps >= TELLING else Vouched.NOTHING
