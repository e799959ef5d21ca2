"""Files that can be read only once, made such as can be read again: what somebody pipes into a command.

A map is looked at before it is read, for its format and its rules. Of a pipe there would be nothing left
then. Only the command line takes such files: the desk reads its map again and again. Bounded.
"""

import os
import re
import stat
from pathlib import Path

from bot.maps.files import LARGEST, wrong

STANDARD_INPUT = Path("-")

_STDIN = Path("/dev/stdin")
_DESCRIPTOR = re.compile("/(?:dev|proc/self)/fd/([0-9]{1,6})")


def readable_again(path: Path) -> Path:
    """The same file, or one with all that came through it, where it is a pipe or a device. It
    ends with the process. Raises `DocumentError` where nothing comes, or more than is read of a file."""
    if path == STANDARD_INPUT:
        path = _STDIN
    try:
        kind = path.stat().st_mode
        if stat.S_ISREG(kind) or stat.S_ISDIR(kind) or stat.S_ISBLK(kind):
            return path
        with path.open("rb") as file:
            if file.isatty():
                return path
            content = file.read(LARGEST + 1)
    except (OSError, ValueError):  # whoever reads it says what is wrong
        return path
    if len(content) > LARGEST:
        raise wrong(path, f"is larger than the {LARGEST:,} bytes that are read")
    if not content:
        raise wrong(path, "is empty")
    kept = os.memfd_create("piped")
    with open(kept, "wb", closefd=False) as copy:
        copy.write(content)
    number = _DESCRIPTOR.fullmatch(str(path) if path != _STDIN else "/dev/fd/0")
    if number is None:
        return Path(f"/proc/self/fd/{kept}")
    os.dup2(kept, int(number[1]), inheritable=False)  # so that errors name what was named
    os.close(kept)
    return path
