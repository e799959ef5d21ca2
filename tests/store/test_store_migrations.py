"""The migrations make exactly the tables that are written down, in one transaction each time."""

import re
import sqlite3
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import ClauseElement, Connection, Engine, Executable, Insert, create_engine, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from store_values import NOON, asked, url_of

from bot.desk.effects import SaveQuestion
from bot.store import (
    commit,
    corrections,
    facts,
    lines,
    links,
    people,
    questions,
    queue,
    schema,
    taking_back,
    upserting,
    votes,
)
from bot.store.errors import StoreError
from bot.store.schema import REVISIONS, bring_up_to_date
from bot.store.store import Store
from bot.store.tables import CORRECTION, FACET, METADATA, PING, POSITION, PROMPT, VOTE, WISH

MIGRATIONS = Path(schema.__file__).parent / "migrations"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


def configured(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def unmake(connection: Connection) -> None:
    command.downgrade(configured(connection), "base")


def test_the_migrations_make_what_the_tables_say(engine: Engine) -> None:
    with engine.begin() as connection:
        bring_up_to_date(connection, "the database", may_write=True)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def rules(connection: Connection) -> dict[str, set[str]]:
    """Every table and index as SQLite keeps it, as the set of its parts, whatever their order, and whether
    they were there from the beginning or are of a table that was made anew."""
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    return {
        name: {
            re.sub(r"[\s\"]+", " ", part).strip(" ,()")
            for part in re.split(r",\s*\n|\(\s*\n|, (?=\w+ (?:TEXT|BOOLEAN|JSON|DATETIME))", sql)
        }
        for name, sql in found
        if not name.startswith(("alembic", "sqlite"))
    }


def test_the_migrations_make_every_rule_of_the_tables(engine: Engine) -> None:
    """What Alembic does not compare: checks, their names, AUTOINCREMENT."""
    with engine.begin() as connection:
        bring_up_to_date(connection, "the database", may_write=True)
        migrated = rules(connection)
    direct = create_engine("sqlite://")
    METADATA.create_all(direct)
    with direct.connect() as connection:
        written = rules(connection)
    direct.dispose()
    assert len(written) == sum(1 + len(table.indexes) for table in METADATA.tables.values())
    assert any("ck_question_one_deadline" in part for part in written["question"])
    assert migrated == written


def test_the_revisions_are_those_that_there_are() -> None:
    scripts = ScriptDirectory.from_config(configured())
    newest_first = [script.revision for script in scripts.walk_revisions()]
    assert newest_first == list(reversed(REVISIONS))


def test_what_was_made_can_be_unmade_and_made_again(engine: Engine) -> None:
    with engine.begin() as connection:
        bring_up_to_date(connection, "the database", may_write=True)
        unmake(connection)
        assert inspect(connection).get_table_names() == ["alembic_version"]
    with engine.begin() as connection:
        with pytest.raises(StoreError, match="the database is not up to date: start the desk once"):
            bring_up_to_date(connection, "the database", may_write=False)
        bring_up_to_date(connection, "the database", may_write=True)
        assert len(inspect(connection).get_table_names()) == len(METADATA.tables) + 1


async def test_a_migration_that_is_cut_short_leaves_the_database_as_it_was(path: Path) -> None:
    class CutShort(Exception):
        pass

    def migrate(connection: Connection) -> None:
        bring_up_to_date(connection, "the database", may_write=True)
        raise CutShort

    store = await Store.open(url_of(path))
    await store._writing.run(unmake)
    with pytest.raises(CutShort):
        await store._writing.run(migrate)
    await store.close()
    with sqlite3.connect(path) as found:
        tables = found.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert {name for (name,) in tables if not name.startswith("sqlite")} == {"alembic_version"}
    store = await Store.open(url_of(path))
    await store.commit("e1", NOON, [SaveQuestion(asked())])
    await store.close()


async def test_a_migration_may_write_many_rows_at_once(store: Store) -> None:
    def many(connection: Connection) -> None:
        connection.execute(POSITION.insert(), [{"network": str(n), "token": f"t{n}"} for n in range(3)])

    await store._writing.run(many)
    assert [await store.position(str(n)) for n in range(3)] == ["t0", "t1", "t2"]


def test_tables_and_statements_can_be_said_to_postgresql_too() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in METADATA.sorted_tables:
        assert "AUTOINCREMENT" not in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            CreateIndex(index).compile(dialect=dialect)
    said: list[ClauseElement] = [
        each
        for module in (commit, corrections, facts, lines, links, people, questions, queue, taking_back, votes)
        for each in vars(module).values()
        if isinstance(each, Executable) and isinstance(each, ClauseElement)
    ]
    written_over = (PING, PROMPT, POSITION, VOTE, FACET, WISH, CORRECTION)
    said += [upserting.upsert("postgresql", table) for table in written_over]
    said += [upserting.unless_there("postgresql", table) for table in METADATA.sorted_tables]
    said += [facts._wanted(*shape) for shape in product((False, True), repeat=6)]
    assert len(said) > 60
    for each in said:
        columns = list(each.table.c.keys()) if isinstance(each, Insert) else None
        assert "?" not in str(each.compile(dialect=dialect, column_keys=columns))
