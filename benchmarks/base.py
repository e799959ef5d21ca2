"""A base of 10,000 entries: how soon it is there, how soon a changed file is, and what that does to answers.

Reading, watching and swapping as the desk does them, in one process with an event loop that has something to
do meanwhile. Beside it: what PyYAML takes to read the same files, with libyaml, into plain values that nobody
has looked at.
"""

import asyncio
import gc
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import structlog
import yaml

from benchmarks import bases
from benchmarks.figures import Cell, Column, Setup, Table, percentile
from benchmarks.stage import write_base
from bot.config import Settings
from bot.desk.events import Event, ReferenceChanged
from bot.desk.reference import Reference
from bot.linting.reading import lint_folder
from bot.reloading import Reloading
from bot.sources import read_sources
from bot.watching import Watching
from knowledge.keeping import Keeping
from knowledge.library import Snapshot, learned, load, made_in

ENTRIES = 10_000
LIVE_WITHIN = 300.0
"""Milliseconds from the rename of a changed file until questions are answered by it."""

WARM_WITHIN = 3.0
"""Seconds until a base can be searched of which it is kept on disk what was read of it."""

COLD_WITHIN = 20.0
"""Seconds until it can be searched, read for the first time."""

LINTED_WITHIN = 30.0
"""Seconds."""

_MEANWHILE = 0.005  # seconds between two looks at how late the event loop is
_ASKED_EVERY = 20  # of those looks


def measure(setup: Setup) -> list[Table]:
    """The tables of loading and of changing."""
    size = 1_000 if setup.quick else ENTRIES
    times = 1 if setup.quick else 3
    setup.note(f"base: {size:,} entries")
    folder = write_base(bases.generated(size), setup.work / "base")
    # Files that have only just changed are not relied on: a base that stands on a disk is older.
    moment = time.time_ns() + 3600 * 10**9
    gc.disable()
    rows: list[tuple[Cell, ...]] = []

    def timed(what: str, do: Callable[[], object], goal: float | None = None) -> float:
        taken, used = [], []
        for _ in range(times):
            began, before = time.perf_counter(), time.process_time()
            do()
            taken.append(time.perf_counter() - began)
            used.append(time.process_time() - before)
        median = percentile(taken, 0.5) or 0.0
        rows.append((what, times, median, max(taken), percentile(used, 0.5), goal, _kept(median, goal)))
        return median

    def anew() -> Snapshot:
        return load(folder, moment=moment)

    kept = setup.work / "base.entries"

    def cold() -> Snapshot:
        kept.unlink(missing_ok=True)
        return _ready(folder, Keeping(kept, setup.note), moment)

    def keep() -> None:
        kept.unlink(missing_ok=True)
        Keeping(kept, setup.note).keep(made_in(at_hand))

    plain = timed("PyYAML with libyaml, into plain values", lambda: _plain(folder))
    ours = timed("read and checked", anew)
    timed("ready to be searched, cold: nothing of it is kept on disk", cold, COLD_WITHIN)
    at_hand = cold()
    timed("kept on disk (in the background)", keep)
    timed(
        "ready to be searched, warm: by what is kept on disk",
        lambda: _ready(folder, Keeping(kept, setup.note), moment),
        WARM_WITHIN,
    )
    timed("looked at again by stamps, nothing changed", lambda: load(folder, before=at_hand, moment=moment))
    timed("learned how sure a match is (in the background)", lambda: learned(at_hand))
    setup.note("base: lint")
    day = date(2026, 11, 1)
    timed("linted", lambda: lint_folder(folder, today=day, progress=_untold), LINTED_WITHIN)
    gc.enable()
    setup.note("base: changes")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    changes = asyncio.run(_changed(folder, sorted(folder.iterdir()), 3 if setup.quick else 20, size // 10))
    loading = Table(
        "base",
        f"A base of {size:,} entries",
        (
            Column("what"),
            Column("n"),
            Column("median", "s", 2),
            Column("longest", "s", 2),
            Column("processor", "s", 2),
            Column("goal", "s"),
            Column("kept"),
        ),
        tuple(rows),
        (
            f"the goals are set for {ENTRIES:,} entries; the system has the files at hand; no model",
            f"reading and checking takes {ours / plain:.2f} of the time of PyYAML in the same run",
            f"what is kept on disk has {kept.stat().st_size / 1e6:.0f} MB",
        ),
    )
    return [loading, _changes(size, changes)]


def _ready(folder: Path, keeping: Keeping, moment: int) -> Snapshot:
    """A base as a start reads it."""
    found = load(folder, kept=keeping.read(), moment=moment)
    found.index.prepare()
    return found


def _kept(value: float, goal: float | None) -> str:
    return "–" if goal is None else "yes" if value < goal else "no"


def _untold(what: str, done: int, total: int) -> None:
    """Nobody looks on."""


def _plain(folder: Path) -> list[object]:
    return [yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) for path in sorted(folder.iterdir())]


@dataclass(slots=True)
class _Changes:
    """Seconds: until each lone change was live; until all of a checkout of `files` were, told in so many
    `batches`; by how much the event loop was late, and what a search took, idle and meanwhile."""

    live: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)
    flood: float = 0.0
    files: int = 0
    batches: int = 0
    late: dict[str, list[float]] = field(default_factory=dict)
    searched: dict[str, list[float]] = field(default_factory=dict)


