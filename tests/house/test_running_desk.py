"""A desk in its process: how it ends, how it reads anew, what hinders its start."""

import os
import re
import shutil
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from running_desks import KNOWN, ROOT, Desk, Person, Server, pkgdesk, running, served

from bot import command_line
from bot.cli import exit_code
from bot.store.sqlite import lock


@pytest.fixture(scope="module")
def everybodys() -> Iterator[Server]:
    with served() as there:
        yield there


@pytest.fixture
def server(everybodys: Server) -> Iterator[Server]:
    """One that the desk and the people of the last test have left."""
    yield everybodys
    everybodys.is_left()


@pytest.fixture
def hanging() -> Iterator[Server]:
    """One that may hang."""
    with served() as there:
        yield there


# --- the end ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_a_goodbye(server: Server, tmp_path: Path, number: int) -> None:
    with running(Desk(tmp_path, server)) as desk:
        alice = Person(server, "alice")
        desk.gets(number)
        assert desk.ends() == command_line.OK
        alice.lines.until(
            lambda line: line.startswith(":pkgdesk!") and " QUIT " in line and "closed for" in line
        )
        assert not desk.socket.exists()
        assert not (tmp_path / "pkgdesk.sqlite-wal").exists()


def test_drain_ends_it_and_whoever_ordered_it_is_told(server: Server, tmp_path: Path) -> None:
    with running(Desk(tmp_path, server)) as desk:
        done = desk.ctl("drain")
        assert (done.returncode, done.stderr) == (command_line.OK, "")
        assert done.stdout
        assert desk.ends() == command_line.OK


ASKERS = 8


def test_nothing_is_lost_or_said_twice_when_it_ends_under_load(server: Server, tmp_path: Path) -> None:
    """The desk may write one line a second, so most answers still wait when it is told to end."""
    desk = Desk(tmp_path, server, burst=1, rate=1.0)
    people = [Person(server, f"packager{number}") for number in range(ASKERS)]
    with running(desk):
        for person in people:
            person.says(f"pkgdesk: {KNOWN}")
        people[0].hears(" :packager")
        desk.gets(signal.SIGTERM)
        assert desk.ends() == command_line.OK
    with closing(sqlite3.connect(tmp_path / "pkgdesk.sqlite")) as database:
        states = dict(database.execute("SELECT state, count(*) FROM outbox GROUP BY state"))
        asked = database.execute("SELECT count(*) FROM question").fetchone()[0]
    assert set(states) <= {"queued", "sent"}, states
    assert states["queued"] > 0
    with running(desk):
        while len(set(answered(people[0]))) < asked:
            people[0].lines.until(lambda line: "Configure with" in line, len(people[0].lines.all))
    heard = answered(people[0])
    assert len(heard) == len(set(heard)) == asked


def answered(person: Person) -> list[str]:
    """Whose question was answered. Who asked before the end is a session that has ended: they are named."""
    said = (line.replace("\u200b", "") for line in person.lines.all)
    return [found[1] for line in said if (found := re.search(r" :(packager\d): Configure with", line))]


def test_a_second_signal_does_not_wait_for_a_server_that_hangs(hanging: Server, tmp_path: Path) -> None:
    with running(Desk(tmp_path, hanging)) as desk:
        hanging.process.send_signal(signal.SIGSTOP)
        try:
            desk.gets(signal.SIGTERM)
            desk.logs("ending")
            desk.gets(signal.SIGTERM)
            assert desk.logs("ended before everybody was told")["told_twice"] is True
            assert desk.ends() == command_line.OK
        finally:
            hanging.process.send_signal(signal.SIGCONT)
        assert not desk.socket.exists()


def test_a_server_that_hangs_does_not_keep_it(hanging: Server, tmp_path: Path) -> None:
    with running(Desk(tmp_path, hanging)) as desk:
        hanging.process.send_signal(signal.SIGSTOP)
        try:
            desk.gets(signal.SIGTERM)
            assert desk.ends() == command_line.OK
        finally:
            hanging.process.send_signal(signal.SIGCONT)


