"""`pkgdesk matrix`: its commands, and the exit codes of what can go wrong. What they do is imported when they
are called."""

import json
import sys
from typing import Annotated

import typer

from bot.command_line import (
    FAILED,
    NOT_FOUND,
    OK,
    SHUT_OUT,
    WRONG_USE,
    ConfigOption,
    JsonOption,
    Stop,
    needed_config,
    note,
)
from bot.spans import WithinOption

matrix = typer.Typer(no_args_is_help=True, help="Log in to Matrix homeservers, and look at them.")

LONGEST = 4096
"""Characters of a password that are read."""


@matrix.command("login", epilog="For example: pkgdesk matrix login; pkgdesk matrix login example --again")
def login(
    network: Annotated[
        str | None,
        typer.Argument(metavar="NETWORK", help="The network of the configuration, where it has several."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="Make a new device where one is kept, and log that one out; a desk that runs with it ends.",
        ),
    ] = False,
) -> int:
    """Log in with a password, once, and keep the device; the desk needs no password then.

    The password is that of the configuration, or is asked for; where standard input is no terminal, its first
    line is read.
    """
    path = needed_config(config, "homeserver to log in to")
    import asyncio
    from dataclasses import asdict

    from bot.config import load
    from bot.homeservers.login import InTheWay
    from bot.homeservers.login import login as log_in
    from bot.homeservers.naming import one_of
    from bot.log import set_up_for_a_command
    from bot.transports.matrix.homeserver import Fatal, Refused, Unreachable

    settings = load(path)
    try:
        name = one_of(network, settings)
    except LookupError as error:
        raise Stop(WRONG_USE, f"{path}: {error.args[0]}") from error
    homeserver = settings.matrix[name]
    set_up_for_a_command(settings)

    def password() -> str:
        if homeserver.login.has_password:
            complaint = homeserver.login.complaint()
            if complaint is not None:
                raise Stop(WRONG_USE, f"{path}: networks.{name}.login: cannot read the password: {complaint}")
            return homeserver.login.password()
        if sys.stdin.isatty():
            asked: str = typer.prompt(f"Password of {homeserver.user}", hide_input=True, err=True)
            return asked
        read = sys.stdin.readline(LONGEST).rstrip("\r\n")
        if not read:
            raise Stop(WRONG_USE, "there is no password on standard input")
        return read

    try:
        done = asyncio.run(log_in(homeserver, password, again=again, note=note))
    except InTheWay as error:
        raise Stop(WRONG_USE, f"{path}: networks.{name}: {error}") from error
    except Fatal as error:
        raise Stop(SHUT_OUT, f"{name}: {error}: {error.remedy}") from error
    except (Refused, Unreachable) as error:
        raise Stop(FAILED, f"{name}: {homeserver.homeserver}: {error}") from error
    if as_json:
        print(json.dumps({"network": name, **asdict(done)}, indent=2))
        return OK
    print(f"{name}: logged in to {done.homeserver} as {done.user}, on the new device {done.device}")
    print(f"{name}: it is kept in {done.file}: keep that file to yourself, and never use a copy of it")
    if done.before is not None and done.left is None:
        print(f"{name}: the device before, {done.before}, is logged out")
    elif done.before is not None:
        note(f"{name}: the device before, {done.before}, is not logged out: {done.left}")
    return OK


@matrix.command("check", epilog="For example: pkgdesk matrix check; pkgdesk matrix check example --json")
def check(
    networks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NETWORK", help="Matrix networks of the configuration; all of them without any."
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    timeout: WithinOption = 60.0,
) -> int:
    """Ask the homeservers how the desk stands there, and say what works and what is missing.

    The login, the device and whether it is verified; each room: whether the desk is in it and may speak, who
    can read it, encryption, upgrades, bridges; invitations that wait. Nothing is changed by it, no room is
    entered, and the desk may run meanwhile. 0: nothing is missing; 1: something is, or a homeserver cannot be
    reached.
    """
    path = needed_config(config, "homeserver to look at")
    from bot.checking import examples_left
    from bot.config import load, secrets
    from bot.homeservers.looking import look
    from bot.homeservers.naming import one_of
    from bot.homeservers.report import report
    from bot.log import hiding

    settings = load(path)
    try:
        chosen = {one_of(each, settings) for each in networks or settings.matrix or (None,)}
    except LookupError as error:
        raise Stop(WRONG_USE, f"{path}: {error.args[0]}") from error
    if left := [said for place, said in examples_left.in_settings(settings) if place[1] in chosen]:
        raise Stop(WRONG_USE, *(f"{path}: {each}" for each in left))
    found = look(settings, chosen, within=timeout)
    report(found, as_json=as_json, note=note, hide=hiding(secrets(settings)))
    return OK if all(each.well for each in found.values()) else NOT_FOUND
