"""Changed files are noticed, however they change, and told once."""

import asyncio
import contextlib
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.watching import Watching, places

PATIENCE = 20.0
ROOT = Path(__file__).parents[2]


class Noticed:
    """How often something was noticed; can be waited for."""

    def __init__(self) -> None:
        self.times = 0
        self.paths: Collection[str] | None = None
        self._event = asyncio.Event()

    def __call__(self, paths: Collection[str] | None) -> None:
        self.times += 1
        self.paths = paths
        self._event.set()

    async def soon(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._event.wait()
        self._event.clear()


@contextlib.asynccontextmanager
async def watched(folder: Path, map_: Path) -> AsyncIterator[Noticed]:
    """The folder and the file, from when they are watched."""
    noticed = Noticed()
    watching = asyncio.create_task(Watching(lambda: (folder, map_), noticed).run())
    try:
        # It is watched as soon as something is noticed.
        beat = folder / "beat.yaml"
        while not noticed.times:
            beat.write_text(str(noticed.times))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await noticed.soon()
        yield noticed
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (tmp_path / "map.yaml").write_text("sections: {}\n")
    return folder


async def quiet(noticed: Noticed) -> None:
    """Until nothing more comes of what was before."""
    with contextlib.suppress(TimeoutError):
        while True:
            async with asyncio.timeout(1.0):
                await noticed.soon()


async def test_every_way_to_change_an_entry_is_noticed(base: Path) -> None:
    async with watched(base, base.parent / "map.yaml") as noticed:
        entry = base / "entry.yaml"

        def replaced() -> None:
            (base / ".entry.yaml.swp").write_text("three")
            (base / ".entry.yaml.swp").rename(entry)

        for change in (
            lambda: entry.write_text("one"),
            lambda: entry.write_text("two"),
            replaced,
            lambda: entry.rename(base / "renamed.yaml"),
            (base / "renamed.yaml").unlink,
            (base / "deeper").mkdir,
            lambda: (base / "deeper" / "more.yaml").write_text("x"),
            lambda: (base / "deeper").rename(base / "elsewhere"),
            lambda: shutil.rmtree(base / "elsewhere"),
        ):
            await quiet(noticed)
            change()
            await noticed.soon()


async def test_a_map_that_is_replaced_as_editors_do_is_noticed(base: Path) -> None:
    map_ = base.parent / "map.yaml"
    async with watched(base, map_) as noticed:
        for _ in range(3):
            await quiet(noticed)
            (base.parent / "map.yaml~").write_text("new")
            (base.parent / "map.yaml~").rename(map_)
            await noticed.soon()


async def test_what_is_not_read_is_not_noticed(base: Path) -> None:
    async with watched(base, base.parent / "map.yaml") as noticed:
        await quiet(noticed)
        before = noticed.times
        (base / ".git").mkdir()
        (base / ".git" / "index.lock").write_text("x")
        (base / "README.md").write_text("x")
        (base / ".entry.yaml.swp").write_text("x")
        (base.parent / "pkgdesk.sqlite-wal").write_text("x")
        await quiet(noticed)
        assert noticed.times == before


async def test_a_change_of_entries_is_told_by_their_paths(base: Path) -> None:
    (base / "deep").mkdir()
    async with watched(base, base.parent / "map.yaml") as noticed:
        for change, paths in (
            (lambda: (base / "deep" / "entry.yaml").write_text("one"), {"deep/entry.yaml"}),
            (lambda: (base / "deep" / "entry.yaml").unlink(), {"deep/entry.yaml"}),
            (lambda: (base.parent / "map.yaml").write_text("new"), None),
        ):
            await quiet(noticed)
            change()
            await noticed.soon()
            assert noticed.paths == paths


async def test_a_checkout_of_a_thousand_files_is_few_changes(base: Path) -> None:
    async with watched(base, base.parent / "map.yaml") as noticed:
        await quiet(noticed)
        before = noticed.times
        for number in range(1000):
            (base / f"entry-{number}.yaml").write_text("x")
        await noticed.soon()
        await quiet(noticed)
        assert noticed.times - before < 10


async def test_a_folder_that_is_removed_and_made_again_is_watched_on(base: Path) -> None:
    async with watched(base, base.parent / "map.yaml") as noticed:
        for _ in range(2):
            await quiet(noticed)
            shutil.move(base, base.parent / "old")
            await noticed.soon()
            shutil.copytree(base.parent / "old", base)
            await quiet(noticed)
            (base / "entry.yaml").write_text("again")
            await noticed.soon()
            shutil.rmtree(base.parent / "old")


async def test_a_link_that_is_pointed_elsewhere_is_followed(tmp_path: Path) -> None:
    for release in ("1", "2"):
        (tmp_path / release / "base").mkdir(parents=True)
        (tmp_path / release / "map.yaml").write_text("x")
    current = tmp_path / "current"
    current.symlink_to("1")
    async with watched(current / "base", current / "map.yaml") as noticed:
        await quiet(noticed)
        (tmp_path / "next").symlink_to("2")
        (tmp_path / "next").rename(current)
        await noticed.soon()
        await quiet(noticed)
        (tmp_path / "2" / "base" / "entry.yaml").write_text("x")
        await noticed.soon()
        await quiet(noticed)
        (tmp_path / "2" / "map.yaml").write_text("y")
        await noticed.soon()


def test_places_are_told_from_others_of_the_same_name(base: Path) -> None:
    before = places(base, base.parent / "map.yaml")
    assert before.below == base
    assert before.around == {base.parent}
    base.rename(base.parent / "old")
    assert places(base).below is None
    assert places(base).names == {base}
    assert places(base / "a" / "b").around == {base.parent}
    base.mkdir()
    assert places(base, base.parent / "map.yaml") != before


def test_links_that_go_in_circles_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    found = places(tmp_path / "a" / "base")
    assert found.below is None
    assert found.around == {tmp_path}


def test_a_link_to_itself_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "base").symlink_to("base")
    found = places(tmp_path / "base")
    assert found.below is None
    assert found.names == {tmp_path / "base"}


