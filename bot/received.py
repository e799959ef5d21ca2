"""What a network handed over and is not handled yet, and the journal that keeps it until it is.

A homeserver forgets what it told as soon as the next request says that it was taken over. So its answer is
kept, together with how far the network was read with it, before anything of it is handled and before anything
more is asked for; and it is forgotten when nothing of it is left to be handled. What a crash left is handled
again at the next start; `tries` counts how often that was begun.

Imports nothing of ours, so that store and transports can both know it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Received:
    """One answer: `body` as it came at `at`; it goes on from the token `since`. `tries`: how often its
    handling was begun, this time included."""

    id: int
    since: str | None
    body: str
    at: datetime
    tries: int = 1


class Journal(Protocol):
    """Where answers are kept. Whatever the database complains of is raised as it is."""

    async def position(self, network: str) -> str | None:
        """How far the network was read; None where that was never kept."""

    async def bookmark(self, network: str, token: str) -> None:
        """Keep how far the network was read, where nothing was received with it."""

    async def receive(
        self, network: str, token: str, since: str | None, body: str, at: datetime, handled: Sequence[int]
    ) -> int:
        """Keep an answer, and how far the network was read with it, in one transaction; its number. Those of
        `handled` are forgotten. Its handling counts as begun."""

    async def received(self, network: str) -> tuple[int, ...]:
        """The numbers of the answers that are not handled, in their order."""

    async def begin(self, number: int) -> Received | None:
        """Count one more try, and give the answer; None where it is handled."""

    async def handled(self, numbers: Sequence[int]) -> None:
        """Forget answers of which nothing is left to be handled."""


class Forgetful:
    """A journal that ends with its process: for looking at a network without a database."""

    def __init__(self) -> None:
        self.positions: dict[str, str] = {}
        self.kept: dict[int, tuple[str, Received]] = {}
        self._last = 0

    async def position(self, network: str) -> str | None:
        return self.positions.get(network)

    async def bookmark(self, network: str, token: str) -> None:
        self.positions[network] = token

    async def receive(
        self, network: str, token: str, since: str | None, body: str, at: datetime, handled: Sequence[int]
    ) -> int:
        await self.handled(handled)
        await self.bookmark(network, token)
        self._last += 1
        self.kept[self._last] = (network, Received(self._last, since, body, at))
        return self._last

    async def received(self, network: str) -> tuple[int, ...]:
        return tuple(sorted(each for each, (of, _) in self.kept.items() if of == network))

    async def begin(self, number: int) -> Received | None:
        network, found = self.kept.get(number, ("", None))
        if found is None:
            return None
        found = replace(found, tries=found.tries + 1)
        self.kept[number] = (network, found)
        return found

    async def handled(self, numbers: Sequence[int]) -> None:
        for each in numbers:
            self.kept.pop(each, None)
