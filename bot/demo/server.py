"""The demo's IRC server: the one that the library `irc` brings, grown to what the desk needs and people use.

The library's server knows little more than NICK, JOIN and PRIVMSG. Added here: capabilities and tags,
accounts (SASL PLAIN, or `/msg NickServ IDENTIFY name password`), WHO and WHOX, AWAY, MODE and WHOIS as far as
clients ask for them, and a front that nothing malformed gets through. One thread serves each client, as in
the library; all that they share is touched under one lock.

It listens on the loopback interface only: it has no limits on what a client may do.

    python -m bot.demo.server --port 0 --accounts alice=secret,bob=secret

prints `{"port": …}` as one line on standard output, and serves until SIGTERM or until standard input ends.
"""

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import count

from irc.server import IRCChannel, IRCServer

from bot.demo.server_client import Client
from bot.demo.server_entry import ENTRY
from bot.demo.server_talk import TALK
from routing.presence import fold

NETWORK = "Demo"
SERVICES = frozenset({"nickserv"})


class DemoServer(IRCServer):  # type: ignore[misc]
    """`clients` and `channels` are by folded name. `lock` guards both and everything in them."""

    def __init__(self, port: int, accounts: Mapping[str, str]) -> None:
        self.lock = threading.RLock()
        self.accounts = {fold(name): (name, password) for name, password in accounts.items()}
        self.began = datetime.now(UTC)
        self.commands = {**ENTRY, **TALK}
        self.network = NETWORK
        self._start = secrets.token_hex(4)
        self._messages = count(1)
        super().__init__(("127.0.0.1", port), Client)
        self.servername = "irc.demo.invalid"

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def message_id(self) -> str:
        return f"{self._start}-{next(self._messages)}"

    def client(self, nick: str) -> Client | None:
        """Who bears the nick now."""
        found: Client | None = self.clients.get(fold(nick))
        return found

    def is_free(self, nick: str, asker: Client) -> bool:
        return fold(nick) not in SERVICES and self.client(nick) in (None, asker)

    def known(self, account: str, password: str) -> str | None:
        """The account's name as it is written, if the password is right."""
        name, wanted = self.accounts.get(fold(account), ("", ""))
        right = secrets.compare_digest(wanted.encode(), password.encode("utf-8", "replace"))
        return name if name and right else None

    def bear(self, client: Client, nick: str) -> None:
        """Give a nick to a client, who loses the one it had."""
        if client.nick is not None:
            self.forget(client.nick)
        client.nick = nick
        self.clients[fold(nick)] = client

    def forget(self, nick: str) -> None:
        self.clients.pop(fold(nick), None)

    def channel(self, name: str) -> IRCChannel | None:
        found: IRCChannel | None = self.channels.get(fold(name))
        return found

    def step_in(self, client: Client, name: str) -> IRCChannel:
        """Put a client into a channel, which is made if there is none."""
        channel = self.channels.setdefault(fold(name), IRCChannel(name, topic=""))
        channel.clients.add(client)
        client.channels[fold(name)] = channel
        return channel

    def step_out(self, client: Client, channel: IRCChannel) -> None:
        """Take a client out of a channel, which goes with its last one."""
        channel.clients.discard(client)
        client.channels.pop(fold(channel.name), None)
        if not channel.clients:
            self.channels.pop(fold(channel.name), None)

    def sharing(self, client: Client) -> Iterator[Client]:
        """Everybody who sees `client` in some channel, each once, without `client`."""
        seen = {other for channel in client.channels.values() for other in channel.clients} - {client}
        yield from sorted(seen, key=lambda other: fold(other.nick))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.demo.server", description="The demo's IRC server.")
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1; 0 for any free one")
    parser.add_argument(
        "--accounts",
        default="",
        metavar="NAME=PASSWORD,…",
        type=_accounts,
        help="the accounts that people can log in to",
    )
    options = parser.parse_args()
    try:
        opened = DemoServer(options.port, options.accounts)
    except OSError as error:
        print(json.dumps({"refused": error.errno, "why": error.strerror}), flush=True)
        sys.exit(1)
    with opened as server:

        def stop(*_: object) -> None:
            threading.Thread(target=server.shutdown, daemon=True).start()

        def stop_with_input() -> None:
            while os.read(sys.stdin.fileno(), 4096):
                pass
            stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        threading.Thread(target=stop_with_input, daemon=True).start()
        print(json.dumps({"port": server.port}), flush=True)
        server.serve_forever(poll_interval=0.1)


def _accounts(text: str) -> dict[str, str]:
    accounts = {}
    for pair in filter(None, text.split(",")):
        name, _, password = pair.partition("=")
        if not name or not password:
            raise argparse.ArgumentTypeError("an account is written NAME=PASSWORD")
        accounts[name] = password
    return accounts


if __name__ == "__main__":
    main()
