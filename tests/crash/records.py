"""What is compared after a kill: what the clients heard, and what the database holds.

A file is read from a copy, as it lies there when the desk is dead: log and all, so that what is read is what
a start would recover. A server is asked once it has noticed the death; what it says is put into a database in
memory, so that one examination does for both.
"""

import json
import re
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bot.demo.actor import CHANNEL, DESK
from bot.desk.model import ENDED
from bot.transports.plain import plain

PING = re.compile(r"^(?:(?P<to>\w+): )?(?P<asker>\w+) asks (?:in \S+ )?#(?P<number>\d+): ")
_ADDRESS = re.compile(r"^\w+: ")
_PAST = re.compile("a\u200blice: ")
"""How a line begins that goes to somebody who is not seen in the channel."""


@dataclass
class Recording:
    """Every line of the desk, as it came over the wire: (where, text). What is said in the channel is what
    `witness` hears, what is said privately what its receiver hears. `said`: what the players said."""

    witness: str
    lines: list[tuple[str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def told(self, player: str, report: dict[str, Any]) -> None:
        match report:
            case {"tell": "heard", "who": who, "where": where, "what": what}:
                if who == DESK and (player == self.witness or where != CHANNEL):
                    self.lines.append((where, what))
            case {"tell": "said", "what": what}:
                self.said.append(what)

    def acknowledged(self, askers: tuple[str, ...]) -> set[int]:
        """Numbers that were said to those who ask."""
        return {
            int(number)
            for where, text in self.lines
            if where in askers or text.startswith(tuple(f"{asker}: " for asker in askers))
            for number in re.findall(r"#(\d+)", text)
        }

    def pings(self) -> Counter[tuple[int, str]]:
        """How often each (question, nick) was pinged on the wire."""
        found = ((where, PING.match(text)) for where, text in self.lines)
        return Counter((int(ping["number"]), ping["to"] or where) for where, ping in found if ping)


class InFile:
    """The database of a desk in a file."""

    def __init__(self, database: Path, scratch: Path) -> None:
        self._database = database
        self._scratch = scratch

    @contextmanager
    def stored(self) -> Iterator[sqlite3.Connection]:
        """A copy of the dead desk's database, opened as a start would open it."""
        self._scratch.mkdir(exist_ok=True)
        for old in self._scratch.iterdir():
            old.unlink()
        for part in self._database.parent.glob(f"{self._database.name}*"):
            shutil.copy(part, self._scratch)
        with closing(sqlite3.connect(self._scratch / self._database.name)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def states(self) -> list[tuple[int, str]]:
        """Every question and its state, while the desk runs."""
        with closing(sqlite3.connect(f"{self._database.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(_STATES).fetchall()


class OnServer:
    """The database of a desk on a PostgreSQL server."""

    def __init__(self, url: str) -> None:
        self._url = url

    @contextmanager
    def stored(self) -> Iterator[sqlite3.Connection]:
        """What the dead desk has left behind, as tables of SQLite."""
        with (
            psycopg.connect(self._url, autocommit=True) as server,
            closing(sqlite3.connect(":memory:")) as connection,
        ):
            until = time.monotonic() + 30
            while server.execute(_SESSIONS).fetchone() != (0,):
                assert time.monotonic() < until, "the server has not noticed that the desk is dead"
                time.sleep(0.02)
            connection.row_factory = sqlite3.Row
            for (table,) in server.execute(_TABLES).fetchall():
                rows = server.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
                assert rows.description is not None
                names = [column.name for column in rows.description]
                columns = ", ".join(f'"{name}"' for name in names)  # `commit` is one, and a word of SQL
                connection.execute(f"CREATE TABLE {table} ({columns})")
                marks = ", ".join("?" for _ in names)
                values = [[_plain_value(value) for value in row] for row in rows]
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
            yield connection

    def states(self) -> list[tuple[int, str]]:
        """Every question and its state, while the desk runs."""
        with psycopg.connect(self._url, autocommit=True) as server:
            return server.execute(_STATES).fetchall()


_STATES = "SELECT number, state FROM question ORDER BY number"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def _plain_value(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value)
    return str(value) if isinstance(value, datetime) else value


def damage(connection: sqlite3.Connection, recording: Recording, askers: tuple[str, ...]) -> list[str]:
    """Everything that breaks a promise."""
    wrong = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    wrong += [
        f"{row[0]}: a foreign key leads nowhere" for row in connection.execute("PRAGMA foreign_key_check")
    ]
    questions = {row["number"]: row for row in connection.execute("SELECT * FROM question")}
    for number in sorted(recording.acknowledged(askers)):
        if number not in questions:
            wrong.append(f"#{number} was acknowledged, and is not in the database")
        elif not any(questions[number]["text"].splitlines()[0] in said for said in recording.said):
            wrong.append(f"#{number} is not what anybody asked: {questions[number]['text']}")
    for number, row in questions.items():
        if (row["state"] in ENDED) != (row["due"] is None):
            wrong.append(f"#{number} is {row['state']}, and its deadline is {row['due']}")
    steps: Counter[tuple[int, int]] = Counter()
    asked: Counter[tuple[int, str]] = Counter()
    for row in connection.execute("SELECT question, step, nick FROM ping"):
        steps[row["question"], row["step"]] += 1
        asked[row["question"], row["nick"]] += 1
    wrong += [
        f"alice is there, and was not addressed: {text}" for _, text in recording.lines if _PAST.match(text)
    ]
    wrong += [f"step {step} has {times} pings" for step, times in steps.items() if times > 1]
    for (number, nick), times in recording.pings().items():
        if times > min(1, asked[number, nick]):
            wrong.append(
                f"{nick} was pinged {times} times about #{number}; there are {asked[number, nick]} pings"
            )
    return wrong + list(_twice(connection, recording))


def _twice(connection: sqlite3.Connection, recording: Recording) -> Iterator[str]:
    """Lines on the wire that no row accounts for: a row may have been written once, if it was taken up at
    all; and rows that count as sent, and never came."""
    rows: Counter[tuple[str, str]] = Counter()
    surely: Counter[tuple[str, str]] = Counter()
    for row in connection.execute("SELECT * FROM outbox"):
        where = row["venue"]
        if row["visibility"] == 2:
            where = json.loads(row["addressee"])["nick"] if row["addressee"] else where
        key = (where, _bare(row["text"], addressed=False))
        if row["state"] in ("sending", "sent", "unconfirmed"):
            rows[key] += 1
        if row["state"] == "sent":
            surely[key] += 1
    wire = Counter((where, _bare(text, addressed=where == CHANNEL)) for where, text in recording.lines)
    for key, times in wire.items():
        if times > rows[key]:
            yield f"{key} was written {times} times for {rows[key]} rows"
    for key, times in surely.items():
        if times > wire[key]:
            yield f"{key} counts as sent {times} times, and came {wire[key]} times"


def _bare(text: str, *, addressed: bool) -> str:
    """The words of a line, without what the transport puts before and into them."""
    text = plain(text)
    if addressed:
        text = _ADDRESS.sub("", text, count=1)
    return " ".join(text.removeprefix("» ").split())
