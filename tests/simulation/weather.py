"""Everything that goes wrong on a network, each kind drawn now and then: `Weather.KINDS`.

A `Harbour` is the address under which the network's servers are reached, or not.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from memory_wire import Wire
from network import Network, User
from people import Crowd
from seat import Seat

from routing.presence import fold

NICK = "pkgdesk"


class Harbour:
    """Where the network is reached. `state`: "up", "refused", "dark" (nothing answers) or "throttled" (the
    server says so and hangs up)."""

    def __init__(self, network: Network, chance: random.Random) -> None:
        self.network = network
        self.state = "up"
        self._chance = chance

    async def connected(self, protocol: asyncio.Protocol) -> Wire:
        await asyncio.sleep(self._chance.uniform(0.02, 0.3))
        if self.state == "dark":
            await asyncio.get_running_loop().create_future()
        if self.state == "refused":
            raise ConnectionRefusedError(111, f"Connect call failed ('{self.network.server}', 6667)")
        seats: list[Seat] = []

        def sit(wire: Wire) -> Seat:
            seats.append(Seat(self.network, wire))
            return seats[0]

        self.network.note("-- somebody connects")
        wire = Wire(protocol, sit, self._chance, self._chance.uniform(0.01, 0.12))
        if self.state == "throttled":
            seats[0].lose("Reconnecting too fast, throttled.")
        return wire


class Weather:
    """Lets things go wrong on one network."""

    KINDS: ClassVar[tuple[str, ...]] = (
        *("reset", "closed", "silence", "ping_timeout", "restart", "refused", "dark", "throttled"),
        *("services", "services", "services_silent", "logout", "kick", "kick", "ban", "closed_door"),
        *("netsplit", "netsplit", "thief", "thief", "collision", "muted", "crowded", "malformed"),
        *("cloak", "invitation", "flood", "clones", "strangers", "lost_echo"),
    )

    def __init__(self, network: Network, harbour: Harbour, crowd: Crowd, chance: random.Random) -> None:
        self.network = network
        self.harbour = harbour
        self.crowd = crowd
        self.chance = chance
        self.happened: dict[str, int] = {}
        self._out: dict[str, float] = {}
        self.garbled_at: list[datetime] = []
        """When lines were sent that nobody can read."""

    def happen(self, kind: str) -> None:
        self.happened[kind] = self.happened.get(kind, 0) + 1
        self.network.note(f"** {kind}")
        getattr(self, f"_{kind}")()

    def _later(self, least: float, most: float, action: Callable[[], object]) -> None:
        self.crowd.later(least, most, action)

    def _state(self, state: str, least: float, most: float) -> None:
        self.harbour.state = state
        self._later(least, most, lambda: setattr(self.harbour, "state", "up"))

    def _drop(self, why: str, error: Exception | None = None) -> None:
        seat = self.network.desk
        if isinstance(seat, Seat):
            if error is None:
                seat.lose(why)
            else:
                seat.wire.end(error)
                seat.ended()

    # --- the connection --------------------------------------------------------------------------------

    def _reset(self) -> None:
        self._drop("", ConnectionResetError(104, "Connection reset by peer"))

    def _closed(self) -> None:
        self._drop("Closed by the operator")

    def _silence(self) -> None:
        """The way is dead, and nobody says so; the server keeps our ghost until it misses our PONG."""
        seat = self.network.desk
        if seat is not None:
            seat.wire.fall_silent()
            self.network.tell("lost")

    def _ping_timeout(self) -> None:
        self._drop("Ping timeout: 240 seconds")

    def _restart(self) -> None:
        """The server goes down with everybody on it; services link a while after it is back."""
        self._state("refused", 5, 300)
        self.network.set_services(False)
        for seat in list(self.network.seats):
            seat.lose("Server Terminating")
        for each in self.crowd.everybody:
            self.network.quit(each, "Server Terminating")
            self._later(310, 900, lambda each=each: self.crowd.back(each))
        self._later(320, 420, lambda: self.network.set_services(True))

    def _refused(self) -> None:
        self._state("refused", 60, 1800)
        self._reset()

    def _dark(self) -> None:
        self._state("dark", 60, 900)
        self._silence()

    def _throttled(self) -> None:
        self._state("throttled", 30, 400)
        self._closed()

    # --- services and the nick -------------------------------------------------------------------------

    def _services(self) -> None:
        if self.network.services:
            self.network.set_services(False)
            self._later(60, 7200, lambda: self.network.set_services(True))
            if self.chance.random() < 0.5:
                # And the connection with it: the desk comes back without its account.
                self._later(5, 50, self._reset)

    def _services_silent(self) -> None:
        if self.network.services:
            self.network.set_services(False, silent=True)
            self._reset()
            self._later(60, 3600, lambda: self.network.set_services(True))

    def _logout(self) -> None:
        seat = self.network.desk
        if isinstance(seat, Seat) and seat.user.account:
            seat.log_out()

    def _thief(self) -> None:
        """Somebody takes the desk's nick while it is away, and keeps it for a while."""
        self._closed()
        thief = User(NICK, "~thief", "thief.example", None)
        if self.network.come(thief):
            for name in self.network.channels:
                self.network.join(thief, name)
            gone = self.chance.choice(
                (lambda: self.network.quit(thief, "bye"), lambda: self.network.rename(thief, "thief"))
            )
            self._later(60, 3000, gone)

    def _collision(self) -> None:
        """Services, or a join of two halves of the net, give the desk another nick."""
        seat = self.network.desk
        if seat is not None:
            self.network.rename(seat.user, f"Guest{self.chance.randrange(10000)}")

    def _cloak(self) -> None:
        seat = self.network.desk
        if isinstance(seat, Seat):
            old = seat.user.mask
            seat.user.host = f"user/pkgdesk/{'x' * self.chance.randrange(40)}"
            if "chghost" in seat.caps:
                seat.write(f":{old} CHGHOST {seat.user.username} {seat.user.host}", {})
            else:
                seat.tell(f"396 * {seat.user.host} :is now your displayed host")

    # --- channels --------------------------------------------------------------------------------------

    def _somewhere(self) -> str:
        return self.chance.choice(sorted(self.network.channels))

    def _kick(self) -> None:
        self._put_out(self._somewhere(), "enough")

    def _put_out(self, name: str, why: str) -> None:
        """Not twice within two hours: who is put out again and again is not wanted, and stays away."""
        seat, by = self.network.desk, self.crowd.idlers[0]
        now = self.network.now()
        if seat is not None and now - self._out.get(name, -7200.0) >= 7200.0:
            self._out[name] = now
            self.network.part(seat.user, name, f"KICK {{}} {seat.user.nick} :{why}", by)

    def _refuse(self, numeric: str) -> None:
        channel = self.network.channels[self._somewhere()]
        channel.refuses = numeric

        def open_again() -> None:
            channel.refuses = ""
            seat = self.network.desk
            if seat is not None and self.chance.random() < 0.3:
                seat.write(f":{self.crowd.idlers[0].mask} INVITE {seat.user.nick} {channel.name}", {})
            self.network.tell("part")

        self._later(120, 3600, open_again)
        self._put_out(fold(channel.name), "out")

    def _ban(self) -> None:
        self._refuse("474")

    def _closed_door(self) -> None:
        self._refuse(self.chance.choice(("471", "473", "475", "477", "437")))

    def _muted(self) -> None:
        channel = self.network.channels[self._somewhere()]
        channel.mutes = "404"
        self._later(60, 900, lambda: setattr(channel, "mutes", ""))

    def _crowded(self) -> None:
        """So much is said that the channel takes no more, from the desk neither."""
        name = self._somewhere()
        for n in range(60):
            who = self.crowd.idlers[n % len(self.crowd.idlers)]
            self._later(0, 40, lambda who=who: self.network.say(who, name, "many words"))

    def _invitation(self) -> None:
        seat, by = self.network.desk, self.crowd.idlers[0]
        if seat is not None:
            for name in ("#elsewhere", self._somewhere()):
                seat.write(f":{by.mask} INVITE {seat.user.nick} {name}", {})

    def _netsplit(self) -> None:
        """A part of the people is on the other side for a while; some come back to find their nick taken."""
        gone = [each for each in self.crowd.everybody if self.chance.random() < 0.4]
        for each in gone:
            self.network.quit(each, "hub.test leaf.test")
        if gone and self.chance.random() < 0.5:
            victim = self.chance.choice(gone)
            other = User(victim.nick, "~other", "other.example", None)
            if self.network.come(other):
                for name in self.network.channels:
                    self.network.join(other, name)
                self._later(600, 3000, lambda: self.network.quit(other, "bye"))
        for each in gone:
            self._later(20, 900, lambda each=each: self.crowd.back(each))

    # --- what is said ----------------------------------------------------------------------------------

    def _flood(self) -> None:
        self.crowd.flood()

    def _clones(self) -> None:
        self.crowd.flood(lines=800, clones=20)

    def _strangers(self) -> None:
        """Many at once want something of the desk privately: so many lines, each to somebody else."""
        self.crowd.flood_privately()

    def _lost_echo(self) -> None:
        """Somebody is gone before the desk can answer them privately."""
        user = User(f"ghost{self.chance.randrange(1000)}", "~ghost", "ghost.example", None)
        if self.network.come(user):
            seat = self.network.desk
            self.network.say(user, seat.user.nick if seat is not None else NICK, "help")
            self.network.quit(user, "Client Quit")

    def _malformed(self) -> None:
        seat, idler = self.network.desk, self.crowd.idlers[1]
        if not isinstance(seat, Seat):
            return
        name = self._somewhere()
        self.garbled_at.append(self.network.clock())
        for each in (
            *(b"", b" ", b":", b"@", b"@a=b", b":x", b"PING", b"PRIVMSG", b":a!b@c PRIVMSG", b":a!b@c JOIN"),
            *(b":a!b@c QUIT", b":a!b@c NICK", b":a!b@c KICK #x", b":s 353", b":s 354", b":s 005", b":s 001 "),
            *(b":s CAP", b":s CAP * ACK", b":s BATCH", b":s 433", b":s 730", b":s ACCOUNT", b"AUTHENTICATE"),
            f":{idler.mask} PRIVMSG {name} :".encode() + b"caf\xe9 \xff\xfe",
            f":{idler.mask} PRIVMSG {name} :a\x00b\x10n\rQUIT".encode(),
            f":{idler.mask} PRIVMSG {name} :".encode() + b"y" * 20000,
            b"@" + b"t=" + b"z" * 9000 + f" :{idler.mask} PRIVMSG {name} :long".encode(),
        ):
            if not each.startswith(b":s 001"):
                seat.raw(each)
