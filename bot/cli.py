"""The command line: `pkgdesk run`, `ctl`, `db`, `demo`, `ask`, `route`, `check`, `init`, ….

A command reads its arguments, calls one thing and turns what comes back into an exit code (`EXITS`); nothing
is decided here. Results go to standard output, everything about them to standard error. What is heavy is
imported inside of the command that needs it, and `version` is answered before typer is set to work, which
costs more than the answer.
"""

import gc
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.ctl import Answer, Refused, Session
from bot.unix_socket import NobodyListens, SocketError

OK, NOT_FOUND, WRONG_USE, FAILED, RUNNING = range(5)
EXITS = (
    (OK, "well: answered, found, nothing wrong"),
    (NOT_FOUND, "not found, not sure, or problems were found"),
    (WRONG_USE, "the command line or the configuration is wrong"),
    (FAILED, "something failed at run time: a server, the database"),
    (RUNNING, "another desk is running on that database"),
)
INTERRUPTED = 130
CLOSED = 141
"""As a shell reports a program that wrote into a pipe which nobody reads any more (128 + SIGPIPE)."""

CONFIG_VARIABLE = "PKGDESK_CONFIG"
DEBUG_VARIABLE = "PKGDESK_DEBUG"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,  # help in plain lines reads well in 80 columns, in a pipe, and in ASCII
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXITS) + ".",
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help=f"The configuration; else ./config.yaml, else the file that ${CONFIG_VARIABLE} names.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Question = Annotated[str, typer.Argument(metavar="TEXT", help="What somebody might ask, in quotes.")]


class Stop(Exception):
    """A command cannot go on: `lines` say what is wrong, where, and what to do; `code` is the exit code."""

    def __init__(self, code: int, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.code = code
        self.lines = lines


def main() -> NoReturn:
    """The console script."""
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
    path = _own_config(config)
    if path is None:
        raise Stop(
            WRONG_USE,
            "there is no configuration: `pkgdesk init DIR` writes one to begin with; or name yours with "
            "--config. (To try the desk without one: pkgdesk demo)",
        )
    # Nothing of what is imported is garbage: looking for some would take a tenth of the time.
    gc.disable()
    import irc.events  # noqa: F401 (goes through all modules that are there; now they are few)

    from bot import log
    from bot.app import run as run_desk
    from bot.checking import usable
    from bot.config import secrets
    from bot.monitoring.errors import NotServed
    from bot.store.errors import AlreadyRunning, StoreError

    gc.enable()
    settings, problems = usable(path)
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
    except StoreError as error:
        raise Stop(RUNNING if isinstance(error, AlreadyRunning) else FAILED, str(error)) from error


@app.command()
def demo(
    story: Annotated[bool, typer.Option("--story", help="Tell the story without asking anything.")] = False,
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="DIR", help="Keep database, configuration and logs in this folder."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port of the demo's IRC server; 0 is any.")
    ] = 0,
) -> int:
    """Try the desk on this machine. You are the packager, three developers are played. With --story all of it
    is played, and every line that must come is checked."""
    from bot.demo.actor import NoPlace, SceneFailed
    from bot.demo.colours import Colours

    colours = Colours.of(os.environ, terminal=sys.stdout.isatty())
    try:
        if story:
            from bot.demo.story import tell

            return tell(state, port, colours=colours)
        from bot.demo.play import play

        return play(state, port, colours=colours)
    except SceneFailed as failure:
        raise Stop(WRONG_USE if isinstance(failure, NoPlace) else FAILED, str(failure)) from failure


@app.command()
def ask(
    text: Question,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say how it came about: words, candidates, and the ladder.")
    ] = False,
) -> int:
    """Ask the knowledge base. 0: it answers; 1: it is not sure, or does not know."""
    from bot.offline import ask as ask_base

    answered = ask_base(
        _asked(text), _some_config(config), datetime.now(UTC), as_json=as_json, explain=explain, note=_note
    )
    return OK if answered else NOT_FOUND


@app.command()
def route(text: Question, config: ConfigOption = None, as_json: JsonOption = False) -> int:
    """Say whose question it is, and whom the desk would ask. They come in the order in which they would be
    asked. 0: a section was found; 1: none, or not surely."""
    from bot.offline import route as route_by_map

    found = route_by_map(_asked(text), _some_config(config), datetime.now(UTC), as_json=as_json, note=_note)
    return OK if found else NOT_FOUND


@app.command()
def check(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH",
            help="Check only this entry, folder of entries, or map, without a configuration.",
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings count as errors.")] = False,
) -> int:
    """Check configuration, knowledge base and map.

    Everything that is wrong is told at once, with its place. Errors are what the desk would not start with,
    what it would leave out, and what leads nowhere; warnings are worth a look. 0: no errors; 1: some.
    """
    if path is not None and config is not None:
        raise Stop(WRONG_USE, "PATH is checked without a configuration: give either PATH or --config")
    from bot.verdict import verdict

    whole = _some_config(config) if path is None else None
    today = datetime.now(UTC).date()
    passes = verdict(whole, path, today, as_json=as_json, strict=strict, note=_note)
    return OK if passes else NOT_FOUND


