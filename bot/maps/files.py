"""The files that a map is read from: their text, their tree, which they are.

Whatever is packed with gzip is unpacked, as seen from its content. Bounded: neither a file nor what it
unpacks to may be larger than `LARGEST`. Every error is a `DocumentError` that names the file. Imports of
ours: git, and what a tree is.
"""

import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from bot import git
from bot.maps.settings import MapSource
from knowledge.documents import DocumentError, Problem
from routing.tree import Tree

LARGEST = 64 << 20
"""Bytes of one file: the paths of Linux have 4 MB."""
MOST_FILES = 20_000
"""Of one source with wildcards: four times as many as U-Boot's."""

_GZIP = b"\x1f\x8b"
_WILD = frozenset("*?[")


def wrong(path: Path | str, message: str) -> DocumentError:
    """An error about a file as a whole."""
    return DocumentError([Problem(str(path), 1, 1, message)])


def text_of(path: Path) -> str:
    """The text of a regular file; what is no UTF-8 in it is U+FFFD, as a name may be of older days. Raises
    `DocumentError`."""
    content = content_of(path)
    if (nul := content.find(b"\0")) >= 0:
        line = content.count(b"\n", 0, nul) + 1
        raise DocumentError([Problem(str(path), line, 1, "holds a NUL byte: this is not a text file")])
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def files_of(source: MapSource) -> tuple[Path, ...]:
    """The files of a source, those with wildcards in the order of their paths; a path that leads nowhere
    stands for itself. Raises `DocumentError` for wildcards that match nothing."""
    found: dict[Path, None] = {}
    for path in [source.file] if source.file is not None else source.files:
        if not _WILD.intersection(str(path)):
            found[path] = None
            continue
        there = sorted(islice(_matching(path), MOST_FILES + 1))
        if not there:
            raise wrong(path, "there is no such file, nor any that matches it")
        if len(there) > MOST_FILES:
            raise wrong(path, f"more than {MOST_FILES:,} files match: name a folder that is farther in")
        found |= dict.fromkeys(there)
    return tuple(found)


def watched(sources: Iterable[MapSource]) -> Iterator[Path]:
    """Every file whose change changes a map."""
    for source in sources:
        try:
            yield from files_of(source)
        except DocumentError:
            yield from source.files
        yield from (path for path in (source.paths, *source.overlay) if path is not None)


def tree_of(source: MapSource) -> Tree | None:
    """The tree that a source speaks of; None where it names none. Raises `DocumentError`."""
    if source.paths is not None:
        return Tree.of(line.rstrip("\r") for line in text_of(source.paths).split("\n"))
    if source.tree is None:
        return None
    if (source.tree / ".git").exists() or (source.tree / "HEAD").is_file():
        try:
            return Tree.of(git.paths(source.tree))
        except git.GitError as error:
            raise wrong(source.tree, str(error).removeprefix(f"{source.tree}: ")) from None
    if not source.tree.is_dir():
        raise wrong(source.tree, "there is no such folder" if not source.tree.exists() else "is no folder")
    return Tree.of(_walked(source.tree))


def _matching(path: Path) -> Iterator[Path]:
    """The regular files that a path with wildcards stands for."""
    parts = path.absolute().parts
    first = next(place for place, part in enumerate(parts) if _WILD.intersection(part))
    around = Path(*parts[:first])
    return (each for each in around.glob(str(Path(*parts[first:]))) if each.is_file())


def _walked(folder: Path) -> Iterator[str]:
    """The files below a folder, from there; what is hidden at its top (.git, .svn) is not of the tree."""
    count = 0
    for here, folders, files in os.walk(folder):
        inside = Path(here).relative_to(folder).as_posix()
        if inside == ".":
            folders[:] = [name for name in folders if name not in (".git", ".hg", ".svn")]
        folders.sort()
        for name in files:
            if (count := count + 1) > git.MOST_PATHS:
                raise wrong(folder, f"has more than {git.MOST_PATHS:,} files: that is no tree of a project")
            yield name if inside == "." else f"{inside}/{name}"


def content_of(path: Path) -> bytes:
    """What a regular file holds, unpacked. Raises `DocumentError`."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise wrong(path, "is a directory; a file was expected")
        if not stat.S_ISREG(status.st_mode):  # one of another kind might never end
            raise wrong(path, "is not a regular file")
        with path.open("rb") as file:
            packed = file.peek(2).startswith(_GZIP)
            opened: io.BufferedReader | gzip.GzipFile = gzip.GzipFile(fileobj=file) if packed else file
            content = opened.read(LARGEST + 1)
    except DocumentError:
        raise
    except FileNotFoundError:
        raise wrong(path, "there is no such file") from None
    except PermissionError:
        raise wrong(path, "may not be read: permission denied") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise wrong(path, f"the packed data is damaged ({error}); fetch the file again") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise wrong(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST:
        raise wrong(path, f"is larger than the {LARGEST:,} bytes that are read")
    if not content:
        raise wrong(path, "the file is empty")
    return content
