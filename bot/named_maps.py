"""The map that somebody names on the command line, else that of the configuration.

A map is named by its file, or by the folder of a checkout, where it is looked for and whose files are the
tree then. U-Boot has a file of its own in many folders; with a checkout all of them are the map. A file may
be a pipe here, as `<(…)` of a shell, or `-`, standard input.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.command_line import WRONG_USE, Stop, own_config
from bot.config import load
from bot.maps.files import content_of
from bot.maps.piped import readable_again
from bot.maps.settings import MapSource
from routing.formats.dialects import Dialect, dialect_of

USUAL = ("MAINTAINERS", ".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where a checkout has its map; GitHub takes the first of the latter three."""


def sources_of(
    files: Iterable[Path] | None,
    format_: str | None,
    dialect: str | None,
    paths: Path | None,
    tree: Path | None,
    overlay: Iterable[Path] | None,
    config: Path | None,
) -> tuple[MapSource, ...]:
    """What the options name. Raises Stop, and `DocumentError` where the configuration cannot be read."""
    if files:
        if config is not None:
            raise Stop(WRONG_USE, "the configuration has a map of its own: give either --map or --config")
        return (source_of(files, format_, dialect, paths, tree, overlay or ()),)
    if any((format_, dialect, paths, tree, overlay)):
        raise Stop(WRONG_USE, "--map is missing, of which the other options say how it is to be read")
    own = own_config(config)
    if own is None:
        raise Stop(WRONG_USE, "there is no map: name one with --map, or a configuration with --config")
    return load(own).map_sources


def networks_of(config: Path | None) -> frozenset[str]:
    """The networks of the configuration."""
    own = own_config(config)
    return frozenset(load(own).networks) if own is not None else frozenset()


def source_of(
    files: Iterable[Path],
    format_: str | None,
    dialect: str | None,
    paths: Path | None,
    tree: Path | None,
    overlay: Iterable[Path] = (),
) -> MapSource:
    """The map that somebody names on the command line. Raises Stop, DocumentError."""
    named: list[Path] = []
    overlays = [readable_again(each) for each in overlay]
    paths = readable_again(paths) if paths is not None else None
    for each in map(readable_again, files):
        named.append(file_of(each))
        if each.is_dir():
            tree = tree or (each if paths is None else None)
    if tree is not None and len(named) == 1 and _of_u_boot(named[0], dialect):
        named += sorted(each for each in tree.rglob("MAINTAINERS") if each.resolve() != named[0].resolve())
    read = {"format": format_, "dialect": dialect, "paths": paths, "tree": tree, "overlay": overlays}
    try:
        return MapSource.model_validate({"files": named, **read})
    except ValueError as error:
        errors: list[Any] = getattr(error, "errors", list)()
        said = (str(each["msg"]).removeprefix("Value error, ") for each in errors)
        raise Stop(WRONG_USE, *(f"the map {sentence}" for sentence in said)) from error


def file_of(map_: Path) -> Path:
    """The file of a map that is named by it, or by the folder of a checkout. Raises Stop."""
    if not map_.is_dir():
        return map_
    found = map_in(map_)
    if found is None:
        raise Stop(WRONG_USE, f"{map_}: there is none of {', '.join(USUAL)}: name the file of the map")
    return found


def map_in(folder: Path) -> Path | None:
    """The map of a checkout, where it has one."""
    return next((folder / usual for usual in USUAL if (folder / usual).is_file()), None)


def _of_u_boot(file: Path, dialect: str | None) -> bool:
    """Whether the tree has more files of that kind that belong to the map."""
    if dialect is not None or file.name != "MAINTAINERS":
        return dialect == Dialect.U_BOOT
    return file.is_file() and dialect_of(content_of(file).decode("utf-8", "replace")) is Dialect.U_BOOT
