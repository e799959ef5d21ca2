"""Installing a sentence model into a folder, and removing it.

Everything is made in a folder beside the target, which takes the target's place by one rename: whoever looks
sees a whole model or none. That folder is locked while it is worked in; what an interrupted installation left
there is cleared by the next one. A folder that is replaced or removed must be a model of ours, with nothing
else in it.

The ONNX tools are handed in by `bot.model.command`, which imports them: `build`.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.model.errors import NotInstalled, WrongSource
from bot.model.sources import Found
from knowledge.semantic import (
    CONFIG,
    MANIFEST,
    NETWORKS,
    TOKENIZER,
    ModelError,
    SentenceModel,
    load,
    manifest,
)

Build = Callable[[Found, Path], bytes]
"""The int8 network of a model; the folder is for whatever it needs to write."""

_SCRATCH = "scratch"
"""Within the folder that is worked in: what is not part of the model."""


def install(target: Path, find: Callable[[Path], Found], build: Build) -> SentenceModel:
    """Find a model, build it, and put it in the place of `target`, replacing a model of ours that is there.
    Raises NotInstalled, and OSError with what the disk says."""
    with _beside(target) as folder:
        if os.path.lexists(target):
            _only_ours(target)
        scratch = folder / _SCRATCH
        scratch.mkdir()
        found = find(scratch)
        network = build(found, scratch)
        files = {
            CONFIG: found.config.read_bytes(),
            TOKENIZER: found.tokenizer.read_bytes(),
            NETWORKS[0]: network,
        }
        shutil.rmtree(scratch)
        for name, content in {**files, MANIFEST: manifest(found.name, found.origin, files)}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        _readable(folder)
        try:
            load(folder)
        except ModelError as error:
            said = str(error).replace(f"{folder}", found.origin)
            raise WrongSource(said.partition(": make it anew")[0]) from error
        _take_place(folder, target)
    return load(target)


def remove(target: Path) -> None:
    """Remove a model of ours. Raises NotInstalled where there is none, or where more is in the folder."""
    if not os.path.lexists(target):
        raise NotInstalled(f"{target}: there is no model")
    _only_ours(target)
    with _beside(target) as folder:  # so that nobody is installing
        old = folder / "old"
        target.rename(old)
        shutil.rmtree(old)


def tidy(target: Path) -> None:
    """Clear what an interrupted installation left beside a model, where that can be done."""
    if _part(target).exists() or _old(target).exists():
        with contextlib.suppress(NotInstalled, OSError), _beside(target):
            pass


def _only_ours(target: Path) -> None:
    """Raise NotInstalled where the folder holds anything but a model of ours; an empty one is well."""
    if target.is_symlink() or not target.is_dir():
        raise WrongSource(f"{target}: is there already and is no folder: choose another with --to")
    names = {
        str(each.relative_to(target)) for each in target.rglob("*") if each.is_symlink() or not each.is_dir()
    }
    if not names:
        return
    if MANIFEST not in names:
        raise WrongSource(
            f"{target}: holds files, and no model that was installed: choose another folder with --to"
        )
    if strange := sorted(names - {MANIFEST, CONFIG, TOKENIZER, *NETWORKS}):
        raise WrongSource(f"{target / strange[0]}: is no part of the model: move it away first")


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """An empty folder on the same disk, for one at a time; it is gone afterwards."""
    folder = _part(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(lock), folder.stat()):
                raise FileNotFoundError
        except (BlockingIOError, FileNotFoundError) as error:
            raise NotInstalled(f"{target}: is being installed by another process: wait for it") from error
        _clear(folder)
        _settle(target)
        try:
            yield folder
        finally:
            if folder.exists() and os.path.samestat(os.fstat(lock), folder.stat()):
                shutil.rmtree(folder)
    finally:
        os.close(lock)


def _clear(folder: Path) -> None:
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()


def _readable(folder: Path) -> None:
    """A model is no secret: whoever may enter the folder above may read it, as the user of a service must."""
    for each in (folder, *folder.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)


def _take_place(folder: Path, target: Path) -> None:
    """Rename. A model that is there is moved out of the way first; see `_settle`."""
    if target.is_dir() and any(target.iterdir()):
        target.rename(_old(target))
    folder.rename(target)
    _settle(target)


def _settle(target: Path) -> None:
    """What was moved out of the way goes, or comes back where nothing has taken its place."""
    old = _old(target)
    if old.is_dir():
        if os.path.lexists(target):
            shutil.rmtree(old)
        else:
            old.rename(target)


def _part(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")
