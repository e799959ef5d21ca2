"""What one line costs the event loop, by how many sit in the channel.

It is heard as chatter, or from somebody who has just asked; and a line is said. Nothing else can happen
meanwhile, and a channel of thousands is nothing unusual.
"""

import time
from datetime import UTC, datetime, timedelta

from benchmarks import bases
from benchmarks.figures import Cell, Column, Setup, Table
from bot.desk.decide import may_matter
from bot.desk.events import Heard, Joined
from bot.desk.model import Speaker
from bot.desk.reference import Reference
from bot.intake import Dropped, Intake
from bot.roster import fold_event, recognise
from bot.transports import wire
from routing.presence import Roster, Venue

MEMBERS = (10, 200, 1_000, 3_000)
_LINES = 300
_CHANNEL = Venue("bench", "#packagers")
_ME = "pkgdesk"
_CHATTER = "and what do you make of the new release, did it build for you as well?"
_QUESTION = f"{_ME}: how do I build the tools without cloning QEMU?"


def measure(setup: Setup) -> Table:
    """The table of lines."""
    setup.note("river: single lines")
    reference = bases.reference(bases.demo().entries)
    return Table(
        "river/lines",
        "River: what a line costs the event loop",
        (
            Column("in the channel", "people"),
            Column("heard, chatter", "µs", 0),
            Column("heard, after a question", "µs", 0),
            Column("said", "µs", 0),
        ),
        tuple(_row(members, reference) for members in MEMBERS),
        (
            "heard: roster, intake, whether it matters; after a question: of its asker, within the minute",
            "said: the codec, which keeps everybody there from being highlighted",
        ),
    )


def _row(members: int, reference: Reference) -> tuple[Cell, ...]:
    at = datetime.now(UTC)
    roster = Roster()
    for number in range(members):
        roster = fold_event(roster, Joined(f"j{number}", at, Speaker("bench", f"nick{number}"), _CHANNEL))
    ear = _Ear(roster, reference, at)
    chatter = ear.hears(_CHATTER, _LINES)
    ear.hears(_QUESTION, 1)
    asked = ear.hears(_CHATTER, _LINES)
    began = time.perf_counter()
    for number in range(_LINES):
        text = (
            f"#{number}: Configure with `--with-system-qemu`; nothing is fetched then. [`more` or `not it`]"
        )
        wire.message(_CHANNEL, wire.spoken(_CHANNEL, text, "nick0", (_ME,), roster.nicks(_CHANNEL), 400))
    return members, chatter, asked, 1e6 * (time.perf_counter() - began) / _LINES


class _Ear:
    """What the river does with a line before it is queued."""

    def __init__(self, roster: Roster, reference: Reference, at: datetime) -> None:
        self._roster = roster
        self._reference = reference
        self._intake = Intake()
        self._at = at
        self._heard = 0

    def hears(self, text: str, times: int) -> float:
        """Microseconds for one of so many lines of one person."""
        began = time.perf_counter()
        for _ in range(times):
            self._heard += 1
            # A line every tenth of a second, so that the minute does not end.
            at = self._at + timedelta(seconds=self._heard / 10)
            line = Heard(f"h{self._heard}", at, Speaker("bench", "nick1"), _CHANNEL, text, _ME)
            self._roster = fold_event(self._roster, line)
            seen = self._intake.admit(recognise(self._roster, line), self._reference, self._roster)
            if not isinstance(seen, Dropped):
                may_matter(seen, self._reference, self._roster, frozenset())
        return 1e6 * (time.perf_counter() - began) / times
