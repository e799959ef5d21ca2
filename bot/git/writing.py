"""How git is called in the knowledge repository, where something is to be changed.

Unlike in the repositories that are only read, what this one's configuration names may run: its hooks, its
filters, its transports, the signing of commits. The operator set it up, and editors rely on it. But nothing
of the surroundings may lead elsewhere (GIT_DIR and its like), nothing may wait for somebody to type a word,
no editor opens, nothing is tidied up on the side, and no people's changes are put away (autostash).

Each call has its time. Git runs in a session of its own, without a terminal; what does not end in time is
told to end with all that it started (then git removes its own locks), and killed a moment later. Of what it
says only so much is kept. Whoever hands over the descriptor of a lock holds that for as long as git runs,
even if the caller dies. All functions wait: they are not for the thread of an event loop.
"""

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.git.running import PIECE, GitError, why, without_passwords

SOON = 60.0
"""Seconds for what git does by itself."""

WITH_HOOKS = 120.0
"""Seconds for what runs hooks, or waits for a remote repository."""

_SAID = 64 * 1024 * 1024
"""Bytes of an answer: the names of a million files."""

_COMPLAINED = 64 * 1024
_GRACE = 2.0  # seconds between being told to end and being killed
_SHOWN = 300  # characters of git's words

_SETTINGS = {
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "core.pager": "cat",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "merge.autoStash": "false",
    "fetch.writeCommitGraph": "false",
    "advice.detachedHead": "false",
    "color.ui": "false",
    "trailer.separators": ":",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
}
_KEPT = ("GIT_SSH", "GIT_ASKPASS", "GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_", "GIT_EXEC_PATH", "GIT_CONFIG_")
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": "true",
    "GIT_PAGER": "cat",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_MERGE_AUTOEDIT": "no",
    "GCM_INTERACTIVE": "never",
    "SSH_ASKPASS_REQUIRE": "never",
}
_ASKING = ("SSH_ASKPASS", "DISPLAY", "WAYLAND_DISPLAY", "GPG_TTY")
"""Where ssh, gpg and what keeps passwords would open a window, or find a terminal, to ask for one: that would
be waited for until time is up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What git said, and how it ended: an exit code, or less than nothing for the signal that ended it.
    `late`: it did not end by itself."""

    code: int
    said: bytes
    complaints: str
    late: bool = False

    @property
    def text(self) -> str:
        """What it said, without the end of the last line; names of any bytes can be made of it."""
        return os.fsdecode(self.said).removesuffix("\n")

    @property
    def names(self) -> list[str]:
        """What it said, where that is a list ended by NULs."""
        return [each for each in os.fsdecode(self.said).split("\0") if each]

    @property
    def why(self) -> str:
        """Its first words that tell what is wrong, in one line."""
        lines = [line.strip() for line in self.complaints.splitlines() if line.strip()]
        lines = [line for line in lines if not line.startswith(("hint:", "warning:"))] or lines
        first = next((line for line in lines if line.startswith(("fatal:", "error:"))), "")
        return plain(first or " ".join(lines)) or f"exit code {self.code}"


def literal(path: str) -> str:
    """A path as git takes it in a list of what is meant, where `*` and its like would be patterns."""
    return f":(literal){path}"


def plain(words: str) -> str:
    """Somebody else's words as one line that may be shown."""
    shown = "".join(each if each.isprintable() else " " for each in without_passwords(words)).split()
    return " ".join(shown).removeprefix("fatal: ").removeprefix("error: ")[:_SHOWN]


def git(
    folder: Path,
    *arguments: str,
    given: bytes = b"",
    patience: float = SOON,
    environment: Mapping[str, str] | None = None,
    holding: Sequence[int] = (),
) -> Answer:
    """What git answers in `folder`. `given`: what it reads. `environment`: further variables. `holding`:
    descriptors that it keeps open. Raises GitError where it cannot be run."""
    program = shutil.which("git")
    if program is None:
        raise GitError("git is not installed, or not on the PATH: install it")
    settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with tempfile.TemporaryFile() as reading:
        reading.write(given)
        reading.seek(0)
        try:
            process = subprocess.Popen(
                [program, "--no-pager", *settings, *arguments],
                cwd=folder,
                env=_surroundings() | dict(environment or {}),
                stdin=reading,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=tuple(holding),
                start_new_session=True,
            )
        except OSError as error:
            raise GitError(f"{folder}: git cannot be run there: {why(error)}") from error
    assert process.stdout is not None
    assert process.stderr is not None
    heard, complained, late = bytearray(), bytearray(), False
    try:
        with process.stdout, process.stderr:
            late = not _listen(
                process, ((process.stdout, heard, _SAID), (process.stderr, complained, _COMPLAINED)), patience
            )
    finally:
        if process.poll() is None:
            _end(process)
    return Answer(process.returncode, bytes(heard), complained.decode(errors="replace"), late)


def _surroundings() -> dict[str, str]:
    found = {
        name: value
        for name, value in os.environ.items()
        if (not name.startswith("GIT_") or name.startswith(_KEPT)) and name != "GIT_CONFIG_PARAMETERS"
    }
    return {name: value for name, value in found.items() if name not in _ASKING} | _ENVIRONMENT


def _listen(
    process: subprocess.Popen[bytes],
    doors: Sequence[tuple[IO[bytes], bytearray, int]],
    patience: float,
) -> bool:
    """Keep what it says until it ends; whether that was in time. What it left running may hold the doors open
    for as long as it likes."""
    until = time.monotonic() + patience
    with selectors.DefaultSelector() as open_doors:
        for door, kept, most in doors:
            os.set_blocking(door.fileno(), False)
            open_doors.register(door, selectors.EVENT_READ, (kept, most))
        while open_doors.get_map():
            ended = process.poll() is not None
            left = until - time.monotonic()
            if left <= 0 and not ended:
                return False
            ready = open_doors.select(0 if ended else min(left, 0.05))
            if ended and not ready:
                return True
            for key, _ in ready:
                kept, most = key.data
                piece = os.read(key.fd, PIECE)
                if not piece:
                    open_doors.unregister(key.fileobj)
                kept += piece[: most - len(kept)]
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, until - time.monotonic()))
            return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it, and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    # Whoever did not heed that, and whoever was started meanwhile.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