SLOW = """
import json, socket, sys, threading
look = socket.getaddrinfo

def slow(host, *args, **kwargs):
    if host == "slow.invalid":
        print(json.dumps({"event": "looked up"}), file=sys.stderr, flush=True)
        threading.Event().wait()
    return look(host, *args, **kwargs)

socket.getaddrinfo = slow
"""


def test_a_name_that_no_name_server_knows_of_does_not_keep_it(server: Server, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", server)
    config = desk.folder / "config.yaml"
    slow = "  slow: {host: slow.invalid, nick: pkgdesk, channels: ['#a']}\n"
    config.write_text(config.read_text().replace("networks:\n", f"networks:\n{slow}"))
    (tmp_path / "sitecustomize.py").write_text(SLOW)
    desk.environment["PYTHONPATH"] = f"{tmp_path}:{ROOT}"
    try:
        desk.starts()
        desk.logs("looked up")
        desk.gets(signal.SIGTERM)
        assert desk.ends() == command_line.OK
    finally:
        desk.is_stopped()


def test_what_was_left_for_the_control_socket_is_dropped_after_a_start(
    server: Server, tmp_path: Path
) -> None:
    with running(Desk(tmp_path, server)) as desk:
        desk.gets(signal.SIGSTOP)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(desk.socket))
            client.sendall(b'{"say": "open"}\n' * 30)
        desk.gets(signal.SIGCONT)
        desk.ctl("status")
        desk.gets(signal.SIGKILL)
        desk.ends()
        with closing(sqlite3.connect(tmp_path / "pkgdesk.sqlite")) as database:
            database.execute(
                "UPDATE outbox SET state = 'queued', settled_at = NULL WHERE network = 'control'"
                " AND id = (SELECT max(id) FROM outbox WHERE network = 'control')"
            )
            database.commit()
    with running(desk):
        assert desk.logs("a line was not delivered")["why"] == "absent"
        assert "0 lines wait" in desk.ctl("status").stdout


def test_operators_are_obeyed_and_told_why_where_the_database_takes_nothing(
    server: Server, tmp_path: Path
) -> None:
    database = tmp_path / "pkgdesk.sqlite"
    refuse = "CREATE TRIGGER kept BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'kept'); END"
    with running(Desk(tmp_path, server)) as desk:
        for order in ("pause", "drain"):
            with closing(sqlite3.connect(database)) as other, other:
                other.execute(refuse)
            done = desk.ctl(order)
            assert (done.returncode, done.stdout) == (command_line.FAILED, "")
            told = f"pkgdesk: {order}: done, but the database takes nothing: {database} refused"
            assert done.stderr.startswith(told)
            if order == "pause":
                asked = desk.ctl("status")
                assert (asked.returncode, asked.stdout) == (command_line.FAILED, "")
                assert asked.stderr.startswith(f"pkgdesk: nothing came of it: {database} refused")
            with closing(sqlite3.connect(database)) as other, other:
                other.execute("DROP TRIGGER kept")
            if order == "pause":
                assert "paused" in desk.ctl("status").stdout
        assert desk.ends() == command_line.OK


# --- reading anew -------------------------------------------------------------------------------------------

NEW = """\
id: frobnicator
phrasings:
  - How do I mend the frobnicator of a zorkmid?
answers:
  - short: Turn the frobnicator off and on again.
    source: https://example.org/frobnicator
verified: {on: 2026-10-01, by: bob}
"""


def test_a_file_that_is_added_answers_at_once(server: Server, tmp_path: Path) -> None:
    with running(Desk(tmp_path, server)) as desk:
        (tmp_path / "base" / "frobnicator.yaml").write_text(NEW)
        desk.logs("read anew", added=1)
        alice = Person(server, "alice")
        alice.says("pkgdesk: how do I mend the frobnicator of a zorkmid?")
        alice.hears("Turn the frobnicator off and on again")


