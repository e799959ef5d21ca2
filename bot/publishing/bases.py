"""Which kind of base a folder is."""

from pathlib import Path

from bot.publishing.base import Base
from bot.publishing.place import place_of
from bot.publishing.plain_folder import PlainFolder
from bot.publishing.repository import Repository
from bot.publishing.settings import PublishingSettings


def base_of(folder: Path, settings: PublishingSettings) -> Base:
    """The base in a folder, which may lie anywhere in a git repository, or in none. Takes a few milliseconds.
    Raises NotPublished where it is in one in which nothing can be committed."""
    place = place_of(folder)
    return PlainFolder(folder) if place is None else Repository(place, settings)
