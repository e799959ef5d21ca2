"""A desk that does not run, for what one operator says: the database is claimed, and the same river decides.

What follows for a network waits in the outbox for the next start; what follows for the operator is handed to
them, and settled; what is to be published is published before it ends. Commands that are about the running
process are none of this (`vocabulary.needs_running`).
"""

import asyncio
import os
import secrets
from datetime import UTC, datetime
from typing import Any

from bot.config import Settings
from bot.ctl.client import Answer, Proposal, Said
from bot.desk.effects import Operate
from bot.desk.events import Delivered, Event, Fate, Heard, Joined, Proposed, PublishingFailed
from bot.desk.model import CONTROL, Line, Speaker
from bot.loop import River
from bot.publishers import publisher_of
from bot.sources import read_sources
from bot.store.store import Store
from bot.unix_socket import account_of
from knowledge.documents import DocumentError
from knowledge.drafts import Draft
from routing.presence import Venue, Visibility

NICK = "pkgdesk"


def decide(settings: Settings, said: Said) -> Answer:
    """What the desk would say to what the user who runs this says: a command that needs no running desk, or a
    proposal. Raises StoreError (AlreadyRunning where a desk has the database) and DocumentError."""
    return asyncio.run(_decide(settings, said))


async def _decide(settings: Settings, said: Said) -> Answer:
    sources = await asyncio.to_thread(read_sources, settings)
    if sources.reference is None:
        raise DocumentError(sources.problems)
    store = await Store.open(settings.database_url)
    try:
        fates: dict[str, asyncio.Future[Fate]] = {}
        told: list[Line] = []
        under_way: list[Draft] = []

        def settled(event: Event, fate: Fate) -> None:
            if event.id in fates and not fates[event.id].done():
                fates[event.id].set_result(fate)

        def ordered(operate: Operate, _: Event) -> None:
            raise AssertionError(f"{operate.order} without a running desk")

        river = River(
            store,
            sources.reference,
            clock=_now,
            committed=told.extend,
            settled=settled,
            ordered=ordered,
            drafted=lambda draft, _: under_way.append(draft),
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
            ends = [await happens(_event(said, f"{boot}/2", speaker, venue))]

            async def comes_of_it(event: Event) -> None:
                ends.append(await happens(event))
                if isinstance(event, PublishingFailed):
                    ends.append(Fate.COMPLAINED)

            if under_way:
                publisher = publisher_of(
                    settings=lambda: settings,
                    reference=lambda: river.reference,
                    under_way=store.drafts_under_way,
                    put=comes_of_it,
                    clock=_now,
                )
                await publisher.drain()
            lines = tuple(line for line in told if line.venue.network == CONTROL)
            for line in lines:
                await happens(Delivered(id=f"line/{line.id}", at=_now(), line=line.id))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return Answer(tuple(line.text for line in lines), max(ends, key=list(Fate).index).value)
    finally:
        await store.close()


def _event(said: Said, happened: str, speaker: Speaker, venue: Venue) -> Event:
    if isinstance(said, Proposal):
        return Proposed(happened, _now(), speaker, venue, said.now, said.was, said.note, said.number)
    return Heard(happened, _now(), speaker, venue, said, NICK)


def _now() -> datetime:
    return datetime.now(UTC)
