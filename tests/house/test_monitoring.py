"""Whether the desk is well, its figures, and the page that tells both: of values, and of a real desk."""

import asyncio
import contextlib
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from desk_process import CHANNEL, PATIENCE, ROOT, Stage, eventually, free_port, got, until
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from bot.config import MonitoringSettings
from bot.desk.model import State
from bot.desk.upstream import Upstream
from bot.monitoring import metrics
from bot.monitoring.metrics import METRICS, Kind, Metric, Tally
from bot.monitoring.rhythm import STUCK, rhythm
from bot.monitoring.vitals import (
    OVERDUE,
    SLOW,
    Reloads,
    StoreVitals,
    Vitals,
    alive,
    gauges,
    health,
    report,
    status,
)
from bot.monitoring.watch import DEFECT, Watch
from bot.store.store import Store
from bot.systemd import Notifier
from bot.transports.base import Attendance

NOW = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
WELL = Vitals(
    at=NOW,
    started=NOW - timedelta(hours=2),
    version="1.2.3",
    store=StoreVitals(questions={State.OPEN: 1, State.ANSWERED: 5}, next_due=NOW + timedelta(minutes=3)),
    networks={"libera": Attendance(True, (), True), "oftc": Attendance(True)},
    reloads=Reloads(success=NOW - timedelta(hours=2), entries=41),
)


def so(**changes: Any) -> Vitals:
    return replace(WELL, **changes)


# --- well, alive ------------------------------------------------------------------------------------------


def test_a_desk_that_does_its_work_is_well() -> None:
    assert health(WELL).well
    assert health(WELL).notes == ()
    assert alive(WELL)
    assert report(WELL)["status"] == "ok"
    assert report(WELL)["uptime_seconds"] == 7200.0
    assert status(WELL) == "on libera, oftc; 1 question under way"


@pytest.mark.parametrize(
    ("vitals", "reasons"),
    [
        (
            so(networks={"libera": Attendance(False, ("#a",)), "oftc": Attendance(True)}),
            ["libera: not connected"],
        ),
        (so(networks={"libera": Attendance(True, ("#a", "#b"))}), ["libera: not in #a, #b"]),
        (
            so(store=StoreVitals(answers=False, complaint="no answer within 2 s")),
            ["the database: no answer within 2 s"],
        ),
        (
            so(store=StoreVitals(complaint="the disk is full: make room")),
            ["the database: the disk is full: make room"],
        ),
        (so(under_way=SLOW, events=7), ["one event has been worked on for 30 s, and 7 wait"]),
        (so(store=StoreVitals(next_due=NOW - OVERDUE)), ["a deadline is late by 300 s"]),
    ],
)
def test_what_is_wrong_is_told(vitals: Vitals, reasons: list[str]) -> None:
    assert list(health(vitals).reasons) == reasons
    assert report(vitals)["status"] == "failing"
    assert report(vitals)["reasons"] == reasons


@pytest.mark.parametrize(
    "vitals",
    [
        so(under_way=SLOW - timedelta(seconds=1)),
        so(store=StoreVitals(next_due=NOW - OVERDUE + timedelta(seconds=1))),
        so(store=StoreVitals(next_due=NOW - OVERDUE), paused=True),
        so(store=StoreVitals(next_due=None)),
    ],
)
def test_what_is_within_bounds_is_well(vitals: Vitals) -> None:
    assert health(vitals).well


@pytest.mark.parametrize(
    ("vitals", "note"),
    [
        (so(paused=True), "paused by an operator"),
        (so(networks={"libera": Attendance(True, (), False)}), "libera: not logged in to the account"),
        (so(reloads=Reloads(success=NOW, problems=3)), "knowledge and map: 3 to mend"),
        (
            so(reloads=Reloads(success=NOW - timedelta(1), failure=NOW)),
            "could not be read anew at 2026-10-01",
        ),
        (
            so(upstream=Upstream(2, "origin: no route to bob's host", since=NOW)),
            "the knowledge base: its remote repository cannot be reached since 2026-10-01 12:00 UTC (",
        ),
        (so(upstream=Upstream(0, "", "diverged", NOW)), "catching up with its remote repository fails since"),
        (so(upstream=Upstream(2, since=NOW)), "what was published is not pushed since 2026-10-01"),
    ],
)
def test_what_takes_nothing_from_people_is_a_note(vitals: Vitals, note: str) -> None:
    assert health(vitals).well
    assert any(note in each for each in health(vitals).notes)


