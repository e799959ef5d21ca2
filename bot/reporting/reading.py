"""From a configuration to the report: the base, the sections of the map, and what the database counted."""

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from bot.command_line import FAILED, NO_ROOM, WRONG_USE, Stop
from bot.config import Settings
from bot.evaluating.ranked import STDOUT, whole_or_none
from bot.maps.settings import map_sources
from bot.maps.sources import examine_map
from bot.progress import Watched
from bot.reporting.values import Report, report
from bot.usage import Usage
from knowledge.documents import DocumentError
from knowledge.library import read as read_folder

Counts = Callable[[str, datetime], Usage | None]
"""How the base was used since a moment, by the URL of the database."""


def read(
    settings: Settings, since: datetime, at: datetime, counts: Counts, note: Callable[[str], None]
) -> Report:
    """The report on the base that the settings name, of what was asked from `since` on."""
    with Watched() as tell:
        found = read_folder(
            settings.knowledge,
            settings.facet_kinds,
            progress=lambda done, total: tell("reading the base", done, total),
        )
    if found.left_out:
        files = "1 file" if len(found.left_out) == 1 else f"{len(found.left_out):,} files"
        note(f"without {files} that cannot be used: `pkgdesk check` says why")
    usage = counts(settings.database_url, since)
    if usage is None:
        note("of the base alone: there is no database to say what was asked")
    return report(
        found.entries,
        kinds=settings.facet_kinds,
        sections=_sections(settings, note),
        usage=usage,
        today=at.date(),
    )


def _sections(settings: Settings, note: Callable[[str], None]) -> Collection[str] | None:
    try:
        return tuple(examine_map(map_sources(settings.map)).sections)
    except DocumentError as error:
        note(f"{error.problems[0]} (sections are those of the entries)")
        return None


def look_before(file: Path, *, force: bool) -> None:
    """Find out whether a page may be written there before anything is read. Raises `Stop`."""
    if file.is_dir():
        raise Stop(WRONG_USE, f"{file} is a directory: name a file in it, such as {file / 'report.html'}")
    if str(file) != STDOUT and file.is_file() and not force:
        raise Stop(WRONG_USE, f"{file} is there already: name another file, or replace it with --force")
    if not file.parent.is_dir():
        raise Stop(WRONG_USE, f"{file}: there is no folder {file.parent}")


def write(file: Path, page: str) -> None:
    """Write a page, whole or not at all. Raises `Stop`."""
    try:
        with whole_or_none(file) as opened:
            opened.write(page)
    except OSError as error:
        code = FAILED if error.errno in NO_ROOM else WRONG_USE
        raise Stop(code, f"{file}: cannot be written: {(error.strerror or str(error)).lower()}") from error
