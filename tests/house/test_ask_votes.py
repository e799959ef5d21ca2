"""`pkgdesk ask` heeds what a running desk would heed: the votes in its database."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running_desks import CHANNEL, CONFIG, DEMO, ENTRY

from bot.cli import exit_code
from bot.desk.effects import SaveCorrection, SaveQuestion, SaveVote
from bot.desk.model import Placing, Question, Speaker
from bot.store.store import Store
from knowledge.votes import Vote
from routing.presence import Venue

QUESTION = "How do I build the tools without cloning QEMU?"
SAID = "refused for questions like this (2 more than confirmed)"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "system-qemu.yaml").write_text(ENTRY)
    (tmp_path / "map.yaml").write_text((DEMO / "map.yaml").read_text())
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(port=6667, channel=CHANNEL, burst=4, rate=1.0) + "database: votes.sqlite\n")
    return path


async def refused(database: Path, *accounts: str) -> None:
    store = await Store.open(f"sqlite:///{database}")
    votes = [SaveVote(Vote(QUESTION, "system-qemu", account, False)) for account in accounts]
    await store.commit("e1", datetime(2026, 11, 23, tzinfo=UTC), votes)
    await store.close()


def asked(config: Path, capsys: pytest.CaptureFixture[str]) -> tuple[float, list[str], str]:
    """How probable the entry is, the reasons, and what was noted."""
    exit_code(["ask", "--json", QUESTION, "--config", str(config)])
    out, err = capsys.readouterr()
    [match] = json.loads(out)["matches"]
    return match["probability"], match["reasons"], err


def test_votes_in_the_database_are_heeded(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, reasons, noted = asked(config, capsys)
    assert SAID not in reasons
    assert "votes" not in noted
    assert not (config.parent / "votes.sqlite").exists(), "to ask makes no database"
    asyncio.run(refused(config.parent / "votes.sqlite", "alice", "bob"))
    after, reasons, noted = asked(config, capsys)
    assert SAID in reasons
    assert after < before
    assert "votes" not in noted
    assert exit_code(["ask", "--explain", QUESTION, "--config", str(config)]) != 0
    assert "refused for questions like this" in capsys.readouterr().out


def test_a_database_that_cannot_be_read_costs_the_votes_alone(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, _, _ = asked(config, capsys)
    (config.parent / "votes.sqlite").write_text("the minutes of a meeting\n" * 100)
    found, _, noted = asked(config, capsys)
    assert found == plain
    assert "without the votes of askers: " in noted
    assert "votes.sqlite is not a database" in noted


def test_what_people_said_of_where_a_question_belongs_is_heeded(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def first() -> tuple[str, list[str]]:
        exit_code(["route", "--json", SENT, "--config", str(config)])
        best = json.loads(capsys.readouterr().out)["sections"][:1]
        return (best[0]["section"], best[0]["reasons"]) if best else ("", [])

    assert first() == ("", [])
    asyncio.run(sent(config.parent / "votes.sqlite", "STUB DOMAINS"))
    section, reasons = first()
    assert section == "STUB DOMAINS"
    assert "carol sent a question like it there" in reasons


SENT = "the doohickey makes a strange noise when it is cold outside"


async def sent(database: Path, section: str) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    venue = Venue("libera", "#xen")
    question = Question(
        1, venue, Speaker("libera", "zoe", "zoe"), SENT, at, at + timedelta(days=1), last_line_at=at
    )
    store = await Store.open(f"sqlite:///{database}")
    said = SaveCorrection(1, "carol", section, Placing.TRIAGED)
    await store.commit("e1", at, [SaveQuestion(question), said])
    await store.close()
