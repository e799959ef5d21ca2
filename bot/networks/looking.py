"""`pkgdesk irc check` from the configuration to the findings: whom to look for, all networks side by side.

The map is read for its people; where it cannot be, that is told, and the networks are looked at all the same.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from bot.config import Settings
from bot.maps.sources import read_map
from bot.networks.examination import Plan, examine
from bot.networks.facts import Facts
from bot.networks.findings import Summary, findings
from bot.networks.keeping import Desk
from bot.progress import Watched
from bot.transports import certificate
from knowledge.documents import DocumentError


def desks(settings: Settings, networks: Collection[str], note: Callable[[str], None]) -> Mapping[str, Desk]:
    """What is configured for each of the networks, in the order of the configuration."""
    try:
        people = read_map(settings.map_sources).people
    except DocumentError as error:
        note(
            f"the map cannot be read, so nobody of it is looked for: {error.problems[0]} (see pkgdesk check)"
        )
        people = {}
    return {
        name: Desk(
            network,
            tuple(settings.desk.operators.get(name, ())),
            {each.id: each.accounts[name] for each in people.values() if name in each.accounts},
            fingerprints=_fingerprints(network.certificate),
            bridges={bridge.nick: bridge.account for bridge in network.bridges},
        )
        for name, network in settings.irc.items()
        if name in networks
    }


def _fingerprints(shown: Path | None) -> Mapping[str, str]:
    """None where the file cannot be used: the visit says why."""
    try:
        return {} if shown is None else certificate.fingerprints(shown)
    except certificate.Unusable:
        return {}


def look(
    desks: Mapping[str, Desk], *, within: float, join: bool, runs: Callable[[], bool | None]
) -> Mapping[str, Summary]:
    """Connect to all of them, side by side, and say what there is to be said. `runs`: whether a desk does; it
    is asked where somebody has the nick."""
    with unlogged(), Watched() as progress:
        found = asyncio.run(_all(desks, progress, within, join))
    at = datetime.now(UTC)
    running = runs() if any(tried[-1].taken is not None for tried in found.values()) else None
    return {name: findings(tried, replace(desks[name], running=running), at) for name, tried in found.items()}


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """What the transport logs on its way is told as findings instead."""
    before = structlog.get_config()
    structlog.configure(processors=[_dropped])
    try:
        yield
    finally:
        structlog.configure(**before)


def _dropped(_logger: WrappedLogger, _method: str, _event: EventDict) -> EventDict:
    raise structlog.DropEvent


async def _all(
    desks: Mapping[str, Desk], progress: Watched, within: float, join: bool
) -> dict[str, tuple[Facts, ...]]:
    done = 0

    async def one(name: str, desk: Desk) -> tuple[Facts, ...]:
        nonlocal done
        people, bridges = tuple(desk.people.values()), tuple(desk.bridges)
        plan = Plan(name, desk.settings, desk.operators, people, bridges, within=within, join=join)
        found = await examine(plan, lambda what: progress(f"{name}: {what}", done, len(desks)))
        done += 1
        return found

    found: list[Any] = await asyncio.gather(*(one(name, desk) for name, desk in desks.items()))
    return dict(zip(desks, found, strict=True))
