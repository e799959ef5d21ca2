"""A world for the desk to sit in: people who talk, networks that break, a clock that only tests move.

    alice = world.joins("alice", account="alice")
    alice.says("pkgdesk: how do I build the tools without cloning QEMU?")
    world.desk_says(r"Configure with .* for xen", in_="#xen-packagers")
    alice.says("not it")
    bob.is_pinged("#1")
    world.clock.advance("2h")

The river, the store (a file of SQLite), intake, roster, consulting and the outbox's rules are the real ones.
What is made up: the clock, and the networks, which take a line at once unless they are told to fail, to hold
it (it is written, and nobody knows what became of it) or to be gone.

What the desk says is looked for among the lines of the present *turn*: those since somebody last did
anything.
"""

import asyncio
import itertools
import os
import re
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.bridges import Bridge, Bridges
from bot.conditions import (
    Destination,
    after_pause,
    as_written,
    destination,
    hearer,
    may_appear,
    passes_pause,
    refusal,
)
from bot.desk.changes import differences
from bot.desk.codes import Codes
from bot.desk.effects import Operate, Order
from bot.desk.events import (
    AccountChanged,
    AwayChanged,
    Delivered,
    DeliveryFailed,
    Edited,
    Event,
    Fate,
    Heard,
    Joined,
    Left,
    Proposed,
    Published,
    PublishingFailed,
    Reacted,
    Redacted,
    ReferenceChanged,
    Renamed,
    RosterLost,
    Unreadable,
    UpstreamChanged,
)
from bot.desk.facts import Concern, Facts, Running, Sitting
from bot.desk.model import Failure, Line, Ping, Purpose, Question, Speaker
from bot.desk.reference import Reference
from bot.desk.settings import DeskSettings
from bot.desk.upstream import Upstream
from bot.echoes import Ghosts
from bot.intake import Intake
from bot.loop import River
from bot.store.store import Store
from bot.transports import wire
from bot.transports.names import BREAK
from knowledge.documents import duration
from knowledge.drafts import Draft
from knowledge.facets import FacetKind
from knowledge.files import parse_entry
from knowledge.index import Index
from knowledge.library import Snapshot
from routing.formats.native import parse
from routing.presence import Venue, Visibility, fold

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""A Monday."""

MORE = os.environ.get("PKGDESK_EXAMPLES")
"""How many examples Hypothesis shall try, where somebody wants a longer run."""

DATABASE = "desk.sqlite"
DESK = "pkgdesk"
HOME = "#xen-packagers"
DEVEL = "#xen-devel"
TEAM = "#xen-team"

VENUES = (
    Venue("libera", HOME),
    Venue("libera", DEVEL),
    Venue("libera", TEAM, Visibility.MEMBERS),
    Venue("oftc", HOME),
)

FACETS = (
    FacetKind("xen", None, ("hypervisor",), bare=True),
    FacetKind("toolstack", {"xl": (), "libvirt": ("virsh",)}),
    FacetKind("distribution", {"mageia": ("mga",), "debian": ("deb",)}),
)

BASE = (
    """
id: system-qemu
phrasings:
  - How do I build the tools without cloning QEMU?
  - xen build downloads qemu, no network on build host
answers:
  - applies: {xen: ">=4.4"}
    short: Configure with `--with-system-qemu`; nothing is fetched then.
    text: |
      - With a path, that binary becomes the device model.
      - It has to be built with Xen support.
      - Its own configure calls that --enable-xen.
      - A build from git fetches SeaBIOS as well.
      - And OVMF, where it is enabled.
      - GIT and WGET can be set to a program that fails.
    source: https://xenbits.example.org/INSTALL
section: BUILD SYSTEM
""",
    """
id: system-seabios
phrasings:
  - How do I build the tools without cloning SeaBIOS?
  - build with the distribution's own seabios
answers:
  - short: Configure with `--with-system-seabios=PATH`.
section: BUILD SYSTEM
""",
    """
id: python-version
phrasings:
  - Which python version do the tools need?
  - minimum python for the tools
answers:
  - applies: {xen: ">=4.19"}
    short: Python 3.6 or newer.
    source: https://xenbits.example.org/README
  - applies: {xen: "<4.19"}
    short: Python 2.6 or newer.
    source: https://xenbits.example.org/README-old
