"""A real Matrix homeserver for all tests of a run: whoever needs it first starts it, and whoever is last ends
it, though these are processes of their own (pytest-xdist).

Each that uses it holds a shared lock on a file of its; the one who started it waits at the end for the
exclusive one, and then ends it by its own process object. A lock ends with its process, so that nobody waits
for one who was killed; and the server ends with the process that started it.
"""

import contextlib
import fcntl
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from bot.demo.homeserver import Homeserver, HomeserverFailed, Registered, register
from bot.demo.synapse import HOST, NoSynapse, Secrets, find

OTHERS_END_WITHIN = 300.0


@dataclass(frozen=True)
class Shared:
    """A server that others use at the same time: whoever needs a room or a name to themselves makes one."""

    port: int
    secrets: Secrets
    name: str = "localhost"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def register(self, name: str, password: str | None = None, *, admin: bool = False) -> Registered:
        return register(self.port, self.secrets, name, password, admin=admin)


def synapse() -> Path:
    """The interpreter that runs one; the test is skipped where there is none."""
    try:
        return find()
    except NoSynapse as error:
        pytest.skip(f"without a homeserver: {error}")


@contextlib.contextmanager
def shared(folder: Path) -> Iterator[Shared]:
    """The server of all who name the same folder."""
    python = synapse()
    folder.mkdir(exist_ok=True)
    own: Homeserver | None = None
    with contextlib.ExitStack() as stack:
        with _locked(folder / "lock"):
            found = _join(folder / "running.json", stack)
            if found is None:
                home = Path(tempfile.mkdtemp(dir=folder))
                own = Homeserver(home, python=python)
                own.start()
                found = Shared(own.port, own.secrets)
                use = stack.enter_context((home / "use").open("ab"))
                fcntl.flock(use, fcntl.LOCK_SH)
                told = {"port": own.port, "use": use.name, "secrets": [own.secrets.registration]}
                told["secrets"].append(own.secrets.bridge)
                (folder / "running.json").write_text(json.dumps(told), "utf-8")
        try:
            yield found
        finally:
            if own is not None:
                _wait_for_the_others(use)
                own.kill()


def _join(path: Path, stack: contextlib.ExitStack) -> Shared | None:
    """The server that runs already, used from now on; None where there is none, or its end has begun."""
    try:
        told = json.loads(path.read_text("utf-8"))
        use = stack.enter_context(Path(told["use"]).open("ab"))  # noqa: SIM115 (the stack closes it)
        fcntl.flock(use, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return None
    found = Shared(told["port"], Secrets(*told["secrets"]))
    try:
        found.register(f"visitor-{os.getpid()}-{time.monotonic_ns()}")
    except HomeserverFailed:  # it has died
        return None
    return found


def _wait_for_the_others(use: IO[bytes]) -> None:
    until = time.monotonic() + OTHERS_END_WITHIN
    while time.monotonic() < until:
        try:
            fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
