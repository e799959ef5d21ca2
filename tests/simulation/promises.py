"""What is promised of a desk that idles for years, looked at while a day passes and after it.

while it passes    the desk is on the network again soon after it can be, is identified a minute after
                   services are there, has its nick back, and sits in every channel that lets it in
after it           nothing escaped; no question was lost; no line was written twice, or called delivered
                   and was not; attackers got a line a minute; no queue has grown
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

from network import Network
from people import Asked, Crowd
from project import ACCOUNT, NICK
from weather import Harbour

from routing.presence import fold

TICK = 15.0
CONNECTED_WITHIN = 8 * 60.0
"""The longest pause between two attempts, and what one attempt and noticing a dead peer take."""
IDENTIFIED_WITHIN = 60.0
NICK_WITHIN = 150.0
"""For a nick that nobody holds: asked for once a minute."""
INSIDE_WITHIN = 8 * 60.0
"""For a channel that it was kicked out of: the longest pause between attempts."""
FLOOD = 20
"""Lines within a minute that make an attacker of somebody: more than the desk lets anybody say, which is 6 at
once and one in 5 s."""
ON_ITS_WAY = timedelta(seconds=5)
"""For which a server may leave one line waiting longer than another."""
LET_IN_WITHIN = 65 * 60.0
"""For one that had been closed to it, and of whose opening nobody tells it: it is tried ever more seldom."""


class Promise(StrEnum):
    """What is promised."""

    ALIVE = "no exception escapes, and every part lives"
    QUESTIONS = "no question is lost"
    FLOODING = "never killed for flooding, nor anything written that is no line"
    CONNECTED = "connected soon after it can be"
    IDENTIFIED = "identified within a minute of services being there"
    NICK = "its nick is its own again soon after it is free"
    CHANNELS = "in every channel that lets it in"
    LINES = "no line is written twice, none called sent that was not"
    ATTACKERS = "an attacker gets a public line a minute at most"
    QUEUES = "nothing piles up"


Broken = dict[Promise, list[str]]


class Watcher:
    """Looks at one network again and again; what went on for too long goes to `broken`."""

    def __init__(self, network: Network, harbour: Harbour, now: Callable[[], float]) -> None:
        self.network = network
        self.harbour = harbour
        self.broken: list[tuple[Promise, str]] = []
        self.longest: dict[str, float] = defaultdict(float)
        self._now = now
        self._since: dict[str, float] = {}
        self._told: set[str] = set()
        network.changed.append(lambda _: self.look())

    def look(self) -> None:
        wanting = dict(self._wanting())
        if not wanting and not self._since:
            return
        for what, (promise, limit) in wanting.items():
            began = self._since.setdefault(what, self._now())
            self.longest[what] = max(self.longest[what], self._now() - began)
            if self._now() - began > limit and what not in self._told:
                self._told.add(what)
                self.network.note(f"!! {what} for {self._now() - began:.0f} s")
                when = f"{self.network.clock():%d %H:%M:%S} {self.network.name}"
                self.broken.append((promise, f"{when}: {what} for more than {limit:g} s"))
        self._since = {what: since for what, since in self._since.items() if what in wanting}
        self._told &= wanting.keys()

    def _wanting(self) -> Iterator[tuple[str, tuple[Promise, float]]]:
        """What is not as it should be now, and how long it may be so."""
        network, desk = self.network, self.network.desk
        if desk is None:
            if self.harbour.state == "up":
                yield "not connected", (Promise.CONNECTED, CONNECTED_WITHIN)
            return
        if network.profile.mechanisms and network.services and desk.user.account != ACCOUNT:
            yield "not identified", (Promise.IDENTIFIED, IDENTIFIED_WITHIN + TICK)
        if desk.user.nick != NICK and network.user(NICK) is None:
            yield "without its nick", (Promise.NICK, NICK_WITHIN)
        for name, channel in network.channels.items():
            if name not in desk.user.channels and not channel.refuses:
                if channel.refused:
                    yield f"not in {name} again", (Promise.CHANNELS, LET_IN_WITHIN)
                else:
                    yield f"not in {name}", (Promise.CHANNELS, INSIDE_WITHIN)


# --- afterwards -------------------------------------------------------------------------------------------


def rows(database: Path, query: str) -> list[Mapping[str, Any]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(each) for each in connection.execute(query)]


def _moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def lost_questions(database: Path, asked: Sequence[Asked]) -> Iterator[str]:
    """Questions that reached the desk and are not in the store."""
    stored = rows(database, "SELECT text, replies FROM question")
    for each in asked:
        if each.said.reached and not any(each.mark in row["text"] + row["replies"] for row in stored):
            yield f"{each.at:%d %H:%M:%S} {each.network}: lost: {each.nick} in {each.where}: {each.text}"


def late_questions(database: Path, asked: Sequence[Asked]) -> tuple[int, int]:
    """How many were asked where the desk could not hear them, and how many of these it knows all the same."""
    stored = rows(database, "SELECT text, replies FROM question")
    late = [each for each in asked if not each.said.reached]
    return len(late), sum(any(each.mark in row["text"] for row in stored) for each in late)


def open_for_ever(database: Path, ended_at: datetime) -> Iterator[str]:
    """Questions whose deadline has passed without anything having come of it."""
    for row in rows(database, "SELECT number, state, due FROM question WHERE due IS NOT NULL"):
        if _moment(row["due"]) < ended_at:
            yield f"#{row['number']} is {row['state']} and its deadline has passed"


def untrue_fates(database: Path, network: Network) -> Iterator[str]:
    """Lines written twice, or called sent that the network never took."""
    fates: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(database, "SELECT network, venue, state FROM outbox"):
        if row["network"] == network.name:
            fates[fold(row["venue"])][row["state"]] += 1
    taken = Counter(fold(target) for _, target, _ in network.said)
    for where in sorted({*fates, *taken}):
        # Whoever has renamed is written to under another nick than the row was made for.
        if not where.startswith("#"):
            continue
        sent, unsure = fates[where]["sent"], fates[where]["unconfirmed"] + fates[where]["sending"]
        if not sent <= taken[where] <= sent + unsure:
            yield (
                f"{network.name} {where}: the network took {taken[where]} lines;"
                f" {sent} were called sent, {unsure} unsure"
            )


def never_said(database: Path, now: datetime) -> Iterator[str]:
    """Questions about which nobody was told anything, and lines that have waited for too long."""
    told = {row["question"] for row in rows(database, "SELECT question FROM outbox")}
    for row in rows(database, "SELECT number, asked_at FROM question"):
        if row["number"] not in told and _moment(row["asked_at"]) < now - timedelta(minutes=5):
            yield f"#{row['number']} was taken, and nobody was told"
    for row in rows(database, "SELECT id, queued_at FROM outbox WHERE state IN ('queued', 'sending')"):
        if _moment(row["queued_at"]) < now - timedelta(minutes=30):
            yield f"line {row['id']} has waited since {row['queued_at']}"


def fed_attackers(crowd: Crowd) -> Iterator[str]:
    """Attackers who got a second public line within a minute, although they said more than anybody may."""
    for nick, attacks in sorted(crowd.flooders.items()):
        said = crowd.network.said
        told = [at for at, target, text in said if target[0] == "#" and text.startswith(f"{nick}: ")]
        for first, second in pairwise(told):
            minute = timedelta(minutes=1)
            attacking = sum(first - minute <= at < first for at in attacks) >= FLOOD
            if attacking and second - first < minute - ON_ITS_WAY:
                yield f"{second:%d %H:%M:%S} {crowd.network.name}: {nick} got a second line within a minute"
                break


def escaped(entries: Sequence[Mapping[str, Any]], garbled_at: Sequence[datetime]) -> Iterator[str]:
    """What the log calls an error, or has a traceback with; lines over which something stumbled although they
    could be read."""
    for each in entries:
        stumbled = each["event"] == "a line could not be read" and not any(
            timedelta() <= each["at"] - at < timedelta(minutes=1) for at in garbled_at
        )
        if stumbled or each["log_level"] in ("error", "critical") or each.get("exc_info"):
            more = {name: value for name, value in each.items() if name not in ("event", "at", "log_level")}
            yield f"{each['at']:%d %H:%M:%S} logged: {each['event']} {more}"
