"""`pkgdesk ctl` as operators use it: a real desk, real processes, what they type and what they read."""

import json
import os
import pty
import re
import select
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from running_desks import DEMO, PATIENCE, ROOT, Desk, Person, Server, environment, pkgdesk, running, served

from bot import command_line


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served() as there:
        yield there


@pytest.fixture(scope="module")
def desk(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running(Desk(tmp_path_factory.mktemp("desk"), server)) as there:
        yield there


# --- one command --------------------------------------------------------------------------------------------


def test_a_command_is_answered_on_standard_output(desk: Desk) -> None:
    done = desk.ctl("status")
    assert (done.returncode, done.stderr) == (command_line.OK, "")
    assert done.stdout.startswith("pkgdesk ")
    assert "demo: connected, " in done.stdout


def test_the_whole_way_of_a_question_can_be_operated(desk: Desk, server: Server) -> None:
    alice = Person(server, "alice")
    alice.says("pkgdesk: the frobnicator of my zorkmid is broken")
    number = re.search(r" :.*#(\d+)", alice.hears(" :alice: "))[1]  # type: ignore[index]
    assert f"#{number}" in desk.ctl("open").stdout
    assert desk.ctl("why", number).returncode == command_line.OK
    assert "withdrawn" in desk.ctl("withdraw", number).stdout
    assert f"#{number}" not in desk.ctl("open").stdout
    alice.leaves()


def test_say_speaks_in_a_channel(desk: Desk, server: Server) -> None:
    alice = Person(server, "alice")
    done = desk.ctl("say", "#xen-packaging", "we   move tonight")
    assert done.returncode == command_line.OK
    alice.hears("we   move tonight")
    alice.leaves()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stauts"], "there is no command `stauts`, did you mean `status`?"),
        (["frobnicate", "the", "widget"], "there is no command `frobnicate the widget`"),
        (["why", "foo"], "usage: why [NUMBER]"),
        (["say"], "usage: say "),
        (["withdraw", "everything"], "usage: withdraw [NUMBER]"),
    ],
)
def test_what_is_no_command_is_wrong_use_and_asks_nobody(desk: Desk, words: list[str], said: str) -> None:
    before = desk.ctl("status").stdout.splitlines()[0]
    done = desk.ctl(*words)
    assert (done.returncode, done.stdout) == (command_line.WRONG_USE, "")
    assert done.stderr.startswith(f"pkgdesk: {said}")
    assert done.stderr.count("\n") == 1
    assert desk.ctl("status").stdout.splitlines()[0] == before


def test_what_the_desk_refuses_is_no_success(desk: Desk) -> None:
    done = desk.ctl("why", "4711")
    assert (done.returncode, done.stdout) == (command_line.NOT_FOUND, "")
    assert "#4711" in done.stderr
    again = desk.ctl("why", "4711")
    assert again.stderr == done.stderr


def test_json_holds_the_lines_and_how_it_ended(desk: Desk) -> None:
    done = desk.ctl("--json", "why", "4711")
    said = json.loads(done.stdout)
    assert done.returncode == command_line.NOT_FOUND
    assert (said["said"], said["end"]) == ("why 4711", "complained")
    assert "#4711" in said["lines"][0]


def test_scripts_say_one_command_a_line(desk: Desk) -> None:
    done = desk.ctl(said="# every morning\nstatus\n\nwhy 4711\n  open  \n")
    assert done.returncode == command_line.NOT_FOUND
    assert done.stdout.startswith("pkgdesk ")
    assert "no question is open" in done.stdout
    assert "#4711" in done.stderr
    assert desk.ctl(said="").returncode == command_line.OK


def test_many_commands_in_a_row_are_all_answered(desk: Desk) -> None:
    done = desk.ctl("--json", said="status\n" * 60)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 60
    assert all(answer["end"] == "well" and answer["lines"] for answer in answers)


def test_help_is_the_table_of_chat(desk: Desk) -> None:
    every = desk.ctl("help").stdout
    for word in ("status", "open", "why [NUMBER]", "reload", "drain"):
        assert word in every
    assert desk.ctl("help", "why").stdout.startswith("usage: why [NUMBER]")
    assert desk.ctl("help", "frobnicate").returncode == command_line.WRONG_USE


def test_pause_and_resume(desk: Desk) -> None:
    assert desk.ctl("pause").returncode == command_line.OK
    assert "; paused." in desk.ctl("status").stdout
    assert desk.ctl("pause").returncode == command_line.NOT_FOUND
    assert desk.ctl("resume").returncode == command_line.OK
    assert "; not paused." in desk.ctl("status").stdout


# --- a prompt -----------------------------------------------------------------------------------------------


