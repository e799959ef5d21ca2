"""A change of the base becomes live: what is read, what is told and when, what is gathered."""

import asyncio
from collections.abc import Collection
from pathlib import Path

import pytest
from running_desks import ENTRY
from test_reloading import Base, Desk

from bot.watching import ALONE, QUIET, TOGETHER, Gathering


@pytest.fixture
def base(tmp_path: Path) -> Base:
    return Base(tmp_path)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.reloading.DOUBT", 0.0)


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_changed_file_alone_is_read(base: Base) -> None:
    desk = Desk(base)
    running = asyncio.create_task(desk.reloading.run())
    base.adds("other")
    base.adds("unnoticed")
    desk.reloading.notice({"other.yaml"})
    assert (await desk.hears()).changes.added == ("other",)
    desk.reloading.notice()
    assert (await desk.hears()).changes.added == ("unnoticed",)
    await stop(running)


async def test_a_problem_that_stays_is_told_and_one_that_passes_is_not(base: Base) -> None:
    desk = Desk(base)
    running = asyncio.create_task(desk.reloading.run())
    file = base.folder / "other.yaml"
    file.write_text("id: oth")
    desk.reloading.notice({"other.yaml"})
    await desk.uses()
    assert desk.told.empty()
    assert desk.reloading.problems == ()
    told = await desk.hears()
    assert told.kept == ("knowledge",)
    assert "other.yaml" in told.problems[0]
    base.adds("more")
    file.write_text(ENTRY.replace("system-qemu", "other"))
    desk.reloading.notice({"more.yaml"})  # of the other one nobody has to tell again
    told = await desk.hears()
    assert (told.changes.added, told.problems, told.kept) == (("more", "other"), (), ())
    await stop(running)


async def test_what_was_half_written_is_told_once_it_is_whole(base: Base) -> None:
    desk = Desk(base)
    running = asyncio.create_task(desk.reloading.run())
    (base.folder / "other.yaml").write_text("")
    desk.reloading.notice({"other.yaml"})
    await desk.uses()
    base.adds("other")
    told = await desk.hears()
    assert (told.changes.added, told.problems) == (("other",), ())
    await stop(running)


async def test_a_change_is_told_before_what_is_wrong_with_it(base: Base) -> None:
    desk = Desk(base)
    running = asyncio.create_task(desk.reloading.run())
    base.adds("other")
    with (base.folder / "other.yaml").open("a") as file:
        file.write("see: [nowhere]\n")
    desk.reloading.notice({"other.yaml"})
    first, second = await desk.hears(), await desk.hears()
    assert (first.changes.added, first.problems) == (("other",), ())
    assert not second.changes
    assert "nowhere" in second.problems[0]
    await stop(running)


async def test_everything_is_looked_at_every_so_often(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.reloading.LOOKED_EVERY", 0.0)
    desk = Desk(base)
    tasks = [asyncio.create_task(part) for part in (desk.reloading.run(), desk.reloading.look())]
    base.adds("other")
    assert (await desk.hears()).changes.added == ("other",)
    for task in tasks:
        await stop(task)


async def test_what_the_desk_has_published_is_named(base: Base) -> None:
    desk = Desk(base)
    desk.reloading._ours = lambda: {"other", "elsewhere"}
    running = asyncio.create_task(desk.reloading.run())
    base.adds("more")
    base.adds("other")
    desk.reloading.notice({"more.yaml", "other.yaml"})
    told = await desk.hears()
    assert (told.changes.added, told.published) == (("more", "other"), ("other",))
    assert told.changes.but(told.published).added == ("more",)
    await stop(running)


# --- gathering ----------------------------------------------------------------------------------------------


class Loop:
    """A clock that is set, and what is to be done by it."""

    def __init__(self) -> None:
        self.now = 100.0
        self._due: list[tuple[float, list[object]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when, do):  # type: ignore[no-untyped-def]
        due = (when, [do])
        self._due.append(due)

        class Handle:
            def cancel(self) -> None:
                due[1].clear()

        return Handle()

    def goes(self, seconds: float) -> None:
        self.now += seconds
        for when, todo in self._due:
            if when <= self.now and todo:
                todo.pop()()  # type: ignore[operator]


def gathering(monkeypatch: pytest.MonkeyPatch) -> tuple[Loop, Gathering, list[Collection[str] | None]]:
    loop, told = Loop(), []
    monkeypatch.setattr("bot.watching.asyncio.get_running_loop", lambda: loop)
    return loop, Gathering(told.append), told


def test_a_change_that_comes_alone_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, gathered, told = gathering(monkeypatch)
    for paths in ({"a.yaml"}, {"a.yaml", "b.yaml"}, None):
        gathered.add(paths)
        assert told.pop() == paths
        loop.goes(2 * QUIET)
    assert told == []


def test_what_follows_is_told_together_when_it_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, gathered, told = gathering(monkeypatch)
    for name in "abcde":
        gathered.add({name})
        loop.goes(QUIET / 2)
    assert told == [{"a"}]
    loop.goes(2 * QUIET)
    assert told == [{"a"}, {"b", "c", "d", "e"}]
    gathered.add({"f"})
    assert told[2:] == [{"f"}]


def test_many_at_once_are_waited_for_but_not_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, gathered, told = gathering(monkeypatch)
    many = {str(number) for number in range(ALONE + 1)}
    gathered.add(many)
    assert told == []
    began = loop.now
    while not told:
        loop.goes(QUIET / 2)
        gathered.add({"more"})
    assert TOGETHER - 0.01 <= loop.now - began <= TOGETHER + QUIET + 0.01
    assert told[0] == {*many, "more"}


def test_where_anything_may_have_changed_that_is_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, gathered, told = gathering(monkeypatch)
    gathered.add({"a"})
    gathered.add(None)
    gathered.add({"b"})
    loop.goes(2 * QUIET)
    assert told == [{"a"}, None]
