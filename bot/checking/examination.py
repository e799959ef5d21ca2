"""Everything that is wrong with a configuration and with what it points at, in one go.

An error is what the desk would not start with, what it would leave out, and what leads nowhere; a warning is
what works and is worth a look. An error in one file hides nothing of another: whatever can still be read of
it is compared with the rest. Every file is read once.

`configuration` is also what `pkgdesk run` tells at its start. Imports of ours: the configuration, the readers
of `knowledge` and `routing`, and where a base can be written, but neither the store nor a network.
"""

import importlib.util
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot import config
from bot.checking import examples_left, oversights
from bot.checking.named_files import at_settings
from bot.checking.secret_files import Found, in_git, of_secrets
from bot.config import Examined, Settings
from bot.linting.reading import KEEP_ALL, NO_ENTRY, beyond_reading, of_one
from bot.maps.cache import CacheError, read_cache
from bot.maps.settings import map_sources
from bot.maps.sources import examine_map, format_of
from bot.model.choice import in_use
from bot.precedents import history_file
from bot.publishing.base import NotPublished
from bot.publishing.bases import base_of
from bot.publishing.settings import PublishingSettings
from bot.transports.matrix.settings import MatrixSettings
from bot.unix_socket import account_of
from knowledge import library
from knowledge.documents import DocumentError, Location, Problem, Severity, read_file
from knowledge.files import ENTRY_LIMITS, entry_of
from knowledge.freshness import worth_a_look
from knowledge.library import Progress, Read, Snapshot
from routing.formats import overlay
from routing.formats.globs import FilePattern
from routing.parts import Combined

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
    problems = _by_place([*configuration(examined), *in_git(examined)])
    used = in_use(examined.settings, os.environ)
    if used.problem:
        message = f"model: {used.problem} (without it answers are found by words alone)"
        severity = Severity.ERROR if examined.settings.model else Severity.WARNING
        problems = _by_place([*problems, examined.document.problem(("model",), message, severity)])
    if problem := _of_history(examined.settings):
        severity = Severity.ERROR if examined.settings.history else Severity.WARNING
        problems = _by_place([*problems, examined.document.problem(("history",), problem, severity)])
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
        problems += _by_file((*of_base(folder, read), *linted))
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
        return Report(tuple(_by_file((*of_base(path, read), *linted))), len(read.entries))
    try:
        if path.is_file() and format_of(path) != "native":
            map_ = examine_map(map_sources(path))
            problems = _by_file((*map_.problems, *treeless(map_)))
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
        return Report(tuple(_by_place([*found, *of_one(document, entry, today)])), 1)
    except DocumentError as error:
        return Report(error.problems)


def configuration(examined: Examined) -> list[Problem]:
    """What is wrong with a configuration and with what it names on this machine, base and map excepted."""
    document, settings = examined.document, examined.settings
    problems = list(examined.problems)
    problems += _of_example(examined)
    problems += (document.problem(*each) for each in _of_files(settings))
    if not any(each[:1] == ("control",) for each in examined.left_out):
        for place, said in settings.control.nameless():
            problems.append(document.problem(("control", *place), said, Severity.WARNING))
    if isinstance(document.value, dict):
        found = oversights.in_settings(settings, examined.left_out)
        problems += (document.problem(*each, Severity.WARNING) for each in found)
    return _by_place(problems)


def usable(path: Path) -> tuple[Settings, list[Problem]]:
    """The settings in a file that is right, with what is to be said of them all the same: warnings, and files
    that cannot be used. Raises `DocumentError` with every error where the file is not right, or still is the
    example."""
    examined = config.examine(path)
    problems = configuration(examined)
    if examined.problems or any(_of_example(examined)):
        raise DocumentError(each for each in problems if each.severity is Severity.ERROR)
    return examined.settings, problems


def _of_example(examined: Examined) -> Iterator[Problem]:
    if isinstance(examined.document.value, dict):
        yield from (examined.document.problem(*each) for each in examples_left.in_settings(examined.settings))


