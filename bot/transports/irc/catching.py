"""How far reading one venue back has come; what is asked for, and when it is enough, is `history`'s."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from bot.desk.events import Heard

MOST = 1000
"""Lines of one venue that are gathered, the last of them."""

PAGES = 20
"""Answers of the server, for one venue."""


class Stage(Enum):
    """How far reading a venue back has come: who is there is not known yet; it waits to be asked for; it was
    asked for; what comes by itself is waited for."""

    UNKNOWN = auto()
    WAITS = auto()
    ASKED = auto()
    COMES = auto()


@dataclass(slots=True)
class Catching:
    """A venue that is being read back, since `since`; None where it was never read before. `lines`: what was
    said there, then and since we are back. `pages`: answers so far; `page`: lines of the one at hand; `last`:
    the newest one's time, as the server tells it. `ended`: no more comes by itself. `turn`: when to go on."""

    name: str
    since: datetime | None
    stage: Stage = Stage.UNKNOWN
    private: bool = False
    lines: deque[Heard] = field(default_factory=lambda: deque(maxlen=MOST))
    pages: int = 0
    page: int = 0
    last: str = ""
    ended: bool = False
    turn: asyncio.TimerHandle | None = None

    def turn_page(self) -> None:
        """Another answer is asked for."""
        self.page, self.last = 0, ""
        self.pages += 1

    def count(self, at: str) -> None:
        """A line of the answer at hand, said at `at` as the server tells it, if it does."""
        self.page += 1
        self.last = at or self.last

    def goes_on(self, limit: int) -> bool:
        """Whether to ask for another answer, after one of which the server gives `limit` lines at most."""
        more = self.page >= limit and bool(self.last)
        return more and self.pages < PAGES and len(self.lines) < MOST
