"""What the desk tells systemd, on a real socket: ready, reloading, alive, ending; once it hangs, nothing."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from desk_process import PATIENCE, Stage, until

from bot.systemd import Notifier

WELL = "on demo; 0 questions under way"


class Systemd:
    """The other end of `$NOTIFY_SOCKET`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.told: list[dict[str, str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.setblocking(False)

    def close(self) -> None:
        self._socket.close()

    def now(self) -> dict[str, str] | None:
        """What came and was not looked at yet: one datagram."""
        try:
            datagram = self._socket.recv(65536)
        except BlockingIOError:
            return None
        return dict(line.split("=", 1) for line in datagram.decode().splitlines())

    async def hears(self, *names: str) -> dict[str, str]:
        """The next datagram in which all of `names` stand; those before it are passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                datagram = await asyncio.get_running_loop().sock_recv(self._socket, 65536)
                told = dict(line.split("=", 1) for line in datagram.decode().splitlines())
                self.told.append(told)
                if told.keys() >= set(names):
                    return told


@pytest.fixture(params=["in the file system", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    if request.param == "abstract" and sys.platform != "linux":
        pytest.skip("only Linux has abstract sockets")
    abstract = f"@pkgdesk-test-{os.getpid()}-{tmp_path.name}"
    listening = Systemd(abstract if request.param == "abstract" else str(tmp_path / "notify"))
    yield listening
    listening.close()


def environment(systemd: Systemd, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": systemd.address, "HOME": "/nowhere", **more}


def test_each_word_is_one_datagram(systemd: Systemd) -> None:
    notifier = Notifier(environment(systemd))
    notifier.ready("serving")
    assert systemd.now() == {"READY": "1", "STATUS": "serving"}
    notifier.reloading()
    told = systemd.now()
    assert told is not None
    assert told["RELOADING"] == "1"
    assert int(told["MONOTONIC_USEC"]) > 0
    notifier.beat("on libera", alive=True)
    assert systemd.now() == {"STATUS": "on libera", "WATCHDOG": "1"}
    notifier.beat("on libera", alive=False)
    assert systemd.now() == {"STATUS": "on libera"}
    notifier.stopping()
    assert systemd.now() == {"STOPPING": "1", "STATUS": "ending"}
    assert systemd.now() is None


def test_a_status_stays_one_line(systemd: Systemd) -> None:
    Notifier(environment(systemd)).ready("a\nMAINPID=1")
    assert systemd.now() == {"READY": "1", "STATUS": "a MAINPID=1"}


def test_what_the_desk_starts_does_not_speak_for_it(systemd: Systemd) -> None:
    given = environment(systemd, WATCHDOG_USEC="2000000", WATCHDOG_PID=str(os.getpid()))
    notifier = Notifier(given)
    assert given == {"HOME": "/nowhere"}
    assert notifier.limit == timedelta(seconds=2)


@pytest.mark.parametrize(
    ("more", "limit"),
    [
        ({"WATCHDOG_USEC": "3000000"}, timedelta(seconds=3)),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_only_for_whom_it_names(
    systemd: Systemd, more: dict[str, str], limit: timedelta | None
) -> None:
    assert Notifier(environment(systemd, **more)).limit == limit


def test_where_nobody_listens_nothing_happens() -> None:
    notifier = Notifier({"WATCHDOG_USEC": "2000000"})
    notifier.ready("serving")
    assert notifier.limit is None


@pytest.mark.parametrize("address", ["/nowhere/notify", "@nobody-listens-here", "x" * 500, "\0"])
def test_a_socket_that_is_not_there_costs_a_line_in_the_log(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": address})
    notifier.ready("serving")
    notifier.stopping()
    out, err = capsys.readouterr()
    assert (out + err).count("systemd cannot be told") == 1


# --- a real desk --------------------------------------------------------------------------------------------

ON_ONE = pytest.mark.parametrize("systemd", ["in the file system"], indirect=True)
"""That a desk finds either socket is shown by one test, which begins with its start."""


async def test_a_desk_says_how_it_stands_from_its_start_to_its_end(tmp_path: Path, systemd: Systemd) -> None:
    told = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "1000000"}
    async with Stage(tmp_path, environment=told) as stage:
        await stage.start()
        assert (await systemd.hears("READY"))["STATUS"] == "serving"
        await stage.enter("alice")
        await at_work(systemd)

        stage.signalled(signal.SIGHUP)
        reloading = await systemd.hears("RELOADING")
        assert int(reloading["MONOTONIC_USEC"]) > 0
        await systemd.hears("READY")

        stage.signalled(signal.SIGTERM)
        await systemd.hears("STOPPING")
        assert await stage.ends() == 0
        while systemd.now() is not None:
            pass
        assert systemd.now() is None


@ON_ONE
async def test_a_desk_that_is_not_ready_does_not_say_so(tmp_path: Path, systemd: Systemd) -> None:
    async with Stage(tmp_path, environment={"NOTIFY_SOCKET": systemd.address}) as stage:
        stage.configure(map=str(tmp_path / "nowhere.yaml"))
        await stage.start()
        assert await stage.ends() != 0
        assert systemd.now() is None


@ON_ONE
async def test_a_desk_that_hangs_is_silent(tmp_path: Path, systemd: Systemd) -> None:
    """It is stopped for longer than the watchdog's time: systemd would have killed it. It then goes on."""
    told = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "400000"}
    async with Stage(tmp_path, environment=told) as stage:
        await stage.start()
        await systemd.hears("WATCHDOG")
        stage.signalled(signal.SIGSTOP)
        assert stage.desk is not None
        about = Path(f"/proc/{stage.desk.pid}/stat")
        await until(lambda: about.read_text().rpartition(")")[2].split()[0] == "T", "it stands still")
        while systemd.now() is not None:
            pass
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.8):
                await systemd.hears("WATCHDOG")
        stage.signalled(signal.SIGCONT)
        await systemd.hears("WATCHDOG")


