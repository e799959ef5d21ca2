"""A year of a project's questions, in virtual time: who is pinged, how often, and what becomes of it.

The desk is the real one (`benchmarks.virtual`), people are made up (`benchmarks.population`), and sections
are asked about as often as in the past of the project at hand; without one, over the demo's map, all alike.
Each question names its section outright, so that the routing is right: what is measured is how pings are
shared, not whether they reach the right section.

Beside it stand two simpler ways for the same questions: to ping everybody of the section, and whoever is
listed first.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from benchmarks.bases import DEMO, SEED
from benchmarks.figures import Cell, Column, Setup, Table, percent, percentile
from benchmarks.population import NETWORK, Presence, Somebody, drawn, moments, populate
from benchmarks.virtual import VirtualDesk
from bot.desk.events import AwayChanged, Heard, Joined, Left, Sighted
from bot.desk.facts import Concern
from bot.desk.model import Line, Purpose, Question, Speaker, State
from bot.desk.reference import Reference
from bot.desk.settings import DeskSettings
from bot.evaluating.cases import placed, read_cases
from bot.maps.settings import MapSource
from bot.maps.sources import read_map
from knowledge.index import Index
from knowledge.library import Snapshot
from routing.presence import Venue, Visibility
from routing.sections import MaintainersMap, Section

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
QUESTIONS = 1_000
ASKERS = 40
SHOWN = 15
"""Of the busiest people."""
AFTER = timedelta(days=45)
"""Until then every question of the year must have ended: an answer is kept for 30 days."""

DESK = "pkgdesk"
HOME = Venue(NETWORK, "#packagers")
DEVEL = Venue(NETWORK, "#devel")
_NEIGHBOUR = "neighbour"
"""To whom developers talk when they do not talk to an asker."""
_LETTERS = "bcdfghklmnprstvwxz"


@dataclass(frozen=True, slots=True)
class Pinged:
    """A ping as it was written."""

    at: datetime
    person: str
    question: int
    step: int


@dataclass(slots=True)
class Year:
    """What happened: the questions with their sections, every ping, who said `ack` to which question, and
    how each question ended."""

    map: MaintainersMap
    people: tuple[Somebody, ...]
    gold: dict[int, str] = field(default_factory=dict)
    asked_at: dict[int, datetime] = field(default_factory=dict)
    first_reply: dict[int, datetime] = field(default_factory=dict)
    pings: list[Pinged] = field(default_factory=list)
    acknowledged: set[tuple[int, str]] = field(default_factory=set)
    ends: dict[int, Question] = field(default_factory=dict)


def measure(setup: Setup) -> list[Table]:
    """The tables of the year."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    count = 100 if setup.quick else QUESTIONS
    span = YEAR * (count / QUESTIONS)
    map_, asked, name = project(setup)
    setup.note(f"{count:,} questions over the map of {name}, seed {SEED}")
    year = lived(map_, asked, count, span, SEED, setup.work / "year.sqlite")
    setup.note(f"{len(year.pings):,} pings")
    return [*tables(year, name, span)]


def project(setup: Setup) -> tuple[MaintainersMap, tuple[str, ...], str]:
    """A map, the sections that its project's questions were about, and its name."""
    folder = setup.data.parent / "route" / "xen"
    if folder.exists():
        map_ = read_map((MapSource(file=folder / "MAINTAINERS.gz"),))
        cases = placed(read_cases(folder / "cases.dev.jsonl.gz"), map_).cases
        return map_, tuple(section for case in cases for section in sorted(case.gold)[:1]), "Xen"
    map_ = read_map((MapSource(file=DEMO / "map.yaml"),))
    return map_, tuple(section for section in map_.sections if section != map_.rest), "the demo"


def lived(
    map_: MaintainersMap, asked: Sequence[str], count: int, span: timedelta, seed: int, database: Path
) -> Year:
    """Live through `count` questions within `span`, about sections as often as they occur in `asked`."""
    rng = random.Random(seed)
    map_, people = populate(map_, seed)
    year = Year(map_, people)
    asyncio.run(_Life(year, rng, asked, count, span).live(f"sqlite:///{database}"))
    return year