def test_on_a_terminal_there_is_a_prompt_with_completion_and_history(desk: Desk, tmp_path: Path) -> None:
    terminal, end = pty.openpty()
    state = tmp_path / "state"
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "ctl"],
        cwd=desk.folder,
        env=environment(TERM="xterm", XDG_STATE_HOME=str(state)),
        stdin=end,
        stdout=end,
        stderr=end,
    ) as process:
        os.close(end)
        read = b""

        def reads(text: bytes) -> None:
            nonlocal read
            while text not in read:
                ready, _, _ = select.select([terminal], [], [], PATIENCE)
                assert ready, f"{text!r} did not come; there was: {read!r}"
                read += os.read(terminal, 4096)
            read = read.partition(text)[2]

        try:
            reads(b"desk>")
            os.write(terminal, b"statu\t")
            reads(b"status")
            os.write(terminal, b"\r")
            reads(b"demo: connected, ")
            reads(b"desk>")
            os.write(terminal, b"stauts\r")
            reads(b"did you mean")
            reads(b"desk>")
            os.write(terminal, b"quit\r")
            assert process.wait(PATIENCE) == command_line.OK
        finally:
            process.kill()
            os.close(terminal)
    kept = state / "pkgdesk" / "ctl-history"
    assert "+status" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


# --- where no desk is, or not for us ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Server]:
    """A server that no other desk is on."""
    with served() as there:
        yield there


@pytest.fixture
def nobody(elsewhere: Server, tmp_path: Path) -> Desk:
    """A folder in which no desk has run yet."""
    return Desk(tmp_path, elsewhere)


def test_without_a_desk_it_is_told_which_socket_and_how_to_start_one(nobody: Desk) -> None:
    for words in (["reload"], ["status"], ["say", "#x", "hello"]):
        done = nobody.ctl(*words)
        assert (done.returncode, done.stdout) == (command_line.FAILED, "")
        assert f"no desk listens on {nobody.socket}: start one with pkgdesk run" in done.stderr
    assert not (nobody.folder / "pkgdesk.sqlite").exists()
    assert nobody.ctl("stauts").returncode == command_line.WRONG_USE


def test_what_needs_no_running_desk_is_decided_on_its_database(nobody: Desk, elsewhere: Server) -> None:
    with running(nobody):
        alice = Person(elsewhere, "alice")
        alice.says("pkgdesk: the frobnicator of my zorkmid is broken")
        alice.hears("#1")
        nobody.gets(15)
        assert nobody.ends() == 0
        alice.leaves()
    listed = nobody.ctl("open")
    assert listed.returncode == command_line.OK
    assert listed.stderr == "pkgdesk: no desk runs: this was decided on its database\n"
    assert "#1" in listed.stdout
    done = nobody.ctl(said="withdraw 1\nopen\n")
    assert done.returncode == command_line.OK
    assert "no question is open" in done.stdout
    assert nobody.ctl("why", "99").returncode == command_line.NOT_FOUND
    assert nobody.ctl("reload").returncode == command_line.FAILED
    with running(nobody):
        assert "no question is open" in nobody.ctl("open").stdout
        assert "0 lines wait" in nobody.ctl("status").stdout


def test_a_desk_without_a_socket_is_told_from_none(nobody: Desk) -> None:
    with (nobody.folder / "config.yaml").open("a") as config:
        config.write("control: {socket: none}\n")
    with running(nobody):
        done = nobody.ctl("status")
        assert done.returncode == command_line.RUNNING
        assert "control.socket: none" in done.stderr
        assert "in use by another desk" in done.stderr


def test_json_is_all_there_is_on_standard_output_without_a_desk_too(nobody: Desk) -> None:
    with running(nobody):
        nobody.gets(15)
        nobody.ends()
    with closing(sqlite3.connect(nobody.folder / "pkgdesk.sqlite")) as database:
        database.execute("DROP TABLE journal")
    done = nobody.ctl("--json", "open")
    assert [json.loads(line)["said"] for line in done.stdout.splitlines()] == ["open"]
    logged = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert {each["level"] for each in logged} == {"error"}


def test_a_database_that_is_out_of_order_is_told_and_not_waited_for(nobody: Desk) -> None:
    with running(nobody):
        nobody.gets(15)
        nobody.ends()
    with closing(sqlite3.connect(nobody.folder / "pkgdesk.sqlite")) as database:
        database.execute("DROP TABLE prompt")
    done = nobody.ctl("open")
    assert (done.returncode, done.stdout) == (command_line.FAILED, "")
    assert "no such table: prompt" in done.stderr


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("database: [1, 2]\n", "config.yaml:"),
        ("database: state/desk.sqlite\nnetworks: 5\ncontrol: {socket: pkgdesk.sock}\n", "config.yaml:"),
    ],
)
def test_a_desk_is_found_whatever_is_wrong_with_its_configuration_since(
    nobody: Desk, broken: str, said: str
) -> None:
    config = nobody.folder / "config.yaml"
    with running(nobody):
        right = config.read_text()
        config.write_text((right if "networks" not in broken else "") + broken)
        assert nobody.ctl("status").returncode == command_line.OK
        assert said in nobody.ctl("reload").stderr
        config.write_text("networks: [\n")
        done = nobody.ctl("status")
        assert done.returncode == command_line.WRONG_USE
        assert "config.yaml:2:1" in done.stderr
        assert "name its socket with --socket" in done.stderr


