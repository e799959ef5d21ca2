"""`pkgdesk map`: its commands, and the exit codes of what can go wrong. What each does is a module of its
own, imported when it is called."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.command_line import NOT_FOUND, OK, WRONG_USE, ConfigOption, JsonOption, Stop, note, own_config
from routing.formats.dialects import Dialect
from routing.formats.recognise import Format

if TYPE_CHECKING:
    from bot.mapping.settings import MapSource

maps = typer.Typer(no_args_is_help=True, help="Ask and look after the map: whose what is.")

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


@maps.command("path")
def path(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH…", help="Paths from the root of the tree.")
    ] = None,
    map_: MapOption = None,
    format_: FormatOption = None,
    dialect: DialectOption = None,
    tree_paths: PathsOption = None,
    tree: TreeOption = None,
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

    sources = sources_of(map_, format_, dialect, tree_paths, tree, config)
    asked = asked_for(paths or (), from_)
    return OK if report(sources, asked, as_json=as_json, note=note) else NOT_FOUND


def sources_of(
    map_: list[Path] | None,
    format_: Format | None,
    dialect: Dialect | None,
    paths: Path | None,
    tree: Path | None,
    config: Path | None,
) -> "Iterable[MapSource]":
    """The map that the options name, else the configuration's. Raises Stop, and what the configuration does."""
    if map_:
        if config is not None:
            raise Stop(WRONG_USE, "the configuration has a map of its own: give either --map or --config")
        from bot.mapping.lookup import source_of

        return (source_of(map_, format_, dialect, paths, tree),)
    if any(each is not None for each in (format_, dialect, paths, tree)):
        raise Stop(
            WRONG_USE, "--format, --dialect, --paths and --tree say how to read --map: name a map, too"
        )
    own = own_config(config)
    if own is None:
        raise Stop(WRONG_USE, "there is no map: name one with --map, or a configuration with --config")
    from bot.config import load

    return load(own).map_sources
