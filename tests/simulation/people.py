"""People of a scripted network: packagers who ask, developers who answer (or do not), those who only idle,
and those who flood. What they do and when is drawn by the chance that they are given.
"""

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from network import Network, Said, User

PINGED = re.compile(r"asks #(\d+)")

KNOWN = (
    "how do I build the tools without cloning QEMU?",
    "which python version do the tools need?",
    "how do I build the tools without cloning SeaBIOS?",
)
UNKNOWN = (
    "xenstored exits with EINVAL when guest {} starts, what is wrong?",
    "the makefile ignores my CFLAGS on builder {}, is that known?",
    "frobnication quuxes everywhere in chroot {}, who can help?",
    "configure does not find yajl on arch {}, where does it look?",
)
REPLIES = (
    "that was mended last week, take the commit after 4.19.1",
    "you need --disable-werror there",
    "it looks in pkg-config first, then in /usr",
)

TYPING = 10.0
"""Seconds that it takes to type a question: who comes sooner after the answer to another is taken for a
program (`bot.automatons`)."""

EVIL = ("help", "gibberish that nobody knows", "status", "#99999", "ask", "explain #1", "\x01VERSION\x01")


@dataclass
class Asked:
    """One question: `mark` stands in its text and in no other."""

    at: datetime
    network: str
    nick: str
    where: str
    text: str
    mark: str
    said: Said
    present: bool
    """Whether the desk was there to hear it."""


