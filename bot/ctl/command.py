"""`pkgdesk ctl`: says commands to the running desk, and makes exit codes of what comes back.

Where no desk runs, what needs none is decided on its database (`bot.ctl.reaching`). What is slow to import is
imported where it is needed.
"""

import json
import sys
from typing import Annotated

import typer

from bot.command_line import OK, ConfigOption, JsonOption, Stop, own_config, told
from bot.ctl.client import Session
from bot.ctl.reaching import SocketOption, exit_of, not_talking, session_with, show
from bot.spans import seconds_between
from bot.unix_socket import SocketError


def ctl(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="What to say, as in chat: `status`, `why 42`, `help` …"),
    ] = None,
    config: ConfigOption = None,
    socket: SocketOption = None,
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
    session = session_with(own_config(config), socket, timeout)
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
        raise not_talking(error) from error
    converse(meanings, lambda line: _said(session, line, as_json=as_json))
    return OK


def _said(session: Session, words: str, *, as_json: bool) -> int:
    """Say one command of `ctl`, print what comes back, and make the exit code of it."""
    try:
        answer = session.say(words)
    except SocketError as error:
        stop = not_talking(error)
    except Stop as stopped:
        stop = stopped
    else:
        if as_json:
            print(json.dumps({"said": words, "lines": answer.lines, "end": answer.end}, ensure_ascii=False))
        else:
            show(answer)
        return exit_of(answer)
    return told(stop)
