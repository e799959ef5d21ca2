"""Names as one connection's server compares them, brought to one spelling each.

All of the desk compares names by `routing.presence.fold`, which takes for one what differs in the case of
ASCII letters and nothing more. A server that takes more for one (CASEMAPPING rfc1459: `[]\\~` are `{}|^`)
may name somebody now so, now so; here each such name gets the spelling that it was named by first, for as
long as it is there. Only names with one of these characters can differ, so the others are passed on as
they are.

Until a server has said how it compares, two nicks or accounts are taken for two: to mistake one person for
another is worse than to see one twice. Of channels it is assumed as RFC 2812 has it (section 2.2), since
what counts there is that a configured channel is recognised. Where a server says something else in the
middle, nobody known by an odd name is who they were (`changed`).
"""

from collections.abc import Mapping

from bot.transports.irc.isupport import Isupport
from routing.presence import fold

MOST = 20_000
"""Names of a kind that are remembered; beyond, each spelling is a name of its own."""

_ODD = frozenset("[]\\~{}|^")


class Spellings:
    """The odd names of one connection. `channels`: those that are configured, in the spelling to be used."""

    def __init__(self, isupport: Isupport, channels: tuple[str, ...]) -> None:
        self._isupport = isupport
        self._configured = tuple(name for name in channels if not _ODD.isdisjoint(name))
        self._begin()

    def _begin(self) -> None:
        self._mapping = self._isupport.tokens.get("CASEMAPPING")
        self._odd: Mapping[int, int] = self._isupport.odd
        self._nicks: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        self._channels = {self._isupport.fold(name): name for name in self._configured}

    def nick(self, name: str) -> str:
        return name if _ODD.isdisjoint(name) else _first(self._nicks, self._key(name), name)

    def account(self, name: str) -> str:
        return name if _ODD.isdisjoint(name) else _first(self._accounts, self._key(name), name)

    def channel(self, name: str) -> str:
        return name if _ODD.isdisjoint(name) else _first(self._channels, self._isupport.fold(name), name)

    def gone(self, nick: str) -> None:
        """Nobody is called that any more."""
        if not _ODD.isdisjoint(nick):
            self._nicks.pop(self._key(nick), None)

    def changed(self) -> bool:
        """To be called when the server has said something. Whether it compares otherwise than it did, so that
        two were taken for one, or one for two; from now on it is done as it does."""
        if self._isupport.tokens.get("CASEMAPPING") == self._mapping:
            return False
        nicks, accounts, channels = (list(t.values()) for t in (self._nicks, self._accounts, self._channels))
        known = len(nicks), len(accounts), len(channels)
        merged = (bool(self._odd) and bool(nicks or accounts)) or (self._wide and bool(channels))
        widened = self._mapping is None and bool(self._isupport.odd)
        self._begin()
        for each, spelt in ((nicks, self.nick), (accounts, self.account), (channels, self.channel)):
            for name in each:
                spelt(name)
        return (merged and not widened) or known != (
            len(self._nicks),
            len(self._accounts),
            len(self._channels),
        )

    @property
    def _wide(self) -> bool:
        """Whether channels are taken for one that differ in more than letters."""
        return self._mapping is None or bool(self._odd)

    def _key(self, name: str) -> str:
        return fold(name).translate(self._odd)


def _first(known: dict[str, str], key: str, name: str) -> str:
    """The spelling that a name was given first."""
    return known.setdefault(key, name) if len(known) < MOST else known.get(key, name)
