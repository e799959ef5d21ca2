"""`pkgdesk map learn` for who sits before it: where the cache is, how far it has come, what was done.

What it does is `bot.maps.learn`. Results go to standard output; progress to standard error, where that is
a terminal, and it is gone in the end.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path

from rich.progress import SpinnerColumn, TextColumn

from bot.command_line import FAILED, OK, WRONG_USE, Stop
from bot.git import GitError
from bot.maps.cache import CacheError, default_cache
from bot.maps.learn import LOG_COMMAND, Learned, LogError, OtherProject, learn_log, learn_repository
from bot.maps.learn import STANDARD_INPUT as UNNAMED
from bot.maps.packed import MOST_COMMITS as KEPT_AT_MOST
from bot.progress import EVERY, Drawn
from routing.past.history import MOST_COMMITS, SWEEPING

STANDARD_INPUT = Path("-")


def learn_and_tell(
    repository: Path | None,
    log: Path | None,
    cache: Path,
    map_: Path | None,
    *,
    most: int | None,
    full: bool,
    as_json: bool,
    note: Callable[[str], None],
) -> int:
    """Learn from the one or the other for a map, and print what was done. Raises Stop."""
    most = most or MOST_COMMITS
    if most > KEPT_AT_MOST:
        raise Stop(WRONG_USE, f"--commits: {most:,} are more than a cache holds: {KEPT_AT_MOST:,} at most")
    try:
        with Counting() as counting:
            if repository is not None:
                done = learn_repository(repository, cache, most=most, full=full, note=note, tell=counting)
            else:
                assert log is not None
                name = UNNAMED if log == STANDARD_INPUT else str(log)
                with _opened(log) as file:
                    done = learn_log(file, name, cache, most=most, full=full, note=note, tell=counting)
    except (GitError, LogError, OtherProject) as error:
        raise Stop(WRONG_USE, str(error)) from error
    except CacheError as error:
        raise Stop(FAILED, str(error)) from error
    print(json.dumps(as_data(done, map_)) if as_json else "\n".join(as_lines(done, map_)))
    return OK


def cache_of(given: Path | None, *belongs_to: Path | None) -> Path:
    """The cache that was named, else the usual one of the first of these that there is: a map, a
    repository, a log. Raises Stop where a log on standard input has nothing that it belongs to."""
    if given is not None:
        if given.is_dir():
            raise Stop(WRONG_USE, f"{given}: is a folder: name the file in it, with --cache")
        return given
    for each in belongs_to:
        if each is not None and each != STANDARD_INPUT:
            return default_cache(os.environ, each)
    raise Stop(
        WRONG_USE,
        "nobody could find again what is learned from standard input: say with --map which map it is for, "
        "or with --cache where it is to be kept",
    )


def as_lines(done: Learned, map_: Path | None) -> list[str]:
    """What was done, for people."""
    tally, history = done.tally, done.history
    new = len(history.commits) - done.before if done.before else 0
    read = f"{tally.read:,} commit{'' if tally.read == 1 else 's'} read"
    lines = [
        f"{history.source}: {read}, {len(history.commits):,} kept"
        + (f", {max(0, new):,} more than before" if done.before else "")
    ]
    reasons = (
        (tally.without_paths, "touch nothing"),
        (tally.sweeping, f"touch more than {SWEEPING} paths, and tell only what was moved"),
        (tally.older, "are older than those kept"),
        (tally.known, "were known"),
    )
    lines += [f"left out: {number:,} that {why}" for number, why in reasons if number]
    if done.gone:
        lines.append(_moved(done.gone, done.mapped))
    belongs = f" for {map_}" if map_ is not None else ""
    lines.append(f"kept in {done.cache} ({_size(done.cache)}){belongs}, after {done.seconds:.1f} s")
    return lines


def _moved(gone: int, mapped: int) -> str:
    """How many paths of the history are not there any more, and how many have another place today."""
    if gone == mapped:
        where = "its place today is known" if gone == 1 else "their places today are known"
        return f"{gone:,} {'path has' if gone == 1 else 'paths have'} moved since; {where}"
    if gone == 1:
        return "1 path is gone from where it was"
    known = f"; of {mapped:,} of them the place today is known" if mapped else ""
    return f"{gone:,} paths are gone from where they were{known}"


def as_data(done: Learned, map_: Path | None) -> dict[str, object]:
    """The same, for programs."""
    tally, history = done.tally, done.history
    return {
        "source": history.source,
        "cache": str(done.cache),
        "map": str(map_) if map_ is not None else None,
        "newest": history.newest,
        "read": tally.read,
        "kept": len(history.commits),
        "before": done.before,
        "left_out": {
            "without_paths": tally.without_paths,
            "sweeping": tally.sweeping,
            "older": tally.older,
            "known": tally.known,
        },
        "odd_lines": tally.odd,
        "undecodable_lines": tally.undecodable,
        "paths_gone": done.gone,
        "paths_mapped": done.mapped,
        "seconds": round(done.seconds, 3),
    }


class Counting(Drawn):
    """Shows how many commits have been read, and how fast."""

    def __init__(self) -> None:
        told = TextColumn("{task.completed:,.0f} commits read, {task.fields[rate]:,.0f}/s")
        super().__init__(SpinnerColumn(), told)
        self._task = self._progress.add_task("", total=None, rate=0)
        self._begun = self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        if not self._shown or done % 64:
            return
        now = time.monotonic()
        if now - self._last >= EVERY:
            self._last = now
            self._progress.update(self._task, completed=done, rate=done / (now - self._begun))
            self._progress.refresh()


def _opened(log: Path) -> BufferedReader:
    if log == STANDARD_INPUT:
        if sys.stdin is None or sys.stdin.closed:
            raise LogError("standard input: is closed: pipe a log into it")
        if sys.stdin.isatty():
            raise LogError(f"standard input: is a terminal: pipe a log into it: {LOG_COMMAND} | …")
        return open(sys.stdin.fileno(), "rb", closefd=False)
    try:
        return log.open("rb")
    except OSError as error:
        raise LogError(f"{log}: cannot be read: {(error.strerror or str(error)).lower()}") from error


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} KB"
