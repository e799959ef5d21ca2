"""Names of the example that a configuration still has for a network of other people: with them the desk is
not started, for whoever copies the commands of a page would put a bot where nobody has asked for one.

On this machine they are as good as any. Pure. Imports of ours: the settings, and the names.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.config import Settings
from bot.starting.examples import CHANNELS, NICK
from bot.transports.irc.settings import is_loopback
from knowledge.documents import Location
from routing.presence import fold

REMEDY = "is that of the example, and {host} is a network of other people: write {what}"


def in_settings(settings: Settings) -> Iterator[tuple[Location, str]]:
    """Each with its place and what is wrong with it."""
    yield from _of_irc(settings)
    for name, homeserver in settings.matrix.items():
        host = urlsplit(homeserver.homeserver).hostname or ""
        if is_loopback(host):
            continue
        at: Location = ("networks", name)
        if fold(homeserver.me) == NICK:
            said = REMEDY.format(host=host, what="the user id that your desk is to have")
            yield (*at, "user"), f"networks.{name}.user: `{homeserver.user}` {said}"
        for index, room in enumerate(homeserver.rooms):
            if fold(room.name).partition(":")[0] in CHANNELS:
                said = REMEDY.format(host=host, what="a room whose moderators have said yes")
                yield (*at, "rooms", index), f"networks.{name}.rooms: `{room.name}` {said}"


def _of_irc(settings: Settings) -> Iterator[tuple[Location, str]]:
    for name, network in settings.irc.items():
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
