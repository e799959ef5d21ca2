"""Gaps beside the desk and on the command line: `pkgdesk kb gaps`, the learner, the timer of the digest."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import exit_code
from bot.config import load
from bot.desk.effects import SaveQuestion
from bot.desk.events import DigestDue, Event
from bot.desk.model import Question, Speaker, State
from bot.desk.reference import Reference
from bot.digests import Digests
from bot.gaps.learning import Gaps
from bot.sources import read_sources
from bot.store.errors import StoreError
from bot.store.store import Store
from knowledge.gaps import Asked
from routing.presence import Venue

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CONFIG = """
knowledge: base
map: map.yaml
model: no
networks: {libera: {host: irc.example.org, nick: example-desk, channels: ["#xen"]}}
"""
MAP = """
people: {bob: {name: Bob, accounts: {libera: bob}}}
sections: {XENSTORE: {maintainers: [bob], keywords: [xenstored]}, THE REST: {maintainers: [bob]}}
rest: THE REST
"""
ENTRY = "id: one\nphrasings: [Which compiler?]\nanswers: [{short: gcc}]\n"


def question(number: int, text: str, nick: str, at: datetime) -> Question:
    asker = Speaker("libera", nick, nick, f"s{nick}")
    venue = Venue("libera", "#xen")
    return Question(number, venue, asker, text, at, None, State.EXPIRED, ended_at=at)


async def fill(database: Path) -> None:
    store = await Store.open(f"sqlite:///{database}")
    lately = datetime.now(UTC) - timedelta(days=3)
    texts = [
        ("hello, xenstored dies with EINVAL on start", "alice"),
        ("why does xenstored die with EINVAL on start?", "zoe"),
        ("the overlay \x1b[31mdoes not build", "cleo"),
    ]
    saved = [SaveQuestion(question(n, text, nick, lately)) for n, (text, nick) in enumerate(texts, 1)]
    await store.commit("e1", lately, saved)
    await store.close()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "one.yaml").write_text(ENTRY)
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_gaps_are_told_without_a_running_desk(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["kb", "gaps"]) == 1
    asyncio.run(fill(place / "pkgdesk.sqlite"))
    assert capsys.readouterr().out == ""
    assert exit_code(["kb", "gaps", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["gaps"]
    assert (first["gap"], first["people"], first["section"]) == (1, 2, "XENSTORE")
    assert "xenstored dies with EINVAL on start" in first["texts"]
    assert (second["gap"], second["section"]) == (3, "THE REST")
    assert exit_code(["kb", "gaps", "--limit", "1"]) == 0
    told = capsys.readouterr()
    assert "XENSTORE" in told.out
    assert "and 1 more" in told.err
    assert exit_code(["kb", "gaps"]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert exit_code(["kb", "gaps", "--since", "1d"]) == 1
    assert exit_code(["kb", "gaps", "--since", "soon"]) == 2


class Desk:
    """What a learner sees of a desk."""

    def __init__(self, folder: Path) -> None:
        found = read_sources(load(folder / "config.yaml")).reference
        assert found is not None
        self.reference: Reference = found
        self.asked: Sequence[Asked] = ()
        self.broken = False
        self.gaps = Gaps(
            current=lambda: self.reference,
            use=self.use,
            unanswered=self.unanswered,
            clock=lambda: NOW,
            base=lambda: folder,
            environ={"HOME": str(folder)},
        )

    def use(self, reference: Reference) -> None:
        self.reference = reference

    async def unanswered(self, since: datetime) -> Sequence[Asked]:
        assert since == NOW - timedelta(days=90)
        if self.broken:
            raise StoreError("gone")
        return self.asked


async def test_gaps_are_put_in_place_and_stay_while_the_database_is_away(place: Path) -> None:
    desk = Desk(place)
    desk.asked = [Asked(7, "xenstored exits with EINVAL", "alice", NOW)]
    await desk.gaps.learn()
    [gap] = desk.reference.gaps
    assert (gap.number, gap.section) == (7, "XENSTORE")
    desk.broken = True
    await desk.gaps.learn()
    assert desk.reference.gaps == (gap,)
    desk.broken, desk.asked = False, [replace(desk.asked[0], section="THE REST")]
    await desk.gaps.learn()
    assert desk.reference.gaps[0].section == "THE REST"  # as a person said
    for several, section in ((3, "XENSTORE"), (6, "THE REST")):  # one of them was placed by somebody
        asked = [Asked(n, "the overlay does not build", f"p{n}", NOW) for n in range(several)]
        desk.asked = [replace(asked[0], section="XENSTORE"), *asked[1:]]
        await desk.gaps.learn()
        assert [gap.section for gap in desk.reference.gaps] == [section]


async def test_a_digest_is_due_once_an_hour_while_the_settings_say_so() -> None:
    came: list[Event] = []
    now, weekly = NOW, "mon 09:00"

    async def put(event: Event) -> None:
        came.append(event)

    digests = Digests(put, lambda: now, lambda: weekly)
    for minutes in (0, 1, 59, 61):
        now = NOW + timedelta(minutes=minutes)
        await digests.look()
    weekly = "no"
    await digests.look()
    assert [event.id for event in came] == ["digest/2026-W48/1", "digest/2026-W48/2"]
    assert all(isinstance(event, DigestDue) and event.week == "2026-W48" for event in came)
