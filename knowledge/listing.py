"""Which files of a folder are entries.

Every `*.yaml` below the folder is one; files and folders that begin with a dot are passed over, and so are
symbolic links that lead out of the folder. A file whose name nearly ends so (`.yml`) is passed over with a
warning. Imports of ours: what a problem is.
"""

import os
import stat
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path

from knowledge.documents import MAX_PROBLEMS, Problem, Severity

MOST_FILES = 100_000
"""Files that are read from one folder; a folder with more is not a knowledge base."""

_NEARLY = (".yml", ".yaml")  # in whichever case


class Kind(Enum):
    """What is at a path, as far as it is read: an entry's file, nothing, what is never read, or what only a
    look at the whole folder tells."""

    FILE = auto()
    GONE = auto()
    PASSED_OVER = auto()
    OTHER = auto()


def kind_of(folder: Path, name: str) -> Kind:
    """`name`: the path below the folder. Never raises."""
    parts = Path(name).parts
    if not parts or ".." in parts or Path(name).is_absolute():
        return Kind.OTHER
    if any(part.startswith(".") for part in parts):
        return Kind.PASSED_OVER
    at = folder
    for part in parts[:-1]:
        at = at / part
        if at.is_symlink():
            return Kind.OTHER
    try:
        mode = (at / parts[-1]).lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return Kind.GONE
    except (OSError, ValueError):
        return Kind.OTHER
    if not stat.S_ISREG(mode):
        return Kind.OTHER
    if name.endswith(".yaml"):
        return Kind.FILE
    return Kind.OTHER if name.lower().endswith(_NEARLY) else Kind.PASSED_OVER


def files_of(folder: Path, problems: list[Problem], links: list[Path]) -> Iterator[Path]:
    """The entries' files, in order. What is wrong is put to the problems, links to the links."""
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "there is no such folder"
        problems.append(Problem(str(folder), 1, 1, what))
        return
    root = folder.resolve()
    paths: list[tuple[list[str], bool]] = []
    nearly: list[Path] = []
    unreadable: list[OSError] = []
    left: list[list[str]] = [[]]
    while left and len(paths) <= MOST_FILES:
        parts = left.pop()
        place = folder.joinpath(*parts)
        try:
            found = list(os.scandir(place))
        except OSError as error:
            unreadable.append(error)
            continue
        for each in found:
            name = each.name
            if name.startswith("."):
                continue
            if each.is_dir(follow_symlinks=False):
                left.append([*parts, name])
            elif each.is_symlink() and _is_folder(each):  # no link to a folder is followed
                links.append(Path(place, name))
            elif name.endswith(".yaml"):
                paths.append(([*parts, name], each.is_symlink()))
            elif name.lower().endswith(_NEARLY):
                nearly.append(Path(place, name))
    if len(paths) > MOST_FILES:
        problems.append(
            Problem(str(folder), 1, 1, f"holds more than {MOST_FILES} files; the rest is left out")
        )
    problems += [
        Problem(str(error.filename), 1, 1, f"cannot be read: {error.strerror}") for error in unreadable
    ]
    problems += [
        Problem(str(path), 1, 1, "is not read: the name of an entry ends in .yaml", Severity.WARNING)
        for path in sorted(nearly)[:MAX_PROBLEMS]
    ]
    for parts, linked in sorted(paths)[:MOST_FILES]:
        path = folder.joinpath(*parts)
        if linked:
            links.append(path)
        if linked and not _inside(path, root):
            problems.append(
                Problem(str(path), 1, 1, "is a link that leads out of the folder; it is not followed")
            )
        else:
            yield path


def _is_folder(link: os.DirEntry[str]) -> bool:
    try:
        return link.is_dir()
    except OSError:  # it leads to itself
        return False


def _inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a link that leads to itself
        return False