def test_a_broken_file_is_told_and_the_old_stays(server: Server, tmp_path: Path) -> None:
    with running(Desk(tmp_path, server)) as desk:
        entry = tmp_path / "base" / "frobnicator.yaml"
        entry.write_text("id: frobnicator\n")
        read = desk.logs("read anew", stays_as_it_was=["knowledge"])
        assert "frobnicator.yaml:1:1" in read["problems"][0]
        done = desk.ctl("reload")
        assert done.returncode == command_line.NOT_FOUND
        assert "frobnicator.yaml:1:1" in done.stderr
        alice = Person(server, "alice")
        alice.says(f"pkgdesk: {KNOWN}")
        alice.hears("--with-system-qemu")
        entry.write_text(NEW)
        assert desk.logs("read anew", added=1)["stays_as_it_was"] == []
        assert desk.ctl("reload").returncode == command_line.OK


def test_a_link_to_itself_in_the_place_of_the_base_ends_nothing(server: Server, tmp_path: Path) -> None:
    with running(Desk(tmp_path, server)) as desk:
        base = tmp_path / "base"
        base.rename(tmp_path / "away")
        base.symlink_to("base")
        done = desk.ctl("reload")
        assert done.returncode == command_line.NOT_FOUND
        assert "base:1:1: there is no such folder" in done.stderr
        alice = Person(server, "alice")
        alice.says(f"pkgdesk: {KNOWN}")
        alice.hears("--with-system-qemu")
        (tmp_path / "away" / "frobnicator.yaml").write_text(NEW)
        (tmp_path / "next").symlink_to("away")
        (tmp_path / "next").rename(base)
        desk.logs("read anew", added=1)


def test_what_can_change_of_the_configuration_does_and_the_rest_is_named(
    server: Server, tmp_path: Path
) -> None:
    with running(Desk(tmp_path, server)) as desk:
        config = tmp_path / "config.yaml"
        shutil.move(tmp_path / "base", tmp_path / "moved")
        changed = (
            config.read_text()
            .replace("knowledge: base", "knowledge: moved")
            .replace("nick: pkgdesk", "nick: other")
        )
        config.write_text(changed.replace("desk: {", 'desk: {prefix: "?", ') + "log: {level: debug}\n")
        desk.gets(signal.SIGHUP)
        desk.logs("read anew", need_a_restart=["networks.demo.nick"])
        alice = Person(server, "alice")
        alice.says("?status")
        alice.hears("sections")
        (tmp_path / "moved" / "frobnicator.yaml").write_text(NEW)
        desk.logs("read anew", added=1)
        config.write_text("networks: [\n")
        assert "config.yaml:2:1" in desk.ctl("reload").stderr
        done = desk.ctl("--socket", str(desk.socket), "reload")
        assert done.returncode == command_line.NOT_FOUND
        assert "config.yaml:2:1" in done.stderr
        alice.says("?status")
        alice.hears("sections", len(alice.lines.all))


def test_files_are_not_watched_where_that_is_not_wanted(server: Server, tmp_path: Path) -> None:
    with running(Desk(tmp_path, server, more="watch: no\n")) as desk:
        (tmp_path / "base" / "frobnicator.yaml").write_text(NEW)
        done = desk.ctl("reload")
        assert done.returncode == command_line.OK
        assert "1" in done.stdout
        desk.logs("read anew", added=1)


# --- the start ----------------------------------------------------------------------------------------------


def test_a_start_waits_for_a_command_that_has_the_database(server: Server, tmp_path: Path) -> None:
    desk = Desk(tmp_path, server)
    with running(desk):
        desk.gets(signal.SIGTERM)
        assert desk.ends() == command_line.OK
    claimed = lock(tmp_path / "pkgdesk.sqlite")
    try:
        desk.starts()
        said = desk.logs("the database is waited for")
        assert f"in use by another desk (process {os.getpid()})" in said["why"]
        os.close(claimed)
        desk.is_there()
        assert desk.log is not None
        assert sum("is waited for" in line for line in desk.log.all) == 1
    finally:
        desk.is_stopped()


