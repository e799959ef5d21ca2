"""A knowledge base in a folder that is no git repository: files are written, and that is all.

A file is written whole beside its place, hidden by a dot, and put there by one rename, which is brought to
the disk. There is no history: who changed what stands in the drafts alone, and taking one back means to undo
in the file what the draft changed, as far as the file still says it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.git.running import why
from bot.publishing.base import CaughtUp, Check, Done, NotPublished, Signature
from bot.publishing.changing import SAID_ALREADY, TAKEN_BACK
from bot.publishing.laying import after, before, entry_in
from bot.publishing.lock import locked
from knowledge.documents import DocumentError, read_file
from knowledge.drafts import Draft
from knowledge.files import ENTRY_LIMITS

HIDDEN = ".pkgdesk"


class PlainFolder:
    """The base in `folder`. See `Base`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.warning = (
            f"{folder}: is no git repository: there is no history of who changed what, and nothing to go "
            "back to (git init there makes it one)"
        )

    def publish(self, draft: Draft, author: Signature, reviewer: Signature, check: Check) -> Done:  # noqa: ARG002 (nobody is named)
        with self._at_work():
            path = self._file_of(draft.entry)
            current = _text(path) if path is not None else None
            text = after(draft, current)
            if text == current:
                return Done(note=SAID_ALREADY)
            path = path or self._folder / f"{draft.entry}.yaml"
            check(text, path)
            _write(path, text)
            return Done(note="no git repository: there is no history")

    def revert(self, draft: Draft, reviewer: Signature) -> Done:  # noqa: ARG002 (as above)
        with self._at_work():
            path = self._file_of(draft.entry)
            current = _text(path) if path is not None else None
            if path is None or current is None:
                if draft.was:
                    raise NotPublished(f"{draft.entry}: there is no such entry any more", conflict=True)
                return Done(note=TAKEN_BACK)
            if not draft.was:
                if current != draft.now:
                    raise NotPublished(
                        f"{path}: was changed since: remove it, or change it by another draft", conflict=True
                    )
                path.unlink()
                _to_disk(path.parent)
                return Done()
            text = before(draft, current)
            if text == current:
                return Done(note=TAKEN_BACK)
            entry_in(text, str(path), path.stem)
            _write(path, text)
            return Done()

    def catch_up(self) -> CaughtUp:
        """There is nothing to catch up with; what a killed process left unfinished is removed."""
        if not (self._folder / f"{HIDDEN}.lock").exists():
            return CaughtUp()
        try:
            with self._at_work():
                return CaughtUp()
        except NotPublished as error:
            return CaughtUp(error.why)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        try:
            if not self._folder.is_dir():
                raise NotPublished(
                    f"{self._folder}: there is no such folder: see `knowledge` in the settings"
                )
            with locked(self._folder / f"{HIDDEN}.lock", self._folder):
                for left in self._folder.rglob(f"{HIDDEN}-*.new"):
                    left.unlink(missing_ok=True)
                yield
        except OSError as error:
            named = error.filename or self._folder
            raise NotPublished(
                f"{named}: {why(error)}: see whether there is room, and who may write there"
            ) from error

    def _file_of(self, name: str) -> Path | None:
        found = [
            path
            for path in self._folder.rglob(f"{name}.yaml")
            if not any(part.startswith(".") for part in path.relative_to(self._folder).parts)
        ]
        return min(found, default=None)


def _text(path: Path) -> str:
    try:
        read_file(path, ENTRY_LIMITS)  # whether it may be read at all, and how large it is
        return path.read_bytes().decode()
    except DocumentError as error:
        raise NotPublished(str(error.problems[0])) from error
    except UnicodeDecodeError as error:
        raise NotPublished(f"{path}: is not in UTF-8: see `pkgdesk check`") from error


def _write(path: Path, text: str) -> None:
    """Have the file say this: before or afterwards, never half of it."""
    if path.is_symlink():
        path = path.resolve()
    fresh = path.with_name(f"{HIDDEN}-{path.stem}.new")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    try:
        with fresh.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    _to_disk(path.parent)


def _to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
