"""Notices that the files of the knowledge base or of the map have changed.

    below     the folder of the knowledge base is watched with all that is in it
    around    the folders that hold a name on the way there are watched for that name alone: the files of the
              map, which editors replace; a folder that is removed and made again; symbolic links, which are
              pointed elsewhere

After each change of these the places are looked up anew, and watched from then on. A change that comes alone
is told at once. Changes that come close together are one: what follows on a checkout's first is told once,
when it has been quiet for `QUIET`, and at the latest after `TOGETHER`. Where the system has no more room for
watches (inotify(7)), the files are looked at every `LOOK` instead, which costs a little and notices later.

That files are watched is a convenience: a defect here is logged, and watching is begun anew after a pause.

Told are the paths in the knowledge base that have changed, or nothing, where it may be anything. Library:
watchfiles.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from watchfiles import awatch
from watchfiles._rust_notify import WatchfilesRustInternalError

from bot.aside import aside

log = structlog.get_logger()

AT_ONCE = 25
"""Milliseconds without a change that make what came before one change: a file that is written in several
pieces, or replaced."""

QUIET = 0.3
"""Seconds without a change before one that comes alone; and after which several are told."""

TOGETHER = 3.0
"""Seconds after which they are told even if more comes."""

ALONE = 8
"""Paths that may change at once and still be a change that comes alone."""

AGAIN_FIRST, AGAIN_MOST = 1.0, 300.0
"""Seconds after which watching is begun anew where it failed: more each time."""

LOOK = 2000
"""Milliseconds between two looks where nothing tells of changes."""

_LINKS = 40
"""Symbolic links that are followed on one way, as the system does (path_resolution(7))."""


@dataclass(frozen=True, slots=True)
class Places:
    """What is watched: `below`, the folder with all that is in it (None where there is none now), told from
    another of the same name by `identity`; `names`: the paths that lead to what is read."""

    below: Path | None
    identity: tuple[int, int] | None
    names: frozenset[Path]

    @property
    def around(self) -> frozenset[Path]:
        """The folders that hold the names."""
        return frozenset(name.parent for name in self.names)


def places(folder: Path, *files: Path) -> Places:
    """What there is to watch for a folder and some files, which may not be there."""
    names = frozenset(name for path in (folder, *files) for name in _names(path))
    with contextlib.suppress(OSError):
        # Of links in a circle `Path.resolve` makes another error in each version of Python.
        there = Path(os.path.realpath(folder, strict=True))
        if there.is_dir():
            found = there.stat()
            return Places(there, (found.st_dev, found.st_ino), names)
    return Places(None, None, names)


def _names(path: Path) -> Iterator[Path]:
    """The names on the way to `path` whose change leads elsewhere, each in a folder that is there: every
    symbolic link, and the last name; where a folder is missing, that."""
    at, left = Path("/"), list(path.absolute().parts[1:])
    links = 0
    while left:
        part = left.pop(0)
        if part == "..":
            at = at.parent
            continue
        here = at / part
        try:
            target = Path(here.readlink()) if here.is_symlink() else None
            gone = target is None and not here.exists()
        except OSError:
            return
        if gone or target is not None or not left:
            yield here
        if gone:
            return
        if target is None:
            at = here
        elif (links := links + 1) <= _LINKS:
            at = Path("/") if target.is_absolute() else at
            left[:0] = target.parts[1:] if target.is_absolute() else target.parts
        else:
            return


class Gathering:
    """Changes on their way to whoever is told of them: one that comes alone at once, others together."""

    def __init__(self, noticed: Callable[[Collection[str] | None], None]) -> None:
        self._noticed = noticed
        self._paths: set[str] = set()
        self._anything = False
        self._last = float("-inf")
        self._first: float | None = None
        self._telling: asyncio.TimerHandle | None = None

    def add(self, paths: Collection[str] | None) -> None:
        """These have changed, or anything may have."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        alone = self._first is None and now - self._last >= QUIET and len(paths or ()) <= ALONE
        self._last = now
        self._paths.update(paths or ())
        self._anything |= paths is None
        if alone:
            self._tell()
            return
        if self._first is None:
            self._first = now
        if self._telling is not None:
            self._telling.cancel()
        self._telling = loop.call_at(min(now + QUIET, self._first + TOGETHER), self._tell)

    def _tell(self) -> None:
        told = None if self._anything else frozenset(self._paths)
        self._paths, self._anything, self._first, self._telling = set(), False, None, None
        self._noticed(told)


