"""Every rule that the database itself holds, broken on purpose: whoever writes, it refuses."""

import asyncio
import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from store_databases import KINDS, databases
from store_values import NOON, asked, ended, line, pinged, prompted

from bot.desk.effects import (
    Effect,
    Explain,
    OpenPrompt,
    SaveFacet,
    SavePing,
    SaveQuestion,
    SaveVote,
    Say,
    SettleLine,
)
from bot.desk.facts import Concern
from bot.desk.model import State
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.store.tables import METADATA
from knowledge.votes import Vote

AT = "2026-10-01 12:00:00.000000"
ROWS: dict[str, dict[str, Any]] = {
    "question": {
        "number": 2,
        "revision": 1,
        "state": "open",
        "step": 1,
        "due": AT,
        "network": "libera",
        "venue": "#xen",
        "venue_key": "#xen",
        "visibility": 0,
        "asker_network": "libera",
        "asker_nick": "alice",
        "asker_account": None,
        "asker_session": "s1",
        "asker_account_key": None,
        "asker_session_key": "libera/session/s1",
        "text": "How?",
        "asked_at": AT,
        "message_id": None,
        "last_line_at": None,
        "entries": "[]",
        "refused": "[]",
        "section": None,
        "directed_to": None,
        "responder": None,
        "replies": "[]",
        "outcome": "",
        "unsaid": "",
        "ended_at": None,
        "placed": None,
    },
    "ping": {
        "question": 1,
        "step": 2,
        "person": "bob",
        "network": "libera",
        "venue": "#xen",
        "visibility": 0,
        "nick": "bob",
        "at": AT,
        "reason": "",
        "state": "queued",
        "kind": "answer",
        "role": "",
        "sections": "[]",
        "until": None,
        "delivered_at": None,
        "took": None,
        "failure": None,
    },
    "prompt": {
        "speaker": "libera/account/carol",
        "network": "libera",
        "venue_key": "#xen",
        "venue": "#Xen",
        "visibility": 0,
        "opened": 1,
        "kind": "offer",
        "expires": AT,
        "question": 1,
        "options": "[]",
        "more": "",
    },
    "outbox": {
        "event": "e1",
        "queued_at": AT,
        "state": "queued",
        "detail": "",
        "settled_at": None,
        "network": "libera",
        "venue": "#xen",
        "visibility": 0,
        "text": "hello",
        "purpose": "reply",
        "addressee": None,
        "question": 1,
        "unbroken": "[]",
        "conditions": "{}",
    },
    "explanation": {"question": 1, "event": "e1", "at": AT, "reasons": "[]"},
    "journal": {"event": "e2", "at": AT},
    "position": {"network": "libera", "token": "t"},
    "vote": {
        "entry": "system-qemu",
        "account": "libera/account/bob",
        "text": "How?",
        "confirmed": True,
        "at": AT,
    },
    "wish": {"person": "bob", "kind": "budget", "value": "3", "at": AT},
    "facet": {"account": "libera/account/bob", "facet": "xen", "value": "4.17", "at": AT},
    "correction": {"question": 1, "person": "bob", "section": "TOOLS", "how": "triaged", "at": AT},
}
OPTIONAL = {
    # of a number left out SQLite makes one up; the times that belong to a state have rules of their own
    "question": {
        *("number", "due", "ended_at"),
        *("asker_account", "asker_account_key", "asker_session_key", "message_id", "last_line_at"),
        *("section", "directed_to", "responder", "placed"),
    },
    "ping": {"until", "delivered_at", "took", "failure"},
    "prompt": {"question"},
    "outbox": {"addressee", "question", "settled_at"},
}


REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError)


class Raw:
    """A database as it is open to whoever can write SQL, with question 1, asked and pinged for in event e1.
    Nothing that is written here stays."""

    def __init__(self, kind: str, connection: Any) -> None:
        self.kind = kind
        self._connection = connection

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> Any:
        if self.kind == "postgresql":
            statement = statement.replace("?", "%s")
        return self._connection.execute(statement, values)

    def insert(self, table: str, **changes: Any) -> None:
        row = ROWS[table] | changes
        marks = ", ".join("?" for _ in row)
        self.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))

    def complaint(self, rule: str) -> str:
        """How the database words that `rule` was broken: SQLite names the columns of a key, not the key."""
        if self.kind == "postgresql":
            return rule
        if rule.startswith("fk_"):
            return "FOREIGN KEY"
        if rule.startswith("pk_"):
            table = METADATA.tables[rule.removeprefix("pk_")]
            return ", ".join(f"{table.name}.{column.name}" for column in table.primary_key)
        return rule

    def missing(self, table: str, column: str) -> str:
        return f'"{column}" of relation "{table}"' if self.kind == "postgresql" else f"{table}.{column}"


@pytest.fixture(scope="module", params=KINDS)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Raw]:
    async def fill(url: str) -> None:
        store = await Store.open(url)
        effects: list[Effect] = [SaveQuestion(asked(1)), SavePing(pinged(1)), OpenPrompt(prompted())]
        effects.append(SaveFacet("libera/account/alice", "xen", "4.17"))
        effects.append(SaveVote(Vote("How?", "system-qemu", "libera/account/alice", True)))
        await store.commit("e1", NOON, effects)
        await store.close()

    for url in databases(request.param, tmp_path_factory.mktemp("filled"), request, tables=True):
        asyncio.run(fill(url))
        connection: Any
        if request.param == "sqlite":
            connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            connection.execute("PRAGMA foreign_keys = ON")
        else:
            connection = psycopg.connect(url, autocommit=True)
        yield Raw(request.param, connection)
        connection.close()