def test_the_page_tells_how_the_base_stands_to_its_remote_repository() -> None:
    away = so(upstream=Upstream(2, "origin: no route to bob's host", since=NOW))
    assert report(WELL)["base"] == {"unpushed_commits": 0, "trouble": None, "since": None}
    since = "2026-10-01T12:00:00+00:00"
    assert report(away)["base"] == {"unpushed_commits": 2, "trouble": "away", "since": since}
    assert "bob" not in str(report(away))
    found = {(metric.name, labels): value for metric, labels, value in gauges(away, "3.13.0")}
    assert found["pkgdesk_base_unpushed_commits", ()] == 2
    assert found["pkgdesk_base_trouble", ("away",)] == 1
    assert found["pkgdesk_base_trouble", ("stuck",)] == found["pkgdesk_base_trouble", ("unpushed",)] == 0


def test_a_reload_that_failed_is_forgotten_once_one_succeeds() -> None:
    assert health(so(reloads=Reloads(failure=NOW, success=NOW + timedelta(1)))).notes == ()


@pytest.mark.parametrize(
    ("vitals", "living"),
    [
        (so(under_way=STUCK - timedelta(seconds=1)), True),
        (so(under_way=STUCK), False),
        (so(store=StoreVitals(answers=False, silent=STUCK - timedelta(seconds=1))), True),
        (so(store=StoreVitals(answers=False, silent=STUCK)), False),
        (so(store=StoreVitals(complaint="the disk is full")), True),
        (so(networks={"libera": Attendance(False)}), True),
        # A server that has gone away is waited for; a new start would not bring it back.
        (so(store=StoreVitals(answers=False, reached=False, silent=STUCK), under_way=STUCK), True),
    ],
)
def test_only_a_desk_that_hangs_is_not_alive(vitals: Vitals, living: bool) -> None:
    assert alive(vitals) is living


def longest_gap(limit: timedelta, begins: timedelta, lasts: timedelta, *, database: bool) -> timedelta:
    """The longest time between two beats of a desk in which the database, or else one event, stalls once."""
    beats_as, ends = rhythm(limit), begins + lasts
    now, beat, longest = timedelta(), timedelta(), timedelta()
    asked: timedelta | None = None
    while beat <= ends:
        stalls = begins <= now < ends
        if database and stalls:
            asked = now if asked is None else asked
            now = min(now + beats_as.patience, ends)
        asked = asked if now < ends else None
        silent = now - asked if asked is not None else timedelta()
        under_way = now - begins if stalls and not database else timedelta()
        store = StoreVitals(answers=asked is None, silent=silent)
        if living := alive(so(store=store, under_way=under_way), beats_as.stuck):
            longest, beat = max(longest, now - beat), now
        now += beats_as.every if living else beats_as.soon
    return longest


LIMITS = st.timedeltas(timedelta(milliseconds=50), timedelta(minutes=10))


@given(LIMITS, st.floats(0, 2), st.floats(0, 0.999), st.booleans())
@example(timedelta(minutes=2), 0.0, 0.999, True)
@example(timedelta(minutes=2), 0.0, 0.999, False)
@example(timedelta(seconds=8), 0.0, 0.999, False)
def test_a_stall_shorter_than_the_watchdog_s_time_never_ends_the_desk(
    limit: timedelta, begins: float, lasts: float, database: bool
) -> None:
    assert longest_gap(limit, limit * begins, limit * lasts, database=database) <= limit


@given(LIMITS, st.floats(0, 2), st.floats(2, 3), st.booleans())
@example(timedelta(minutes=2), 0.0, 2.0, True)
@example(timedelta(minutes=2), 0.0, 2.0, False)
def test_a_hang_of_twice_the_watchdog_s_time_always_does(
    limit: timedelta, begins: float, lasts: float, database: bool
) -> None:
    assert longest_gap(limit, limit * begins, limit * lasts, database=database) > limit


def test_the_status_tells_what_is_wrong_once() -> None:
    vitals = so(networks={"libera": Attendance(False), "oftc": Attendance(True, ("#a",))}, paused=True)
    assert status(vitals) == "paused; on oftc; not on libera; 1 question under way; oftc: not in #a"


# --- figures ----------------------------------------------------------------------------------------------


def test_names_are_as_prometheus_wants_them() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert re.fullmatch("pkgdesk_[a-z]+(_[a-z]+)*", metric.name)
        assert metric.name.endswith("_total") is (metric.kind is Kind.COUNTER), metric.name
        assert bool(metric.bounds) is (metric.kind is Kind.HISTOGRAM)
        assert list(metric.bounds) == sorted(set(metric.bounds))
        assert metric.kind is not Kind.HISTOGRAM or metric.name.endswith("_seconds")
        assert metric.meaning.endswith(".")
        assert not {"le", "nick", "account", "venue", "question"} & set(metric.labels)