async def test_a_defect_is_logged_and_watching_is_begun_anew(base: Path) -> None:
    looks = iter([RuntimeError("a defect"), RecursionError("another")])

    def wanted() -> tuple[Path, ...]:
        for defect in looks:
            raise defect
        return (base, base.parent / "map.yaml")

    noticed = Noticed()
    with capture_logs() as logged:
        watching = asyncio.create_task(Watching(wanted, noticed).run())
        try:
            await noticed.soon()  # what may have changed meanwhile
            while noticed.times < 3:
                (base / "entry.yaml").write_text(str(noticed.times))
                await quiet(noticed)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    assert [each["again_in"] for each in logged if "`reload` reads them" in each["event"]] == ["1 s", "2 s"]


WITHOUT = """
import asyncio, sys
from pathlib import Path
from bot.watching import Watching
folder, map_ = Path(sys.argv[1]), Path(sys.argv[2])

async def main():
    noticed = asyncio.Event()
    watching = asyncio.create_task(Watching(lambda: (folder, map_), lambda _: noticed.set()).run())
    number = 0
    while not noticed.is_set():
        number += 1
        (folder / "entry.yaml").write_text("x" * number)
        await asyncio.wait([asyncio.ensure_future(noticed.wait())], timeout=1)
    print("noticed")
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

asyncio.run(asyncio.wait_for(main(), 60))
"""


def test_where_the_system_tells_nothing_files_are_looked_at(base: Path) -> None:
    """In a user namespace of its own the process may lower its own limits (namespaces(7))."""
    lowered = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"'
    apart = ["unshare", "--user", "--map-root-user", "sh", "-c"]
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    if subprocess.run([*apart, lowered, "sh", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no user namespace can be made here")
    done = subprocess.run(
        [*apart, lowered, "sh", sys.executable, "-c", WITHOUT, str(base), str(base.parent / "map.yaml")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert "noticed" in done.stdout
    assert "the system cannot tell of changed files" in done.stdout