class _Life:
    """The people of a year and what they do, as deeds of a virtual desk."""

    def __init__(
        self, year: Year, rng: random.Random, asked: Sequence[str], count: int, span: timedelta
    ) -> None:
        self._year = year
        self._rng = rng
        self._span = span
        self._sections = drawn(asked, count, rng)
        self._words = {name: "".join(rng.choices(_LETTERS, k=12)) for name in year.map.sections}
        self._people = {each.person.id: each for each in year.people}
        self._by_nick = {each.person.accounts[NETWORK]: each for each in year.people}

    async def live(self, url: str) -> None:
        spoken = {
            name: replace(section, aliases=(*section.aliases, self._words[name]))
            for name, section in self._year.map.sections.items()
        }
        reference = Reference(
            Snapshot((), Index.build(())),
            # Of the rest nobody speaks by its name; that its people are the last resort does not change.
            replace(self._year.map, sections=spoken),
            DeskSettings(),
            venues=(HOME, DEVEL),
        )
        async with VirtualDesk(url, reference, START, self._reads) as desk:
            self._desk = desk
            self._plan_days()
            self._plan_questions()
            await desk.run(START + self._span + AFTER)
            numbers = tuple(self._year.gold)
            for some in (numbers[at : at + 500] for at in range(0, len(numbers), 500)):
                self._year.ends |= (await desk.facts(Concern(numbers=some))).questions

    # --- days ------------------------------------------------------------------------------------------

    def _plan_days(self) -> None:
        self._desk.at(START, partial(self._comes, _NEIGHBOUR, HOME))
        for each in range(ASKERS):
            self._desk.at(START, partial(self._comes, f"asker{each}", HOME))
        for somebody in self._year.people:
            nick = somebody.person.accounts[NETWORK]
            if somebody.presence in (Presence.BOUNCER, Presence.AWAY):
                place = HOME if self._rng.random() < 0.8 else DEVEL
                self._desk.at(START, partial(self._comes, nick, place))
            for offset in range((self._span + AFTER).days):
                day = somebody.day((START + timedelta(days=offset)).date())
                if day is not None and somebody.presence is not Presence.NEVER:
                    self._plan_day(somebody, nick, *day)

    def _plan_day(self, somebody: Somebody, nick: str, start: datetime, end: datetime) -> None:
        start += timedelta(minutes=self._rng.uniform(0, 60))
        end -= timedelta(minutes=self._rng.uniform(0, 60))
        begins, ends = {
            Presence.BOUNCER: (None, None),
            Presence.AWAY: (partial(self._is_away, nick, False), partial(self._is_away, nick, True)),
            Presence.DAILY: (partial(self._comes, nick, HOME), partial(self._leaves, nick)),
            Presence.ONLINE: (partial(self._sighted, nick, nick), partial(self._sighted, nick, None)),
        }[somebody.presence]
        if begins is not None and ends is not None:
            self._desk.at(start, begins)
            self._desk.at(end, ends)
        if somebody.presence is not Presence.ONLINE and start < START + self._span:
            talks = int(somebody.talks) + (self._rng.random() < somebody.talks % 1)
            for _ in range(talks):
                when = start + (end - start) * self._rng.random()
                self._desk.at(when, partial(self._says, nick, f"{_NEIGHBOUR}: that is fine"))

    async def _comes(self, nick: str, venue: Venue) -> None:
        await self._desk.happen(
            Joined(self._desk.next_id(), self._desk.now, Speaker(NETWORK, nick, nick), venue)
        )

    async def _leaves(self, nick: str) -> None:
        await self._desk.happen(Left(self._desk.next_id(), self._desk.now, NETWORK, nick))

    async def _is_away(self, nick: str, away: bool) -> None:
        await self._desk.happen(AwayChanged(self._desk.next_id(), self._desk.now, NETWORK, nick, away))

    async def _sighted(self, nick: str, account: str | None) -> None:
        await self._desk.happen(Sighted(self._desk.next_id(), self._desk.now, NETWORK, nick, account))

    async def _says(self, nick: str, text: str, venue: Venue = HOME) -> None:
        speaker = Speaker(NETWORK, nick, nick)
        await self._desk.happen(Heard(self._desk.next_id(), self._desk.now, speaker, venue, text, DESK))

    # --- questions -------------------------------------------------------------------------------------

    def _plan_questions(self) -> None:
        times = moments(len(self._sections), START + timedelta(hours=1), self._span, self._rng)
        for number, (when, section) in enumerate(zip(times, self._sections, strict=True), 1):
            self._year.gold[number] = section
            self._desk.at(when, partial(self._asks, number, section))

    async def _asks(self, number: int, section: str) -> None:
        nick = f"asker{number % ASKERS}"
        self._year.asked_at[number] = self._desk.now
        await self._says(nick, f"{DESK}: {self._words[section]} question: how is that done")
        if self._rng.random() < 0.15:
            self._after(timedelta(minutes=5), partial(self._leaves, nick))
            self._after(timedelta(hours=self._rng.uniform(2, 40)), partial(self._comes, nick, HOME))

    def _reads(self, line: Line) -> None:
        """Somebody reads what the desk writes, and may do something about it."""
        if line.addressee is None or line.question is None:
            return
        if line.purpose is Purpose.PING:
            self._pinged(line, self._by_nick[line.addressee.nick])
        elif "was that it" in line.text and self._rng.random() < 0.6:
            word = "yes" if self._rng.random() < 0.92 else "no"
            asker = line.addressee.nick
            self._after(timedelta(minutes=3), partial(self._says, asker, f"{DESK}: {word} #{line.question}"))

    def _pinged(self, line: Line, somebody: Somebody) -> None:
        number, step = line.question or 0, line.conditions.step or 0
        self._year.pings.append(Pinged(self._desk.now, somebody.person.id, number, step))
        if self._rng.random() >= somebody.replies:
            return
        within = somebody.within * self._rng.lognormvariate(0.0, 1.0)
        deed = self._rng.random()
        if deed < 0.08:
            self._after(within, partial(self._replies, somebody, number, "not me"))
        elif deed < 0.20:
            self._year.acknowledged.add((number, somebody.person.id))
            self._after(within, partial(self._replies, somebody, number, "ack"))
            if self._rng.random() < 0.8:
                later = within + timedelta(hours=self._rng.uniform(0.2, 3.5))
                self._after(later, partial(self._answers, somebody, number))
        else:
            self._after(within, partial(self._answers, somebody, number))

    async def _replies(self, somebody: Somebody, number: int, words: str) -> None:
        nick = somebody.person.accounts[NETWORK]
        self._year.first_reply.setdefault(number, self._desk.now)
        venue = Venue(NETWORK, nick, Visibility.PRIVATE)
        await self._says(nick, f"{words} #{number}", venue)

    async def _answers(self, somebody: Somebody, number: int) -> None:
        await self._replies(somebody, number, f"answer {number} with the other option, as in")

    def _after(self, span: timedelta, deed: Callable[[], Awaitable[None]]) -> None:
        self._desk.at(self._desk.now + span, deed)


