"""Somebody's own editor on a file that is theirs alone, and what they wrote in it.

The editor is the command in $VISUAL or $EDITOR, split into words as a shell does and run without one; else
`sensible-editor` or `vi`. What was written is never lost: unless it was handed over, its file stays.
"""

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot.command_line import FAILED, WRONG_USE, Stop, note
from bot.editing.entry_files import text_of

_USUAL = ("sensible-editor", "vi")


def editor_of(environ: Mapping[str, str]) -> list[str]:
    """The words of the editor's command. Stop where there is none."""
    for variable in ("VISUAL", "EDITOR"):
        if named := environ.get(variable, "").strip():
            try:
                words = shlex.split(named)
            except ValueError as error:
                raise Stop(WRONG_USE, f"${variable} cannot be split into words: {error}") from error
            if shutil.which(words[0]) is None:
                raise Stop(WRONG_USE, f"${variable} is `{named}`, and there is no program `{words[0]}`")
            return words
    for usual in _USUAL:
        if shutil.which(usual) is not None:
            return [usual]
    raise Stop(WRONG_USE, "there is no editor: say which with $EDITOR, as in EDITOR=nano pkgdesk kb edit …")


class Sheet:
    """A file to write in. `begun`: the text that it begins with."""

    def __init__(self, path: Path, begun: str) -> None:
        self.path = path
        self.begun = begun
        self.handed_over = False
        path.write_bytes(begun.encode())

    def edit(self, words: list[str]) -> str:
        """What stands in it once the editor has ended. DocumentError where that is no text; Stop where the
        editor failed."""
        # Ctrl-C is the editor's; a handler of ours is not passed on to it.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            code = subprocess.run([*words, str(self.path)], check=False).returncode
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise Stop(FAILED, f"the editor `{words[0]}` cannot be run: {why}") from error
        finally:
            signal.signal(signal.SIGINT, before)
        if code:
            raise Stop(FAILED, f"the editor `{words[0]}` ended with {code}: nothing was proposed")
        return text_of(self.path)

    @property
    def worth_keeping(self) -> bool:
        """Whether something stands in it that is nowhere else."""
        try:
            # An editor that left something else than a file there has left nothing to be kept.
            written = self.path.is_file() and self.path.read_bytes() != self.begun.encode()
            return written and not self.handed_over
        except OSError:
            return False


@contextmanager
def sheet(name: str, text: str) -> Iterator[Sheet]:
    """A sheet with a file of this name. It is gone afterwards, unless what was written there was not handed
    over: then it is told where it is."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="pkgdesk-"))
    except FileNotFoundError as error:
        raise Stop(
            FAILED, "there is no folder for temporary files that may be written: set $TMPDIR"
        ) from error
    opened = Sheet(folder / name, text)
    try:
        yield opened
    finally:
        if opened.worth_keeping:
            note(f"what you wrote is kept in {opened.path}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def has_terminal() -> bool:
    """Whether somebody can be asked."""
    return os.isatty(0)