class Watching:
    """`run` calls `noticed` with what has changed, until it is cancelled. `wanted`: the folder and the files,
    as they are set at that moment; `look` where that may have changed."""

    def __init__(
        self, wanted: Callable[[], tuple[Path, ...]], noticed: Callable[[Collection[str] | None], None]
    ) -> None:
        self._wanted = wanted
        self._gathering = Gathering(noticed)
        self._stirred = asyncio.Event()
        self._polling = False
        self._unseen = False

    def look(self) -> None:
        """Look up anew what there is to watch."""
        self._stirred.set()

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        pause = AGAIN_FIRST
        while True:
            began = clock()
            try:
                await self._watch()
            except Exception:  # what watches files raises whatever its library or the system complains of
                pause = AGAIN_FIRST if clock() - began > AGAIN_MOST else pause
                log.exception(
                    "changed files are not noticed for now; `reload` reads them", again_in=f"{pause:g} s"
                )
            await asyncio.sleep(pause)
            pause = min(pause * 2, AGAIN_MOST)
            self._unseen = True

    async def _watch(self) -> None:
        if self._unseen:
            self._unseen = False
            self._gathering.add(None)  # nobody looked
        known: Places | None = None
        failed = False
        while True:
            current = await self._look_up()
            if known is not None and current != known:
                self._gathering.add(None)  # what happened before the new places are watched is not seen
            known = current
            try:
                await self._while_there(current)
            except FileNotFoundError:
                continue  # gone in between
            except (OSError, WatchfilesRustInternalError) as error:
                if self._polling and not failed:
                    log.error("changed files are not noticed; `reload` reads them", error=str(error))
                    failed = True
                elif not self._polling:
                    log.warning(
                        "the system cannot tell of changed files, so they are looked for every two seconds: "
                        "raise fs.inotify.max_user_watches or fs.inotify.max_user_instances",
                        error=str(error),
                    )
                    self._polling = True
                else:
                    await asyncio.sleep(LOOK / 1000)

    async def _look_up(self) -> Places:
        """Where names have wildcards, that goes through whole trees."""
        return await aside(lambda: places(*self._wanted()))

    async def _while_there(self, current: Places) -> None:
        """Watch these places until there are others."""
        listening = [
            asyncio.create_task(self._listen(current.around, lambda path: path in current.names, None)),
        ]
        below = current.below
        if below is not None:
            listening.append(
                asyncio.create_task(self._listen({below}, lambda path: _matters(path, below), below))
            )
        try:
            while True:
                waiting = asyncio.create_task(self._stirred.wait())
                await asyncio.wait([*listening, waiting], return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                for task in listening:
                    if task.done():
                        task.result()
                self._stirred.clear()
                if await self._look_up() != current:
                    return
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)

    async def _listen(
        self, folders: Collection[Path], matters: Callable[[Path], bool], below: Path | None
    ) -> None:
        """Listen in these folders; `below`: the one of which paths are told, with all that is in it."""
        async for changes in awatch(
            *folders,
            watch_filter=lambda _, path: matters(Path(path)),
            step=AT_ONCE,
            debounce=round(QUIET * 1000),
            recursive=below is not None,
            force_polling=self._polling or None,
            poll_delay_ms=LOOK,
            ignore_permission_denied=True,
        ):
            paths = {Path(path) for _, path in changes}
            known = below is not None and all(path.is_relative_to(below) for path in paths)
            self._gathering.add({str(path.relative_to(below)) for path in paths} if known and below else None)
            if not (known and all(path.suffix == ".yaml" for path in paths)):
                self._stirred.set()
        raise WatchfilesRustInternalError("it ended by itself")


def _matters(path: Path, folder: Path) -> bool:
    """Whether something in the knowledge base may have changed: an entry, or a folder of them. What is hidden
    (git's own files, editors' too) is not read."""
    inside = path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name)
    hidden = any(part.startswith(".") for part in inside.parts)
    return not hidden and (path.suffix == ".yaml" or not path.is_file())
