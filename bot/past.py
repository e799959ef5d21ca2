"""The project's past as a command reads it: which file holds it, and what that says of a map's sections.

`bot.precedents` keeps that up to date in a running desk. Imports of ours: the configuration, `bot.maps` and
the readers of `routing`.
"""

from collections.abc import Mapping
from pathlib import Path

from bot.config import Settings
from bot.maps.cache import default_cache, read_cache
from routing.precedent import Precedent, Progress, silent
from routing.sections import MaintainersMap


def history_file(settings: Settings, environ: Mapping[str, str]) -> Path | None:
    """The file of the history: the one that is set, else the one that `pkgdesk map learn` makes for the map,
    where there is one."""
    if settings.history is not None:
        return settings.history
    if getattr(settings, "map", None) is None:  # as much of a configuration as could be read
        return None
    files = [each for source in settings.map_sources for each in (source.file, *source.files[:1]) if each]
    try:
        usual = default_cache(environ, files[0].resolve()) if files else None
        return usual if usual is not None and usual.exists() else None
    except (OSError, RuntimeError):  # a folder that may not be looked into, links that go round in a circle
        return None


def learned_past(file: Path, map_: MaintainersMap, progress: Progress = silent) -> Precedent:
    """What a history says of a map's sections. Raises CacheError. Takes seconds of one processor."""
    return Precedent.learned(read_cache(file).everything(), map_, progress)
