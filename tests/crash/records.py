"""What is compared after a kill: what the clients heard, and what the database holds.

The database is read from a copy, as it lies there when the desk is dead: log and all, so that what is read is
what a start would recover.
"""

import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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


@contextmanager
def stored(database: Path, scratch: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the database, opened as a start would open it."""
    scratch.mkdir(exist_ok=True)
    for old in scratch.iterdir():
        old.unlink()
    for part in database.parent.glob(f"{database.name}*"):
        shutil.copy(part, scratch)
    with closing(sqlite3.connect(scratch / database.name)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


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
