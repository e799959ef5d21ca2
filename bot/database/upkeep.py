"""`pkgdesk db …`: what an operator does with the database itself.

Each function does one thing and prints what came of it. A database on a server has tools of its own for
copies, better than we could offer: then it is `OtherTools`, with the lines to run. Raises StoreError.

Must not import SQLModel or a driver of a database: the store does.
"""

import asyncio
import json
import shlex
from datetime import datetime
from pathlib import Path

from bot.store import backup, standing
from bot.store.postgresql import CLAIMING
from bot.store.schema import REVISIONS
from bot.store.sqlite import Sqlite
from bot.store.standing import Standing
from bot.store.store import Store, database
from bot.store.tables import CLAIM, METADATA

_PG_DUMP = ("pg_dump", "--format=custom", f"--exclude-table-data={CLAIM.name}")
"""Whoever had the database when it was copied does not have it when the copy is restored."""

_PG_RESTORE = ("pg_restore", "--clean", "--if-exists", "--no-owner")
_PSQL = ("psql", "--single-transaction", "--set=ON_ERROR_STOP=1", "--quiet", "--output=/dev/null")
"""One transaction and the claim of a desk around it all: none can start in the middle of it."""

_BEFORE = (
    *CLAIMING,
    "SET client_min_messages = warning",  # the first time nothing is there to be dropped
    f"DROP TABLE IF EXISTS {', '.join(('alembic_version', *sorted(METADATA.tables)))}",
)
"""An older copy knows nothing of newer tables, which would be in the way when it is brought up to date."""

_AFTER = ("RESET search_path", "UPDATE outbox SET state = 'sending' WHERE state = 'queued'")
"""What waited may have been said since; `bot.store.backup` does the same in a file. (A copy empties the path
on which tables are found.)"""

_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


class OtherTools(Exception):
    """It is done with the database's own tools: `lines` are for a shell."""

    def __init__(self, why: str, *lines: str) -> None:
        super().__init__(why)
        self.lines = lines


def show(url: str, *, as_json: bool) -> None:
    """Print how the database stands."""
    found = standing.look(url)
    if as_json:
        print(json.dumps(_data(found), indent=2, ensure_ascii=False))
        return
    total = sum(found.questions.values())
    counts = ", ".join(f"{many} {state}" for state, many in found.questions.items())
    for label, words in (
        ("database", f"{found.name} ({found.kind})"),
        ("schema", _schema(found)),
        ("size", _size(found.bytes)),
        ("questions", f"{total}: {counts}" if total else "none"),
        ("to be sent", f"{found.waiting} line{'' if found.waiting == 1 else 's'}"),
        ("votes", _votes(found)),
    ):
        print(f"{label:<11}{words}")


def back_up(url: str, copy: Path, *, force: bool) -> None:
    """Copy the database to `copy`, while a desk uses it or not."""
    path = _file_of(
        url,
        shlex.join([*_PG_DUMP, f"--file={copy}", f"--dbname={url}"]),
    )
    size = backup.back_up(path, copy, force=force)
    print(f"{copy}: {_size(size)}, looked at and whole")


def restore(url: str, copy: Path, at: datetime) -> None:
    """Put `copy` in the place of the database, which no desk may be using: AlreadyRunning."""
    if not isinstance(database(url), Sqlite):
        standing.unclaimed(url)
    said = f"{copy}.sql"
    path = _file_of(
        url,
        shlex.join([*_PG_RESTORE, f"--file={said}", str(copy)]),
        shlex.join(
            [
                *(*_PSQL, f"--dbname={url}"),
                *(f"--command={statement}" for statement in _BEFORE),
                f"--file={said}",
                *(f"--command={statement}" for statement in _AFTER),
            ]
        ),
    )
    kept = backup.restore(path, copy, at)
    print(f"{path}: restored from {copy}")
    if kept is not None:
        print(f"what was there before: {kept}")


def upgrade(url: str) -> None:
    """Bring the tables up to date, as the start of a desk does by itself."""
    before = standing.look(url).revision
    asyncio.run(_opened(url))
    name, newest = database(url).name, REVISIONS[-1]
    if before == newest:
        print(f"{name}: is up to date already (schema {newest})")
    else:
        print(f"{name}: schema {before or 'none'} -> {newest}")


async def _opened(url: str) -> None:
    await (await Store.open(url)).close()


def _file_of(url: str, *otherwise: str) -> Path:
    kind = database(url)
    if not isinstance(kind, Sqlite):
        raise OtherTools(f"{kind.name} is on a server, whose own tools do that. Run:", *otherwise)
    return kind.path


def _schema(found: Standing) -> str:
    if found.up_to_date:
        return f"{found.revision}, up to date"
    return f"{found.revision or 'none'}; `pkgdesk db upgrade` brings it to {REVISIONS[-1]}"


def _votes(found: Standing) -> str:
    entries = f"{found.voted} {'entry' if found.voted == 1 else 'entries'}"
    return f"{found.votes} on {entries}" if found.votes else "none"


def _data(found: Standing) -> dict[str, object]:
    return {
        "database": found.name,
        "kind": found.kind,
        "schema": found.revision or None,
        "up_to_date": found.up_to_date,
        "bytes": found.bytes,
        "questions": {state.value: many for state, many in found.questions.items()},
        "lines_to_be_sent": found.waiting,
        "votes": found.votes,
        "entries_voted_on": found.voted,
    }


def _size(count: int) -> str:
    for least, unit in _UNITS:
        if count >= least:
            return f"{count / least:.1f} {unit}"
    return f"{count} bytes"