# --- what it comes to --------------------------------------------------------------------------------------


def tables(year: Year, name: str, span: timedelta) -> list[Table]:
    """How pings were shared, what was kept to, and how questions went."""
    everybody = [who for section in year.gold.values() for who in of_section(year.map.sections[section])]
    first = [who for section in year.gold.values() for who in of_section(year.map.sections[section])[:1]]
    ways: dict[str, list[str]] = {
        "pkgdesk": [ping.person for ping in year.pings],
        "everybody of the section": everybody,
        "first listed": first,
    }
    questions = len(year.gold)
    notes = (
        f"{questions:,} questions within {span.days} days over the map of {name}, seed {SEED}; each names "
        "its section",
        "those ways ask whoever it is, present or not, awake or not, and do not ask again",
    )
    shares = Table(
        "year/shares",
        "A year: pings, and the busiest person's share of them",
        (
            Column("way"),
            Column("pings", "a question", 2),
            Column("people"),
            Column("busiest", "% of pings"),
            Column("busiest five", "% of pings"),
        ),
        tuple(_share(way, who, questions) for way, who in ways.items()),
        notes,
    )
    kept = Table(
        "year/promises",
        "A year: what was promised, and how often it was broken",
        (Column("promise"), Column("broken"), Column("of")),
        tuple((promise, *broken) for promise, broken in promises(year).items()),
    )
    return [shares, kept, _course(year), _burden(year)]


