"""Which mechanism of SASL comes next on a connection.

The best of those that we can use, that the server lists (the value of `sasl`, or 908, which services say
themselves) and that has not been refused. A server that failed to prove that it knows the password is not
told it: for the rest of the connection there is no PLAIN. No I/O.
"""

from collections.abc import Callable

from bot.transports.irc.mechanisms import BEST_FIRST, Name, chosen, possible
from bot.transports.irc.settings import IrcSettings


class Ways:
    """Of one connection. `offered`: the server's list of mechanisms, None where it has no SASL."""

    def __init__(self, settings: IrcSettings, offered: Callable[[], str | None]) -> None:
        self._settings = settings
        self._offered = offered
        self._told: str | None = None
        self._refused: set[Name] = set()
        self._impostor = False

    @property
    def listed(self) -> str:
        """The mechanisms with commas; empty where none were told."""
        return self._told or self._offered() or ""

    @property
    def any(self) -> bool:
        """Whether there is one at all."""
        return chosen(self._able(), self.listed) is not None

    @property
    def next(self) -> Name | None:
        """The one to try."""
        return chosen(self._able(), self.listed, self._refused)

    def told(self, listed: str) -> None:
        """Services list their mechanisms."""
        self._told = listed

    def unknown(self, name: Name) -> bool:
        """Whether services have told their mechanisms, and that one is none of them."""
        return self._told is not None and name not in self._told.upper().split(",")

    def refused(self, name: Name) -> None:
        """It is no use."""
        self._refused.add(name)

    def impostor(self) -> None:
        """The server does not know the password."""
        self._impostor = True

    def forget(self) -> None:
        """Begin with the best again."""
        self._refused.clear()

    def gone(self) -> None:
        """Services have left: others may come back."""
        self._told = None
        self.forget()

    def _able(self) -> frozenset[Name]:
        sasl = self._settings.sasl
        if sasl is None:
            return frozenset()
        certificate = self._settings.certificate is not None
        able = possible(sasl.mechanism, password=sasl.has_password, certificate=certificate)
        return able - {"PLAIN"} if self._impostor else able


def no_way(settings: IrcSettings, offered: str) -> tuple[str, str] | None:
    """Why none of the mechanisms that are offered by name (`offered`, with commas) can be used with what is
    configured, and what to set; None where one can, and where none is named."""
    sasl, certificate = settings.sasl, settings.certificate is not None
    named = [each.upper() for each in offered.split(",") if each]
    if sasl is None or not named:
        return None
    if chosen(possible(sasl.mechanism, password=sasl.has_password, certificate=certificate), offered):
        return None
    free = possible(None, password=sasl.has_password, certificate=certificate)
    usable = [f"`{name.lower()}`" for name in BEST_FIRST if name in free and name in named]
    if sasl.mechanism is not None:
        told = f"`sasl.mechanism` is {sasl.mechanism}, which is not offered"
    else:
        told = "what is offered is not to be had by a password"
    if usable:
        return told, f"leave `sasl.mechanism` out, or set it to {' or '.join(usable)}"
    if {"PLAIN", "SCRAM-SHA-256"}.intersection(named):
        return told, "say where the password is, as `sasl.password_file`, and leave `sasl.mechanism` out"
    if "EXTERNAL" in named:
        return told, "name a client `certificate` that services know, and leave `sasl.mechanism` out"
    return told, "the desk knows none of those: services may know it by a client `certificate` all the same"
