"""The command line: `pkgdesk run`, `ctl`, `db`, `demo`, `ask`, `route`, `check`, `init`, ….

A command reads its arguments, calls one thing and turns what comes back into an exit code (`EXITS`); nothing
is decided here. Results go to standard output, everything about them to standard error. What is heavy is
imported inside of the command that needs it, and `version` is answered before typer is set to work, which
costs more than the answer.
"""

import io
import os
import signal
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer

import bot.editing.command
import bot.gaps.command
import bot.linting.command
import bot.reporting.command  # noqa: F401 (commands of `kb`)
from bot.checking.command import check
from bot.command_line import (
    CLOSED,
    DEBUG_VARIABLE,
    EXITS,
    FAILED,
    INTERRUPTED,
    NOT_FOUND,
    OK,
    RUNNING,
    SHUT_OUT,
    WRONG_USE,
    ConfigOption,
    JsonOption,
    Stop,
    kb,
    leave,
    note,
    own_config,
    told,
)
from bot.ctl.command import ctl
from bot.database.command import corrections_in, db, votes_in
from bot.demo.command import demo
from bot.evaluating.command import evaluation
from bot.homeservers.command import matrix
from bot.mapping.command import map_
from bot.memory import nothing_collected
from bot.model.command import model
from bot.networks.command import irc
from bot.starting.command import init
from bot.unix_socket import SocketError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,  # help in plain lines reads well in 80 columns, in a pipe, and in ASCII
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXITS) + ".",
)

Question = Annotated[
    list[str],
    typer.Argument(
        metavar="TEXT", help="What somebody might ask, in quotes; `-` reads it from standard input."
    ),
]
LONGEST = 1 << 16
"""Bytes of a question that are read from standard input."""


def main() -> NoReturn:
    """The console script."""
    # A thread for every processor would be no faster for vectors as short as ours, and many of them would go
    # beyond what a service may have (TasksMax); read when numpy is first imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal cannot show is spelled out
    sys.exit(exit_code(sys.argv[1:]))


def _print_version(wanted: bool) -> None:
    if wanted:
        raise typer.Exit(version())


