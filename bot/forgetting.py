"""What the store need not keep any longer is forgotten every so often."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from bot.store.errors import StoreError

log = structlog.get_logger()

EVERY = timedelta(hours=6)

Prune = Callable[[datetime], Awaitable[object]]
"""Forgets what is over at a moment. Raises StoreError."""


async def forgetting(prune: Prune, clock: Callable[[], datetime]) -> NoReturn:
    """Until it is cancelled. Where it cannot be done, the next time will do."""
    while True:
        await asyncio.sleep(EVERY.total_seconds())
        try:
            await prune(clock())
        except StoreError as error:
            log.error("nothing could be forgotten now", why=str(error))
