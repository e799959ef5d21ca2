"""What is wrong with a configuration, and with what it names on this machine; base and map excepted.

`pkgdesk run` tells this before it imports all the rest. Imports of ours: the configuration.
"""

import importlib.util
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bot import config
from bot.checking import examples_left, oversights
from bot.checking.order import by_place
from bot.checking.secret_files import Found, of_secrets
from bot.config import Examined, Settings
from bot.transports.matrix.settings import MatrixSettings
from bot.unix_socket import account_of
from knowledge.documents import DocumentError, Problem, Severity


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
    return by_place(problems)


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