class Crowd:
    """Everybody on one network, and what they do. `asked` keeps the questions, `flooders` when
    attackers said something, of each nick."""

    def __init__(self, network: Network, chance: random.Random, clock: Callable[[], datetime]) -> None:
        self.network = network
        self.chance = chance
        self.clock = clock
        self.asked: list[Asked] = []
        self.flooders: dict[str, list[datetime]] = {}
        self._loop = asyncio.get_running_loop()
        self._count = 0
        self.packagers = [self._make(f"pack{n}", f"pack{n}" if n % 2 else None) for n in range(6)]
        self.developers = [self._make(nick, nick) for nick in ("bob", "carol", "dave", "trudy")]
        self.idlers = [self._make(f"idle{n}", f"idle{n}" if n % 3 else None) for n in range(12)]
        self._typed = [-TYPING] * len(self.packagers)
        self.packagers[0].takes_private = "486" if network.profile.refuses_strangers else ""
        for each in (*self.packagers, *self.developers, *self.idlers):
            network.come(each)
            for name in network.channels:
                if each in self.developers or chance.random() < 0.8 or name.endswith("packagers"):
                    network.join(each, name)
        for each in self.developers:
            each.hears = lambda source, target, text, each=each: self._pinged(each, target, text)
        for each in self.packagers:
            each.hears = lambda source, target, text, each=each: self._told(each, target, text)

    def _make(self, nick: str, account: str | None) -> User:
        return User(nick, f"~{nick}", f"{nick}.example", account)

    def later(self, least: float, most: float, action: Callable[[], object]) -> None:
        self._loop.call_later(self.chance.uniform(least, most), action)

    @property
    def everybody(self) -> list[User]:
        return [*self.packagers, *self.developers, *self.idlers]

    # --- questions -------------------------------------------------------------------------------------

    def ask(self) -> None:
        """A packager who is there, and had the time to type it, asks the desk something, in a channel or
        privately."""
        now = self._loop.time()
        there = [
            each
            for at, each in enumerate(self.packagers)
            if each.channels and self.network.user(each.nick) is each and now >= self._typed[at] + TYPING
        ]
        if not there:
            return
        who = self.chance.choice(there)
        self._typed[self.packagers.index(who)] = now
        self._count += 1
        mark = f"{self.network.name}{self._count}x{self.chance.randrange(1000)}"
        known = self.chance.random() < 0.4
        text = self.chance.choice(KNOWN) if known else self.chance.choice(UNKNOWN).format(mark)
        if known:
            text = f"{text} ({mark})"
        desk = self.network.desk
        me = desk.user.nick if desk is not None else "pkgdesk"
        where = self.chance.choice(sorted(who.channels))
        if self.chance.random() < 0.15:
            where, line = me, text
        else:
            line = f"{me}: {text}"
        said = self.network.say(who, where, line)
        self.asked.append(
            Asked(self.clock(), self.network.name, who.nick, where, text, mark, said, said.wire is not None)
        )
        self.network.note(f"## {who.nick} asks {mark} in {where}: {line}")
        if self.chance.random() < 0.1:
            self.later(0.1, 3.0, lambda: self.network.quit(who, "Client Quit"))
            self.later(300, 3000, lambda: self.back(who))

    def back(self, user: User) -> None:
        """They return; where their nick is taken meanwhile, under another."""
        if self.network.user(user.nick) is user:
            return
        while not self.network.come(user):
            user.nick += "_"
        for name in self.network.channels:
            if self.chance.random() < 0.9:
                self.network.join(user, name)

    def _told(self, who: User, target: str, text: str) -> None:
        if not (text.startswith(f"{who.nick}: ") or target == who.nick) or who.nick in self.flooders:
            return
        draw = self.chance.random()
        word = "thanks" if draw < 0.2 else "not it" if draw < 0.3 else "more" if draw < 0.4 else ""
        if word:
            where = target if target != who.nick else self._desk_nick()
            addressed = f"{self._desk_nick()}: {word}" if self.chance.random() < 0.5 else word
            self.later(5, 90, lambda: self.network.say(who, where, addressed))

    def _pinged(self, who: User, target: str, text: str) -> None:
        if not (text.startswith(f"{who.nick}: ") or target == who.nick) or not PINGED.search(text):
            return
        number = PINGED.findall(text)[0]
        where = target if target != who.nick else self._desk_nick()
        draw = self.chance.random()
        if draw < 0.45:
            said = self.chance.choice(REPLIES)
        elif draw < 0.55:
            said = f"answer {number} {self.chance.choice(REPLIES)}"
        elif draw < 0.65:
            said = "ack"
        elif draw < 0.75:
            said = "not me"
        elif draw < 0.8:
            said = f"not me → {self.chance.choice(self.developers).nick}"
        elif draw < 0.85:
            said = "later 2h"
        else:
            return
        self.later(10, 900, lambda: self.network.say(who, where, said))
        if said == "ack":
            self.later(1000, 4000, lambda: self.network.say(who, where, self.chance.choice(REPLIES)))

    def _desk_nick(self) -> str:
        desk = self.network.desk
        return desk.user.nick if desk is not None else "pkgdesk"

    # --- what people do besides ------------------------------------------------------------------------

    def chatter(self) -> None:
        """Somebody does something that is not for the desk."""
        chance, network = self.chance, self.network
        there = [each for each in self.everybody if network.user(each.nick) is each]
        if not there:
            return
        who = chance.choice(there)
        match chance.randrange(8):
            case 0:
                network.rename(who, f"{who.nick.rstrip('_')}{'_' * chance.randrange(3)}")
            case 1:
                # Developers and those who have none stay as they are: what they may do is not at issue here.
                if who in self.idlers:
                    network.log_in(who, None if who.account else who.nick.rstrip("_"))
            case 2:
                network.go_away(who, not who.away)
            case 3:
                if who.channels:
                    name = chance.choice(sorted(who.channels))
                    network.part(who, name)
                    self.later(60, 900, lambda: network.join(who, name))
            case 4:
                network.quit(who, "Ping timeout: 252 seconds")
                self.later(30, 1800, lambda: self.back(who))
            case _:
                if who.channels:
                    text = chance.choice(
                        ("hello", "pkgdesks: no", f"{chance.choice(there).nick}: did it build?")
                    )
                    network.say(who, chance.choice(sorted(who.channels)), text)

    def flood(self, lines: int = 40, clones: int = 1) -> None:
        """Somebody, or many at once, want the desk to talk."""
        name = self.chance.choice(sorted(self.network.channels))
        attackers = [self._make(f"evil{self._count}c{n}", None) for n in range(clones)]
        self._count += 1
        for each in attackers:
            self.flooders[each.nick] = []
            self.network.come(each)
            self.network.join(each, name)
        for n in range(lines):
            self.later(0, 60, lambda n=n: self._evil(attackers[n % clones], name, n))
        for each in attackers:
            self.later(120, 200, lambda each=each: self.network.quit(each, "Client Quit"))

    def flood_privately(self, strangers: int = 40) -> None:
        """So many people say something to the desk at once, each privately."""
        self._count += 1
        for n in range(strangers):
            who = self._make(f"shy{self._count}c{n}", None)
            self.network.come(who)
            self.network.say(who, self._desk_nick(), "help")
            self.later(300, 400, lambda who=who: self.network.quit(who, "Client Quit"))

    def _evil(self, who: User, name: str, n: int) -> None:
        text = EVIL[n % len(EVIL)]
        line = text if text.startswith("\x01") else f"{self._desk_nick()}: {text}"
        said = self.network.say(who, name, line)
        if said.wire is not None and not text.startswith("\x01"):
            self.flooders[who.nick].append(self.clock())
