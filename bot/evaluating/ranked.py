"""What every query found, as a file of JSON lines for other programs to judge.

    {"text": "…", "ranked": [{"id": "…", "probability": 0.93}, …], "band": "answer"}

One line for each query, in their order: `text` is what was asked, with the typing errors that were made;
`ranked` are the entries that were found, best first; `band` is what the desk would have done.

The file appears when everything is in it, in the place of one that was there; that it can be written is found
out before anything is asked.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from bot.evaluating.trial import Asked

STDOUT = "-"
"""The name of a file that stands for standard output."""


def line_of(asked: Asked) -> str:
    """What one query found, without the end of the line."""
    ranked = [{"id": name, "probability": probability} for name, probability in asked.ranked]
    return json.dumps({"text": asked.text, "ranked": ranked, "band": asked.band.value}, ensure_ascii=False)


def write_lines(file: TextIO, asked: Iterable[Asked]) -> None:
    """What all of them found."""
    file.writelines(f"{line_of(each)}\n" for each in asked)


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
            with begun.open("x", encoding="utf-8") as file:
                if final.exists():
                    begun.chmod(final.stat().st_mode & 0o7777)
                yield file
                file.flush()
                os.fsync(file.fileno())
            begun.replace(final)
        finally:
            with contextlib.suppress(OSError):
                begun.unlink(missing_ok=True)
