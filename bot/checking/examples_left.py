"""Names of the example that a configuration still has for a network of other people: with them the desk is
not started, for whoever copies the commands of a page would put a bot where nobody has asked for one.

On this machine they are as good as any. Pure. Imports of ours: the settings, and the names.
"""

from collections.abc import Iterator

from bot.config import Settings
from bot.starting.examples import CHANNELS, NICK
from knowledge.documents import Location
from routing.presence import fold

REMEDY = "is that of the example, and {host} is a network of other people: write {what}"


def in_settings(settings: Settings) -> Iterator[tuple[Location, str]]:
    """Each with its place and what is wrong with it."""
    for name, network in settings.networks.items():
        host = next((server.host for server in network.in_turn if not server.local), None)
        if host is None:
            continue
        at: Location = ("networks", name)
        if fold(network.nick) == NICK:
            said = REMEDY.format(host=host, what="the nick that your desk is to have")
            yield (*at, "nick"), f"networks.{name}.nick: `{network.nick}` {said}"
        for index, channel in enumerate(network.channels):
            if fold(channel.name) in CHANNELS:
                said = REMEDY.format(host=host, what="a channel whose operators have said yes")
                yield (*at, "channels", index), f"networks.{name}.channels: `{channel.name}` {said}"