@app.callback()
def _everywhere(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback where something fails.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The packagers' desk of an upstream project."""
    if debug:
        os.environ[DEBUG_VARIABLE] = "1"


@app.command()
def run(config: ConfigOption = None) -> int:
    """Run the desk in the foreground until it is told to end. Ctrl-C and SIGTERM end it; SIGHUP reads
    configuration, knowledge and map anew."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is a desk: by itself it would end the process
    path = own_config(config)
    if path is None:
        raise Stop(
            WRONG_USE,
            "there is no configuration: `pkgdesk init DIR` writes one to begin with; or name yours with "
            "--config. (To try the desk without one: pkgdesk demo)",
        )
    with nothing_collected():
        import irc.events  # noqa: F401 (goes through all modules that are there; now they are few)

        from bot.checking.configuration import usable

    settings, problems = usable(path)  # what is wrong there is told before all the rest is imported
    with nothing_collected():
        from bot import log
        from bot.app import run as run_desk
        from bot.config import secrets
        from bot.monitoring.errors import NotServed
        from bot.store.errors import AlreadyRunning, StoreError
        from bot.transports.base import ShutOut

    page = None
    if settings.monitoring.port is not None:
        try:
            from bot.monitoring.page import serving
        except ModuleNotFoundError as error:
            raise Stop(
                WRONG_USE,
                f"monitoring.port is set in {path}, and {error.name} is not installed, which the page needs: "
                "pip install 'pkgdesk[monitoring]', or take the port out",
            ) from error
        page = partial(serving, settings.monitoring)
    logger = log.set_up(settings.log, secrets(settings))
    for problem in problems:
        logger.warning("worth a look", problem=str(problem))
    try:
        return run_desk(settings, path, page)
    except (SocketError, NotServed) as error:
        raise Stop(FAILED, str(error)) from error
    except ShutOut as error:
        raise Stop(SHUT_OUT, str(error)) from error
    except StoreError as error:
        raise Stop(RUNNING if isinstance(error, AlreadyRunning) else FAILED, str(error)) from error


app.command()(demo)


@app.command()
def ask(
    text: Question,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say how it came about: words, candidates, and the ladder.")
    ] = False,
    overheard: Annotated[
        bool, typer.Option("--overheard", help="As a line that nobody addressed to the desk: it is stricter.")
    ] = False,
) -> int:
    """Ask the knowledge base. 0: it answers; 1: it is not sure, or does not know."""
    from bot.offline import ask as ask_base

    answered = ask_base(
        _asked("ask", text),
        _some_config(config),
        datetime.now(UTC),
        as_json=as_json,
        explain=explain,
        overheard=overheard,
        note=note,
        votes=votes_in,
        corrections=corrections_in,
    )
    return OK if answered else NOT_FOUND


@app.command()
def route(
    text: Question,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say how it came about: what speaks for each section, and why.")
    ] = False,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="MOMENT",
            help="As if it were asked then: saturday 3:00, 2026-12-01 10:00 (UTC, or with a zone).",
        ),
    ] = None,
) -> int:
    """Say whose question it is, and whom the desk would ask. They come in the order in which they would be
    asked, with the time of each: who sleeps is waited for. 0: a section was found; 1: none, or not surely."""
    from bot.offline import route as route_by_map

    moment = datetime.now(UTC)
    if at is not None:
        moment = _moment(at, moment)
        note(f"as if it were asked on {moment:%a %Y-%m-%d %H:%M} UTC")
    found = route_by_map(
        _asked("route", text),
        _some_config(config),
        moment,
        as_json=as_json,
        explain=explain,
        note=note,
        votes=votes_in,
        corrections=corrections_in,
    )
    return OK if found else NOT_FOUND


app.command()(check)
app.command()(ctl)
app.add_typer(db, name="db")
app.add_typer(irc, name="irc")
app.add_typer(matrix, name="matrix")
app.add_typer(map_, name="map")
app.add_typer(model, name="model")
app.add_typer(evaluation, name="eval")
app.add_typer(kb, name="kb")
app.command()(init)


@app.command()
def version() -> int:
    """Print the version."""
    from importlib.metadata import version as version_of

    print(f"pkgdesk {version_of('pkgdesk')}")
    return OK


# --- what the commands share --------------------------------------------------------------------------


def _some_config(given: Path | None) -> Path:
    """The configuration to ask about: one's own, else the demo's."""
    own = own_config(given)
    if own is None:
        own = Path(__file__).parent / "demo" / "config.yaml"
        note("no configuration here: this is about the demo's knowledge base and map")
    return own


def _asked(command: str, words: list[str]) -> str:
    """The question of a `command`: its one argument, or what stands on standard input."""
    if len(words) > 1:
        quoted = " ".join(words).replace('"', "'")
        raise Stop(WRONG_USE, f'put the question in quotes: pkgdesk {command} "{quoted}"')
    [text] = words
    if text == "-":
        if sys.stdin.isatty():
            note("the question, until Ctrl-D:")
        read = sys.stdin.buffer.read(LONGEST + 1)
        if len(read) > LONGEST:
            note(f"only the first {LONGEST // 1024} KiB of the question are read")
        text = read[:LONGEST].decode("utf-8", "replace")
    if not text.strip():
        raise Stop(WRONG_USE, f'there is no question: pkgdesk {command} "how do I …?"')
    return text


def _moment(text: str, now: datetime) -> datetime:
    from routing.times import read_moment

    try:
        return read_moment(text, now)
    except ValueError as error:
        raise Stop(WRONG_USE, f"--at: {error}") from error


def exit_code(arguments: list[str]) -> int:
    """Run one command line; whatever goes wrong becomes a clear line on standard error and an exit code."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except (BrokenPipeError, SystemExit):  # typer makes a SystemExit of the former, and of nothing else here
        leave(sys.stdout)  # nobody reads on
        return CLOSED
    except OSError as error:  # what was still to be written cannot be
        return told(error)


def _run(arguments: list[str]) -> int:
    try:
        if arguments in (["version"], ["--version"]):
            return version()
        return int(app(arguments, prog_name="pkgdesk", standalone_mode=False) or OK)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        return told(error)


if __name__ == "__main__":
    main()
