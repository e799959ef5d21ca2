"""The nicks that a server says are bots, for lines that bear no tag (IRCv3, "bot-mode").

    335 me nick …        somebody asked about is a bot
    354 and 352          the flags hold the letter that ISUPPORT BOT names, or do not

A mark lasts as long as the nick is seen: it follows NICK, and ends with QUIT, and when the nick leaves the
last channel where it was seen marked; whoever is called that later may be a person.
"""

from bot.transports.irc.isupport import Isupport

MOST = 1000


class Marked:
    """The marked nicks of one connection, each with the channels where it was seen."""

    def __init__(self, isupport: Isupport) -> None:
        self._isupport = isupport
        self._channels: dict[str, set[str]] = {}

    def __contains__(self, nick: str) -> bool:
        return bool(self._channels) and self._isupport.fold(nick) in self._channels

    def is_bot(self, nick: str) -> None:
        """The server says so."""
        if len(self._channels) < MOST:
            self._channels.setdefault(self._isupport.fold(nick), set())

    def flags(self, nick: str, channel: str, flags: str) -> None:
        """What WHO tells of a member of a channel: `H` or `G`, and letters."""
        letter = self._isupport.bot
        if letter is None:
            return
        if letter in flags[1:]:
            self.is_bot(nick)
            self._seen(nick, channel)
        else:
            self._channels.pop(self._isupport.fold(nick), None)

    def joined(self, nick: str, channel: str) -> None:
        """Whoever comes into sight may be another; a bot that is in sight is in one more channel."""
        if nick in self:
            if self._channels[self._isupport.fold(nick)]:
                self._seen(nick, channel)
            else:
                self.quit(nick)

    def left(self, nick: str, channel: str) -> None:
        if nick in self:
            self._out_of(self._isupport.fold(nick), self._isupport.fold(channel))

    def quit(self, nick: str) -> None:
        if nick in self:
            del self._channels[self._isupport.fold(nick)]

    def renamed(self, nick: str, new_nick: str) -> None:
        channels = self._channels.pop(self._isupport.fold(nick), None)
        self._channels.pop(self._isupport.fold(new_nick), None)
        if channels is not None:
            self._channels[self._isupport.fold(new_nick)] = channels

    def lost(self, channel: str) -> None:
        """We see no more of a channel."""
        for nick in list(self._channels):
            self._out_of(nick, self._isupport.fold(channel))

    def forget(self) -> None:
        """Who is who is open."""
        self._channels.clear()

    def _seen(self, nick: str, channel: str) -> None:
        known = self._channels.get(self._isupport.fold(nick))
        if known is not None:
            known.add(self._isupport.fold(channel))

    def _out_of(self, nick: str, channel: str) -> None:
        known = self._channels[nick]
        if channel in known:
            known.discard(channel)
            if not known:
                del self._channels[nick]
