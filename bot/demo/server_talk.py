"""What a client of the demo's server does once it is in: sitting in channels, talking, asking who is there.

Channels have no operators and no modes that can be changed; whatever a client asks about them is answered,
since clients ask for more than people do.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.demo.server_client import Client
from bot.demo.server_entry import Command, identify, motd
from routing.presence import fold

_CHANNEL = re.compile(r"#[^\x00-\x20\x7f,\x07]{1,63}")
_MODES = "+nt"
_WHOX = "tcuihsnfdlaor"
"""The order in which WHOX (ircu) answers, whatever the order in which was asked."""

_SERVICES = "services."
_LONGEST_TOPIC = 300


def _by_nick(clients: Iterable[Any]) -> list[Any]:
    return sorted(clients, key=lambda client: fold(client.nick))


# --- channels ------------------------------------------------------------------------------------------


def _join(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    if parameters[0] == "0":
        for channel in list(client.channels.values()):
            _leave(client, channel, "leaving all channels")
        return
    for name in parameters[0].split(","):
        if not _CHANNEL.fullmatch(name):
            client.numeric("403", name or "*", "No such channel")
        elif fold(name) not in client.channels:
            channel = client.server.step_in(client, name)
            plain = f":{client.mask} JOIN {channel.name}"
            extended = f"{plain} {client.account or '*'} :{client.realname}"
            tags = client.stamp()
            for other in _by_nick(channel.clients):
                line = extended if "extended-join" in other.caps else plain
                other.answer(line, tags) if other is client else other.tell(line, tags)
            if client.away is not None:
                client.tell_others(f":{client.mask} AWAY :{client.away}", channel.clients, "away-notify")
            if channel.topic:
                client.numeric("332", channel.name, channel.topic)
            _names_of(client, channel)


def _part(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    for name in parameters[0].split(","):
        channel = _channel_of(client, name)
        if channel is not None:
            _leave(client, channel, parameters[1] if len(parameters) > 1 else "")


def _leave(client: Client, channel: Any, reason: str) -> None:
    line = f":{client.mask} PART {channel.name}" + (f" :{reason}" if reason else "")
    client.tell_others(line, channel.clients)
    client.answer(line, client.stamp())
    client.server.step_out(client, channel)


def _channel_of(client: Client, name: str) -> Any:
    """The channel, if the client is in it; else the client is told what is wrong."""
    channel = client.server.channel(name)
    if channel is None:
        client.numeric("403", name or "*", "No such channel")
    elif client not in channel.clients:
        client.numeric("442", channel.name, "You're not on that channel")
    else:
        return channel
    return None


def _topic(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    channel = _channel_of(client, parameters[0])
    if channel is None:
        return
    if len(parameters) > 1:
        channel.topic = parameters[1][:_LONGEST_TOPIC]
        line = f":{client.mask} TOPIC {channel.name} :{channel.topic}"
        client.tell_others(line, channel.clients)
        client.answer(line, client.stamp())
    elif channel.topic:
        client.numeric("332", channel.name, channel.topic)
    else:
        client.numeric("331", channel.name, "No topic is set")


def _names(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    for name in parameters[0].split(",") if parameters else []:
        channel = client.server.channel(name)
        if channel is None:
            client.numeric("366", name or "*", "End of NAMES list")
        else:
            _names_of(client, channel)


def _names_of(client: Client, channel: Any) -> None:
    nicks = [other.nick for other in _by_nick(channel.clients)]
    for start in range(0, len(nicks), 12):
        client.numeric("353", "=", channel.name, " ".join(nicks[start : start + 12]))
    client.numeric("366", channel.name, "End of NAMES list")


def _list(client: Client, _: list[str], __: Mapping[str, str]) -> None:
    client.numeric("321", "Channel", "Users  Name")
    for channel in client.server.channels.values():
        client.numeric("322", channel.name, str(len(channel.clients)), channel.topic)
    client.numeric("323", "End of LIST")


def _mode(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    target, change = parameters[0], parameters[1] if len(parameters) > 1 else ""
    if target.startswith("#"):
        channel = client.server.channel(target)
        if channel is None:
            client.numeric("403", target, "No such channel")
        elif not change:
            client.numeric("324", channel.name, _MODES)
            client.numeric("329", channel.name, str(int(client.server.began.timestamp())))
        elif change.lstrip("+") == "b" and len(parameters) == 2:
            client.numeric("368", channel.name, "End of channel ban list")
        else:
            client.numeric("482", channel.name, "Channels of the demo have no operators")
    elif fold(target) != fold(client.nick):
        client.numeric("502", "Cannot change mode for other users")
    elif change:
        sign = "-" if change.startswith("-") else "+"
        known = "".join(sorted({"B", "i"} & set(change)))
        client.bot = sign == "+" if "B" in known else client.bot
        if known:
            client.answer(f":{client.mask} MODE {client.nick} :{sign}{known}")
    else:
        client.numeric("221", "+B" if client.bot else "+")


# --- what is said --------------------------------------------------------------------------------------


def _say(verb: str) -> Command:
    def run(client: Client, parameters: list[str], tags: Mapping[str, str]) -> None:
        text = parameters[1] if len(parameters) > 1 else ""
        if verb != "TAGMSG" and not text:
            if verb == "PRIVMSG":
                client.numeric("412", "No text to send")
            return
        for target in parameters[0].split(",")[:4]:
            _deliver(client, verb, target, text, tags)

    return Command(run, needs=1)


def _deliver(client: Client, verb: str, target: str, text: str, tags: Mapping[str, str]) -> None:
    server, quiet = client.server, verb == "NOTICE"
    if fold(target) == "nickserv":
        if verb == "PRIVMSG":
            _services(client, text)
        return
    channel = server.channel(target)
    other = server.client(target)
    if channel is not None and client in channel.clients:
        receivers, name = [each for each in _by_nick(channel.clients) if each is not client], channel.name
    elif target.startswith("#"):
        if not quiet:
            there = "Cannot send to channel" if channel is not None else "No such channel"
            client.numeric("404" if channel is not None else "403", target, there)
        return
    elif other is not None and other.registered:
        receivers, name = [other], other.nick
        if other.away is not None and not quiet:
            client.numeric("301", other.nick, other.away)
    else:
        if not quiet:
            client.numeric("401", target or "*", "No such nick")
        return
    line = f":{client.mask} {verb} {name}" + (f" :{text}" if verb != "TAGMSG" else "")
    sent = {**{key: value for key, value in tags.items() if key.startswith("+")}, **client.stamp()}
    for receiver in receivers:
        if verb != "TAGMSG" or "message-tags" in receiver.caps:
            receiver.answer(line, sent) if receiver is client else receiver.tell(line, sent)
    if "echo-message" in client.caps and client not in receivers:
        client.answer(line, sent)


def _services(client: Client, text: str) -> None:
    """NickServ, as far as a demo needs it."""
    words = text.split()
    match [words[0].upper() if words else "", *words[1:]]:
        case ["IDENTIFY", *rest] if 1 <= len(rest) <= 2:
            name, password = (client.nick, rest[0]) if len(rest) == 1 else (rest[0], rest[1])
            account = client.server.known(name, password)
            if account is None:
                said = "Invalid name or password."
            else:
                identify(client, account)
                said = f"You are now identified as {account}."
        case ["LOGOUT"]:
            identify(client, None)
            said = "You are now logged out."
        case _:
            said = "I know IDENTIFY name password, and LOGOUT."
    client.answer(f":NickServ!NickServ@{_SERVICES} NOTICE {client.nick} :{said}")


# --- who is there --------------------------------------------------------------------------------------


def _away(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    client.away = (parameters[0] if parameters else "") or None
    if client.away is None:
        client.numeric("305", "You are no longer marked as being away")
    else:
        client.numeric("306", "You have been marked as being away")
    line = f":{client.mask} AWAY" + (f" :{client.away}" if client.away else "")
    client.tell_others(line, client.server.sharing(client), "away-notify")


def _who(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    mask = parameters[0]
    channel = client.server.channel(mask)
    one = client.server.client(mask)
    found = _by_nick(channel.clients) if channel is not None else [one] if one is not None else []
    name = channel.name if channel is not None else "*"
    for other in found:
        if len(parameters) > 1 and "%" in parameters[1]:
            _whox(client, other, name, parameters[1].partition("%")[2])
        else:
            server = client.server.servername
            flags = _flags(other)
            client.numeric(
                "352", name, other.user, other.host, server, other.nick, flags, f"0 {other.realname}"
            )
    client.numeric("315", mask, "End of WHO list")


def _whox(client: Client, other: Client, channel: str, asked: str) -> None:
    fields, _, token = asked.partition(",")
    known = {
        "t": token[:3] or "0",
        "c": channel,
        "u": other.user,
        "i": "127.0.0.1",
        "h": other.host,
        "s": client.server.servername,
        "n": other.nick,
        "f": _flags(other),
        "d": "0",
        "l": "0",
        "a": other.account or "0",
        "o": "n/a",
    }
    words = [known[field] for field in _WHOX if field in fields and field in known]
    if "r" in fields:
        client.numeric("354", *words, other.realname)
    else:
        client.answer(" ".join([f":{client.server.servername} 354 {client.nick}", *words]))


def _flags(other: Client) -> str:
    return ("G" if other.away is not None else "H") + ("B" if other.bot else "")


def _whois(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    nick = parameters[-1]
    other = client.server.client(nick)
    if other is None:
        client.numeric("401", nick, "No such nick")
    else:
        client.numeric("311", other.nick, other.user, other.host, "*", other.realname)
        if other.channels:
            client.numeric("319", other.nick, " ".join(each.name for each in other.channels.values()))
        client.numeric("312", other.nick, client.server.servername, "the demo of pkgdesk")
        if other.account is not None:
            client.numeric("330", other.nick, other.account, "is logged in as")
        if other.bot:
            client.numeric("335", other.nick, "is a bot")
        if other.away is not None:
            client.numeric("301", other.nick, other.away)
    client.numeric("318", nick, "End of WHOIS list")


def _ison(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    asked = [nick for words in parameters for nick in words.split()]
    found = [client.server.client(nick) for nick in asked]
    client.numeric("303", " ".join(other.nick for other in found if other is not None))


def _userhost(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    found = [client.server.client(nick) for nick in parameters[:5]]
    said = (f"{other.nick}={'-' if other.away else '+'}{other.user}@{other.host}" for other in found if other)
    client.numeric("302", " ".join(said))


def _motd(client: Client, _: list[str], __: Mapping[str, str]) -> None:
    motd(client)


TALK = {
    "JOIN": Command(_join, needs=1),
    "PART": Command(_part, needs=1),
    "TOPIC": Command(_topic, needs=1),
    "NAMES": Command(_names),
    "LIST": Command(_list),
    "MODE": Command(_mode, needs=1),
    "PRIVMSG": _say("PRIVMSG"),
    "NOTICE": _say("NOTICE"),
    "TAGMSG": _say("TAGMSG"),
    "AWAY": Command(_away),
    "WHO": Command(_who, needs=1),
    "WHOIS": Command(_whois, needs=1),
    "ISON": Command(_ison, needs=1),
    "USERHOST": Command(_userhost, needs=1),
    "MOTD": Command(_motd),
}
