"""A file read into settings, and everything that is wrong with it; part of `bot.config`."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from bot.config.database import on_server
from bot.config.loose_ends import loose_ends
from bot.config.networks import IrcNetwork
from bot.config.settings import Settings
from bot.maps.settings import within
from bot.transports.matrix.device import secrets as kept_secrets
from bot.transports.password import sources
from knowledge.documents import Document, DocumentError, Location, Problem, in_order, read_file
from knowledge.salvage import salvage


@dataclass(frozen=True, slots=True)
class Examined:
    """A configuration and all that is wrong with it. Where there are `problems`, `settings` are only what
    could be read, for looking at: `knowledge` and `map` may be missing, and some of the networks; `left_out`
    are the places of what is not taken over."""

    document: Document
    settings: Settings
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[Location] = frozenset()


def examine(path: Path) -> Examined:
    """The settings in a file, with its relative paths made absolute. Raises `DocumentError` only where no
    document can be read."""
    document = read_file(path)
    read = salvage(document, Settings)
    settings = read.model
    folder = path.absolute().parent
    networks = getattr(settings, "networks", {})
    served = on_server(settings.database)
    beside = (folder / (path.name if served else settings.database)).absolute()
    settings = settings.model_copy(
        update={
            "networks": {
                name: network.within(folder)
                if isinstance(network, IrcNetwork)
                else network.within(folder, beside.with_name(f"{beside.stem}.{name}"))
                for name, network in networks.items()
            },
            **({"knowledge": folder / settings.knowledge} if hasattr(settings, "knowledge") else {}),
            **({"map": within(settings.map, folder)} if hasattr(settings, "map") else {}),
            "history": folder / settings.history if settings.history is not None else None,
            "model": folder / settings.model if settings.model else settings.model,
            "database": settings.database if served else str(folder / settings.database),
            "control": settings.control.within(folder, beside),
        }
    )
    problems = [*read.problems, *loose_ends(settings, document, read.left_out)]
    return Examined(document, settings, tuple(in_order(problems)), read.left_out)


def load(path: Path) -> Settings:
    """The settings in a file that is right. Raises `DocumentError`."""
    examined = examine(path)
    if examined.problems:
        raise DocumentError(examined.problems)
    return examined.settings


def secrets(settings: Settings) -> tuple[str, ...]:
    """Every password that the settings lead to and that can be read now, for the log to hide."""
    found = [os.environ["PGPASSWORD"]] if "PGPASSWORD" in os.environ else []  # libpq's own
    for _, source in sources(settings):
        with contextlib.suppress(OSError, ValueError):
            found += source.secrets()
    for each in settings.matrix.values():
        found += kept_secrets(each)
    return tuple(found)
