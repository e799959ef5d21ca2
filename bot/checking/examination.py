"""Everything that is wrong with a configuration and with what it points at, in one go.

An error is what the desk would not start with, what it would leave out, and what leads nowhere; a warning is
what works and is worth a look. An error in one file hides nothing of another: whatever can still be read of
it is compared with the rest. Every file is read once.

Imports of ours: the configuration, the readers of `knowledge` and `routing`, and where a base can be written,
but neither the store nor a network.
"""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot import config
from bot.checking.bases import of_base
from bot.checking.configuration import configuration
from bot.checking.maps import in_map, treeless
from bot.checking.named_files import at_knowledge, at_settings
from bot.checking.order import by_file, by_place
from bot.checking.secret_files import in_git
from bot.config import Settings
from bot.linting.reading import KEEP_ALL, beyond_reading, of_one
from bot.maps.cache import CacheError, read_cache
from bot.maps.settings import map_sources
from bot.maps.sources import examine_map, format_of
from bot.model.choice import in_use
from bot.past import history_file
from bot.publishing.base import NotPublished
from bot.publishing.bases import base_of
from bot.publishing.settings import PublishingSettings
from knowledge import library
from knowledge.documents import DocumentError, Problem, Severity, read_file
from knowledge.files import ENTRY_LIMITS, entry_of
from knowledge.freshness import worth_a_look
from knowledge.library import Progress, Read
from routing.formats import overlay

OVERLAY_ALONE = (
    "looked at by itself: whether a map has these people and sections was not looked up; run `pkgdesk check` "
    "in the desk's folder"
)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: the problems by file (configuration, map, entries) and place, and how much was read."""

    problems: tuple[Problem, ...]
    entries: int = 0
    sections: int = 0
    people: int = 0
    found_by: str = ""
    """By what the desk would find answers; empty where no configuration says."""
    by_itself: str = ""
    """What could not be compared with anything, and what to do about it."""

    @property
    def errors(self) -> int:
        return sum(each.severity is Severity.ERROR for each in self.problems)

    @property
    def warnings(self) -> int:
        return len(self.problems) - self.errors


def check(path: Path, today: date, progress: Progress | None = None) -> Report:
    """Check the configuration in a file, its knowledge base and its map. Never raises for what they hold."""
    try:
        examined = config.examine(path)
    except DocumentError as error:
        return Report(error.problems)
    problems = by_place([*configuration(examined), *in_git(examined)])
    used = in_use(examined.settings, os.environ)
    if used.problem:
        message = f"model: {used.problem} (without it answers are found by words alone)"
        severity = Severity.ERROR if examined.settings.model else Severity.WARNING
        problems = by_place([*problems, examined.document.problem(("model",), message, severity)])
    if problem := _of_history(examined.settings):
        severity = Severity.ERROR if examined.settings.history else Severity.WARNING
        problems = by_place([*problems, examined.document.problem(("history",), problem, severity)])
    sections = people = 0
    names: tuple[str, ...] | None = None
    if (place := getattr(examined.settings, "map", None)) is not None:
        try:
            map_ = examine_map(map_sources(place))
        except DocumentError as error:
            problems += at_settings(error.problems, place, examined.document)
        else:
            sections, people, names = len(map_.sections), len(map_.people), tuple(map_.sections)
            problems += in_map(map_, examined.settings, config.networks_named(examined.document))
    read = Read(())
    if (folder := getattr(examined.settings, "knowledge", None)) is not None:
        kinds = examined.settings.facet_kinds
        read = library.read(folder, kinds, moment=KEEP_ALL, sections=names, progress=progress, today=today)
        linted = beyond_reading(read, kinds=kinds, sections=names, today=today, progress=progress)
        of_entries = (at_knowledge(each, folder, examined.document) for each in of_base(folder, read))
        problems += by_file((*of_entries, *linted))
        if problem := _not_published(folder, examined.settings):
            problems.append(examined.document.problem(("knowledge",), problem, Severity.WARNING))
    return Report(tuple(problems), len(read.entries), sections, people, str(used))


def _not_published(folder: Path, settings: Settings) -> str | None:
    """Why no draft could become a commit of the base, where one should."""
    publishing = getattr(settings, "publishing", PublishingSettings())
    if not folder.is_dir():
        return None
    try:
        warning = base_of(folder, publishing).warning
    except NotPublished as error:
        return f"{error.why} (until then no draft can be published)"
    return warning if publishing.pull or publishing.push else None


def _of_history(settings: config.Settings) -> str | None:
    """What is wrong with the file of the project's history, where one is set or at its usual place."""
    try:
        if (file := history_file(settings, os.environ)) is not None:
            read_cache(file)
    except CacheError as error:
        return f"history: {error} (without it the map alone says whose a question is)"
    return None


def check_alone(path: Path, today: date, progress: Progress | None = None) -> Report:
    """Check an entry, a map, or a folder of entries by itself, without a configuration: there are no facets
    then, nor anything of another file, to compare with."""
    if path.is_dir():
        read = library.read(path, moment=KEEP_ALL, progress=progress, today=today)
        linted = beyond_reading(read, today=today, progress=progress)
        return Report(tuple(by_file((*of_base(path, read), *linted))), len(read.entries))
    try:
        if path.is_file() and format_of(path) != "native":
            map_ = examine_map(map_sources(path))
            problems = by_file((*map_.problems, *treeless(map_)))
            return Report(tuple(problems), 0, len(map_.sections), len(map_.people))
        document = read_file(path)
        keys = document.value if isinstance(document.value, dict) else {}
        if "networks" in keys:
            return Report((document.problem((), "is a configuration: name it with --config"),))
        people = keys.get("people")
        if isinstance(people, dict) and any("@" in who for who in people):
            said = overlay.examine(path)
            return Report(said.problems, people=len(said.written.people), by_itself=OVERLAY_ALONE)
        if "sections" in keys or "people" in keys:
            map_ = examine_map(map_sources(path))
            return Report(map_.problems, 0, len(map_.sections), len(map_.people))
        document = read_file(path, ENTRY_LIMITS)
        entry = entry_of(document, path.stem)
        found = [document.problem(*each, Severity.WARNING) for each in worth_a_look(entry, today)]
        return Report(tuple(by_place([*found, *of_one(document, entry, today)])), 1)
    except DocumentError as error:
        return Report(error.problems)
