"""Up to when each network was read, kept in the store, so that a desk which was ended reads on from there.

What is written every minute is what was read a minute before: by then it has been decided, and what must last
of it is committed. A desk that is killed may so read two minutes again; the journal knows what was done
about them. A network on which nobody spoke touches no table.

Must not import any network.
"""

import asyncio
import contextlib
from collections.abc import Mapping

import structlog

from bot.backscroll import Bookmarks
from bot.store.errors import AlreadyRunning, StoreError
from bot.store.store import Store

log = structlog.get_logger()

EVERY = 60.0
"""Seconds."""


class Positions:
    """The bookmarks of all networks, by name."""

    def __init__(self, store: Store, bookmarks: Mapping[str, Bookmarks]) -> None:
        self._store = store
        self._bookmarks = bookmarks
        self._written: dict[str, str] = {}

    async def resume(self) -> None:
        """Put the bookmarks where they were. StoreError where the database fails."""
        for network, marks in self._bookmarks.items():
            token = await self._store.position(network)
            if token is not None:
                marks.resume(token)
                self._written[network] = token

    async def run(self) -> None:
        """Keeps them until cancelled."""
        while True:
            tokens = self._tokens()
            await asyncio.sleep(EVERY)
            await self._keep(tokens)

    async def keep(self, *, within: float) -> None:
        """Keep them as they are, since everything that was read has been decided; in so many seconds, or not
        at all."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._keep(self._tokens())

    def _tokens(self) -> dict[str, str]:
        return {network: marks.token for network, marks in self._bookmarks.items()}

    async def _keep(self, tokens: Mapping[str, str]) -> None:
        try:
            for network, token in tokens.items():
                if token != self._written.get(network, Bookmarks().token):
                    await self._store.bookmark(network, token)
                    self._written[network] = token
        except AlreadyRunning:
            raise
        except StoreError as error:
            log.error("how far the networks were read could not be kept", why=str(error))
