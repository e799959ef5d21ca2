"""What a scripted server does about the commands of the desk: coming in, channels, talk, and what was said.

What it was told that no network would put up with goes to `Network.broken`.
"""

from datetime import datetime

from connection import Connection
from login import Login, nickserv
from memory_wire import Wire
from network import Network, User

from routing.presence import fold

CAP_BYTES = 90
"""Bytes of names in one line of CAP LS, so that it takes several."""


class Seat(Connection):
    """The desk's place on the network."""

    def __init__(self, network: Network, wire: Wire) -> None:
        super().__init__(network, wire)
        self._nick = ""
        self._negotiating = False
        self._login = Login(self)

    # --- coming in -------------------------------------------------------------------------------------

    def capability(self, name: str, there: bool) -> None:
        if "cap-notify" in self.caps or there:
            value = f"={','.join(self.network.profile.mechanisms)}" if there else ""
            self.raw(
                f":{self.network.server} CAP {self.user.nick} {'NEW' if there else 'DEL'} :{name}{value}"
            )
        if not there:
            self.caps.discard(name)

    def _offered(self) -> list[str]:
        network = self.network
        offered = list(network.profile.caps)
        if network.profile.mechanisms and (network.services or network.silent_services):
            offered.append("sasl")
        return offered

    def _on_cap(self, verb: str = "", *rest: str) -> None:
        server, nick = self.network.server, self.user.nick
        if verb.upper() == "LS":
            self._negotiating = self._negotiating or not self.registered
            mechanisms = ",".join(self.network.profile.mechanisms)
            names = [f"sasl={mechanisms}" if each == "sasl" else each for each in self._offered()]
            lines: list[list[str]] = [[]]
            for name in names:
                if len(" ".join(lines[-1])) > CAP_BYTES:
                    lines.append([])
                lines[-1].append(name)
            for each in lines[:-1]:
                self.raw(f":{server} CAP {nick} LS * :{' '.join(each)}")
            self.raw(f":{server} CAP {nick} LS :{' '.join(lines[-1])}")
        elif verb.upper() == "REQ" and rest:
            wanted = rest[0].split()
            known = {*self._offered(), "cap-notify"}
            if all(each.removeprefix("-") in known for each in wanted):
                for each in wanted:
                    (self.caps.discard if each[0] == "-" else self.caps.add)(each.removeprefix("-"))
                self.raw(f":{server} CAP {nick} ACK :{rest[0]}")
            else:
                self.raw(f":{server} CAP {nick} NAK :{rest[0]}")
        elif verb.upper() == "LIST":
            self.raw(f":{server} CAP {nick} LIST :{' '.join(sorted(self.caps))}")
        elif verb.upper() == "END":
            self._negotiating = False
            self._welcome()

    def _on_pass(self, *_: str) -> None:
        """Nobody needs one here."""

    def _on_authenticate(self, said: str = "") -> None:
        if "sasl" in self.caps:
            self._login.hears(said)

    def logged_in(self, account: str) -> None:
        self.user.account = account
        self.tell(f"900 * {self.user.mask} {account} :You are now logged in as {account}")
        if self.registered:
            self.network.log_in(self.user, account)
            self.network.tell("login")

    def log_out(self) -> None:
        """Services drop the account in the middle of it."""
        self.user.account = None
        self.tell(f"901 * {self.user.mask} :You are now logged out")
        self.network.log_in(self.user, None)
        self.network.tell("logout")

    def _on_nick(self, nick: str = "", *_: str) -> None:
        holder = self.network.user(nick)
        if holder is not None and holder is not self.user:
            self.tell(f"433 * {nick} :Nickname is already in use")
        elif self.registered:
            self.network.rename(self.user, nick)
        else:
            self._nick = nick
            self._welcome()

    def _on_user(self, username: str = "", *_: str) -> None:
        self.user.username = f"~{username}"
        self._welcome()

    def _welcome(self) -> None:
        if self.registered or self._negotiating or not self._nick or self.user.username == "user":
            return
        if self.network.user(self._nick) is not None:
            self.tell(f"433 * {self._nick} :Nickname is already in use")
            return
        self.user.nick, self.user.seat, self.registered = self._nick, self, True
        self.network.come(self.user)
        profile, server = self.network.profile, self.network.server
        self.tell(f"001 * :Welcome to {self.network.name}, {self.user.mask}")
        self.tell(f"004 * {server} {profile.name} DOQRSZaghilopswz CFILMPQSbcefgijklmnopqrstvz")
        half = len(profile.isupport) // 2
        for part in (profile.isupport[:half], profile.isupport[half:]):
            self.tell(f"005 * {' '.join(part)} :are supported by this server")
        self.tell(f"396 * {self.user.host} :is now your displayed host")
        self.tell("375 * :- message of the day -")
        self.tell("372 * :- be kind -")
        self.tell("376 * :End of message of the day")
        self.network.tell("welcome")

    def _on_quit(self, *_: str) -> None:
        self.lose("Quit")

    def _on_ping(self, token: str = "", *_: str) -> None:
        self.write(f":{self.network.server} PONG {self.network.server} :{token}", {})

    def _on_pong(self, *_: str) -> None:
        """They live."""

    # --- channels --------------------------------------------------------------------------------------

    def _on_join(self, names: str = "", *_: str) -> None:
        for name in names.split(","):
            channel = self.network.channel(name)
            if channel is None:
                self.network.broken.append(f"joined {name}, which nobody had configured")
            elif fold(name) in self.user.channels:
                continue
            elif channel.refuses:
                channel.refused = True
                self.tell(f"{channel.refuses} * {channel.name} :Cannot join channel")
            else:
                channel.refused = False
                self.network.join(self.user, name)
                self._names(channel.name)
                if self.network.profile.history == "join":
                    self._replay(channel.name, "old")
                self.network.tell("join")

    def _names(self, name: str) -> None:
        channel = self.network.channel(name)
        members = list(channel.members.values()) if channel else []
        for start in range(0, len(members), 20):
            nicks = " ".join(each.nick for each in members[start : start + 20])
            self.tell(f"353 * = {name} :{nicks}")
        self.tell(f"366 * {name} :End of /NAMES list.")

    def _on_names(self, name: str = "", *_: str) -> None:
        self._names(name)

    def _on_part(self, name: str = "", *_: str) -> None:
        self.network.part(self.user, name)

    def _on_who(self, mask: str = "*", fields: str = "", *_: str) -> None:
        channel = self.network.channel(mask)
        if self.network.chance.random() < 0.02:
            self.tell("263 * WHO :This command could not be completed because it has been used recently")
            return
        alone = self.network.user(mask)
        found = list(channel.members.values()) if channel is not None else [alone] if alone else []
        token = fields.partition(",")[2]
        for each in found:
            flags = "G" if each.away else "H"
            if self.network.profile.whox and fields.startswith("%"):
                where = channel.name if channel is not None else "*"
                self.tell(f"354 * {token} {where} {each.nick} {flags} {each.account or '0'}")
            else:
                self.tell(
                    f"352 * {mask} {each.username} {each.host} {self.network.server} {each.nick} {flags} :0 x"
                )
        self.tell(f"315 * {mask} :End of /WHO list.")

    def _on_mode(self, *_: str) -> None:
        """Whatever they set is set."""

    def _on_monitor(self, verb: str = "", nicks: str = "", *_: str) -> None:
        for nick in nicks.split(",") if nicks else ():
            if verb == "-":
                self.monitored.discard(fold(nick))
                continue
            self.monitored.add(fold(nick))
            there = self.network.user(nick)
            self.tell(f"730 * :{there.mask}" if there is not None else f"731 * :{nick}")

    # --- talk ------------------------------------------------------------------------------------------

    def _on_notice(self, target: str = "", text: str = "", *_: str) -> None:
        self._on_privmsg(target, text)

    def _on_privmsg(self, target: str = "", text: str = "", *_: str) -> None:
        network, channel, other = self.network, self.network.channel(target), self.network.user(target)
        if fold(target) == "nickserv":
            if network.services:
                nickserv(self, text)
            else:
                self.tell("401 * NickServ :No such nick/channel")
            return
        if channel is not None:
            if fold(target) not in self.user.channels or channel.mutes:
                self.tell(f"404 * {channel.name} :Cannot send to nick/channel")
                return
            if not network.takes(channel):
                throttled = f"*** Message to {channel.name} throttled due to flooding"
                self.write(f":{network.server} NOTICE {self.user.nick} :{throttled}", {})
                return
        elif other is None:
            self.tell(f"401 * {target} :No such nick/channel")
            return
        elif other.takes_private:
            self.tell(f"{other.takes_private} * {other.nick} :takes no messages")
            return
        if "echo-message" in self.caps:
            self.write(
                f":{self.user.mask} PRIVMSG {target} :{text}",
                {"account": self.user.account or "", "msgid": network.message_id()},
            )
        network.hear(self.user, target, text)

    def _on_chathistory(self, verb: str = "", target: str = "", *rest: str) -> None:
        channel = self.network.channel(target)
        if channel is None or fold(target) not in self.user.channels:
            self.write(f":{self.network.server} FAIL CHATHISTORY INVALID_TARGET {verb} {target} :no", {})
            return
        self._replay(channel.name, f"h{self.network.message_id()}", verb.upper(), rest)

    def _replay(
        self, name: str, batch: str, verb: str = "LATEST", rest: tuple[str, ...] = ("*", "50")
    ) -> None:
        channel = self.network.channel(name)
        if channel is None or "batch" not in self.caps:
            return
        lines = list(channel.told)
        limit = int(rest[-1])
        begin = _position(lines, rest[0])
        if verb in ("AFTER", "BETWEEN"):
            end = _position(lines, rest[1]) if verb == "BETWEEN" else len(lines)
            picked = lines[begin:end][:limit]
        elif verb == "BEFORE":
            picked = lines[:begin][-limit:]
        else:
            picked = lines[begin if rest[0] != "*" else 0 :][-limit:]
        self.write(f":{self.network.server} BATCH +{batch} chathistory {name}", {})
        for at, message, user, text in picked:
            self.write(
                f":{user.mask} PRIVMSG {name} :{text}",
                {"account": user.account or "", "msgid": message},
                at=at,
                batch=batch,
            )
        self.write(f":{self.network.server} BATCH -{batch}", {})


def _position(lines: list[tuple[datetime, str, User, str]], point: str) -> int:
    """How many lines come before the one that `timestamp=…` or `msgid=…` names, it included."""
    kind, _, value = point.partition("=")
    if kind == "timestamp":
        moment = datetime.fromisoformat(value)
        return sum(at <= moment for at, *_ in lines)
    if kind == "msgid":
        return next((index + 1 for index, each in enumerate(lines) if each[1] == value), 0)
    return 0