def of_section(section: Section) -> tuple[str, ...]:
    """Its people, in the order of the map."""
    return tuple(dict.fromkeys((*section.maintainers, *section.reviewers)))


def busiest(pinged: Sequence[str], most: int = 1) -> float:
    """The share of all pings that the busiest had, in percent."""
    counted = Counter(pinged).most_common(most)
    return percent(sum(times for _, times in counted), len(pinged)) or 0.0


def _share(way: str, pinged: Sequence[str], questions: int) -> tuple[Cell, ...]:
    return way, len(pinged) / questions, len(set(pinged)), busiest(pinged), busiest(pinged, 5)


def promises(year: Year) -> Mapping[str, tuple[int, int]]:
    """Promise -> how often it was broken, and how often it could have been."""
    pings, people = year.pings, {each.person.id: each for each in year.people}
    steps = Counter((ping.question, ping.step) for ping in pings)
    asked = Counter((ping.question, ping.person) for ping in pings)
    told = [ping for ping in pings if people[ping.person].person.hours is not None]
    return {
        "one person is pinged per step": (sum(times - 1 for times in steps.values()), len(steps)),
        "nobody is pinged again who did not say ack": (
            sum(times - 1 for who, times in asked.items() if who not in year.acknowledged),
            len(asked),
        ),
        "nobody is pinged in their night": (
            sum(not people[ping.person].person.awake(ping.at) for ping in told),
            len(told),
        ),
        "nobody is pinged beyond their budget": (sum(_over(year)), len(pings)),
        "no question is dead": (
            sum(not end.state.ended for end in year.ends.values()) + len(year.gold) - len(year.ends),
            len(year.gold),
        ),
    }


def _over(year: Year) -> list[bool]:
    """Of each ping, whether it went beyond the budget of whoever got it."""
    budgets = {each.person.id: each.person.budget for each in year.people}
    times: dict[str, list[datetime]] = {}
    found = []
    for ping in year.pings:
        had = times.setdefault(ping.person, [])
        budget = budgets[ping.person]
        lately = sum(ping.at - at < timedelta(hours=24) for at in had[-10:])
        found.append(budget is not None and lately >= budget)
        had.append(ping.at)
    return found


def _course(year: Year) -> Table:
    """How questions went: how they ended, and how long the first ping and the first reply took."""
    ends = Counter(end.state for end in year.ends.values())
    first: dict[int, datetime] = {}
    for ping in year.pings:
        first.setdefault(ping.question, ping.at)
    rows: list[tuple[Cell, ...]] = [
        (f"ended {state}", percent(ends[state], len(year.gold)), None, None) for state in State if state.ended
    ]
    for what, when in (("first ping", first), ("first reply", year.first_reply)):
        took = [(at - year.asked_at[number]).total_seconds() / 3600 for number, at in when.items()]
        share = percent(len(took), len(year.gold))
        rows.append((what, share, percentile(took, 0.5), percentile(took, 0.9)))
    return Table(
        "year/course",
        "A year: how questions went",
        (
            Column("what"),
            Column("questions", "%"),
            Column("p50", "hours after the question", 2),
            Column("p90", "hours after the question", 2),
        ),
        tuple(rows),
    )


def _burden(year: Year) -> Table:
    """Who had how many pings, the busiest first."""
    mine = Counter(ping.person for ping in year.pings)
    asked = [of_section(year.map.sections[section]) for section in year.gold.values()]
    ways = (
        mine,
        Counter(who for people in asked for who in people),
        Counter(who for people in asked for who in people[:1]),
    )
    ranked = [[times for _, times in way.most_common(SHOWN)] for way in ways]
    return Table(
        "year/burden",
        "A year: pings of the busiest people",
        (
            Column("place"),
            Column("pkgdesk", "pings"),
            Column("everybody of the section", "pings"),
            Column("first listed", "pings"),
        ),
        tuple(
            (place + 1, *(way[place] if place < len(way) else 0 for way in ranked)) for place in range(SHOWN)
        ),
        ("each way has busiest people of its own",),
    )