def in_map(map_: Combined, settings: Settings, networks: Iterable[str]) -> list[Problem]:
    """What is wrong with a map, by itself and beside the settings; `networks` are the names of all that are
    configured."""
    found = oversights.in_map(map_, settings, networks)
    warnings = [map_.problem(*each, Severity.WARNING) for each in found]
    warnings += _in_overlays(settings, networks)
    warnings += treeless(map_)
    return _by_file((*map_.problems, *warnings))


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


def of_base(folder: Path, read: Read | Snapshot) -> tuple[Problem, ...]:
    """What is wrong with a base, also that there is none."""
    if read.entries or any(each.severity is Severity.ERROR for each in read.problems):
        return read.problems
    return (*read.problems, Problem(str(folder), 1, 1, NO_ENTRY))


def _by_place(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda each: (each.line, each.column))


def _by_file(problems: tuple[Problem, ...]) -> list[Problem]:
    return sorted(problems, key=lambda each: (each.source, each.line, each.column))


# --- files that a configuration names -----------------------------------------------------------------


def _of_files(settings: Settings) -> Iterator[Found]:
    """What is wrong with them."""
    yield from of_secrets(settings)
    if wrong := _unusable_database(settings):
        yield ("database",), f"database: {wrong}", Severity.ERROR
    elif wrong := _unusable_socket(settings):
        yield ("control", "socket"), f"control.socket: {wrong}", Severity.ERROR
    if settings.monitoring.port is not None and not (_there("aiohttp") and _there("prometheus_client")):
        message = "monitoring.port: the page needs the extra: pip install 'pkgdesk[monitoring]'"
        yield ("monitoring", "port"), message, Severity.ERROR
    for name, homeserver in settings.matrix.items():
        if wrong := _unusable_keys(homeserver):
            place = ("networks", name, "folder")
            yield place, f"networks.{name}.folder: {wrong}", Severity.ERROR


def _unusable_database(settings: Settings) -> str:
    """Why no database can be where it is to be; empty where that is not known. A server is not asked."""
    if not _in_file(settings):
        return "" if _there("psycopg") else "PostgreSQL needs the extra: pip install 'pkgdesk[postgresql]'"
    path = Path(settings.database)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return f"{path} is not a regular file"
        if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
            return _forbidden(f"write to {path}")
    except OSError:  # it may be made, and otherwise the folder shows why not
        pass
    return _unusable_folder(_nearest(path))


def _unusable_socket(settings: Settings) -> str:
    """Why the control socket cannot be where it is to be; empty where it can."""
    path = settings.control.socket
    if path is None:
        return ""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            return f"{path} is in the way: move it, or set another file"
    except OSError:  # it may be made, and otherwise the folder shows why not
        pass
    made_with_database = Path(settings.database).parents if _in_file(settings) else ()
    if path.parent not in made_with_database and not os.path.lexists(path.parent):
        return _unusable_folder(_nearest(path)) or f"there is no folder {path.parent}: make it"
    return _unusable_folder(_nearest(path))


def _unusable_keys(homeserver: MatrixSettings) -> str:
    """Why device and keys cannot be kept where they are to be; empty where they can, or none are."""
    login, folder = homeserver.login, homeserver.folder
    needs_none = login.token_file is not None or login.token_env is not None
    if folder is None or (needs_none and not homeserver.encryption):
        return ""
    wrong = _unusable_folder(folder if os.path.lexists(folder) else _nearest(folder))
    if wrong.endswith("is not a folder"):
        wrong += ": move it, or set another `folder`"
    return wrong


def _in_file(settings: Settings) -> bool:
    return settings.database_url.startswith(config.SQLITE)


def _nearest(path: Path) -> Path:
    """The innermost folder around `path` that is there, or what is there in its stead."""
    return next(folder for folder in path.parents if os.path.lexists(folder))


def _unusable_folder(folder: Path) -> str:
    """Why nothing can be made in a folder; empty where it can."""
    if not folder.is_dir():
        return f"{folder} is not a folder"
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        return _forbidden(f"write in {folder}")
    return ""


def _forbidden(what: str) -> str:
    return f"{account_of(os.geteuid())} may not {what} (if another user runs the desk, check as that one)"


def _there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False