def test_every_figure_of_the_module_is_in_the_table() -> None:
    assert {each for each in vars(metrics).values() if isinstance(each, Metric)} == set(METRICS)


def test_every_gauge_has_its_value_and_nothing_else_does() -> None:
    found = list(gauges(WELL, "3.13.0"))
    assert {metric for metric, _, _ in found} == {each for each in METRICS if each.kind is Kind.GAUGE}
    assert all(len(labels) == len(metric.labels) for metric, labels, _ in found)
    values = {(metric.name, *labels): value for metric, labels, value in found}
    assert values["pkgdesk_build_info", "1.2.3", "3.13.0"] == 1
    assert values["pkgdesk_questions", "answered"] == 5
    assert values["pkgdesk_questions", "withdrawn"] == 0
    assert values["pkgdesk_identified", "libera"] == 1
    assert ("pkgdesk_identified", "oftc") not in values, "there is no account to log in to"
    assert values["pkgdesk_reload_last_failure_timestamp_seconds",] == 0


def test_figures_of_a_database_that_does_not_answer_are_left_out() -> None:
    silent = so(store=StoreVitals(answers=False, complaint="no answer", questions={State.OPEN: 3}))
    names = {metric.name for metric, _, _ in gauges(silent, "3.13.0")}
    assert "pkgdesk_questions" not in names
    assert ("pkgdesk_store_up", 0) in {(metric.name, value) for metric, _, value in gauges(silent, "3")}


def test_a_tally_adds() -> None:
    tally = Tally()
    tally.counted(metrics.LINES_SENT, "libera", "ping")
    tally.counted(metrics.LINES_SENT, "libera", "ping", times=2)
    tally.counted(metrics.LINES_SENT, "oftc", "answer")
    assert dict(tally.count(metrics.LINES_SENT)) == {("libera", "ping"): 3, ("oftc", "answer"): 1}
    assert dict(tally.count(metrics.ASKED)) == {}


def test_durations_fall_into_their_buckets() -> None:
    tally = Tally()
    for seconds in (0.001, 0.0011, 5.0, 5.1, -3.0):
        tally.took(metrics.COMMIT_SECONDS, seconds)
    ((labels, took),) = tally.durations(metrics.COMMIT_SECONDS)
    assert labels == ()
    assert took.buckets[:2] == [2, 1], "a bound belongs to its bucket; a clock set back is no time"
    assert took.buckets[-2:] == [1, 1]
    assert took.seconds == pytest.approx(10.1021)


# --- settings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_the_page_is_for_this_machine(host: str) -> None:
    assert MonitoringSettings(host=host, port=9108).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_the_page_is_for_nobody_else(host: str) -> None:
    with pytest.raises(ValueError, match="loopback address like 127"):
        MonitoringSettings(host=host, port=9108)


def test_it_is_off_unless_there_is_a_port() -> None:
    assert MonitoringSettings().port is None


def test_without_the_page_its_libraries_are_not_loaded() -> None:
    code = "import bot.app, sys; print(sorted({'aiohttp', 'prometheus_client'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert done.stdout.strip() == "[]"


# --- the watch's own defects -------------------------------------------------------------------------------


@pytest.mark.parametrize("defective", ["clock", "attendance"])
async def test_a_defect_of_the_watch_is_logged_and_costs_one_look(tmp_path: Path, defective: str) -> None:
    """What the watch asks fails once. The clock is asked beside the database first."""
    failing = [ValueError("out of order")]
    well = b"STATUS=on libera; 0 questions under way\nWATCHDOG=1"

    def asked(name: str, value: Any) -> Any:
        if name == defective and failing:
            raise failing.pop()
        return value

    url = f"sqlite:///{tmp_path / 'desk.sqlite'}"
    store = await Store.open(url)
    watch = Watch(
        store,
        version="1.2.3",
        started=NOW,
        clock=lambda: asked("clock", NOW),
        attendance=lambda: asked("attendance", {"libera": Attendance(True)}),
        lines=dict,
        events=lambda: 0,
        under_way=timedelta,
        paused=lambda: False,
        entries=lambda: 1,
        problems=0,
    )
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd,
        structlog.testing.capture_logs() as logged,
    ):
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"})
        running = asyncio.create_task(watch.run(notifier))
        try:
            async with asyncio.timeout(PATIENCE):
                heard = [await asyncio.get_running_loop().sock_recv(systemd, 4096) for _ in range(2)]
                while heard[-1] != well:  # on a busy machine database and loop may answer too late
                    heard.append(await asyncio.get_running_loop().sock_recv(systemd, 4096))
        finally:
            running.cancel()
            await asyncio.wait({running})
            await store.close()
    assert b"it could not be looked at, which is a defect" in heard[0]
    assert b"WATCHDOG=1" in heard[0], "to start the desk anew would not mend it"
    assert all(b"a defect" not in each for each in heard[1:])
    assert len([line for line in logged if line.get("exc_info")]) == 1


