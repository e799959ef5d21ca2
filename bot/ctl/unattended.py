"""A desk that does not run, for one operator's commands: the database is claimed, and the same river decides.

What follows for a network waits in the outbox for the next start; what follows for the operator is handed to
them, and settled. Commands that are about the running process are none of this (`vocabulary.needs_running`).
"""

import asyncio
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.config import Settings
from bot.ctl.client import Answer
from bot.desk.effects import Operate
from bot.desk.events import Delivered, Event, Fate, Heard, Joined
from bot.desk.model import CONTROL, Line, Speaker
from bot.desk.vocabulary import needs_running, refused
from bot.loop import River
from bot.sources import read_sources
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.unix_socket import account_of
from knowledge.documents import DocumentError
from routing.presence import Venue, Visibility

NICK = "pkgdesk"


class NothingThere(StoreError):
    """There is no database: no desk has ever run with these settings."""


def decide(settings: Settings, words: str) -> Answer:
    """What the desk would say to `words`, said by the user who runs this. Raises StoreError (AlreadyRunning
    where a desk has the database) and DocumentError."""
    why = refused(words)
    if why is not None:
        return Answer((why,), "wrong")
    if needs_running(words):
        return Answer((f"`{words.split()[0]}` needs a running desk (pkgdesk run)",), Fate.FAILED.value)
    if "://" not in settings.database and not Path(settings.database).exists():
        raise NothingThere(f"there is no database {settings.database}: no desk has run here yet")
    return asyncio.run(_decide(settings, words))


async def _decide(settings: Settings, words: str) -> Answer:
    sources = await asyncio.to_thread(read_sources, settings)
    if sources.reference is None:
        raise DocumentError(sources.problems)
    store = await Store.open(settings.database_url)
    try:
        fates: dict[str, asyncio.Future[Fate]] = {}
        told: list[Line] = []

        def settled(event: Event, fate: Fate) -> None:
            if event.id in fates and not fates[event.id].done():
                fates[event.id].set_result(fate)

        def ordered(operate: Operate, _: Event) -> None:
            raise AssertionError(f"{operate.order} without a running desk")

        river = River(
            store, sources.reference, clock=_now, committed=told.extend, settled=settled, ordered=ordered
        )

        async def happens(event: Event) -> Fate:
            fate: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
            fates[event.id] = fate
            await river.put(event)
            either: list[asyncio.Future[Any]] = [fate, running]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()  # raises what ended it
            return fate.result()

        boot = f"{CONTROL}/{secrets.token_hex(4)}"
        account = account_of(os.geteuid())
        speaker = Speaker(CONTROL, account, account)
        venue = Venue(CONTROL, account, Visibility.PRIVATE)
        running = asyncio.create_task(river.run())
        try:
            await happens(Joined(f"{boot}/1", _now(), speaker, venue))
            fate = await happens(Heard(f"{boot}/2", _now(), speaker, venue, words, NICK))
            lines = tuple(line for line in told if line.venue.network == CONTROL)
            for line in lines:
                await happens(Delivered(id=f"line/{line.id}", at=_now(), line=line.id))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return Answer(tuple(line.text for line in lines), fate.value)
    finally:
        await store.close()


def _now() -> datetime:
    return datetime.now(UTC)
