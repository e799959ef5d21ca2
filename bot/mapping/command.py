"""`pkgdesk map`: its commands, and the exit codes of what can go wrong. What each does is a module of its
own, imported when it is called."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.command_line import NOT_FOUND, OK, WRONG_USE, ConfigOption, JsonOption, Stop, note, own_config
from routing.formats.dialects import Dialect
from routing.formats.recognise import Format

if TYPE_CHECKING:
    from bot.mapping.settings import MapSource

map_ = typer.Typer(no_args_is_help=True, help="Ask and look after the map: whose what is.")

MapOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--map",
        "-m",
        metavar="FILE",
        help="The map: a MAINTAINERS or CODEOWNERS file, a map of ours, or the folder of a checkout; may be "
        "given several times. Else it is the configuration's.",
    ),
]
FormatOption = Annotated[
    Format | None, typer.Option("--format", help="The map's format; else it is recognised.")
]
DialectOption = Annotated[
    Dialect | None,
    typer.Option("--dialect", help="By whose rules a MAINTAINERS file is read; else they are recognised."),
]
PathsOption = Annotated[
    Path | None,
    typer.Option(
        "--paths", metavar="FILE", help="The paths of the tree, one a line, as git ls-files prints them."
    ),
]
TreeOption = Annotated[
    Path | None, typer.Option("--tree", metavar="DIR", help="A checkout instead, whose files are listed.")
]
OverlayOption = Annotated[
    list[Path] | None,
    typer.Option("--overlay", metavar="FILE", help="What is laid over the map; may be given several times."),
]


@map_.command("path")
def path(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH…", help="Paths from the root of the tree.")
    ] = None,
    files: MapOption = None,
    format_: FormatOption = None,
    dialect: DialectOption = None,
    tree_paths: PathsOption = None,
    tree: TreeOption = None,
    overlay: OverlayOption = None,
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="Read paths to look up, one a line; - is standard input."
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Say whose paths are: sections, the closest first, people with their roles, and lists.

    By the exact rules of the map's format; files may be packed with gzip. With --json, a line for each path.
    0: somebody owns one of them; 1: nobody does.
    """
    if not paths and from_ is None:
        raise Stop(WRONG_USE, "there is no path: pkgdesk map path --map MAINTAINERS tools/xl/xl.c")
    from bot.mapping.lookup import asked_for, report

    sources = _sources(files, format_, dialect, tree_paths, tree, overlay, config)
    asked = asked_for(paths or (), from_)
    return OK if report(sources, asked, as_json=as_json, note=note) else NOT_FOUND


@map_.command("health")
def health(
    files: MapOption = None,
    format_: FormatOption = None,
    dialect: DialectOption = None,
    tree_paths: PathsOption = None,
    tree: TreeOption = None,
    overlay: OverlayOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    everything: Annotated[bool, typer.Option("--all", help="Tell all findings, not the first few.")] = False,
) -> int:
    """Say whether the map is well.

    Orphan sections, sections that nobody reachable stands behind, overloaded people, people without accounts;
    and where the paths of the tree are known, patterns that match nothing, files that nobody owns, and new
    folders. 0: it is well; 1: it is not.
    """
    from bot.mapping.health import report

    sources = _sources(files, format_, dialect, tree_paths, tree, overlay, config)
    networks = None if files else _networks(config)
    well = report(sources, networks, as_json=as_json, everything=everything, note=note)
    return OK if well else NOT_FOUND


def _sources(
    files: list[Path] | None,
    format_: Format | None,
    dialect: Dialect | None,
    paths: Path | None,
    tree: Path | None,
    overlay: list[Path] | None,
    config: Path | None,
) -> "Collection[MapSource]":
    """The map that the options name, else that of the configuration. Raises Stop, and what reading the
    latter does."""
    if files:
        if config is not None:
            raise Stop(WRONG_USE, "the configuration has a map of its own: give either --map or --config")
        from bot.mapping.lookup import source_of

        return (source_of(files, format_, dialect, paths, tree, overlay or ()),)
    if any((format_, dialect, paths, tree, overlay)):
        raise Stop(WRONG_USE, "these options say how --map is to be read: name a map, too")
    own = own_config(config)
    if own is None:
        raise Stop(WRONG_USE, "there is no map: name one with --map, or a configuration with --config")
    from bot.config import load

    return load(own).map_sources


def _networks(config: Path | None) -> Collection[str]:
    from bot.config import load

    own = own_config(config)
    return tuple(load(own).networks) if own is not None else ()