@pytest.fixture
def database(filled: Raw) -> Iterator[Raw]:
    filled.execute("BEGIN")
    yield filled
    filled.execute("ROLLBACK")


@pytest.mark.parametrize("table", ROWS)
def test_a_proper_row_is_taken(database: Raw, table: str) -> None:
    database.insert(table)


@pytest.mark.parametrize(
    ("table", "changes", "rule"),
    [
        ("question", {"due": None}, "ck_question_one_deadline"),
        ("question", {"state": "answered", "ended_at": AT}, "ck_question_one_deadline"),
        ("question", {"state": "handed over", "ended_at": AT}, "ck_question_one_deadline"),
        ("question", {"state": "withdrawn", "due": None}, "ck_question_ended_at"),
        ("question", {"ended_at": AT}, "ck_question_ended_at"),
        ("question", {"state": "lost"}, "ck_question_state"),
        ("question", {"state": "Open"}, "ck_question_state"),
        ("question", {"revision": 0}, "ck_question_revision"),
        ("question", {"number": 0}, "ck_question_number"),
        ("question", {"step": 0}, "ck_question_step"),
        ("question", {"visibility": 3}, "ck_question_visibility"),
        ("question", {"number": 1}, "pk_question"),
        ("ping", {"step": 1}, "pk_ping"),
        ("ping", {"step": 0}, "ck_ping_step"),
        ("ping", {"state": "lost"}, "ck_ping_state"),
        ("ping", {"visibility": -1}, "ck_ping_visibility"),
        ("ping", {"question": 7}, "fk_ping_question"),
        ("prompt", {"kind": "hint"}, "ck_prompt_kind"),
        ("ping", {"kind": "hint"}, "ck_ping_kind"),
        ("ping", {"failure": "bored"}, "ck_ping_failure"),
        ("correction", {"how": "guessed"}, "ck_correction_how"),
        ("prompt", {"visibility": 3}, "ck_prompt_visibility"),
        ("prompt", {"question": 7}, "fk_prompt_question"),
        (
            "prompt",
            {"speaker": "libera/account/alice", "venue_key": "#xen-packaging"},
            "pk_prompt",
        ),
        ("outbox", {"state": "lost"}, "ck_outbox"),
        ("outbox", {"state": "sent"}, "ck_outbox_settled_at"),
        ("outbox", {"settled_at": AT}, "ck_outbox_settled_at"),
        ("outbox", {"purpose": "spam"}, "ck_outbox_purpose"),
        ("outbox", {"visibility": 3}, "ck_outbox_visibility"),
        ("outbox", {"question": 7}, "fk_outbox_question"),
        ("explanation", {"question": 7}, "fk_explanation_question"),
        ("journal", {"event": "e1"}, "pk_journal"),
        ("vote", {"account": "libera/account/alice"}, "pk_vote"),
    ],
)
def test_what_breaks_a_rule_is_refused(database: Raw, table: str, changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(REFUSED, match=database.complaint(rule)):
        database.insert(table, **changes)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (table, column)
        for table, row in ROWS.items()
        for column in row
        if column not in OPTIONAL.get(table, set())
    ],
)
def test_what_must_be_known_cannot_be_left_out(database: Raw, table: str, column: str) -> None:
    with pytest.raises(REFUSED, match=database.missing(table, column)):
        database.insert(table, **{column: None})


def test_a_line_number_is_never_given_out_again(database: Raw) -> None:
    numbers = "SELECT id FROM outbox ORDER BY id"
    database.insert("outbox")
    database.insert("outbox")
    [_, (highest,)] = database.execute(numbers).fetchall()
    database.execute("DELETE FROM outbox")
    database.insert("outbox")
    assert database.execute(numbers).fetchall() == [(highest + 1,)]


def test_a_question_with_pings_cannot_vanish(database: Raw) -> None:
    with pytest.raises(REFUSED, match=database.complaint("fk_ping_question")):
        database.execute("DELETE FROM question WHERE number = 1")


@pytest.mark.parametrize(
    "effect",
    [
        SaveQuestion(asked(2, due=None)),
        SaveQuestion(asked(2, state=State.ANSWERED)),
        SaveQuestion(ended(2, at=None)),
        SaveQuestion(asked(1, revision=1, due=None)),
        SaveQuestion(asked(0)),
        SavePing(pinged(7)),
        SavePing(pinged(1, step=0)),
        OpenPrompt(prompted(question=7)),
        Say(line(question=7)),
        SettleLine(1, "forgotten"),
        SettleLine(1, "queued"),
        Explain(7, ("why not",)),
    ],
)
async def test_an_effect_that_breaks_a_rule_takes_its_whole_event_with_it(
    store: Store, effect: Effect
) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(1)), Say(line())])
    with pytest.raises(StoreError, match=r"refused what breaks its rules .*constraint"):
        await store.commit("e2", NOON, [Say(line("never said")), SaveQuestion(asked(3)), effect])
    assert [each.text for each in await store.queued()] == [line().text]
    facts = await store.facts_for(Concern(numbers=(1, 2, 3)), NOON)
    assert facts.questions == {1: asked(1, revision=1)}
    await store.commit("e2", NOON, [SaveQuestion(asked(2))])