def test_a_desk_that_is_starting_is_waited_for(nobody: Desk) -> None:
    """It has the database already, and its socket not yet: here, because that bears another name."""
    with running(nobody):
        nobody.socket.rename(nobody.folder / "later")
        done = nobody.ctl("--timeout", "0.5", "open")
        assert done.returncode == command_line.RUNNING
        assert f"no desk listens on {nobody.socket}, and yet its database is in use" in done.stderr
        with subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "ctl", "open"],
            cwd=nobody.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as asking:
            (nobody.folder / "later").rename(nobody.socket)
            said = asking.communicate(timeout=PATIENCE)
        assert (asking.returncode, said[1]) == (command_line.OK, "")


def test_without_a_configuration_the_socket_must_be_named(desk: Desk, tmp_path: Path) -> None:
    done = pkgdesk(tmp_path, "ctl", "status")
    assert done.returncode == command_line.WRONG_USE
    assert "--socket" in done.stderr
    assert pkgdesk(tmp_path, "ctl", "--socket", str(desk.socket), "status").returncode == command_line.OK


def test_a_desk_that_does_not_answer_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="pkgdesk-") as short, socket.socket(socket.AF_UNIX) as mute:
        path = Path(short) / "mute.sock"
        mute.bind(str(path))
        mute.listen()
        done = pkgdesk(tmp_path, "ctl", "--socket", str(path), "--timeout", "0.3", "status")
    assert done.returncode == command_line.FAILED
    assert done.stderr == "pkgdesk: the desk has not answered within 0.3 s; it may do so yet\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_is_refused_by_the_file_and_by_the_desk(server: Server) -> None:
    with tempfile.TemporaryDirectory(prefix="pkgdesk-") as folder:
        Path(folder).chmod(0o755)
        desk = Desk(Path(folder) / "desk", server, more='control: {users: [nobody], group: "65534"}\n')
        desk.folder.chmod(0o755)
        with running(desk):
            assert speaks(desk.socket, user=65534, group=65534)[-1] == {"end": "well"}
            assert "is no operator of this desk" in str(speaks(desk.socket, user=1, group=65534))
            assert speaks(desk.socket, user=1, group=1) == ["PermissionError"]


SPEAKS = """
import contextlib, json, os, socket, sys
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[3]))
with socket.socket(socket.AF_UNIX) as desk:
    try:
        desk.connect(sys.argv[1])
    except OSError as error:
        print(json.dumps(type(error).__name__))
        sys.exit()
    with contextlib.suppress(OSError):
        desk.sendall(b'{"say": "open"}\\n')
        desk.shutdown(socket.SHUT_WR)
    with contextlib.suppress(OSError):
        for line in desk.makefile():
            print(line, end="")
"""


def speaks(path: Path, user: int, group: int) -> list[object]:
    """What the desk says to `open` of another user of this machine."""
    done = subprocess.run(
        [sys.executable, "-c", SPEAKS, str(path), str(group), str(user)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- how light it is ----------------------------------------------------------------------------------------


def test_nothing_of_the_desk_is_imported_to_talk_to_it(desk: Desk) -> None:
    program = (
        "import sys\n"
        "from bot.cli import exit_code\n"
        "exit_code(['ctl', 'status'])\n"
        "print(*sorted(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=desk.folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = done.stdout.splitlines()[-1].split()
    assert "bot.ctl.client" in loaded
    names = {"routing", "routing.formats", "routing.formats.dialects", "routing.formats.recognise"}
    assert [name for name in loaded if name.startswith(("bot.desk", "knowledge"))] == []
    assert {name for name in loaded if name.startswith("routing")} <= names, "what options may say, no more"
    heavy = {"asyncio", "sqlalchemy", "prompt_toolkit", "structlog", "bot.config", "nio", "irc"}
    assert heavy & set(loaded) == set()


def test_at_a_glance_and_in_full_the_socket_is_the_same(tmp_path: Path) -> None:
    from bot.config import load
    from bot.ctl.glance import socket_of

    start = f"networks: {{}}\nknowledge: {DEMO / 'knowledge'}\nmap: {DEMO / 'map.yaml'}\n"
    networks = "networks: {demo: {host: h, nick: n, channels: ['#a']}}"
    (tmp_path / "state").mkdir()
    for more in (
        "",
        "database: state/desk.sqlite\n",
        "control: {socket: run/desk.sock}\n",
        "control: {socket: /run/pkgdesk/desk.sock}\ndatabase: state/desk.sqlite\n",
        "control: {users: [root], group: root}\n",
    ):
        config = tmp_path / "config.yaml"
        config.write_text(start.replace("networks: {}", networks) + more)
        assert socket_of(config) == load(config).control.socket, more
    for unclear in ("control: [\n", "control: {socket: 5}\n"):
        config.write_text(start.replace("networks: {}", networks) + unclear)
        assert socket_of(config) is None
    for none in ("none", "null", "Null", "~", "", "no", "off", "false", '"null"'):
        config.write_text(start.replace("networks: {}", networks) + f"control: {{socket: {none}}}\n")
        assert socket_of(config) is None
        assert load(config).control.socket is None, none
    assert socket_of(ROOT / "no such file") is None
