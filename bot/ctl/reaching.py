"""How a command reaches the desk: by its socket, or, where no desk runs, on its database.

Part of the command line: what is slow to import is imported where it is needed.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import FAILED, NOT_FOUND, OK, RUNNING, WRONG_USE, Stop, note, visible
from bot.ctl.client import Answer, BetweenTimes, Refused, Said, Session
from bot.unix_socket import NobodyListens, SocketError, account_of

SocketOption = Annotated[
    Path | None,
    typer.Option("--socket", metavar="PATH", help="The desk's socket, instead of the configuration's."),
]


def session_with(
    config: Path | None, socket: Path | None, timeout: float, *, begins: bool = False
) -> Session:
    """A session with the desk of a configuration, or with the one behind `socket`. `timeout`: seconds that an
    answer may take. `begins`: whether a database is made where no desk has run yet."""
    own = config if socket is None else None
    return Session(
        lambda: socket or _socket(config),
        timeout,
        alone=lambda said, why: _unattended(own, said, why, begins=begins),
        explain=_explained,
    )


def show(answer: Answer) -> None:
    """Print what the desk said: as the result where all went well."""
    if answer.end == "well":
        print(*map(visible, answer.lines), sep="\n", flush=True)
    else:
        for line in answer.lines or ("the desk could not do that: its log says why",):
            note(visible(line))


def exit_of(answer: Answer) -> int:
    """The exit code of how something ended."""
    return {"well": OK, "complained": NOT_FOUND, "wrong": WRONG_USE}.get(answer.end, FAILED)


def not_talking(error: SocketError) -> Stop:
    """What ends a command where the desk does not talk to us."""
    if isinstance(error, BetweenTimes):
        return Stop(RUNNING, str(error))
    if isinstance(error, NobodyListens):
        return Stop(FAILED, f"{error}: start one with pkgdesk run, or name its socket with --socket")
    return Stop(NOT_FOUND if isinstance(error, Refused) else FAILED, str(error))


def _socket(config: Path | None) -> Path:
    """Where the configuration has its control socket."""
    if config is None:
        raise Stop(
            WRONG_USE, "there is no configuration here: name one with --config, or the socket with --socket"
        )
    from bot.ctl.glance import socket_of

    found = socket_of(config)
    if found is None:
        from bot.config import examine
        from knowledge.documents import DocumentError

        # A desk runs on with what it has read, whatever is wrong with the file since.
        try:
            found = examine(config).settings.control.socket
        except DocumentError as error:
            raise _unread(error.problems) from error
    if found is None:
        raise NoSocket(f"{config} has control.socket: none, so that no desk listens")
    return found


class NoSocket(NobodyListens):
    """There will be none, either."""


def _unread(problems: Iterable[object]) -> Stop:
    """What ends a command where the configuration is of no use."""
    running = "to speak to a desk that runs all the same, name its socket with --socket"
    return Stop(WRONG_USE, *map(str, problems), running)


def _unattended(config: Path | None, said: Said, why: NobodyListens, *, begins: bool) -> Answer:
    """What is answered where no desk runs: the same, decided here, unless it takes one. The parts of a desk
    are imported last: mostly there is nothing to decide."""
    from bot.desk.vocabulary import needs_running, refused

    wrong = refused(said) if isinstance(said, str) else None
    if config is None or (isinstance(said, str) and wrong is None and needs_running(said)):
        raise why
    from bot.config import load
    from knowledge.documents import DocumentError

    try:
        settings = load(config)
    except DocumentError as error:
        raise _unread(error.problems) from error
    if wrong is not None:
        return Answer((wrong,), "wrong")
    if "://" not in settings.database and not Path(settings.database).exists():
        if not begins:
            raise why  # no desk has ever run with these settings
        _may_begin(Path(settings.database))
    from bot import log
    from bot.ctl.unattended import decide
    from bot.store.errors import AlreadyRunning, StoreError

    log.set_up_for_a_command(settings)
    try:
        answer = decide(settings, said)
    except AlreadyRunning as error:
        if isinstance(why, NoSocket):
            raise Stop(RUNNING, f"{why}, and yet {error}") from error
        raise BetweenTimes(
            f"{why}, and yet its database is in use: a desk is just starting or ending there (say it again "
            "in a moment), or it listens elsewhere (name its socket with --socket)"
        ) from error
    except StoreError as error:
        raise Stop(FAILED, str(error)) from error
    note("no desk runs: this was decided on its database")
    return answer


def _may_begin(database: Path) -> None:
    """Stop where a database that is made here would not be the desk's own: it would find a file there that it
    may not write."""
    folder = database.absolute().parent
    try:
        owner = folder.stat().st_uid
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise Stop(FAILED, f"the folder of the database, {folder}: {why}") from error
    if owner != os.geteuid():
        raise Stop(
            FAILED,
            f"no desk has run here yet, and {folder} belongs to {account_of(owner)}, whose the database has "
            f"to be: say this as {account_of(owner)}, or start the desk first",
        )


def _explained(words: str) -> Answer:
    from bot.desk.vocabulary import explained

    lines = explained(words)
    return Answer(lines, "well") if lines else Answer((f"there is no command `{words}`",), "wrong")