def test_where_nothing_can_be_forgotten_no_socket_is_left(server: Server, tmp_path: Path) -> None:
    desk = Desk(tmp_path, server)
    with running(desk):
        desk.gets(signal.SIGTERM)
        desk.ends()
    with closing(sqlite3.connect(tmp_path / "pkgdesk.sqlite")) as database, database:
        database.execute("INSERT INTO journal VALUES ('long ago', '2001-01-01 00:00:00.000000')")
        database.execute(
            "CREATE TRIGGER kept BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'kept'); END"
        )
    done = pkgdesk(tmp_path, "run")
    assert done.returncode == command_line.FAILED
    assert "refused what breaks its rules (kept)" in done.stderr
    assert not desk.socket.exists()


def test_a_signal_to_read_anew_does_not_end_a_desk_that_is_starting(server: Server, tmp_path: Path) -> None:
    desk = Desk(tmp_path, server)
    (tmp_path / "base" / "broken.yaml").write_text("id: broken\n")
    try:
        with closing(sqlite3.connect(tmp_path / "pkgdesk.sqlite", isolation_level=None)) as held:
            held.execute("BEGIN EXCLUSIVE")
            desk.starts()
            desk.logs("left out")
            desk.gets(signal.SIGHUP)
            (tmp_path / "base" / "frobnicator.yaml").write_text(NEW)
        desk.logs("read anew", added=1)
        assert desk.ctl("status").returncode == command_line.OK
    finally:
        desk.is_stopped()


def test_a_socket_that_cannot_be_had_is_told_and_nothing_is_damaged(server: Server, tmp_path: Path) -> None:
    desk = Desk(tmp_path, server, more="control: {socket: missing/desk.sock}\n")
    done = pkgdesk(tmp_path, "run")
    assert done.returncode == command_line.FAILED
    assert re.search(
        r"^pkgdesk: the control socket .*missing/desk.sock cannot be used: there is no folder",
        done.stderr,
        re.M,
    )
    (tmp_path / "missing").mkdir()
    with running(desk):
        assert desk.ctl("status").returncode == command_line.OK


def test_two_desks_do_not_share_a_socket(server: Server, tmp_path: Path) -> None:
    with running(Desk(tmp_path / "one", server)) as one:
        Desk(tmp_path / "two", server, more=f"control: {{socket: {one.socket}}}\n")
        done = pkgdesk(tmp_path / "two", "run")
        assert done.returncode == command_line.FAILED
        assert f"another desk listens on {one.socket}" in done.stderr
        assert one.ctl("status").returncode == command_line.OK


def test_what_a_killed_desk_left_is_no_hindrance(server: Server, tmp_path: Path) -> None:
    with running(Desk(tmp_path, server)) as desk:
        desk.gets(signal.SIGKILL)
        desk.ends()
        assert desk.socket.exists()
    with running(desk):
        assert desk.ctl("status").returncode == command_line.OK


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            "{users: [nobody-at-all], group: root}",
            "control.users: there is no user `nobody-at-all` on this machine",
        ),
        ("{users: [root]}", "control.users: without control.group none of them can reach the socket"),
        ("{group: nobody-is-in-it}", "control.group: there is no group `nobody-is-in-it`"),
        ("{socket: []}", "control.socket: must be a path, or none"),
        ("{users: ['']}", "control.users"),
    ],
)
def test_what_is_wrong_with_the_socket_s_settings_is_told(
    server: Server,
    tmp_path: Path,
    setting: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk(tmp_path, server, more=f"control: {setting}\n")
    monkeypatch.chdir(tmp_path)
    assert exit_code(["run"]) == command_line.WRONG_USE
    assert said in capsys.readouterr().err
    assert not desk.socket.exists()
