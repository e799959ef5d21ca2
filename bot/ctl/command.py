"""`pkgdesk ctl`: says commands to the running desk, and makes exit codes of what comes back.

Where no desk runs, what needs none is decided on its database (`bot.ctl.unattended`). What is slow to import
is imported where it is needed.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import (
    FAILED,
    NOT_FOUND,
    OK,
    RUNNING,
    WRONG_USE,
    ConfigOption,
    JsonOption,
    Stop,
    note,
    own_config,
    told,
)
from bot.ctl.client import Answer, BetweenTimes, Refused, Session
from bot.spans import seconds_between
from bot.unix_socket import NobodyListens, SocketError


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
        float,
        typer.Option(
            "--timeout",
            metavar="SPAN",
            parser=lambda text: seconds_between(text, 0.1, 86_400),
            show_default=False,
            help="How long an answer may take, like 20s or 2m, or in bare seconds; 30s without it.",
        ),
    ] = 30.0,
    as_json: JsonOption = False,
) -> int:
    """Say a command to the running desk. Without one: a prompt on a terminal, else one from each line of the
    input. 0: well; 1: of no use, and the desk says why. What needs no running desk works without one, too."""
    own = own_config(config)
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
    from bot.ctl.prompt import converse

    try:
        meanings = session.meanings()
    except SocketError as error:
        raise _not_talking(error) from error
    converse(meanings, lambda line: _said(session, line, as_json=as_json))
    return OK


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
                note(line)
        return {"well": OK, "complained": NOT_FOUND, "wrong": WRONG_USE}.get(answer.end, FAILED)
    return told(stop)


def _not_talking(error: SocketError) -> Stop:
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


def _unattended(config: Path | None, words: str, why: NobodyListens) -> Answer:
    """What is answered where no desk runs: the same, decided here, unless it takes one."""
    from bot.ctl.unattended import NothingThere, decide
    from bot.desk.vocabulary import needs_running, refused
    from bot.store.errors import AlreadyRunning, StoreError

    if config is None or (refused(words) is None and needs_running(words)):
        raise why
    from bot import log
    from bot.config import load
    from knowledge.documents import DocumentError

    try:
        settings = load(config)
    except DocumentError as error:
        raise _unread(error.problems) from error
    log.set_up_for_a_command(settings)
    try:
        answer = decide(settings, words)
    except AlreadyRunning as error:
        if isinstance(why, NoSocket):
            raise Stop(RUNNING, f"{why}, and yet {error}") from error
        raise BetweenTimes(
            f"{why}, and yet its database is in use: a desk is just starting or ending there (say it again "
            "in a moment), or it listens elsewhere (name its socket with --socket)"
        ) from error
    except NothingThere:
        raise why from None
    except StoreError as error:
        raise Stop(FAILED, str(error)) from error
    if answer.end != "wrong":
        note("no desk runs: this was decided on its database")
    return answer


def _explained(words: str) -> Answer:
    from bot.desk.vocabulary import explained

    lines = explained(words)
    return Answer(lines, "well") if lines else Answer((f"there is no command `{words}`",), "wrong")
