"""The files of a base as the command line reads and shows them: one by the id of its entry."""

import os
from collections.abc import Iterator
from pathlib import Path

from knowledge.documents import DocumentError, Problem
from knowledge.files import ENTRY_LIMITS


def file_of(folder: Path, name: str) -> Path | None:
    """The file of the entry `name`; of several the one that is read (`knowledge.library`)."""
    return min((path for path in _files(folder) if path.stem == name), default=None)


def names_in(folder: Path) -> dict[str, str]:
    """The ids of all entries that there are files of, each with itself."""
    return {path.stem: path.stem for path in _files(folder)}


def text_of(path: Path) -> str:
    """What stands in a file. Raises DocumentError where it cannot be read or is none of a base."""
    try:
        with path.open("rb") as file:
            content = file.read(ENTRY_LIMITS.size + 1)
        text = content.decode()
    except OSError as error:
        raise _wrong(path, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise _wrong(path, "is not UTF-8: write it anew as UTF-8") from error
    if len(content) > ENTRY_LIMITS.size:
        raise _wrong(path, f"larger than the {ENTRY_LIMITS.size} bytes that are allowed")
    return text


def _wrong(path: Path, message: str) -> DocumentError:
    return DocumentError([Problem(str(path), 1, 1, message)])


def _files(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for place, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith(".")]
        for name in names:
            path = Path(place, name)
            if name.endswith(".yaml") and not name.startswith("."):
                if path.is_symlink() and not _inside(path, root):
                    continue
                yield path


def _inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a link that leads to itself
        return False
