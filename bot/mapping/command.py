"""`pkgdesk map`: its commands, and the exit codes of what can go wrong. What each does is a module of its
own, imported when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import NOT_FOUND, OK, WRONG_USE, ConfigOption, JsonOption, Stop, note, own_config
from routing.formats.dialects import Dialect
from routing.formats.recognise import Format

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
        list[str] | None, typer.Argument(metavar="PATH", help="Paths from the root of the tree.")
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
    from bot.named_maps import sources_of

    asked = asked_for(paths or (), from_)
    sources = sources_of(files, format_, dialect, tree_paths, tree, overlay, config)
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
    from bot.named_maps import networks_of, sources_of

    sources = sources_of(files, format_, dialect, tree_paths, tree, overlay, config)
    networks = None if files else networks_of(config)
    well = report(sources, networks, as_json=as_json, everything=everything, note=note)
    return OK if well else NOT_FOUND


@map_.command("learn")
def learn(
    repository: Annotated[
        Path | None, typer.Option("--repo", metavar="DIR", help="A git repository to learn from.")
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            "--log",
            metavar="FILE",
            help="A log of one instead, which may be packed with gzip; - is standard input.",
        ),
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--map",
            "-m",
            metavar="FILE",
            help="The map that it is for; else the configuration's, or that of DIR.",
        ),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache",
            metavar="FILE",
            help="The file to keep it in; else the configuration's `history`, else one that is named after "
            "the map, in $CACHE_DIRECTORY or ~/.cache/pkgdesk.",
        ),
    ] = None,
    commits: Annotated[
        int | None, typer.Option("--commits", metavar="N", min=1, help="Keep so many, the newest: 25,000.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Begin anew, whatever is known already.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> int:
    """Learn from the project's history what belongs where.

    What was said of which files is kept in a file, which may be deleted at any time: the configuration's
    `history`, or the usual one for the map. Afterwards only what is new is read. A log is written by: git log
    --no-merges --no-renames --name-only --format='commit %H %ct%n%w(0,4,4)%B%n'
    """
    if (repository is None) == (log is None):
        raise Stop(WRONG_USE, "say what to learn from: either --repo DIR, or --log FILE")
    if files and config is not None:
        raise Stop(WRONG_USE, "the configuration has a map of its own: give either --map or --config")
    if len(files or ()) > 1:
        raise Stop(
            WRONG_USE, "a history is kept for one map: give --map once, or name several in a configuration"
        )
    from bot.mapping.learning import cache_of, learn_and_tell
    from bot.named_maps import file_of, map_in

    maps = [file_of(each) for each in files or ()]
    if not maps and cache is None and (own := own_config(config)) is not None:
        from bot.config import load

        settings = load(own)
        cache = settings.history
        maps = [path for each in settings.map_sources for path in (each.file, *each.files) if path]
    own_map = map_in(repository) if repository is not None else None
    of = next((each for each in (*maps, own_map) if each is not None), None)
    kept = cache_of(cache, of, repository, log)
    return learn_and_tell(repository, log, kept, of, most=commits, full=full, as_json=as_json, note=note)
