"""`pkgdesk irc`: its commands, and the exit codes of what can go wrong. What they do is imported when they
are called."""

from typing import Annotated

import typer

from bot.command_line import NOT_FOUND, OK, WRONG_USE, ConfigOption, JsonOption, Stop, needed_config, note
from bot.spans import WithinOption

irc = typer.Typer(no_args_is_help=True, help="Look at the IRC networks of the configuration.")


@irc.command("check", epilog="For example: pkgdesk irc check; pkgdesk irc check libera --json --no-join")
def check(
    networks: Annotated[
        list[str] | None,
        typer.Argument(metavar="NETWORK", help="Networks of the configuration; all of them without any."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    timeout: WithinOption = 60.0,
    no_join: Annotated[
        bool, typer.Option("--no-join", help="Stay out of the channels; then nothing is known of them.")
    ] = False,
) -> int:
    """Connect as the desk would, and say what works, what is missing, and what the network's rules ask for.

    Servers, TLS, capabilities, the account, channels, limits, and whether bridges, operators and people of
    the map are there. It goes into the channels, says nothing, and leaves; where the desk is running, it
    comes under another nick. 0: nothing is missing; 1: something is, or a network cannot be reached.
    """
    path = needed_config(config, "network to look at")
    from bot.checking import examples_left
    from bot.config import load, no_network, secrets
    from bot.log import hiding
    from bot.networks.looking import desks, look
    from bot.networks.report import report
    from bot.networks.running import runs

    settings = load(path)
    if unknown := [each for each in networks or () if each not in settings.irc]:
        raise Stop(WRONG_USE, *(f"{path}: {no_network(each, settings.irc)}" for each in unknown))
    chosen = frozenset(networks or settings.irc)
    if left := [said for place, said in examples_left.in_settings(settings) if place[1] in chosen]:
        raise Stop(WRONG_USE, *(f"{path}: {each}" for each in left))
    asked = desks(settings, chosen, note)
    found = look(asked, within=timeout, join=not no_join, runs=lambda: runs(settings))
    report(found, asked, as_json=as_json, note=note, hide=hiding(secrets(settings)))
    return OK if all(each.well for each in found.values()) else NOT_FOUND