section: BUILD SYSTEM
""",
    """
id: livepatch-build
phrasings:
  - How do I make a live patch for the hypervisor?
answers:
  - short: Use livepatch-build-tools on the tree that you shipped.
section: XENSTORE
""",
)

KNOWN = "how do I build the tools without cloning QEMU?"
EITHER = "how do I build the tools without cloning?"
UNKNOWN = "xenstored exits with EINVAL when my guest starts, what is wrong?"
OTHER = "the makefile ignores my CFLAGS on s390x, is that known?"
LOST = "frobnication quuxes everywhere in our chroots, who can help?"

MAP = """
people:
  bob:
    name: Bob Builder
    accounts: {libera: bob}
  carol:
    name: Carol Example
    accounts: {libera: carol}
  dave:
    name: Dave Example
    accounts: {libera: dave}
  trudy:
    name: Trudy Example
    accounts: {libera: trudy}
sections:
  XENSTORE:
    maintainers: [bob]
    reviewers: [carol]
    keywords: [xenstored]
    files: [tools/xenstored/]
    mail: xenstore@lists.example.org
  BUILD SYSTEM:
    maintainers: [carol]
    keywords: [makefile, configure]
    files: [configure, config/]
  THE REST:
    maintainers: [dave]
rest: THE REST
triagers: [trudy]
mail: xen-devel@lists.example.org
"""

GHOSTS = {"libera": ("*[m]",), "matrix": ("@irc_*:example.org",)}
"""What bridges call people of other networks."""

T = TypeVar("T")
_TICK = timedelta(seconds=1)
_BOUND = 5000


def reference(
    entries: Sequence[str] = BASE,
    map_: str = MAP,
    operators: Mapping[str, Sequence[str]] | None = None,
    editors: Mapping[str, Sequence[str]] | None = None,
    venues: Sequence[Venue] = VENUES,
    bridged: Sequence[frozenset[tuple[str, str]]] = (),
    **settings: Any,
) -> Reference:
    """Knowledge and map as their readers make them. People say a line a second here, however long it is, so
    that nobody is taken for a bot."""
    known = sorted((parse_entry(text, "entry.yaml") for text in entries), key=lambda entry: entry.id)
    return Reference(
        knowledge=Snapshot(tuple(known), Index.build(known, FACETS)),
        map=parse(map_, "map.yaml"),
        settings=DeskSettings(**{"bots_answer": timedelta(), **settings}),
        facets=FACETS,
        venues=tuple(venues),
        bridged={key: keys for keys in bridged for key in keys},
        operators=_folded(operators),
        editors=_folded(editors),
    )


def _folded(accounts: Mapping[str, Sequence[str]] | None) -> dict[str, frozenset[str]]:
    return {network: frozenset(map(fold, names)) for network, names in (accounts or {}).items()}


@dataclass(frozen=True)
class Spoken:
    """A line of the desk as it is read: `text` is what people see, `wire` what was written."""

    at: datetime
    venue: Venue
    line: Line
    text: str
    wire: str

    @property
    def message(self) -> str:
        return message_of(self.line)

    def __str__(self) -> str:
        return f"[{self.at:%d %H:%M:%S}] {self.venue.network} {self.venue.name} <{DESK}> {self.text}"


def message_of(line: Line) -> str:
    """The network's id of a line of ours."""
    return f"ours/{line.id}"


