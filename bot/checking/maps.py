"""What is wrong with a map, by itself and beside the settings.

Told by `pkgdesk check`, and at every reading of the map. Imports of ours: the configuration, and the readers
of `routing`.
"""

from collections.abc import Iterable, Iterator

from bot.checking import oversights
from bot.checking.order import by_file
from bot.config import Settings
from bot.maps.settings import map_sources
from knowledge.documents import DocumentError, Location, Problem, Severity
from routing.formats import overlay
from routing.formats.globs import FilePattern
from routing.parts import Combined


def in_map(map_: Combined, settings: Settings, networks: Iterable[str]) -> list[Problem]:
    """What is wrong with a map, by itself and beside the settings; `networks` are the names of all that are
    configured."""
    found = oversights.in_map(map_, settings, networks)
    warnings = [map_.problem(*each, Severity.WARNING) for each in found]
    warnings += _in_overlays(settings, networks)
    warnings += treeless(map_)
    return by_file((*map_.problems, *warnings))


def _in_overlays(settings: Settings, networks: Iterable[str]) -> Iterator[Problem]:
    """What is worth a look in overlays, of which the map that they are laid over has not kept the places."""
    files = {each: None for source in map_sources(settings.map) for each in source.overlay}
    for file in files:
        try:
            said = overlay.examine(file)
        except DocumentError:  # it is told where the map is read
            continue
        channels: list[tuple[Location, str]] = [
            (("sections", name, "channels", index), channel)
            for name, section in said.written.sections.items()
            for index, channel in enumerate(section.channels)
        ]
        found = oversights.in_channels(channels, networks)
        yield from (said.document.problem(*each, Severity.WARNING) for each in found)


def treeless(map_: Combined) -> Iterator[Problem]:
    """What is lost where a map is not of our own and the paths of its tree are not known."""
    for part in map_.parts:
        if part.chosen_ids or part.tree is not None or not part.sections:
            continue
        files = [pattern for each in part.sections.values() for pattern in each.files]
        guessed = [each.text for each in files if isinstance(each, FilePattern) and each.uncertain]
        lost = "files that are named in questions cannot be looked up"
        if guessed:
            like = f"{len(guessed):,} patterns like `{guessed[0]}`"
            lost = f"{like} may be folders and are taken for files, and {lost}"
        message = f"the paths of the tree are not known, so {lost}: name its `paths` or its `tree`"
        yield part.document.problem((), message, Severity.WARNING)
