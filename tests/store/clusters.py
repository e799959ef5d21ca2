"""A PostgreSQL cluster of the tests' own: in a folder of /tmp, on a Unix socket in it, and gone with them.

    python clusters.py FOLDER    runs one until its standard input is closed, then removes the folder

`cluster()` starts that and ends it. Should the tests be killed, their end of the pipe is closed all the same.
The server refuses to be root's; then it is `postgres`'s or `nobody`'s.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

READY_WITHIN = 60.0
QUICK = {
    "fsync": "off",  # no test takes the power away
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "listen_addresses": "",
    "autovacuum": "off",
    "max_wal_size": "256MB",
}
MISSING = "there are no PostgreSQL server binaries (initdb in PATH or /usr/lib/postgresql/*/bin)"


def binaries() -> Path | None:
    """Where initdb and postgres are: the newest that is installed."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    versions.sort(key=lambda path: int(path.parent.name))
    on_the_path = shutil.which("initdb")
    places = [*reversed(versions), *([Path(on_the_path).resolve().parent] if on_the_path else [])]
    return next(
        (place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None
    )


@dataclass(frozen=True)
class Cluster:
    """A running server: `host` is the folder of its socket."""

    host: str
    numbers: "count[int]"

    def url(self, name: str) -> str:
        return f"postgresql://desk@/{name}?host={self.host}"

    def admin(self, statement: sql.Composable) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, template: str = "template0", **options: str) -> str:
        """A new database, like `template`; its name."""
        name = f"desk{next(self.numbers)}"
        said = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        for option, value in options.items():
            said += sql.SQL(f" {option} ") + sql.Literal(value)
        self.admin(said)
        return name

    def drop(self, name: str) -> None:
        self.admin(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """In the middle of whatever it does."""
        _control(Path(self.host, "data"), "stop", "--mode=immediate")

    def start(self) -> None:
        _control(Path(self.host, "data"), "start", f"--log={self.host}/log")


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A server, until the end of the `with`."""
    folder = Path(tempfile.mkdtemp(prefix="pkgdesk-pg-", dir="/tmp"))  # a socket's path must be short
    runner = subprocess.Popen(
        [sys.executable, __file__, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # whoever ends the tests and all that they started leaves this to clear away
    )
    assert runner.stdin is not None
    assert runner.stdout is not None
    try:
        late = threading.Timer(READY_WITHIN, runner.kill)
        late.start()
        said = runner.stdout.readline()
        late.cancel()
        assert said == "ready\n", "PostgreSQL did not start; what it said is above"
        yield Cluster(str(folder), count(1))
    finally:
        runner.stdin.close()
        runner.wait(READY_WITHIN)
        runner.stdout.close()


def _as_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise LookupError("no user to run PostgreSQL as: neither postgres nor nobody")


def _control(data: Path, *words: str) -> None:
    _tool("pg_ctl", "--wait", f"--pgdata={data}", *words)


def _tool(name: str, *words: str) -> None:
    place = binaries()
    assert place is not None
    # Not through a pipe: the server would inherit it, and hold it open.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            [place / name, *words], cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, **_as_user()
        )
        said.seek(0)
        assert done.returncode == 0, said.read().decode(errors="replace")


def _run(folder: Path) -> None:
    data = folder / "data"
    try:
        if user := _as_user():
            os.chown(folder, user["user"], user["group"])
        _tool(
            "initdb",
            *(f"--pgdata={data}", "--username=desk", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", "--no-sync"),
        )
        with (data / "postgresql.auto.conf").open("a") as file:
            for name, value in {**QUICK, "unix_socket_directories": str(folder)}.items():
                file.write(f"{name} = '{value}'\n")
        _control(data, "start", f"--log={folder}/log")
        print("ready", flush=True)
        sys.stdin.read()
    finally:
        if (data / "postmaster.pid").exists():
            _control(data, "stop", "--mode=immediate")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    _run(Path(sys.argv[1]))
