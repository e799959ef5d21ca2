"""What was being done in a repository that others use, too, when the process was killed; and the locks that
a killed git leaves there.

Git locks by files that are there (`index.lock`, `refs/heads/main.lock`). One that is left holds up everybody
until somebody removes it; one that belongs to a living git must stay. In our own checkout every lock is ours.
Elsewhere one is removed only if all of this holds: our journal says that a git of ours was at work there when
the process died (and the lock of `bot.publishing.lock` that it has ended since); the file is not older than
that work, nor so much younger that the work had ended by then; it is one of those that this work makes; and
no git that can be seen is at work in the repository. What the kernel cannot show (a git on another host or in
another container, in a folder that they share) is beyond that last test: theirs are safe but for the few
minutes behind a crash, in which such a lock may be told from ours by nothing.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.publishing.base import NotPublished
from bot.publishing.place import Place

_PROCESSES = Path("/proc")

_LASTS = 300
"""Seconds that one piece of work may take at most, with its hooks and what waits for a remote repository
(`WITH_HOOKS`), and some."""


class Journal:
    """Of one repository, in a file of ours."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._path = place.ours / "journal"

    @contextmanager
    def at(self, **work: str) -> Iterator[None]:
        """While `work` (what, on which branch, from which commit to which) is being done."""
        fresh = self._path.with_name("journal.new")
        try:
            fresh.write_text(json.dumps(work), "utf-8")
            fresh.replace(self._path)
        except OSError as error:
            raise NotPublished(
                f"{self._place.top}: nothing can be written in its repository "
                f"({(error.strerror or str(error)).lower()}): see whether there is room"
            ) from error
        try:
            yield
        finally:
            self.forget()

    def left(self) -> dict[str, str]:
        """What was being done when the last process was killed; nothing where it was not."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}

    def forget(self) -> None:
        """Nothing is being done any more."""
        self._path.unlink(missing_ok=True)

    def unlock(self, branch: str) -> None:
        """Remove the locks that the work left, as far as they are provably ours."""
        began = _changed(self._path)
        if began is None:
            return
        common = self._place.common
        made = [
            *(self._place.own / name for name in ("index.lock", "HEAD.lock", "ORIG_HEAD.lock")),
            *(common / name for name in ("packed-refs.lock", f"refs/heads/{branch}.lock")),
            *(common / "refs" / "remotes").rglob("*.lock"),
            *(common / "refs" / "pkgdesk").rglob("*.lock"),
        ]
        until = began + _LASTS * 10**9
        dead = [path for path in made if (at := _changed(path)) is not None and began <= at <= until]
        if dead and not _somebody_is_at_work((self._place.top, self._place.own, common)):
            for path in dead:
                path.unlink(missing_ok=True)


def unlock_all(folder: Path) -> None:
    """Remove the locks in what is ours alone, where nothing of ours is at work."""
    for path in folder.rglob("*.lock"):
        path.unlink(missing_ok=True)


def _changed(path: Path) -> int | None:
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return None


def _somebody_is_at_work(folders: tuple[Path, ...]) -> bool:
    """Whether a living git stands in one of the folders, or one of which that cannot be told."""
    for process in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            if not (process / "comm").read_text("utf-8", "replace").startswith("git"):
                continue
            try:
                at = (process / "cwd").readlink()
            except PermissionError:
                return True
            if any(at.is_relative_to(folder) for folder in folders):
                return True
    return False