def _changes(size: int, changes: _Changes) -> Table:
    live = [1000 * each for each in changes.live]
    rows: list[tuple[Cell, ...]] = [
        (
            "a changed file, from its rename until it is searched",
            *(len(live), percentile(live, 0.5), percentile(live, 0.99), max(live)),
            *(LIVE_WITHIN, _kept(max(live), LIVE_WITHIN)),
        ),
        (
            "processor of the whole process for one, with what is done meanwhile",
            *(len(live), *(_share(changes.used, share) for share in (0.5, 0.99, 1.0)), None, "–"),
        ),
        (
            f"a checkout of {changes.files:,} files, from its last until all are searched",
            *(1, 1000 * changes.flood, None, 1000 * changes.flood, None, "–"),
        ),
    ]
    for what, figures in (("the event loop is late", changes.late), ("a search", changes.searched)):
        for when, taken in figures.items():
            shares = (_share(taken, share) for share in (0.5, 0.99, 1.0))
            rows.append((f"{what}, {when}", len(taken), *shares, None, "–"))
    return Table(
        "base/changes",
        f"Changes of a base of {size:,} entries",
        (
            Column("what"),
            Column("n"),
            Column("p50", "ms", 1),
            Column("p99", "ms", 1),
            Column("longest", "ms", 1),
            Column("goal", "ms"),
            Column("kept"),
        ),
        tuple(rows),
        (f"the checkout was told of in {changes.batches} batches",),
    )


def _share(taken: Sequence[float], share: float) -> float | None:
    value = percentile(taken, share)
    return None if value is None else 1000 * value


class _Desk:
    """What of a desk watches, reads and swaps."""

    def __init__(self, settings: Settings, reference: Reference) -> None:
        self.reference = reference
        self.told: asyncio.Queue[ReferenceChanged] = asyncio.Queue()
        self.reloading = Reloading(
            settings,
            None,
            current=lambda: self.reference,
            use=self._use,
            votes=self._votes,
            applied=lambda _: None,
            busy=lambda _: None,
            put=self._put,
            clock=lambda: datetime.now(UTC),
        )
        self.watching = Watching(lambda: (settings.knowledge,), self.reloading.notice)
        self.used = asyncio.Event()

    def _use(self, reference: Reference) -> None:
        self.reference = reference
        gc.freeze()  # as the desk does
        self.used.set()

    async def _votes(self) -> tuple[()]:
        return ()

    async def _put(self, event: Event) -> None:
        if isinstance(event, ReferenceChanged):
            self.told.put_nowait(event)

    async def until(self, found: Callable[[Reference], bool]) -> float:
        """When the reference in use was so (monotonic seconds)."""
        async with asyncio.timeout(60):
            while not found(self.reference):
                self.used.clear()
                await self.used.wait()
        return time.perf_counter()


async def _changed(folder: Path, paths: Sequence[Path], times: int, files: int) -> _Changes:
    settings = bases.demo_settings().model_copy(update={"knowledge": folder})
    found = read_sources(settings).reference
    if found is None:
        raise RuntimeError("the demo's map does not hold together")
    found.knowledge.index.prepare()
    gc.collect()
    gc.freeze()
    desk, changes = _Desk(settings, found), _Changes(files=files)
    async with _at_work(desk.reloading.run(), desk.watching.run()):
        await _watched(desk, paths[0])
        for when in ("idle", "meanwhile"):
            late = changes.late[when] = []
            searched = changes.searched[when] = []
            async with _at_work(_meanwhile(desk, late, searched)):
                if when == "idle":
                    await asyncio.sleep(3.0)
                    continue
                for number in range(times):
                    await asyncio.sleep(0.7)
                    before = time.process_time()
                    changes.live.append(await _live(desk, paths[number * 97 % len(paths)], f"zq{number}"))
                    changes.used.append(time.process_time() - before)
        await asyncio.sleep(1.0)
        while not desk.told.empty():
            desk.told.get_nowait()
        for path in paths[:files]:
            _write(path, "zqflood")
        began, last = time.perf_counter(), paths[:files]
        changes.flood = (
            await desk.until(lambda ref: all(_says(ref, each, "zqflood") for each in last)) - began
        )
        changes.batches = desk.told.qsize() + 1
    return changes


async def _watched(desk: _Desk, path: Path) -> None:
    """Until changes are noticed."""
    for number in range(60):
        _write(path, f"zqbegin{number}")
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await desk.told.get()
                return
    raise RuntimeError("changes are not noticed")


async def _live(desk: _Desk, path: Path, word: str) -> float:
    """Seconds from the rename of a file that says another word until that is what its entry is found by."""
    began = _write(path, word)
    ended = await desk.until(lambda ref: _says(ref, path, word))
    best = desk.reference.knowledge.index.search(word, limit=1).matches
    if not best or best[0].entry.id != path.stem:
        raise RuntimeError(f"{path.stem} is not found by what it says now")
    return ended - began


def _write(path: Path, word: str) -> float:
    """Replace the file as editors and git do; when (monotonic seconds)."""
    other = path.with_name(f".{path.name}")
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("title: zq")]
    other.write_text("\n".join([lines[0], f"title: {word}", *lines[1:], ""]), "utf-8")
    began = time.perf_counter()
    other.replace(path)
    return began


def _says(reference: Reference, path: Path, word: str) -> bool:
    entry = reference.knowledge.by_id(path.stem)
    return entry is not None and entry.title == word


async def _meanwhile(desk: _Desk, late: list[float], searched: list[float]) -> None:
    """What else is asked of the process: to be on time, and twenty questions in two seconds."""
    asked = [entry.phrasings[0] for entry in desk.reference.knowledge.entries[::50]]
    number = 0
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_MEANWHILE)
        late.append(time.perf_counter() - began - _MEANWHILE)
        number += 1
        if number % _ASKED_EVERY == 0:
            began = time.perf_counter()
            desk.reference.knowledge.index.search(asked[number // _ASKED_EVERY % len(asked)])
            searched.append(time.perf_counter() - began)


@asynccontextmanager
async def _at_work(*work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
