"""Reading anew, over real files: what is put in place, what stays, what is told, and how often."""

import asyncio
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from running_desks import CHANNEL, CONFIG, DEMO, ENTRY

from bot.config import Settings, load
from bot.desk.events import Event, ReferenceChanged
from bot.desk.model import Speaker
from bot.desk.reference import Reference
from bot.desk.reports import read_anew as read_anew_report
from bot.maps.settings import MapSource
from bot.new_settings import at_the_next_start, now_in_force
from bot.reading_anew import Anew, read_anew
from bot.reloading import Reloading
from bot.sources import heeding, read_sources
from bot.store.errors import StoreError
from knowledge.library import Snapshot, learned
from knowledge.votes import Vote
from routing.presence import Venue, Visibility

QUESTION = "How do I build the tools without cloning QEMU?"
ALICE = Speaker("control", "alice", "alice"), Venue("control", "alice", Visibility.PRIVATE)


class Base:
    """A configuration, a base and a map, and what was read of them first."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config.yaml"
        self.folder = folder / "base"
        self.map = folder / "map.yaml"
        self.folder.mkdir()
        (self.folder / "system-qemu.yaml").write_text(ENTRY)
        shutil.copy(DEMO / "map.yaml", self.map)
        self.text = CONFIG.format(port=6667, channel=CHANNEL, burst=4, rate=1.0)
        self.config.write_text(self.text)
        self.settings: Settings = load(self.config)
        first = read_sources(self.settings).reference
        assert first is not None
        self.reference: Reference = first

    def adds(self, name: str) -> None:
        (self.folder / f"{name}.yaml").write_text(ENTRY.replace("system-qemu", name))


@pytest.fixture
def base(tmp_path: Path) -> Base:
    return Base(tmp_path)


def test_what_has_not_changed_is_not_put_in_place_of_what_was_learned(base: Base) -> None:
    anew = read_anew(base.settings, base.reference, base.config)
    assert not anew.changes
    assert anew.reference.knowledge.index is base.reference.knowledge.index
    assert (anew.problems, anew.kept, anew.applied, anew.later) == ((), (), (), ())


def test_a_folder_without_an_entry_is_no_base(base: Base) -> None:
    (base.folder / "system-qemu.yaml").unlink()
    anew = read_anew(base.settings, base.reference, None)
    assert anew.kept == ("knowledge",)
    assert anew.problems
    assert anew.reference.knowledge is base.reference.knowledge
    shutil.rmtree(base.folder)
    assert read_anew(base.settings, base.reference, None).reference.knowledge is base.reference.knowledge


def test_one_broken_entry_keeps_all_entries_and_not_the_map(base: Base) -> None:
    base.adds("other")
    (base.folder / "broken.yaml").write_text("id: broken\n")
    base.map.write_text(base.map.read_text().replace("name: ", "name: Sir ", 1))
    anew = read_anew(base.settings, base.reference, None)
    assert anew.kept == ("knowledge",)
    assert anew.changes.added == ()
    assert len(anew.changes.people) == 1


def test_what_was_left_out_from_the_start_holds_nothing_back(base: Base) -> None:
    (base.folder / "broken.yaml").write_text("id: broken\n")
    started = read_sources(base.settings).reference
    assert started is not None
    base.adds("other")
    anew = read_anew(base.settings, started, None)
    assert (anew.kept, anew.changes.added) == ((), ("other",))
    assert any("broken.yaml" in problem for problem in anew.problems)
    (base.folder / "worse.yaml").write_text("id: [\n")
    assert read_anew(base.settings, anew.reference, None).kept == ("knowledge",)


def test_what_was_mended_once_must_not_break_again(base: Base) -> None:
    (base.folder / "broken.yaml").write_text("id: broken\n")
    started = read_sources(base.settings).reference
    assert started is not None
    (base.folder / "broken.yaml").unlink()
    mended = read_anew(base.settings, started, None).reference
    (base.folder / "broken.yaml").write_text("id: broken\n")
    assert read_anew(base.settings, mended, None).kept == ("knowledge",)


def test_an_entry_that_names_what_is_not_there_is_as_good_as_at_the_start(base: Base) -> None:
    base.adds("other")
    with (base.folder / "other.yaml").open("a") as file:
        file.write("see: [nowhere]\n")
    anew = read_anew(base.settings, base.reference, None)
    assert (anew.kept, anew.changes.added) == ((), ("other",))
    assert any("nowhere" in problem for problem in anew.problems)


def test_a_broken_map_keeps_both_and_the_settings_apply(base: Base) -> None:
    base.adds("other")
    base.map.write_text("sections: [\n")
    base.config.write_text(base.text.replace("desk: {", "desk: {patience: 5m, "))
    anew = read_anew(base.settings, base.reference, base.config)
    assert anew.kept == ("knowledge", "map")
    assert (anew.reference.knowledge, anew.reference.map) == (base.reference.knowledge, base.reference.map)
    assert anew.reference.settings.patience.total_seconds() == 300


def test_a_broken_configuration_keeps_the_settings_and_the_files_are_read(base: Base) -> None:
    base.adds("other")
    base.config.write_text(base.text + "colour: blue\n")
    anew = read_anew(base.settings, base.reference, base.config)
    assert anew.kept == ("configuration",)
    assert "colour" in anew.problems[0]
    assert anew.settings == base.settings
    assert anew.changes.added == ("other",)


def test_what_only_a_start_can_change_is_named_and_stays(base: Base) -> None:
    more = "database: other.sqlite\ncontrol: {socket: none}\nwatch: no\n"
    base.config.write_text(base.text.replace("nick: pkgdesk", "nick: other") + more)
    anew = read_anew(base.settings, base.reference, base.config)
    assert set(anew.later) == {"networks.demo.nick", "database", "control.socket", "watch"}
    assert (anew.settings, anew.applied) == (base.settings, ())
    assert said(anew) == "read anew: networks.demo.nick, watch, database, control.socket need a restart"


def test_a_setting_of_another_kind_is_named_as_a_whole(base: Base) -> None:
    longer = base.settings.model_copy(update={"map": MapSource(file=Path("map.yaml"))})
    assert now_in_force(longer, base.settings) == now_in_force(base.settings, longer) == ("map changed",)
    assert at_the_next_start(longer, base.settings) == ()


def test_what_holds_at_once_is_named_with_what_it_is_now(base: Base) -> None:
    ours = "desk: {self_review: yes, quiet: 5m, answer_at: 0.7, operators: {demo: [root]}, "
    text = base.text.replace("desk: {", ours).replace("words: [hypervisor]", "words: [hyper]")
    more = 'publishing: {push: yes, email: "desk@example.org"}\nlog: {level: debug}\n'
    base.config.write_text(text + more)
    anew = read_anew(base.settings, base.reference, base.config)
    assert anew.problems == ()
    assert {
        *("desk.self_review now yes", "desk.quiet now 5m", "desk.answer_at now 0.7", "log.level now debug"),
        *("publishing.push now yes", "publishing.email changed", "desk.operators changed"),
        "facets.xen.words changed",
    } == set(anew.applied)
    assert anew.later == ()
    assert "desk.self_review now yes" in said(anew)
    base.config.write_text(base.text)
    again = read_anew(anew.settings, anew.reference, base.config)
    assert "desk.self_review now no" in again.applied


def test_no_secret_is_among_what_is_told_of_settings(base: Base) -> None:
    more = 'publishing: {remote: "https://desk:sw0rdfish@example.org/base.git"}\n'
    base.config.write_text(base.text.replace("nick: pkgdesk", "nick: sw0rdfish") + more)
    anew = read_anew(base.settings, base.reference, base.config)
    assert (anew.applied, anew.problems) == (("publishing.remote changed",), ())
    assert anew.later == ("networks.demo.nick",)
    assert "sw0rdfish" not in said(anew)


def said(anew: Anew) -> str:
    """What whoever asked for it reads."""
    event = ReferenceChanged("reference/1", datetime.now(UTC), applied=anew.applied, later=anew.later)
    return read_anew_report(event)[0]


# --- one at a time ------------------------------------------------------------------------------------------


class Desk:
    """A reloading at work, and what it puts and tells."""

    def __init__(
        self, base: Base, heeded: tuple[Vote, ...] = (), learn: Callable[[Snapshot], Snapshot] = learned
    ) -> None:
        self.reference = heeding(base.reference, heeded)
        self.told: asyncio.Queue[ReferenceChanged] = asyncio.Queue()
        self.used: asyncio.Queue[Reference] = asyncio.Queue()
        self.busy: list[bool] = []
        self.applied = 0
        self.votes: tuple[Vote, ...] = heeded
        self.broken: BaseException | None = None
        self.reloading = Reloading(
            base.settings,
            base.config,
            current=lambda: self.reference,
            use=self._use,
            votes=self._votes,
            heeded=heeded,
            applied=self._applied,
            busy=self.busy.append,
            put=self._put,
            clock=lambda: datetime.now(UTC),
            learn=learn,
        )

    def _use(self, reference: Reference) -> None:
        self.reference = reference
        self.used.put_nowait(reference)

    async def _votes(self) -> tuple[Vote, ...]:
        if self.broken is not None:
            raise self.broken
        return self.votes

    def says_of_votes(self) -> tuple[str, ...]:
        """Why the entry is found, as far as votes have a part in it."""
        [match] = self.reference.knowledge.index.search(QUESTION, limit=1).matches
        return tuple(reason for reason in match.reasons if "questions like this" in reason)

    def _applied(self, _: Settings) -> None:
        self.applied += 1

    async def _put(self, event: Event) -> None:
        assert isinstance(event, ReferenceChanged)
        await self.told.put(event)

    async def uses(self) -> Reference:
        """The next reference that is put in place."""
        async with asyncio.timeout(20):
            return await self.used.get()

    async def hears(self) -> ReferenceChanged:
        async with asyncio.timeout(20):
            return await self.told.get()


async def test_signals_and_changes_that_come_together_are_read_once_and_every_asker_is_told(
    base: Base,
) -> None:
    desk = Desk(base)
    base.adds("other")
    first = [desk.reloading.ask() for _ in range(50)]
    for _ in range(50):
        desk.reloading.notice()
    asked = [desk.reloading.ask(ALICE) for _ in range(2)]
    assert len(set(first)) == 1
    running = asyncio.create_task(desk.reloading.run())
    heard = [await desk.hears() for _ in range(3)]
    assert [each.id for each in heard] == [first[0], *asked]
    assert [each.asked for each in heard] == [None, ALICE, ALICE]
    assert [each.changes.added for each in heard] == [("other",), (), ()]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert desk.busy == [True, False] * 4
    assert desk.applied == 3
    assert desk.told.empty()


def commits(folder: Path, name: str) -> None:
    """Somebody commits everything in a repository of its own."""
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--no-verify", "-m", "all"]):
        who = ["-c", f"user.name={name}", "-c", "user.email=c@example.org", "-c", "commit.gpgSign=false"]
        subprocess.run(["git", *who, *words], cwd=folder, check=True)


async def test_a_broken_file_is_told_with_who_committed_it(base: Base) -> None:
    folder = base.settings.knowledge
    broken = folder / "broken.yaml"
    broken.write_text("id: broken\nphrasings: [")
    commits(folder, "Carol")
    desk = Desk(base)
    running = asyncio.create_task(desk.reloading.run())
    desk.reloading.ask()
    told = await desk.hears()
    broken.unlink()
    desk.reloading.ask()
    mended = await desk.hears()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert told.problems[0].startswith(f"{broken}:3:1: ")
    assert told.by is not None
    assert told.by[0] == "Carol"
    assert (mended.problems, mended.by) == ((), None)


async def test_what_is_learned_behind_a_reading_is_not_lost_nor_put_over_it(base: Base) -> None:
    desk = Desk(base)
    learning = asyncio.create_task(desk.reloading.calibrate())
    running = asyncio.create_task(desk.reloading.run())
    base.adds("other")
    desk.reloading.notice()
    assert (await desk.hears()).changes.added == ("other",)
    assert desk.reference.knowledge.by_id("other") is not None
    (base.folder / "broken.yaml").write_text("id: broken\n")
    desk.reloading.notice()
    told = await desk.hears()
    assert told.kept == ("knowledge",)
    assert desk.reloading.problems == told.problems
    assert desk.reference.knowledge.by_id("other") is not None
    for task in (learning, running):
        task.cancel()
    await asyncio.gather(learning, running, return_exceptions=True)


async def test_a_defect_in_learning_costs_what_would_be_learned_and_the_next_change_is_learned(
    base: Base,
) -> None:
    tried: asyncio.Queue[int] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def learn(snapshot: Snapshot) -> Snapshot:
        loop.call_soon_threadsafe(tried.put_nowait, len(snapshot.entries))
        if len(snapshot.entries) < 2:
            raise ZeroDivisionError
        return learned(snapshot)

    desk = Desk(base, learn=learn)
    before = desk.reference
    with structlog.testing.capture_logs() as logs:
        learning = asyncio.create_task(desk.reloading.calibrate())
        running = asyncio.create_task(desk.reloading.run())
        async with asyncio.timeout(20):
            assert await tried.get() == 1
        assert desk.reference is before
        base.adds("other")
        desk.reloading.notice()
        assert (await desk.hears()).changes.added == ("other",)
        async with asyncio.timeout(20):
            assert await tried.get() == 2
        for _ in range(2):
            await desk.uses()
        assert not learning.done()
    [told] = [each for each in logs if each["log_level"] == "error"]
    assert told["base"] == str(base.settings.knowledge)
    assert "tried again when the base changes" in told["remedy"]
    for task in (learning, running):
        task.cancel()
    await asyncio.gather(learning, running, return_exceptions=True)


async def test_a_defect_costs_one_reading_and_whoever_asked_is_told(base: Base) -> None:
    desk = Desk(base)
    good = desk.reference
    desk.reference = replace(good, knowledge=None)  # type: ignore[arg-type]
    running = asyncio.create_task(desk.reloading.run())
    desk.reloading.ask(ALICE)
    told = await desk.hears()
    assert told.kept == ("knowledge", "map")
    assert "could be read" in told.problems[0]
    desk.reference = good
    desk.reloading.ask(ALICE)
    assert (await desk.hears()).problems == ()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


# --- votes --------------------------------------------------------------------------------------------------


def vote(account: str, entry: str = "system-qemu", *, right: bool = True) -> Vote:
    return Vote(QUESTION, entry, f"libera/account/{account}", right)


CONFIRMED = "confirmed for questions like this ({} more than refused)"


async def running(desk: Desk, *parts: str) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(getattr(desk.reloading, part)()) for part in parts]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_votes_are_heeded_with_a_reading_whether_or_not_files_have_changed(base: Base) -> None:
    desk = Desk(base)
    async with aclosing(running(desk, "run")) as at_work:
        await anext(at_work)
        desk.votes = (vote("a"),)
        desk.reloading.ask(ALICE)
        await desk.hears()
        assert desk.says_of_votes() == (CONFIRMED.format(1),)
        base.adds("other")
        desk.votes = (vote("a"), vote("b"))
        desk.reloading.notice()
        await desk.hears()
        assert desk.says_of_votes() == (CONFIRMED.format(2),)
        (base.folder / "broken.yaml").write_text("id: broken\n")
        desk.votes = (vote("a"), vote("b"), vote("c"))
        desk.reloading.notice()
        assert (await desk.hears()).kept == ("knowledge",)
        assert desk.says_of_votes() == (CONFIRMED.format(3),)


async def test_votes_are_heeded_without_a_reading_and_nothing_else_is_made_again(base: Base) -> None:
    desk = Desk(base, heeded=(vote("a"),))
    before = desk.reference
    await desk.reloading.heed_now()
    assert desk.reference is before, "there is nothing new"
    desk.votes = (vote("a"), vote("b"))
    await desk.reloading.heed_now()
    assert desk.says_of_votes() == (CONFIRMED.format(2),)
    assert desk.reference.knowledge.entries is before.knowledge.entries
    assert desk.reference.knowledge.index.prepare() is before.knowledge.index.prepare()
    assert desk.told.empty()


async def test_votes_are_looked_for_every_so_often(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.reloading.HEEDED_EVERY", 0.0)
    desk = Desk(base)
    async with aclosing(running(desk, "heed")) as at_work:
        await anext(at_work)
        for count in (1, 2):
            desk.votes = tuple(vote(str(number)) for number in range(count))
            await desk.uses()
            assert desk.says_of_votes() == (CONFIRMED.format(count),)


async def test_what_is_learned_meanwhile_heeds_the_votes_that_came_meanwhile(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.reloading.REST", 0.0)
    begun, allowed = threading.Event(), threading.Event()

    def slowly(snapshot: Snapshot) -> Snapshot:
        begun.set()
        assert allowed.wait(20)
        return learned(snapshot)

    desk = Desk(base, learn=slowly)
    served = desk.reference
    async with aclosing(running(desk, "calibrate", "run")) as at_work:
        await anext(at_work)
        assert await asyncio.to_thread(begun.wait, 20)
        desk.votes = (vote("a"),)
        await desk.reloading.heed_now()
        # Nor does a reading that found nothing new throw away what is being learned.
        desk.reloading.ask(ALICE)
        await desk.hears()
        await desk.uses()
        await desk.uses()
        allowed.set()
        await desk.uses()
    assert desk.reference.knowledge.index is not served.knowledge.index
    assert desk.says_of_votes() == (CONFIRMED.format(1),)


async def test_a_database_that_is_away_holds_up_no_reading(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.reloading.VOTES_WITHIN", 0.0)
    desk = Desk(base, heeded=(vote("a"),))
    async with aclosing(running(desk, "run")) as at_work:
        await anext(at_work)
        for broken in (StoreError("the disk is full"), TimeoutError()):
            desk.broken = broken
            desk.reloading.ask(ALICE)
            assert (await desk.hears()).problems == ()
            assert desk.says_of_votes() == (CONFIRMED.format(1),)


async def test_votes_on_entries_that_are_gone_are_told_and_wait(base: Base) -> None:
    base.adds("renamed")
    first = read_sources(base.settings).reference
    assert first is not None
    base.reference = first
    desk = Desk(base, heeded=(vote("a", "renamed"), vote("a", "lost"), vote("b", "lost"), vote("a")))
    assert desk.reloading.gone == ("lost",)
    async with aclosing(running(desk, "run")) as at_work:
        await anext(at_work)
        (base.folder / "renamed.yaml").unlink()
        desk.reloading.ask(ALICE)
        told = await desk.hears()
        assert told.gone == desk.reloading.gone == ("lost", "renamed")
        assert "votes are kept for 2 entries that are gone: lost, renamed" in read_anew_report(told)
        base.adds("renamed")
        base.adds("lost")
        desk.reloading.ask(ALICE)
        told = await desk.hears()
        assert told.gone == desk.reloading.gone == ()
        assert len(read_anew_report(told)) == 1
    found = desk.reference.knowledge.index.search(QUESTION).matches
    lost = next(match for match in found if match.entry.id == "lost")
    assert CONFIRMED.format(2) in lost.reasons
