"""`pkgdesk init`: the command, and the exit codes of what can go wrong."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import FAILED, OK, WRONG_USE, Stop
from bot.starting.examples import NICK


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
    nick: Annotated[str, typer.Option("--nick", metavar="NICK", help="The desk's nick.")] = NICK,
    homeserver: Annotated[
        str | None,
        typer.Option("--homeserver", metavar="URL", help="A Matrix homeserver, instead of a network of IRC."),
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="ID", help="The desk's user id on that homeserver.")
    ] = None,
    room: Annotated[
        list[str] | None,
        typer.Option("--room", metavar="NAME", help="A room to sit in there; may be given several times."),
    ] = None,
) -> int:
    """Write a folder to begin with.

    It holds a configuration, a few entries, a map, and what to do next. Nothing is asked, and nothing that is
    there is overwritten.
    """
    from bot.starting.folder import Choices, InTheWay, NotPossible, begin, next_steps
    from bot.starting.homeserver import Homeserver
    from knowledge.composing import one_line

    if homeserver is None and (user is not None or room):
        raise Stop(
            WRONG_USE, "--user and --room are those of a Matrix homeserver: name its URL with --homeserver"
        )
    if homeserver is not None and user is None:
        raise Stop(WRONG_USE, "--homeserver: say who the desk is there: --user '@desk:example.org'")
    there = Homeserver(homeserver, user or "", tuple(room or ())) if homeserver is not None else None
    choices = Choices(network, host, port, tuple(channel or ()), nick, there)
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
    print("\n".join(next_steps(folder, written, choices)))
    return OK
