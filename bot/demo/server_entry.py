"""What a client of the demo's server says to come in, to be somebody, and to leave.

CAP, AUTHENTICATE, PASS, NICK, USER, PING, PONG, QUIT. An account is proven by SASL PLAIN, before or after
coming in, or by telling NickServ name and password (`bot.demo.server_talk`).
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.demo.server_client import Client

CAPABILITIES = {
    "account-notify": "",
    "account-tag": "",
    "away-notify": "",
    "batch": "",
    "cap-notify": "",
    "echo-message": "",
    "extended-join": "",
    "labeled-response": "",
    "message-tags": "",
    "multi-prefix": "",
    "sasl": "PLAIN",
    "server-time": "",
}
ISUPPORT = (
    "CASEMAPPING=ascii CHANTYPES=# PREFIX=(ov)@+ CHANMODES=b,k,l,imnst NICKLEN=30 CHANNELLEN=64 "
    "TOPICLEN=300 WHOX BOT=B"
)
_NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,29}")
_CHUNK = 400
_LONGEST_PROOF = 4 * _CHUNK

Run = Callable[[Client, list[str], Mapping[str, str]], None]


@dataclass(frozen=True, slots=True)
class Command:
    """How to run a command; `needs` that many parameters; `early`: before registration as well."""

    run: Run
    needs: int = 0
    early: bool = False


def identify(client: Client, account: str | None) -> None:
    """The client is now known to be `account`; those who see it and asked for it are told."""
    client.account = account
    if account is None:
        client.numeric("901", client.mask, "You are now logged out")
    else:
        client.numeric("900", client.mask, account, f"You are now logged in as {account}")
    if client.registered:
        others = client.server.sharing(client)
        client.tell_others(f":{client.mask} ACCOUNT {account or '*'}", others, "account-notify")


def _cap(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    action = parameters[0].upper()
    if action in ("LS", "REQ") and not client.registered:
        client.negotiating = True
    names = parameters[-1].split() if len(parameters) > 1 else []
    if action == "LS":
        values = len(parameters) > 1 and parameters[1].isdigit() and int(parameters[1]) >= 302
        offered = (f"{name}={value}" if value and values else name for name, value in CAPABILITIES.items())
        _cap_says(client, "LS", " ".join(offered))
    elif action == "LIST":
        _cap_says(client, "LIST", " ".join(sorted(client.caps)))
    elif action == "REQ":
        if all(name.removeprefix("-") in CAPABILITIES for name in names):
            _cap_says(client, "ACK", parameters[-1])
            for name in names:
                client.caps.add(name) if not name.startswith("-") else client.caps.discard(name[1:])
        else:
            _cap_says(client, "NAK", parameters[-1])
    elif action == "END":
        client.negotiating = False
        _welcome(client)
    else:
        client.numeric("410", parameters[0], "Invalid CAP command")


def _cap_says(client: Client, action: str, names: str) -> None:
    client.answer(f":{client.server.servername} CAP {client.nick or '*'} {action} :{names}")


def _authenticate(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    said = parameters[0]
    if said == "*":
        client.credentials = None
        client.numeric("906", "SASL authentication aborted")
    elif client.credentials is None:
        if said.upper() == "PLAIN":
            client.credentials = ""
            client.answer("AUTHENTICATE +")
        else:
            client.numeric("908", "PLAIN", "are available SASL mechanisms")
            client.numeric("904", "SASL authentication failed")
    else:
        client.credentials += "" if said == "+" else said
        if len(client.credentials) > _LONGEST_PROOF:
            client.credentials = None
            client.numeric("905", "SASL message too long")
        elif len(said) < _CHUNK:
            proof, client.credentials = client.credentials, None
            _prove(client, proof)


def _prove(client: Client, proof: str) -> None:
    """RFC 4616: authorization identity, authentication identity and password, with NUL between."""
    try:
        _, name, password = base64.b64decode(proof, validate=True).decode().split("\0")
    except (binascii.Error, ValueError):
        name = password = ""
    account = client.server.known(name, password)
    if account is None:
        client.numeric("904", "SASL authentication failed")
    else:
        identify(client, account)
        client.numeric("903", "SASL authentication successful")


def _nick(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    nick = parameters[0] if parameters else ""
    if not nick:
        client.numeric("431", "No nickname given")
    elif not _NICK.fullmatch(nick):
        client.numeric("432", nick, "Erroneous nickname")
    elif not client.server.is_free(nick, client):
        client.numeric("433", nick, "Nickname is already in use")
    elif not client.registered:
        client.server.bear(client, nick)
        _welcome(client)
    elif nick != client.nick:
        line = f":{client.mask} NICK :{nick}"
        client.tell_others(line, client.server.sharing(client))
        client.answer(line, client.stamp())
        client.server.bear(client, nick)


def _user(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    if client.registered:
        client.numeric("462", "You may not reregister")
        return
    client.user = "~" + (re.sub(r"[^A-Za-z0-9._-]", "", parameters[0])[:9] or "user")
    client.realname = parameters[3]
    _welcome(client)


def _welcome(client: Client) -> None:
    """Let the client in when it has said all that is needed."""
    if client.registered or client.negotiating or not client.user or client.nick is None:
        return
    client.registered = True
    server = client.server
    client.numeric("001", f"Welcome to the {server.network} network, {client.mask}")
    client.numeric("002", f"Your host is {server.servername}")
    client.numeric("003", f"This server was started at {server.began:%Y-%m-%d %H:%M} UTC")
    client.numeric("004", server.servername, "pkgdesk-demo", "Bi", "bklimnst", "")
    client.numeric("005", *ISUPPORT.split(), f"NETWORK={server.network}", "are supported by this server")
    motd(client)


def motd(client: Client) -> None:
    client.numeric("375", f"- {client.server.servername} message of the day -")
    client.numeric("372", "- The demo of pkgdesk. To have an account here:")
    client.numeric("372", "- /msg NickServ IDENTIFY name password")
    client.numeric("376", "End of message of the day.")


def _ping(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    name = client.server.servername
    client.answer(f":{name} PONG {name} :{parameters[0]}")


def _quit(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    reason = f"Quit: {parameters[0]}" if parameters and parameters[0] else "Quit"
    client.answer(f"ERROR :Closing link: {reason}")
    client.part_from(reason)


def _nothing(client: Client, parameters: list[str], _: Mapping[str, str]) -> None:
    """PASS and PONG are heard and need no answer."""


ENTRY = {
    "CAP": Command(_cap, needs=1, early=True),
    "AUTHENTICATE": Command(_authenticate, needs=1, early=True),
    "PASS": Command(_nothing, early=True),
    "NICK": Command(_nick, early=True),
    "USER": Command(_user, needs=4, early=True),
    "PING": Command(_ping, needs=1, early=True),
    "PONG": Command(_nothing, early=True),
    "QUIT": Command(_quit, early=True),
}