@app.command()
def ctl(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="What to say, as in chat: `status`, `why 42`, `help` …"),
    ] = None,
    config: ConfigOption = None,
    socket: Annotated[
        Path | None,
        typer.Option("--socket", metavar="PATH", help="The desk's socket, instead of the configuration's."),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, metavar="SECONDS", help="How long an answer may take.")
    ] = 30.0,
    as_json: JsonOption = False,
) -> int:
    """Say a command to the running desk. Without one: a prompt on a terminal, else one from each line of the
    input. 0: well; 1: of no use, and the desk says why. What needs no running desk works without one, too."""
    own = _own_config(config)
    session = Session(
        lambda: socket or _socket(own),
        timeout,
        alone=lambda said, why: _unattended(own if socket is None else None, said, why),
        explain=_explained,
    )
    if words:
        return _said(session, " ".join(words), as_json=as_json)
    if not sys.stdin.isatty():
        # Whatever is wrong with one line, the others are said; the code is that of the worst.
        lines = (line.strip() for line in sys.stdin)
        said = (line for line in lines if line and not line.startswith("#"))
        return max((_said(session, line, as_json=as_json) for line in said), default=OK)
    from bot.ctl_prompt import converse

    try:
        meanings = session.meanings()
    except SocketError as error:
        raise _not_talking(error) from error
    converse(meanings, lambda line: _said(session, line, as_json=as_json))
    return OK


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder; it is made where there is none.")
    ],
    network: Annotated[
        str | None,
        typer.Option("--network", metavar="NAME", help="libera (as without it), oftc, or any by --host."),
    ] = None,
    host: Annotated[str | None, typer.Option("--host", metavar="HOST", help="The server's name.")] = None,
    port: Annotated[int | None, typer.Option("--port", metavar="PORT", help="The server's port.")] = None,
    channel: Annotated[
        list[str] | None,
        typer.Option("--channel", metavar="NAME", help="A channel to sit in; may be given several times."),
    ] = None,
    nick: Annotated[str, typer.Option("--nick", metavar="NICK", help="The desk's nick.")] = "example-desk",
) -> int:
    """Write a folder to begin with.

    It holds a configuration, a few entries, a map, and what to do next. Nothing is asked, and nothing that is
    there is overwritten.
    """
    from bot.starting.folder import Choices, InTheWay, NotPossible, begin, next_steps
    from knowledge.composing import one_line

    choices = Choices(network, host, port, tuple(channel or ()), nick)
    try:
        written = begin(folder, choices, datetime.now(UTC).date())
    except NotPossible as error:
        raise Stop(WRONG_USE, str(error)) from error
    except InTheWay as error:
        lines = (f"{one_line(str(name))} is there already" for name in error.names)
        raise Stop(WRONG_USE, *lines, "nothing was written: choose another DIR, or move that away") from error
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise Stop(FAILED, f"cannot write into {one_line(str(folder))}: {why}") from error
    print("\n".join(next_steps(folder, written)))
    return OK


db = typer.Typer(no_args_is_help=True, help="Look at the database, copy it, restore it, bring it up to date.")
app.add_typer(db, name="db")


@db.command("status")
def db_status(config: ConfigOption = None, as_json: JsonOption = False) -> int:
    """Say where the database is, of which version, how large, and how many questions are in it."""
    from bot import database

    with _database_errors():
        database.show(_database(config), as_json=as_json)
    return OK


@db.command("backup")
def db_backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to put the copy.")],
    config: ConfigOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE where it is there already.")] = False,
) -> int:
    """Copy the database, whether a desk is running or not, and look whether the copy is whole."""
    from bot import database

    with _database_errors():
        database.back_up(_database(config), file, force=force)
    return OK


@db.command("restore")
def db_restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that `db backup` made.")],
    config: ConfigOption = None,
) -> int:
    """Put a copy in the place of the database, which is kept under another name. No desk may be running."""
    from bot import database

    with _database_errors():
        database.restore(_database(config), file, datetime.now(UTC))
    return OK


@db.command("upgrade")
def db_upgrade(config: ConfigOption = None) -> int:
    """Bring the database up to date after an update of pkgdesk. The start of a desk does that, too."""
    from bot import database

    with _database_errors():
        database.upgrade(_database(config))
    return OK


@app.command()
def version() -> int:
    """Print the version."""
    from importlib.metadata import version as version_of

    print(f"pkgdesk {version_of('pkgdesk')}")
    return OK


# --- what the commands share --------------------------------------------------------------------------


def _own_config(given: Path | None) -> Path | None:
    """The configuration to use: the one that was named, that of this folder, that of the environment."""
    if given is not None:
        return given
    if os.path.lexists("config.yaml"):  # a link that leads nowhere is not passed over
        return Path("config.yaml")
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else None