class Clock:
    """What time it is, and the passing of it, with everything that falls due on the way."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, span: str) -> None:
        """Time passes, and the desk does not live to see it."""
        self.now += duration(span)

    def advance(self, span: str) -> None:
        self._world.act(f"-- {span} --")
        self._world.run(self._world.pass_time(duration(span)))


@dataclass
class Somebody:
    """A person at a client: what they do reaches the desk as events."""

    world: "World"
    network: str
    nick: str
    account: str | None
    channels: list[str] = field(default_factory=list)
    away: bool = False
    here: bool = True

    @property
    def speaker(self) -> Speaker:
        return Speaker(self.network, self.nick, self.account)

    def venue(self, name: str | None = None) -> Venue:
        return self.world.venue(self.network, name or self.channels[0])

    # --- what they do ---

    def says(self, text: str, in_: str | None = None, **marks: Any) -> Heard:
        """In a channel, the first that they joined unless told otherwise; `marks` are further fields of
        `Heard`."""
        return self._heard(text, self.venue(in_), **marks)

    def tells(self, text: str, *, sealed: bool = False, **marks: Any) -> Heard:
        """By private message to the desk; `sealed`: an encrypted one."""
        return self._heard(text, Venue(self.network, self.nick, Visibility.PRIVATE, sealed), **marks)

    def joins(self, channel: str) -> None:
        self.channels.append(channel)
        self.here = True
        self._do("joins", Joined, speaker=self.speaker, venue=self.venue(channel), away=False)

    def parts(self, channel: str | None = None) -> None:
        channel = channel or self.channels[0]
        self.channels.remove(channel)
        venue = self.world.venue(self.network, channel)
        self._do("parts", Left, network=self.network, nick=self.nick, venue=venue)

    def quits(self) -> None:
        self.here, self.channels = False, []
        self._do("quits", Left, network=self.network, nick=self.nick)

    def returns(self, channel: str = HOME) -> None:
        self.here, self.away = True, False
        self.joins(channel)

    def renames(self, nick: str) -> None:
        old, self.nick = self.nick, nick
        self._do(f"was {old}", Renamed, network=self.network, nick=old, new_nick=nick)

    def logs_in(self, account: str) -> None:
        self.account = account
        self._do("logs in", AccountChanged, network=self.network, nick=self.nick, account=account)

    def logs_out(self) -> None:
        self.account = None
        self._do("logs out", AccountChanged, network=self.network, nick=self.nick, account=None)

    def goes_away(self) -> None:
        self.away = True
        self._do("goes away", AwayChanged, network=self.network, nick=self.nick, away=True)

    def comes_back(self) -> None:
        self.away = False
        self._do("comes back", AwayChanged, network=self.network, nick=self.nick, away=False)

    def edits(self, heard: Heard, text: str) -> None:
        message = heard.message
        self._do(
            "edits", Edited, speaker=self.speaker, venue=heard.venue, message=message, text=text, me=DESK
        )

    def redacts(self, heard: Heard | Reacted) -> None:
        message = heard.reaction if isinstance(heard, Reacted) else heard.message
        self._do("redacts", Redacted, speaker=self.speaker, venue=heard.venue, message=message)

    def reacts(self, key: str, to: "Spoken | Heard | None" = None) -> Reacted:
        """To a line, the last of the desk to them unless told otherwise."""
        if to is None:
            mine = [each for each in self.world.said if each.line.addressee == self.speaker]
            to = mine[-1] if mine else self.world.said[-1]
        at = self.world.act(f"* {self.nick} reacts {key} to {to}"[:200])
        event = Reacted(
            self.world.next_id(self.network), at, self.speaker, to.venue, str(to.message), key, DESK
        )
        event = replace(event, reaction=f"${event.id}")
        self.world.happen(event)
        return event

    def is_unreadable(self, in_: str | None = None, *, privately: bool = False) -> None:
        """They said something that cannot be decrypted."""
        venue = Venue(self.network, self.nick, Visibility.PRIVATE) if privately else self.venue(in_)
        self._do("is unreadable", Unreadable, speaker=self.speaker, venue=venue, message="sealed")

    # --- what they see ---

    def is_pinged(self, *words: str, privately: bool | None = None) -> Spoken:
        """In this turn a ping reached them, with these words in it."""
        found = [
            each for each in self.world.turn if each.line.purpose is Purpose.PING and self._is_for_me(each)
        ]
        assert found, f"{self.nick} was not pinged\n{self.world}"
        for word in words:
            assert word in found[0].text, f"no {word!r} in: {found[0].text}"
        assert privately is None or found[0].venue.private is privately
        return found[0]

    def is_not_pinged(self) -> None:
        found = [
            each for each in self.world.turn if each.line.purpose is Purpose.PING and self._is_for_me(each)
        ]
        assert not found, f"{self.nick} was pinged: {found[0]}"

    def reads(self, pattern: str) -> Spoken:
        """In this turn the desk told them so by private message."""
        return self.world.find(pattern, lambda each: each.venue.private and self._is_for_me(each))

    def reads_nothing(self) -> None:
        found = [each for each in self.world.turn if each.venue.private and self._is_for_me(each)]
        assert not found, f"{self.nick} was told: {found[0]}"

    def _is_for_me(self, each: Spoken) -> bool:
        if each.venue.network != self.network:
            return False
        if each.venue.private:
            return fold(each.venue.name) == fold(self.nick)
        return each.text.startswith(f"{self.nick}: ")

    def line(self, text: str, in_: str | None = None, **marks: Any) -> Heard:
        """A line of theirs in a channel that has not reached the desk yet."""
        return self._line(text, self.venue(in_), **marks)

    def proposes(self, now: str, was: str = "", number: int | None = None, note: str = "") -> None:
        """The whole text of a file, from outside of chat."""
        private = Venue(self.network, self.nick, Visibility.PRIVATE)
        values = {"speaker": self.speaker, "venue": private, "now": now, "was": was, "note": note}
        self._do("proposes a text", Proposed, **values, number=number)

    def _line(self, text: str, venue: Venue, **marks: Any) -> Heard:
        named = {"id": self.world.next_id(self.network), "at": self.world.clock.now}
        values = {"speaker": self.speaker, "venue": venue, "text": text, "me": DESK, **named, **marks}
        return Heard(**values)

    def _heard(self, text: str, venue: Venue, **marks: Any) -> Heard:
        self.world.act(f"{venue.name} <{self.nick}> {text[:300]}")
        heard = self._line(text, venue, **marks)
        self.world.happen(heard)
        return heard

    def _do(self, deed: str, kind: Callable[..., Event], **values: Any) -> None:
        at = self.world.act(f"* {self.nick} {deed}")
        self.world.happen(kind(id=self.world.next_id(self.network), at=at, **values))


class World:
    """One desk on its networks. `entries`, `map_`, `operators`, `editors` and settings by name make its
    reference. `resting`: since when an operator has it paused. `banned`: channels that it does not get into.
    `logged_in`: whether its own account is proven; None where it has none."""

    def __init__(
        self,
        folder: Path,
        *,
        bots: frozenset[tuple[str, str]] = frozenset(),
        bridges: Mapping[tuple[str, str], Bridge] | None = None,
        **reference_: Any,
    ) -> None:
        self._marked: set[int] = set()
        self.clock = Clock(self)
        self.reference = reference(**reference_)
        self.people: list[Somebody] = []
        self.transcript: list[Spoken | str] = []
        self.pending: deque[Line] = deque()
        self.held: list[Line] = []
        self.handled: list[Event] = []
        self.orders: list[Operate] = []
        self.failing: Callable[[Line, Destination], Failure | None] = lambda line, going: None
        self.holding = False
        self.paused = False
        self.problems: tuple[str, ...] = ()
        self.upstream = Upstream()
        self.rooms: dict[str, int] = {}
        self.resting: datetime | None = None
        self.banned: tuple[str, ...] = ()
        self.logged_in: bool | None = None
        self.down: set[str] = set()
        self._url = f"sqlite:///{folder / DATABASE}"
        self._bots = bots
        self._bridges = Bridges(bridges or {})
        self._ids = itertools.count(1)
        nonces = itertools.count(1)
        self.codes = Codes(b"key", lambda: f"{next(nonces):016x}")
        self._turn = 0
        self._defects: list[Event] = []
        self._runner = asyncio.Runner()
        self.run(self._start())

    def __str__(self) -> str:
        return "\n".join(str(each) for each in self.transcript[-60:])

    # --- who is there ---

    def joins(
        self,
        nick: str,
        account: str | None = None,
        channel: str | Sequence[str] = HOME,
        network: str = "libera",
    ) -> Somebody:
        channels = [channel] if isinstance(channel, str) else channel
        somebody = Somebody(self, network, nick, account)
        self.people.append(somebody)
        for each in channels:
            somebody.joins(each)
        return somebody

    def knows(self, nick: str, account: str | None = None, network: str = "libera") -> Somebody:
        """Somebody who shares no channel with the desk."""
        somebody = Somebody(self, network, nick, account)
        self.people.append(somebody)
        return somebody

    def venue(self, network: str, name: str) -> Venue:
        known = [venue for venue in self.reference.venues if venue.key == Venue(network, name).key]
        return known[0] if known else Venue(network, name)

    # --- what breaks ---

    def crashes(self) -> None:
        """`kill -9` and a start: all that was not committed is lost, and the networks are joined anew."""
        self.act("-- the desk crashes --")
        self.run(self._crash())

    def disconnects(self, network: str = "libera") -> None:
        self.act(f"-- {network} is lost --")
        self.down.add(network)
        self.happen(RosterLost(self.next_id(network), self.clock.now, network))

    def reconnects(self, network: str = "libera") -> None:
        self.act(f"-- {network} is back --")
        self.run(self._reconnect(network))

    def holds(self) -> None:
        """From now on lines are written, and nothing more is known of them."""
        self.holding = True

    def releases(self) -> None:
        """What was held turns out to have arrived."""
        self.holding = False
        held, self.held = self.held, []
        self.act("-- the server confirms --")
        for line in held:
            self.happen(Delivered(f"line/{line.id}", self.clock.now, line.id))

    def pauses(self) -> None:
        """From now on lines wait in the outbox."""
        self.paused = True

    def resumes(self) -> None:
        self.paused = False
        self.act("-- lines flow again --")
        self.run(self.settle())

    def reloads(
        self,
        asked: Heard | None = None,
        *,
        problems: tuple[str, ...] = (),
        kept: tuple[str, ...] = (),
        by: tuple[str, str] | None = None,
        **reference_: Any,
    ) -> None:
        """Knowledge and map were read anew, as the composition root does it."""
        old, new = self.reference, reference(**reference_) if reference_ else self.reference
        if "knowledge" in kept:
            new = replace(new, knowledge=old.knowledge)
        if "map" in kept:
            new = replace(new, map=old.map)
        self.reference = self._river.reference = replace(new, links=self._river.reference.links)
        at = self.act("-- read anew --")
        self.happen(
            ReferenceChanged(
                self.next_id("reference"),
                at,
                differences(old, new),
                problems,
                kept,
                asked=(asked.speaker, asked.venue) if asked else None,
                by=by,
            )
        )

    def base_stands(self, upstream: Upstream, before: Upstream | None = None) -> None:
        """The base and its remote repository are at odds, or no longer."""
        self.upstream = upstream
        event = UpstreamChanged(self.next_id("upstream"), self.act("-- base --"), upstream)
        self.happen(event if before is None else replace(event, before=before))

    def published(self, number: int, commit: str = "", note: str = "") -> None:
        """What was under way for a draft is done."""
        event = f"draft/{number}/{self.draft(number).revision}/done"
        self.happen(Published(event, self.act(f"-- draft {number}: done --"), number, commit, note))

    def publishing_fails(self, number: int, why: str) -> None:
        event = f"draft/{number}/{self.draft(number).revision}/failed"
        self.happen(PublishingFailed(event, self.act(f"-- draft {number}: {why} --"), number, why))

    # --- what the desk said ---

    @property
    def said(self) -> list[Spoken]:
        return [each for each in self.transcript if isinstance(each, Spoken)]

    @property
    def turn(self) -> list[Spoken]:
        return [each for each in self.transcript[self._turn :] if isinstance(each, Spoken)]

    def desk_says(
        self, pattern: str, in_: str = HOME, to: str | None = None, network: str = "libera"
    ) -> Spoken:
        """In this turn the desk said so in a channel (`to` somebody)."""
        venue = self.venue(network, in_)
        return self.find(
            pattern,
            lambda each: each.venue.key == venue.key and (to is None or each.text.startswith(f"{to}: ")),
        )

    def find(self, pattern: str, fits: Callable[[Spoken], bool]) -> Spoken:
        for each in self.turn:
            if fits(each) and re.search(pattern, each.text, re.DOTALL):
                return each
        raise AssertionError(f"the desk did not say /{pattern}/\n{self}")

    def choice(self, word: str) -> str:
        """The number under which the last offer has the candidate with this word."""
        offer = next(each for each in reversed(self.said) if "did you mean" in each.text)
        found = re.search(rf"\((\d)\) [^(]*{word}", offer.text)
        assert found, f"{word} was not offered: {offer.text}"
        return found[1]

    def is_silent(self, in_: str | None = None) -> None:
        """In this turn the desk said nothing (in that channel)."""
        found = [each for each in self.turn if in_ is None or each.venue.name == in_]
        assert not found, f"the desk said: {found[0]}\n{self}"

    def question(self, number: int) -> Question:
        return self.facts(Concern(numbers=(number,))).questions[number]

    def exists(self, number: int) -> bool:
        """Whether there is a question of that number."""
        return number in self.facts(Concern(numbers=(number,))).questions

    def pings(self, number: int) -> tuple[Ping, ...]:
        return self.facts(Concern(numbers=(number,))).pings

    def draft(self, number: int) -> Draft:
        return self.facts(Concern(draft_numbers=(number,))).drafts[number]

    def explanation(self, number: int) -> str:
        facts = self.facts(Concern(numbers=(number,), explain=True))
        return "\n".join(facts.explanations.get(number, ()))

    def corrections(self) -> list[tuple[str, str, str]]:
        """What is kept of where people said that questions belong: section, person, text."""
        return [(each.section, each.by, each.text) for each in self.run(self._store.corrections())]

    def votes(self) -> list[tuple[str, bool]]:
        """The votes that count: entry, and whether it was right."""
        return [(vote.entry, vote.right) for vote in self.run(self._store.votes())]

    def facts(self, concern: Concern) -> Facts:
        return self.run(self._store.facts_for(concern, self.clock.now))

    # --- how it goes on ---

    def act(self, deed: str) -> datetime:
        """A turn begins, a moment later."""
        self.clock.now += _TICK
        self.transcript.append(f"[{self.clock.now:%d %H:%M:%S}] {deed}")
        self._turn = len(self.transcript)
        return self.clock.now

    def happen(self, *events: Event) -> None:
        """Events, one right behind the other, and all that follows from them."""
        self.run(self._happen(*events))

    def next_id(self, network: str) -> str:
        return f"{network}/{next(self._ids)}"

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(coroutine)

    def close(self) -> None:
        self.run(self._end())
        self._runner.close()

    async def pass_time(self, span: timedelta) -> None:
        end = self.clock.now + span
        await self.settle()
        for _ in range(_BOUND):
            due = await self._store.next_due()
            if due is None or due > end or self.resting is not None:
                break
            self.clock.now = max(self.clock.now, due)
            await self.settle()
        else:
            raise AssertionError(f"deadlines without end\n{self}")
        self.clock.now = end
        await self.settle()

    async def settle(self) -> None:
        """Lines go out and deadlines fall due until all is quiet."""
        for _ in range(_BOUND):
            await self._deliver()
            due = await self._store.due(self.clock.now)
            if not due or self.resting is not None:
                return
            for event in due:
                await self._handle(event)
        raise AssertionError(f"a deadline that stays due\n{self}")

    async def _happen(self, *events: Event) -> None:
        for event in events:
            await self._river.put(event)
        await self._handled()
        await self.settle()

    async def _handle(self, event: Event) -> None:
        await self._river.put(event)
        await self._handled()

    async def _handled(self) -> None:
        await self._river.drained()
        assert not self._defects, f"not handled: {self._defects}\n{self}"

    async def _deliver(self) -> None:
        waiting: list[Line] = []
        while self.pending and not self.paused:
            line = self.pending.popleft()
            roster, settle = self._river.roster, self.reference.settings.settle
            blocked = line.venue.key in {each.venue.key for each in waiting}
            if self.resting is not None:
                blocked = not passes_pause(line, self.reference)
            if line.venue.network in self.down or blocked or may_appear(line, roster, settle, self.clock.now):
                waiting.append(line)
            else:
                await self._send(line)
        self.pending.extendleft(reversed(waiting))

    async def _send(self, line: Line) -> None:
        wanted = line.conditions
        numbers = (wanted.question,) if wanted.question is not None else ()
        facts = await self._store.facts_for(Concern(numbers=numbers, load=True), self.clock.now)
        going: Destination | Failure = destination(line, self._river.roster)
        refused = refusal(line, facts, self._river.roster, self.reference, self.clock.now)
        if refused is not None or isinstance(going, Failure):
            await self._fails(line, refused or Failure.ABSENT)
            return
        marked = await self._store.mark_sending(line.id)
        assert line.id not in self._marked, f"line {line.id} is written twice"
        if not marked:
            return  # what it passes on was taken back meanwhile
        self._marked.add(line.id)
        failure = self.failing(line, going)
        if failure is not None:
            await self._fails(line, failure)
            return
        self._write(as_written(line, going, self.codes.shown), going)
        if self.holding:
            self.held.append(line)
        else:
            to = hearer(line, going)
            said = Delivered(f"line/{line.id}", self.clock.now, line.id, to, message_of(line))
            await self._handle(said)

    def _write(self, line: Line, going: Destination) -> None:
        if line.venue.network == "matrix":
            named = f"{going.addressee}: " if going.addressee and not line.venue.private else ""
            text = f"{named}{line.text}"
            self.transcript.append(Spoken(self.clock.now, line.venue, line, text, text))
            return
        room = wire.room(line.venue.name, DESK)
        text = wire.spoken(line.venue, line.text, going.addressee, line.unbroken, going.members, room)
        assert not text.endswith(wire.CUT) or line.text.endswith(wire.CUT), f"had to be cut: {line.text}"
        seen = text.replace(BREAK, "").removeprefix(wire.GUARD)
        self.transcript.append(Spoken(self.clock.now, line.venue, line, seen, text))

    async def _fails(self, line: Line, why: Failure) -> None:
        self.transcript.append(f"-- not delivered ({why}): {line.text}")
        await self._handle(DeliveryFailed(f"line/{line.id}", self.clock.now, line.id, why))

    async def _start(self) -> None:
        self._store = await Store.open(self._url)
        self.reference = replace(self.reference, links=await self._store.links())
        self._river = River(
            self._store,
            self.reference,
            clock=self.clock,
            intake=Intake(self._bots, self._bridges, Ghosts(GHOSTS)),
            committed=self._committed,
            settled=self._settled,
            ordered=self._ordered,
            running=self._running,
            rooms=lambda: self.rooms,
            draw=self.codes.draw,
        )
        self._task = asyncio.get_running_loop().create_task(self._river.run())

    def _committed(self, lines: tuple[Line, ...]) -> None:
        self.pending.extend(lines)

    def _ordered(self, operate: Operate, event: Event) -> None:
        self.orders.append(operate)
        match operate.order:
            case Order.PAUSE:
                self.resting = self.clock.now
            case Order.RESUME if self.resting is not None:
                since, self.resting = self.resting, None
                self.pending = deque(after_pause(line, since, self.clock.now) for line in self.pending)

    def _running(self) -> Running:
        return Running(
            START,
            self.resting is not None,
            {network: self._sitting(network) for network in ("libera", "oftc")},
            len(self.pending),
            self.problems,
            upstream=self.upstream,
        )

    def _sitting(self, network: str) -> Sitting:
        channels = sum(venue.network == network for venue in VENUES)
        return Sitting(network not in self.down, channels, tuple(self.banned), self.logged_in)

    def _settled(self, event: Event, fate: Fate) -> None:
        self.handled.append(event)
        if fate is Fate.FAILED:
            self._defects.append(event)

    async def _end(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._store.close()

    async def _crash(self) -> None:
        await self._end()
        self.pending.clear()
        self.held.clear()
        self.holding, self.resting = False, None
        await self._start()
        for line in await self._store.in_flight():
            await self._handle(
                DeliveryFailed(f"line/{line.id}", self.clock.now, line.id, Failure.UNCONFIRMED)
            )
        self.pending.extend(line for line in await self._store.queued() if line not in self.pending)
        for network in {venue.network for venue in self.reference.venues} - self.down:
            await self._reconnect(network)
        await self.settle()

    async def _reconnect(self, network: str) -> None:
        self.down.discard(network)
        for event in self._there(network):
            await self._river.put(event)
        await self._handled()
        await self.settle()

    def _there(self, network: str) -> Iterator[Event]:
        """Everybody who is found in the channels."""
        for each in self.people:
            for channel in each.channels if each.network == network and each.here else ():
                yield Joined(
                    self.next_id(network),
                    self.clock.now,
                    each.speaker,
                    self.venue(network, channel),
                    present=True,
                    away=each.away,
                )
