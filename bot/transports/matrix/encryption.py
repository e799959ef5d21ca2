"""Encrypted rooms: what reads and writes in them, and what stands in for it where there is no encryption.

    take      reads an answer of /sync, and gives it back with what could be decrypted in place
    send      an event into a room: encrypted where the room is, and never in clear there
    readable  what could be read only later, or not at all
    run       the keys: handing out ours, asking for others', until cancelled

An event that was decrypted stands where the encrypted one stood: with the type and content that were inside,
id, sender and time of the one outside, no state key, and `unsigned` marked (`sealing.is_opened`). One that
could not be stays `m.room.encrypted`.

The extra `encryption` brings what it needs: `unavailable` says whether it is there.
"""

import importlib.util
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Protocol

import structlog

from bot.transports.base import Clock
from bot.transports.matrix.homeserver import Homeserver
from bot.transports.matrix.room import Room
from bot.transports.matrix.sealing import (
    OPENED,
    Closed,
    KeysLost,
    KeysUnusable,
    Opened,
    Unopened,
    events_of,
    is_opened,
    put,
)
from bot.transports.matrix.settings import MatrixSettings

__all__ = [
    "OPENED",
    "Closed",
    "Encryption",
    "KeysLost",
    "KeysUnusable",
    "Opened",
    "Plain",
    "Unopened",
    "encryption",
    "is_opened",
    "unavailable",
]

log = structlog.get_logger(__name__)

EXTRA = "pip install 'pkgdesk[encryption]'"


class Encryption(Protocol):
    """See the module. All may raise KeysUnusable, which ends the desk."""

    async def start(self) -> None:
        """Make our keys known, before anybody can write to us. Raises KeysLost, Refused, Fatal, Unreachable;
        may be called again then."""

    async def take(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """One raw answer of /sync, in their order. Taking the same twice changes nothing."""

    async def send(self, room: Room, kind: str, content: Mapping[str, Any], tx_id: str) -> str:
        """Send an event; its id. Raises Closed, Refused, Fatal, Unreachable."""

    async def run(self) -> None:
        """Look after the keys until cancelled. Raises KeysLost and Fatal."""

    def read(self, room: str, events: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Events of a room that were fetched, not told by /sync, with what could be decrypted in place."""

    def readable(self) -> AsyncIterator[Opened | Unopened]:
        """What comes late, for ever. What was given is forgotten when the next is asked for."""

    def refusal(self, room: Room) -> str | None:
        """Why nothing can be said or read in that room; None where it can."""

    def close(self) -> None:
        """Twice does no harm."""


def unavailable() -> str | None:
    """Why there can be no encryption, in words for people; None where there can."""
    if importlib.util.find_spec("vodozemac") is None:
        return f"the extra `encryption` is not installed: {EXTRA}"
    return None


class Plain:
    """No encryption; `why` in a few words. Nothing is ever said in an encrypted room."""

    def __init__(self, homeserver: Homeserver, why: str) -> None:
        self._homeserver = homeserver
        self._why = why
        self._sealed: set[str] = set()

    async def start(self) -> None:
        """Nothing to do."""

    async def take(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same; which rooms are encrypted is remembered."""
        for room, event in events_of(body):
            if event.get("type") == "m.room.encryption" and room not in self._sealed:
                self._sealed.add(room)
                log.warning(
                    "a room is encrypted: nothing can be read or said there", room=room, why=self._why
                )
        return body

    async def send(self, room: Room, kind: str, content: Mapping[str, Any], tx_id: str) -> str:
        if (why := self.refusal(room)) is not None:
            raise Closed(why)
        return await put(self._homeserver, room.id, kind, content, tx_id)

    async def run(self) -> None:
        """Nothing to do."""

    def read(self, room: str, events: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002 (nothing is opened)
        """The same."""
        return events

    async def readable(self) -> AsyncIterator[Opened | Unopened]:
        """Nothing comes late where nothing is opened."""
        nothing: tuple[Opened, ...] = ()
        for each in nothing:
            yield each

    def refusal(self, room: Room) -> str | None:
        if not (room.encrypted or room.id in self._sealed):
            return None
        return f"it is encrypted, and {self._why}"

    def close(self) -> None:
        """Nothing to do."""


def encryption(
    homeserver: Homeserver,
    settings: MatrixSettings,
    *,
    clock: Clock,
    rng: random.Random,
    password: Callable[[], str] | None = None,
) -> Encryption:
    """What the settings ask for and is installed. `password`: of the account, where there is one, for what a
    server wants it for. Raises KeysUnusable."""
    if not settings.encryption:
        return Plain(homeserver, "`encryption` is switched off in the configuration")
    if (why := unavailable()) is not None:
        return Plain(homeserver, why)
    # Only here, for it comes with an extra.
    from bot.transports.matrix.sealed import Sealed

    return Sealed(homeserver, settings, clock=clock, rng=rng, password=password)