def _some_config(given: Path | None) -> Path:
    """The same, else the demo's."""
    own = _own_config(given)
    if own is None:
        own = Path(__file__).parent / "demo" / "config.yaml"
        _note("no configuration here: this is about the demo's knowledge base and map")
    return own


def _database(config: Path | None) -> str:
    """The URL of the database that the configuration names."""
    path = _own_config(config)
    if path is None:
        raise Stop(
            WRONG_USE, "there is no configuration here to say where the database is: name one with --config"
        )
    from bot.config import load

    return load(path).database_url


@contextmanager
def _database_errors() -> Iterator[None]:
    """What `bot.database` raises, with its exit code."""
    from bot.database import OtherTools
    from bot.store.errors import AlreadyRunning, StoreError, WrongFile

    try:
        yield
    except OtherTools as error:
        raise Stop(WRONG_USE, str(error), *error.lines) from error
    except WrongFile as error:
        raise Stop(WRONG_USE, str(error)) from error
    except StoreError as error:
        raise Stop(RUNNING if isinstance(error, AlreadyRunning) else FAILED, str(error)) from error


def _said(session: Session, words: str, *, as_json: bool) -> int:
    """Say one command of `ctl`, print what comes back, and make the exit code of it."""
    try:
        answer = session.say(words)
    except SocketError as error:
        stop = _not_talking(error)
    except Stop as stopped:
        stop = stopped
    else:
        if as_json:
            print(json.dumps({"said": words, "lines": answer.lines, "end": answer.end}, ensure_ascii=False))
        elif answer.end == "well":
            print(*answer.lines, sep="\n", flush=True)
        else:
            for line in answer.lines or ("the desk could not do that: its log says why",):
                _note(line)
        return {"well": OK, "complained": NOT_FOUND, "wrong": WRONG_USE}.get(answer.end, FAILED)
    return _told(stop)


def _not_talking(error: SocketError) -> Stop:
    """What ends a command where the desk does not talk to us."""
    if isinstance(error, NobodyListens):
        return Stop(FAILED, f"{error}: start one with pkgdesk run, or name its socket with --socket")
    return Stop(NOT_FOUND if isinstance(error, Refused) else FAILED, str(error))


def _socket(config: Path | None) -> Path:
    """Where the configuration has its control socket."""
    if config is None:
        raise Stop(
            WRONG_USE, "there is no configuration here: name one with --config, or the socket with --socket"
        )
    from bot.glance import socket_of

    found = socket_of(config)
    if found is None:
        from bot.config import load

        found = load(config).control.socket
    if found is None:
        raise NobodyListens(f"{config} has control.socket: none, so that no desk listens")
    return found


def _unattended(config: Path | None, words: str, why: NobodyListens) -> Answer:
    """What is answered where no desk runs: the same, decided here, unless it takes one."""
    from bot.store.errors import AlreadyRunning, StoreError
    from bot.unattended import NothingThere, decide
    from bot.vocabulary import needs_running, refused

    if config is None or (refused(words) is None and needs_running(words)):
        raise why
    from bot.config import load

    try:
        answer = decide(load(config), words)
    except AlreadyRunning as error:
        raise Stop(RUNNING, f"{why}, and yet {error}") from error
    except NothingThere:
        raise why from None
    except StoreError as error:
        raise Stop(FAILED, str(error)) from error
    if answer.end != "wrong":
        _note("no desk runs: this was decided on its database")
    return answer


def _explained(words: str) -> Answer:
    from bot.vocabulary import explained

    lines = explained(words)
    return Answer(lines, "well") if lines else Answer((f"there is no command `{words}`",), "wrong")


def _asked(text: str) -> str:
    if not text.strip():
        raise Stop(WRONG_USE, 'there is no question: pkgdesk ask "how do I …?"')
    return text


def _note(text: str) -> None:
    sys.stdout.flush()  # where both go to one place, they stand there in their order
    print(f"pkgdesk: {text}", file=sys.stderr)


def exit_code(arguments: list[str]) -> int:
    """Run one command line; whatever goes wrong becomes a clear line on standard error and an exit code."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except (BrokenPipeError, SystemExit):  # typer makes a SystemExit of the former, and of nothing else here
        # Nobody reads on. Python flushes once more when it ends, and must not fail then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED


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
        return _told(error)


def _told(error: Exception) -> int:
    """The words and the exit code for an error."""
    if isinstance(error, Stop):
        for line in error.lines:
            _note(line)
        return error.code
    if isinstance(error, typer.TyperException):  # usage: an unknown option, a missing argument
        said = error.format_message()
        context = getattr(error, "ctx", None)
        if context is not None and said == context.get_help():  # there was no command at all
            print(said)
        else:
            _note(f"{said} (pkgdesk --help lists what there is)")
        return WRONG_USE
    if problems := getattr(
        error, "problems", None
    ):  # knowledge.documents.DocumentError, without importing it
        for problem in problems:
            _note(str(problem))
        return WRONG_USE
    _note(f"{type(error).__name__}: {error}. This should not happen; `pkgdesk --debug …` shows where.")
    return FAILED


if __name__ == "__main__":
    main()
