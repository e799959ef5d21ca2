"""Housekeeping at a measured pace."""

import heapq
from collections.abc import Callable
from itertools import count, pairwise

import pytest
from irc_networks import CHANNEL
from irc_script import scripted

from bot.transports.irc import errands
from bot.transports.irc.errands import Errands
from bot.transports.pacing import PaceSettings


class Desk:
    """Errands on a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.written: list[tuple[float, str]] = []
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self.errands = Errands(PaceSettings(), self._write, self._later, lambda: self.now)

    def add(self, *lines: str, urgent: bool = False) -> None:
        for each in lines:
            self.errands.add(f"{each}\r\n".encode(), urgent=urgent)

    def passes(self, seconds: float) -> None:
        until = self.now + seconds
        while self._due and self._due[0][0] <= until:
            self.now, _, action = heapq.heappop(self._due)
            action()
        self.now = until

    @property
    def lines(self) -> list[str]:
        return [line for _, line in self.written]

    def _write(self, line: bytes) -> None:
        self.written.append((self.now, line.decode().removesuffix("\r\n")))

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._number), action))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_hundred_channels_are_asked_about_four_at_once_and_then_one_in_two_seconds(desk: Desk) -> None:
    desk.add(*(f"WHO #{number}" for number in range(100)))
    assert len(desk.lines) == 4
    desk.passes(200.0)
    assert desk.lines == [f"WHO #{number}" for number in range(100)]
    times = [at for at, _ in desk.written]
    assert all(late - early == pytest.approx(2.0) for early, late in pairwise(times[3:]))


def test_the_urgent_go_first_and_may_overtake_themselves(desk: Desk) -> None:
    desk.add("WHO #a", "WHO #b", "WHO #c", "WHO #d", "WHO #e", "JOIN #f", "WHO #g")
    desk.add("NICK desk", "JOIN #f", urgent=True)
    desk.passes(60.0)
    assert desk.lines[4:] == ["NICK desk", "JOIN #f", "WHO #e", "WHO #g"]


def test_what_waits_already_is_not_taken_twice(desk: Desk) -> None:
    desk.add(*["JOIN #a"] * 10)
    assert desk.lines == ["JOIN #a"] * 4, "what was written may be said again"
    desk.add("JOIN #a", "JOIN #a", urgent=True)
    desk.passes(60.0)
    assert desk.lines == ["JOIN #a"] * 5


def test_no_more_wait_than_can_ever_be_needed(desk: Desk) -> None:
    desk.add(*(f"WHO #{number}" for number in range(2000)))
    assert len(desk.errands) == errands.MOST
    desk.passes(3600.0)
    assert not len(desk.errands)
    desk.add("WHO #again")
    assert desk.lines[-1] == "WHO #again"


def test_what_the_server_had_enough_of_is_asked_again_later(desk: Desk) -> None:
    desk.add("WHO #a", "MODE desk +B", "WHO #b")
    desk.errands.refused("WHO")
    desk.errands.refused("LIST")
    desk.passes(errands.REFUSED_FOR - 1.0)
    assert len(desk.lines) == 3
    desk.passes(1.0)
    assert desk.lines[3:] == ["WHO #b"]


async def test_errands_end_with_their_connection() -> None:
    async with scripted(pace={"burst": 1, "rate": 0.001}) as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")
        server.tells("263 pkgdesk JOIN :Try again later")
        await server.hang_up()
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")


async def test_coming_into_a_hundred_channels_is_no_flood() -> None:
    names = [f"#channel-number-{number}" for number in range(100)]
    async with scripted(channels=names, pace={}) as world:
        server = await world.connection()
        await server.negotiates()
        await server.hears("CAP END")
        server.passed.clear()
        server.welcomes(isupport="WHOX CHANTYPES=# BOT=B")
        for name in names:
            server.says(f":pkgdesk!~d@h JOIN {name}")
            server.tells(f"366 pkgdesk {name} :End of NAMES list")
        await server.alive()
        assert len(server.passed) == PaceSettings().burst