# --- a real desk ------------------------------------------------------------------------------------------


def figures(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scraped(port: int) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return figures((await got(port, "/metrics"))[2])


async def well(port: int) -> dict[str, Any]:
    """What /healthz says, once it is well."""
    return await healthz(port, 200)


async def healthz(port: int, wanted: int) -> dict[str, Any]:
    """What /healthz says, once it answers with that status."""
    _, _, body = await eventually(
        lambda: got(port, "/healthz"), lambda answer: answer[0] == wanted, f"/healthz says {wanted}"
    )
    assert body.endswith("}\n")
    found: dict[str, Any] = json.loads(body)
    return found


async def test_the_page_of_a_desk_at_work(tmp_path: Path) -> None:
    port = free_port()
    async with Stage(tmp_path, monitoring={"port": str(port)}) as stage:
        await stage.start()
        alice = await stage.enter("alice")
        found = await well(port)
        assert (found["status"], found["reasons"], found["paused"]) == ("ok", [], False)
        assert found["networks"]["demo"] == {
            "connected": True,
            "identified": None,
            "missing_channels": [],
            "lines_waiting": 0,
        }
        alice.says(CHANNEL, "pkgdesk: how do I build the tools without cloning QEMU?")
        await alice.hears("with-system-qemu")
        alice.says("pkgdesk", "xenstored eats my peculiarword in tools/xenstored/talloc.c")
        await alice.hears(r"pkgdesk!\S+ PRIVMSG alice")

        asked = ("pkgdesk_questions_asked_total", frozenset[tuple[str, str]]())
        counted = await eventually(lambda: scraped(port), lambda each: each[asked] == 2, "two asked")

        def value(name: str, **labels: str) -> float:
            return counted.get((name, frozenset(labels.items())), 0.0)

        assert value("pkgdesk_lines_sent_total", network="demo", purpose="answer") == 1
        assert value("pkgdesk_line_seconds_count", purpose="answer") == 1
        assert value("pkgdesk_matches_total", band="answer") == 1
        assert value("pkgdesk_events_total", kind="Heard", fate="well") >= 2
        assert value("pkgdesk_commit_seconds_count") >= 2
        assert value("pkgdesk_connected", network="demo") == 1
        assert value("pkgdesk_store_up") == 1
        assert value("pkgdesk_entries") > 10
        assert value("process_resident_memory_bytes") > 0

        _, headers, body = await got(port, "/metrics")
        assert headers["Content-Type"].startswith("text/plain")
        assert "peculiarword" not in body
        assert "alice" not in body
        there = {family.name for family in text_string_to_metric_families(body)}
        assert {each.name.removesuffix("_total") for each in METRICS} <= there

        assert (await got(port, "/"))[2].startswith("pkgdesk: /healthz")
        assert (await got(port, "/nowhere"))[0] == 404
        stage.signalled(signal.SIGTERM)
        assert await stage.ends() == 0
        (goodbye,) = stage.logged("the server ends the connection")
        assert goodbye["level"] == "info", "it was asked to"
        with pytest.raises(ConnectionRefusedError):
            await got(port, "/healthz")


async def test_a_network_that_is_down_and_a_broken_map_are_seen(tmp_path: Path) -> None:
    port = free_port()
    broken = tmp_path / "map.yaml"
    broken.write_bytes((ROOT / "bot/demo/map.yaml").read_bytes())
    nowhere = {"host": "127.0.0.1", "port": str(free_port())}
    async with Stage(
        tmp_path, monitoring={"port": str(port)}, map=str(broken), watch="no", network=nowhere
    ) as stage:
        await stage.start()
        found = await healthz(port, 503)
        assert found["reasons"] == ["demo: not connected"]
        assert found["status"] == "failing"
        broken.write_text("sections: [", "utf-8")
        stage.signalled(signal.SIGHUP)

        failures = ("pkgdesk_reloads_total", frozenset({("result", "failure")}))
        await eventually(lambda: scraped(port), lambda each: each.get(failures) == 1, "the reload failed")
        found = await healthz(port, 503)
        assert any("could not be read anew" in note for note in found["notes"])
        assert found["reference_problems"] >= 1


async def test_a_database_that_another_program_holds_is_seen_and_the_desk_goes_on(tmp_path: Path) -> None:
    port = free_port()
    async with Stage(tmp_path, monitoring={"port": str(port)}, log={"level": "debug"}) as stage:
        await stage.start()
        alice = await stage.enter("alice")
        await well(port)
        holding = sqlite3.connect(stage.database, isolation_level=None)
        holding.execute("BEGIN IMMEDIATE")
        try:
            alice.says("pkgdesk", "xenstored eats my peculiarword in tools/xenstored/talloc.c")
            found = await healthz(port, 503)
            assert [reason.split(":")[0] for reason in found["reasons"]] == ["the database"]
            at_it = ("pkgdesk_event_under_way_seconds", frozenset[tuple[str, str]]())
            await eventually(lambda: scraped(port), lambda each: each[at_it] > 0, "it is at work")
            await until(lambda: bool(stage.logged("an event is lost")), "the loss is logged")
        finally:
            holding.execute("ROLLBACK")
            holding.close()
        await well(port)
        assert "peculiarword" not in stage.log
        alice.says(CHANNEL, "pkgdesk: how do I build the tools without cloning QEMU?")
        await alice.hears("with-system-qemu")


async def test_what_the_watch_cannot_read_is_told_and_the_desk_goes_on(tmp_path: Path) -> None:
    """Another program has written into the database what no pkgdesk writes."""
    port = free_port()
    async with Stage(tmp_path, monitoring={"port": str(port)}) as stage:
        await stage.start()
        alice = await stage.enter("alice")
        alice.says(CHANNEL, "pkgdesk: how do I build the tools without cloning QEMU?")
        await alice.hears("with-system-qemu")
        await well(port)
        with contextlib.closing(sqlite3.connect(stage.database, isolation_level=None)) as meddling:
            meddling.execute("PRAGMA ignore_check_constraints = ON")
            meddling.execute("PRAGMA busy_timeout = 20000")
            (state,) = meddling.execute("SELECT state FROM question").fetchone()
            meddling.execute("UPDATE question SET state = 'no such state'")
            for _ in range(3):
                found = await healthz(port, 503)
                assert found["reasons"] == [f"the database: {DEFECT}"]
            assert len(stage.logged("the database could not be looked at")) == 1
            meddling.execute("UPDATE question SET state = ?", [state])
        await well(port)
        assert not stage.logged("a part of the desk ended")


async def test_a_port_in_use_is_told_in_a_line_and_nothing_is_damaged(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with Stage(tmp_path, monitoring={"port": str(port)}) as stage:
            await stage.start()
            assert await stage.ends() == 3
            said = [line for line in stage.log.splitlines() if line.startswith("pkgdesk: ")]
            assert said == [
                f"pkgdesk: monitoring: 127.0.0.1 port {port} is in use by another program: end that one, "
                "or set another monitoring.port"
            ]
            assert "Traceback" not in stage.log
            taken.close()
            await stage.start()
            await well(port)


@pytest.mark.parametrize("missing", ["prometheus_client", "aiohttp"])
def test_without_the_extra_it_says_what_to_install(tmp_path: Path, missing: str) -> None:
    """A Python that has everything but one library of the extra."""
    configuration = tmp_path / "config.yaml"
    settings = {
        "networks": {"demo": {"host": "127.0.0.1", "nick": "pkgdesk"}},
        "knowledge": str(ROOT / "bot/demo/knowledge"),
        "map": str(ROOT / "bot/demo/map.yaml"),
        "monitoring": {"port": "9108"},
    }
    configuration.write_text(json.dumps(settings))
    code = (
        "import importlib.abc, sys\n"
        "class Without(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name == {missing!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Without())\n"
        "from bot.cli import main\n"
        f"sys.argv = ['pkgdesk', 'run', '--config', {str(configuration)!r}]\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"pkgdesk: monitoring.port is set in {configuration}, and {missing} is not installed, which the page "
        "needs: pip install 'pkgdesk[monitoring]', or take the port out"
    ]
    assert not (tmp_path / "pkgdesk.sqlite").exists()