async def beat(systemd: Systemd, within: float) -> str:
    """The status of the next datagram with which the desk says that it is alive. As systemd does, this gives
    up (TimeoutError) once it has not come `within` so many seconds."""
    async with asyncio.timeout(within):
        return (await systemd.hears("WATCHDOG"))["STATUS"]


async def at_work(systemd: Systemd) -> None:
    for _ in range(100):
        if await beat(systemd, PATIENCE) == WELL:
            return
    raise AssertionError(f"it never did its work: {systemd.told[-5:]}")


@contextlib.contextmanager
def held(database: Path) -> Iterator[None]:
    """Another program has begun to write, and does not come to its end."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as holding:
        holding.execute("BEGIN IMMEDIATE")
        yield
        holding.execute("ROLLBACK")


@ON_ONE
async def test_a_database_that_answers_late_does_not_end_the_desk(tmp_path: Path, systemd: Systemd) -> None:
    told = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "4000000"}
    async with Stage(tmp_path, environment=told) as stage:
        await stage.start()
        await at_work(systemd)
        with held(stage.database):
            while "no answer within 0.5 s" not in await beat(systemd, 4.0):
                pass
            late = await systemd.hears("STATUS")
            assert "no answer within 0.5 s" in late["STATUS"], (
                "it is held for longer than the desk is patient"
            )
        while await beat(systemd, 4.0) != WELL:
            pass


@ON_ONE
async def test_a_database_that_answers_nothing_for_the_watchdog_s_time_does(
    tmp_path: Path, systemd: Systemd
) -> None:
    """It says how it stands and not that it is alive: systemd would have killed it. It is let go on, and then
    says that it is alive again."""
    told = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "1000000"}
    async with Stage(tmp_path, environment=told) as stage:
        await stage.start()
        await at_work(systemd)
        with held(stage.database):
            await until(lambda: bool(stage.logged("the desk hangs")), "the log says so")
            async with asyncio.timeout(PATIENCE):
                while "WATCHDOG" in await systemd.hears("STATUS"):
                    pass
        await at_work(systemd)


def test_systemd_s_own_tool_speaks_the_same(systemd: Systemd) -> None:
    """What systemd-notify writes for the same words is what we write."""
    tool = shutil.which("systemd-notify")
    if tool is None:
        pytest.skip("there is no systemd-notify")
    done = subprocess.run(
        [tool, "--no-block", "--ready", "--status=serving"],
        env={**os.environ, "NOTIFY_SOCKET": systemd.address},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"systemd-notify does not run here: {done.stderr.decode().strip()}")
    theirs = systemd.now()
    Notifier(environment(systemd)).ready("serving")
    assert systemd.now() == theirs
