"""`pkgdesk matrix check` from the configuration to the findings: all homeservers side by side."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from bot.config import Settings
from bot.homeservers.examination import Plan, examine
from bot.homeservers.facts import Facts
from bot.homeservers.findings import Summary, findings
from bot.networks.looking import unlogged
from bot.progress import Watched
from bot.transports.matrix.settings import MatrixSettings


def look(settings: Settings, networks: Collection[str], *, within: float) -> Mapping[str, Summary]:
    """Ask all of them, side by side, each within so many seconds, and say what there is to be said."""
    chosen = {name: each for name, each in settings.matrix.items() if name in networks}
    with unlogged(), Watched() as progress:
        found = asyncio.run(_all(chosen, progress, within))
    return {name: findings(facts, chosen[name]) for name, facts in found.items()}


async def _all(chosen: Mapping[str, MatrixSettings], progress: Watched, within: float) -> dict[str, Facts]:
    done = 0

    async def one(name: str, settings: MatrixSettings) -> Facts:
        nonlocal done
        plan = Plan(name, settings, within)
        found = await examine(plan, lambda what: progress(f"{name}: {what}", done, len(chosen)))
        done += 1
        return found

    found: list[Any] = await asyncio.gather(*(one(name, each) for name, each in chosen.items()))
    return dict(zip(chosen, found, strict=True))
