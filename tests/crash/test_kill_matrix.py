"""`kill -9` between any two steps on Matrix: a real desk at a real homeserver, with people who ask in a room,
in direct conversations and in an encrypted room.

Each life of the desk ends at a point that is drawn from the seed. Some are steps that others see: what the
homeserver is about to be told, or to tell, is stopped at a gate before it, and the desk is killed there
(`matrix_gate`). Some are rows of its database: it is killed as soon as they can be read. The rest is any
time. At the end each question has exactly one answer, whatever happened meanwhile.

PKGDESK_KILLS says how often (a third of it; 9), PKGDESK_SEED from which seed on.
"""

import asyncio
import json
import os
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import nursery
import pytest
from matrix_gate import Gate, Point, Step
from matrix_people import JsonEvent
from matrix_town import Person, SealedPerson, Town

pytestmark = pytest.mark.crash

KILLS = max(1, int(os.environ.get("PKGDESK_KILLS", "9")) // 3)
SEED = int(os.environ.get("PKGDESK_SEED", "1"))

ROOT = Path(__file__).parents[2]
WITHIN = 60.0
"""Seconds that anything may take on a machine that has much else to do."""

ENTRY = """\
id: system-qemu
phrasings:
  - How do I build the tools without cloning QEMU?
answers:
  - short: "Configure with `--with-system-qemu`; nothing is fetched then."
    source: https://example.org/INSTALL
verified: {on: 2026-10-01, by: bob, for: "4.20"}
"""
MAP = """\
people: {}
sections: {}
"""
KNOWN = "how do I build the tools without cloning QEMU, case {}?"
ANSWER = "with-system-qemu"

SHORT = {
    "bots_answer": "0s",
    "join_lines": "0s",
    "answer_stands": "2s",
    "confirm_within": "2s",
    "keep_for": "3s",
    "open_questions": "100",
}

SYNC, KEYS, KEY = "/v3/sync", "/keys/upload", "/sendToDevice/"
GATES: dict[str, Callable[[str], tuple[Point, ...]]] = {
    "the question is withheld": lambda room: (Point(SYNC, Step.ANSWERED, room.encode()),),
    "the question is told": lambda room: (Point(SYNC, Step.TOLD, room.encode()),),
    "the question is acknowledged": lambda room: (
        Point(SYNC, Step.TOLD, room.encode()),
        Point(SYNC, Step.ASKED),
    ),
    "the answer is to be sent": lambda room: (Point(f"{room}/send/", Step.ASKED),),
    "the answer is in the room": lambda room: (Point(f"{room}/send/", Step.ANSWERED),),
    "the answer is confirmed": lambda room: (Point(f"{room}/send/", Step.TOLD),),
    "its key is to be sent": lambda _: (Point(KEY, Step.ASKED),),
    "its key is sent": lambda _: (Point(KEY, Step.ANSWERED),),
}
"""Where a desk is killed that others can see."""

ROWS = {
    "the question is kept": "SELECT coalesce(max(at), '') FROM received",
    "the question has a number": "SELECT coalesce(max(number), 0) FROM question",
    "the answer is stored": "SELECT coalesce(max(id), 0) FROM outbox",
    "the answer counts as sent": "SELECT coalesce(max(id), 0) FROM outbox WHERE state = 'sent'",
}
"""What is counted there; it is killed as soon as that has grown."""

STARTING, ANY_TIME, FIRST = "starting", "any time", "its own keys are known to the homeserver"
POINTS = (*GATES, *ROWS, STARTING, ANY_TIME)


@dataclass(frozen=True, slots=True)
class Place:
    """A room, and who asks there."""

    room: str
    asker: Person

    @property
    def sealed(self) -> bool:
        return isinstance(self.asker, SealedPerson)

    async def say(self, words: str) -> str:
        """Its event."""
        if isinstance(self.asker, SealedPerson):
            return await self.asker.say_sealed(self.room, words)
        return await self.asker.say(self.room, words)


class Lives:
    """The desk, one life after the other, and what it was asked."""

    def __init__(self, folder: Path, town: Town, rng: random.Random) -> None:
        self.asked: dict[str, Place] = {}
        self.killed: Counter[str] = Counter()
        self.late: Counter[str] = Counter()
        """Points that were not reached."""
        self._folder = folder
        self._town = town
        self._rng = rng
        self._gate = Gate(town.server.url)
        self._places: list[Place] = []
        self._desk: nursery.WaitedFor | None = None
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self._gate)
        self._open.push_async_callback(self._kill)
        got = await self._town.account("pkgdesk")
        self.user, self._token = got.user, got.token
        alice, erin = await self._town.people("alice", "erin")
        # Several, for whoever is heard ten times at once, as after ten kills in a row, says too much.
        sealed = [await self._town.sealed_person(name, self._made(name)) for name in ("sam", "tess", "uma")]
        room = await alice.create_room(self.user)
        await erin.join(room)
        closed = await sealed[0].create_room(self.user, encrypted=True)
        for each in sealed[1:]:
            await each.join(closed)
        direct = [await each.create_room(self.user, public=False, direct=True) for each in (alice, erin)]
        self._places = [
            Place(room, alice),
            Place(room, erin),
            Place(direct[0], alice),
            Place(direct[1], erin),
            *(Place(closed, each) for each in sealed),
        ]
        self._configure([room, closed])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def settles(self) -> None:
        """The first life: it comes into all rooms, and is killed when its keys are known and it is not told
        that."""
        self._gate.watches((Point(KEYS, Step.ANSWERED),), self._strike)
        await self._start()
        await self._is_reached(FIRST)
        await self._start()
        for place in self._places:
            await place.asker.meets(partial(_joined, self.user, place.room), within=WITHIN)
            if isinstance(place.asker, SealedPerson):
                await place.asker.knows(place.room, self.user)
        await self._kill()

    async def lives(self, point: str) -> None:
        """One life, which ends there."""
        rng = self._rng
        place = rng.choice([each for each in self._places if each.sealed or "key" not in point])
        before = rng.random() < 0.4
        if before:
            await self._ask(place)
        gate = GATES[point](place.room) if point in GATES else ()
        self._gate.watches(gate if before else (), self._strike)
        rows = self._rows(ROWS[point]) if point in ROWS else None
        await self._start()
        if point == STARTING:
            await asyncio.sleep(rng.uniform(0.0, 1.5))
            await self._kill()
            self.killed[point] += 1
            return
        if not before:
            await self._synced()
            # Not earlier, for the first answer tells of all rooms, and is none to a question.
            self._gate.watches(gate, self._strike)
            await self._ask(place)
        if rng.random() < 0.4:
            await self._ask(rng.choice(self._places))
        if point == ANY_TIME:
            await self._synced()
            await asyncio.sleep(rng.uniform(0.0, 0.8))
            self._strike()
            self.killed[point] += 1
        elif rows is not None:
            await self._grown(ROWS[point], rows)
            self._strike()
            self.killed[point] += 1
        else:
            await self._is_reached(point)
        await self._kill()

    async def answers_all(self) -> None:
        """The last life: whatever waits is answered, and it ends well."""
        self._gate.watches((), self._strike)
        await self._start()
        await self._synced()
        for place in self._places:
            await self._ask(place)
        until = time.monotonic() + WITHIN
        while not all(count for count in (await self.answers()).values()):
            assert time.monotonic() < until, f"some were never answered: {await self._unanswered()}"
            await asyncio.sleep(0.2)
        assert self._desk is not None
        self._desk.terminate()
        assert await asyncio.wait_for(self._desk.wait(), WITHIN) == 0

    async def answers(self) -> Counter[str]:
        """How many answers each question has, as the homeserver has the rooms."""
        found = Counter(dict.fromkeys(self.asked, 0))
        for room, place in {place.room: place for place in self._places}.items():
            opened = _opened(place.asker) if place.sealed else {}
            for event in await place.asker.history(room):
                if event["sender"] != self.user:
                    continue
                content = event["content"]
                to = content.get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id", "")
                if ANSWER in opened.get(event["event_id"], content.get("body", "")):
                    found[to] += 1
        return found

    async def _unanswered(self) -> list[str]:
        return [
            f"{question} of {self.asked[question].asker.user} in {self.asked[question].room}"
            for question, count in (await self.answers()).items()
            if not count
        ]

    def complaints(self) -> list[str]:
        """What the desk's log tells of defects."""
        log = (self._folder / "desk.log").read_text("utf-8", "replace").splitlines()
        return [line for line in log if '"level": "error"' in line or line.startswith("Traceback")]

    def damage(self) -> list[str]:
        """What is wrong with the dead desk's database."""
        with closing(sqlite3.connect(self._database)) as connection:
            wrong = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            left = connection.execute("SELECT count(*) FROM received").fetchone()[0]
            states = dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())
        return (
            wrong
            + ([f"{left} answers are not handled"] if left else [])
            + [f"{count} lines are {state}" for state, count in states.items() if state != "sent"]
        )

    # --- one desk -------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        self._gate.forgets()
        with (self._folder / "desk.log").open("ab") as log:
            self._desk = nursery.started(
                *("run", "--config", str(self._folder / "config.yaml")),
                stderr=log.fileno(),
                cwd=ROOT,
                env={**os.environ, "PKGDESK_TOKEN": self._token},
                kind=nursery.WaitedFor,
            )

    async def _synced(self) -> None:
        """It is there, and has handled what it was told first."""
        async with asyncio.timeout(WITHIN):
            await self._gate.asked_again()

    def _strike(self) -> None:
        if self._desk is not None and self._desk.returncode is None:
            self._desk.kill()

    async def _kill(self) -> None:
        self._strike()
        if self._desk is not None:
            await self._desk.wait()

    async def _is_reached(self, point: str) -> None:
        try:
            async with asyncio.timeout(WITHIN):
                await self._gate.is_reached()
        except TimeoutError:
            self.late[point] += 1
        self.killed[point] += 1
        await self._kill()

    async def _ask(self, place: Place) -> None:
        name = self.user[1:].partition(":")[0]
        self.asked[await place.say(f"{name}: {KNOWN.format(len(self.asked) + 1)}")] = place

    # --- its database ---------------------------------------------------------------------------------------

    @property
    def _database(self) -> Path:
        return self._folder / "desk.sqlite"

    def _rows(self, query: str) -> Any:
        with closing(sqlite3.connect(f"{self._database.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchone()[0]

    async def _grown(self, query: str, before: Any) -> None:
        until = time.monotonic() + WITHIN
        with closing(sqlite3.connect(f"{self._database.as_uri()}?mode=ro", uri=True)) as connection:
            while connection.execute(query).fetchone()[0] <= before:
                assert time.monotonic() < until, f"never more than {before}: {query}"
                await asyncio.sleep(0.001)

    # --- what it is given -----------------------------------------------------------------------------------

    def _made(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir()
        return folder

    def _configure(self, rooms: list[str]) -> None:
        (self._made("base") / "system-qemu.yaml").write_text(ENTRY, "utf-8")
        (self._folder / "map.yaml").write_text(MAP, "utf-8")
        network: dict[str, Any] = {
            "type": "matrix",
            "homeserver": self._gate.url,
            "user": self.user,
            "login": {"token_env": "PKGDESK_TOKEN"},
            "rooms": rooms,
            "invitations": {"servers": [self._town.server.name]},
            "pace": {"burst": "50", "rate": "50", "target_rate": "50"},
            "times": {"reconnect": "1s", "reconnect_most": "1s"},
        }
        written = {
            "networks": {"matrix": network},
            "knowledge": "base",
            "map": "map.yaml",
            "database": self._database.name,
            "desk": SHORT,
        }
        # What JSON writes, YAML reads.
        (self._folder / "config.yaml").write_text(json.dumps(written, indent=2), "utf-8")


def _joined(user: str, room: str, event: JsonEvent) -> bool:
    mine = event["type"] == "m.room.member" and event["state_key"] == user and event["room_id"] == room
    return mine and event["content"]["membership"] == "join"


def _opened(asker: Person) -> dict[str, str]:
    """What somebody could decrypt."""
    assert isinstance(asker, SealedPerson)
    return {each.event_id: each.source["content"].get("body", "") for each in asker.opened}


async def test_wherever_it_is_killed_each_question_is_answered_exactly_once(
    town: Town, on_disk: Path
) -> None:
    rng = random.Random(SEED)
    started = time.monotonic()
    async with Lives(on_disk, town, rng) as desk:
        await desk.settles()
        points: list[str] = []
        for _ in range(KILLS - 1):
            # Each point once before any comes again.
            points = points or rng.sample(POINTS, len(POINTS))
            await desk.lives(points.pop())
        await desk.answers_all()

        told = f"PKGDESK_SEED={SEED}: {dict(desk.killed)}"
        answers = await desk.answers()
        assert {question: count for question, count in answers.items() if count != 1} == {}, told
        assert desk.complaints() == [], told
        assert desk.damage() == [], told
        assert not desk.late, told
    print(
        f"seed {SEED}: {sum(desk.killed.values())} kills in {time.monotonic() - started:.0f} s "
        f"({dict(desk.killed)}), {len(answers)} questions, {answers.total()} answers"
    )
