"""What every question found, as a file of JSON lines for other programs to judge.

    {"text": "…", "ranked": [{"id": "…", "probability": 0.93}, …], "band": "answer"}
    {"text": "…", "ranked": [{"section": "…", "probability": 0.93}, …], "band": "route"}

One line for each question, in their order: `text` is what was asked, with the typing errors that were made;
`ranked` are the entries or the sections that were found, best first; `band` is what the desk would have done.

The file appears when everything is in it, in the place of one that was there, packed with gzip where its name
ends in `.gz`; that it can be written is found out before anything is asked.
"""

import contextlib
import gzip
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from io import BufferedWriter, TextIOWrapper
from pathlib import Path
from typing import Protocol, TextIO

STDOUT = "-"
"""The name of a file that stands for standard output."""


class Found(Protocol):
    """What one question found: `ranked` as (name, probability), best first; `band` is the word for what the
    desk would have done."""

    @property
    def text(self) -> str: ...

    @property
    def ranked(self) -> Sequence[tuple[str, float]]: ...

    @property
    def band(self) -> StrEnum: ...


def line_of(found: Found, key: str) -> str:
    """What one question found, without the end of the line. `key`: what names are called."""
    ranked = [{key: name, "probability": probability} for name, probability in found.ranked]
    return json.dumps({"text": found.text, "ranked": ranked, "band": found.band.value}, ensure_ascii=False)


def write_lines(file: TextIO, found: Iterable[Found], key: str = "id") -> None:
    """What all of them found."""
    file.writelines(f"{line_of(each, key)}\n" for each in found)


@contextmanager
def whole_or_none(path: Path) -> Iterator[TextIO]:
    """A file that gets its name only when the block has ended well; `-` is standard output. Whatever is no
    regular file (a pipe, a device) is written to as it is. Raises `OSError`."""
    if str(path) == STDOUT:
        yield sys.stdout
        sys.stdout.flush()
    elif path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            yield file
    else:
        final = path.resolve()  # a link stays one
        begun = final.with_name(f".{final.name}.{os.getpid()}.part")
        try:
            with begun.open("xb") as bare:
                if final.exists():
                    begun.chmod(final.stat().st_mode & 0o7777)
                with _text(bare, packed=final.suffix == ".gz") as file:
                    yield file
                bare.flush()
                os.fsync(bare.fileno())
            begun.replace(final)
        finally:
            with contextlib.suppress(OSError):
                begun.unlink(missing_ok=True)


@contextmanager
def _text(bare: BufferedWriter, *, packed: bool) -> Iterator[TextIO]:
    """Text into a file, which stays open. The packed bytes tell no time and no name, so that the same lines
    make the same file."""
    with contextlib.ExitStack() as stack:
        to: BufferedWriter | gzip.GzipFile = bare
        if packed:
            to = stack.enter_context(gzip.GzipFile(filename="", mode="wb", fileobj=bare, mtime=0))
        file = TextIOWrapper(to, encoding="utf-8")
        yield file
        file.flush()
        file.detach()
