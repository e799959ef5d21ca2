"""`pkgdesk demo`: the command, and the exit codes of what can go wrong."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import FAILED, WRONG_USE, Stop


def demo(
    story: Annotated[bool, typer.Option("--story", help="Tell the story without asking anything.")] = False,
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="DIR", help="Keep database, configuration and logs in this folder."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port of the demo's server; 0 is any.")
    ] = 0,
    matrix: Annotated[
        bool,
        typer.Option(
            "--matrix",
            help="In a room of a Matrix homeserver instead of an IRC channel; it needs Synapse, which "
            "`make check-synapse` installs in a checkout, or PKGDESK_SYNAPSE says where it is.",
        ),
    ] = False,
) -> int:
    """Try the desk on this machine. You are the packager, three developers are played. With --story all of it
    is played, and every line that must come is checked."""
    from bot.demo.actor import NoPlace, SceneFailed
    from bot.demo.colours import Colours
    from bot.demo.matrix_place import MatrixPlace
    from bot.demo.place import IrcPlace

    colours = Colours.of(os.environ, terminal=sys.stdout.isatty())
    try:
        place = MatrixPlace(port) if matrix else IrcPlace(port)
        if story:
            from bot.demo.story import tell

            return tell(place, state, colours=colours)
        from bot.demo.play import play

        return play(place, state, colours=colours)
    except SceneFailed as failure:
        raise Stop(WRONG_USE if isinstance(failure, NoPlace) else FAILED, str(failure)) from failure
