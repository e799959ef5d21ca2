"""`pkgdesk eval` and `pkgdesk kb test`: the commands, and the exit codes of what can go wrong."""

import contextlib
import json
from collections.abc import Iterator
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
    kb,
    note,
    own_config,
)
from bot.evaluating.leaving_out import Without
from bot.evaluating.noise import Noise
from bot.mapping.command import (
    DialectOption,
    FormatOption,
    MapOption,
    OverlayOption,
    PathsOption,
    TreeOption,
)

evaluation = typer.Typer(no_args_is_help=True, help="Measure how well the desk does.")

SeedOption = Annotated[int, typer.Option("--seed", metavar="N", help="What chance is drawn from.")]
LimitOption = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="Ask only so many questions, from all parts alike."),
]
RankedOption = Annotated[
    Path | None,
    typer.Option(
        "--ranked",
        metavar="FILE",
        help="Write what each question led to, as JSON lines, packed where the name ends in .gz; - is "
        "standard output, and the table then goes to standard error.",
    ),
]


def _table_aside(ranked: Path | None, *, as_json: bool) -> bool:
    """Whether standard output is for what each question led to, and nothing else."""
    from bot.evaluating.ranked import STDOUT

    aside = ranked is not None and str(ranked) == STDOUT
    if aside and as_json:
        raise Stop(WRONG_USE, "--json and --ranked - both want standard output: name a file for one of them")
    return aside


@contextlib.contextmanager
def _writing(ranked: Path | None) -> Iterator[None]:
    """Has it told which file cannot be written."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise Stop(FAILED, f"cannot write {ranked}: {why}") from error


@evaluation.command("match")
def match(
    entries: Annotated[
        Path,
        typer.Argument(
            metavar="ENTRIES",
            help="The base: JSON lines of id, questions and answer, also packed with gzip; or a folder of "
            "entries.",
        ),
    ],
    queries: Annotated[
        Path,
        typer.Argument(metavar="QUERIES", help="What to ask: JSON lines of text and gold, a list of ids."),
    ],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="A configuration whose settings, facets and map hold; without it none is used.",
        ),
    ] = None,
    as_json: JsonOption = False,
    ranked: RankedOption = None,
    semantic: Annotated[
        bool, typer.Option("--semantic/--no-semantic", help="With the sentence model, where there is one.")
    ] = True,
    noise: Annotated[
        Noise | None,
        typer.Option("--noise", help="typo50: half of the words of over three characters get one edit."),
    ] = None,
    without: Annotated[
        Without | None,
        typer.Option(
            "--without",
            help="Leave every second entry out; what asks for it has no answer then.",
        ),
    ] = None,
    overheard: Annotated[
        bool,
        typer.Option("--overheard", help="As lines that nobody addressed to the desk: it is stricter."),
    ] = False,
    seed: SeedOption = 0,
    limit: LimitOption = None,
) -> int:
    """Ask a base questions whose answers are known, and measure.

    How often the right entry is found, how well the desk knows when it is, and what a question costs. It asks
    as chat does, after the desk has calibrated itself on the base.
    """
    from bot.evaluating.match import Plan, measure
    from bot.evaluating.report import data, show
    from bot.progress import Watched
    from bot.screen import console
    from knowledge.semantic import ModelError

    aside = _table_aside(ranked, as_json=as_json)
    plan = Plan(entries, queries, config, ranked, semantic, noise, without, overheard, seed, limit)
    try:
        with _writing(ranked), Watched() as tell:
            measured = measure(plan, tell, note)
    except ModelError as error:
        raise Stop(WRONG_USE, str(error), "or measure words alone with --no-semantic") from error
    if as_json:
        print(json.dumps(data(measured), indent=2, ensure_ascii=False))
    else:
        show(console(stderr=aside), measured)
    return OK


@evaluation.command("route")
def route(
    cases: Annotated[
        Path,
        typer.Argument(
            metavar="CASES",
            help="What to ask: JSON lines of text, gold (a list of sections) and, where there are, paragraph "
            "and time; also packed with gzip; - is standard input.",
        ),
    ],
    map_: MapOption = None,
    format_: FormatOption = None,
    dialect: DialectOption = None,
    paths: PathsOption = None,
    tree: TreeOption = None,
    overlay: OverlayOption = None,
    config: ConfigOption = None,
    history: Annotated[
        Path | None,
        typer.Option(
            "--history",
            metavar="FILE",
            help="What to learn from: a log, or what `pkgdesk map learn` made of one; only commits older "
            "than the earliest case are used.",
        ),
    ] = None,
    as_json: JsonOption = False,
    ranked: RankedOption = None,
    no_paragraph: Annotated[
        bool, typer.Option("--no-paragraph", help="The text alone, without the paragraph.")
    ] = False,
    route_at: Annotated[
        float | None,
        typer.Option(
            "--route-at",
            metavar="P",
            min=0,
            max=1,
            help="The confidence from which on a section's person is asked; else the desk's own.",
        ),
    ] = None,
    limit: LimitOption = None,
) -> int:
    """Ask a map questions whose sections are known, and measure.

    How often the right section is found, how well the desk knows when it is, how the questions are shared out
    among the people, and what a question costs.
    """
    from bot.evaluating.route import ROUTE_AT, Plan, measure
    from bot.evaluating.route_report import data, show
    from bot.named_maps import sources_of
    from bot.progress import Watched
    from bot.screen import console

    aside = _table_aside(ranked, as_json=as_json)
    least = ROUTE_AT if route_at is None else route_at
    sources = sources_of(map_, format_, dialect, paths, tree, overlay, config)
    named = ", ".join(map(str, map_ or (own_config(config),)))
    cases = Path("/dev/stdin") if str(cases) == "-" else cases
    plan = Plan(sources, named, cases, history, ranked, not no_paragraph, least, limit)
    with _writing(ranked), Watched() as tell:
        measured = measure(plan, tell, note)
    if as_json:
        print(json.dumps(data(measured), indent=2, ensure_ascii=False))
    else:
        show(console(stderr=aside), measured)
    return OK


@kb.command("test")
def try_phrasings(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="The folder of entries; else that of the configuration."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    everything: Annotated[
        bool, typer.Option("--all", help="List all entries that are not always found, not only the worst.")
    ] = False,
) -> int:
    """Try whether every phrasing finds its entry, with and without itself.

    A phrasing that, asked as it stands, does not find its entry first is an error. Then each is taken out of
    the base and asked: entries that are not found by then are listed, the worst first. 0: no errors; 1: some.
    """
    from bot.evaluating.trying import examine
    from knowledge.semantic import ModelError

    path = own_config(config)
    if folder is None and path is None:
        raise Stop(
            WRONG_USE,
            "there is no knowledge base to test: name its folder, or a configuration with --config",
        )
    try:
        passes = examine(folder, path, as_json=as_json, everything=everything, note=note)
    except ModelError as error:
        raise Stop(WRONG_USE, str(error)) from error
    return OK if passes else NOT_FOUND
