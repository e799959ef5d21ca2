"""The control socket's file: made, found, reached, and removed.

    made      under another name and then moved to its own, so that it never has another mode or group
    stale     a file that nobody listens behind (its desk died) is replaced; one where somebody does, never
    reached   an address of a unix socket holds 107 bytes; a longer path is reached through its open folder

Who connects is told by the kernel (SO_PEERCRED, unix(7)), not by what they say. Raises `SocketError`, whose
text is one line for people. Nothing but the standard library is imported: `pkgdesk ctl` must be quick.
"""

import contextlib
import grp
import os
import pwd
import socket
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

NAME = "pkgdesk.sock"
"""What the file is called where nothing else is set."""

NO_SOCKET = frozenset({"none", "null", "~", "no", "off", "false"})
"""What people write in YAML where there is to be none; a file of such a name is `./none`."""

LONGEST = 107
"""Bytes of a path that an address holds (unix(7): 108, and a NUL)."""

_BACKLOG = 100
_LOOK = 1.0
"""Seconds to wait for whoever listens behind a file that is in the way."""


class SocketError(Exception):
    """The socket cannot be made or reached; the text says which, why, and what to do."""


class NobodyListens(SocketError):
    """There is no socket, or no desk behind it."""


class NotAllowed(SocketError):
    """The file's mode does not let us."""


def listen(path: Path, group: str | None = None) -> socket.socket:
    """A socket that listens at `path`, for its owner, or for the members of `group` too."""
    if not hasattr(socket, "SO_PEERCRED"):
        raise SocketError("this system does not tell who connects to a socket: set control.socket to none")
    _look_behind(path)
    # What is made here is nobody's yet: what an earlier process of this number left is in the way.
    made = path.with_name(f".{os.getpid():x}.sock")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.unlink(missing_ok=True)
        with _address(made) as address:
            listening.bind(address)
        made.chmod(0o600)
        if group is not None:
            os.chown(made, -1, group_number(group))
            made.chmod(0o660)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
        made.rename(path)
    except BaseException as error:
        listening.close()
        with contextlib.suppress(OSError):
            made.unlink(missing_ok=True)
        if isinstance(error, OverflowError):
            raise SocketError(f"control.group: no group can have the number {group}") from error
        if isinstance(error, OSError):
            raise SocketError(_words(path, error)) from error
        raise
    return listening


def remove(path: Path, made: os.stat_result) -> None:
    """Take the file away, if it still is the one that was `made`."""
    with contextlib.suppress(OSError):
        if os.path.samestat(path.lstat(), made):
            path.unlink()


def connect(path: Path, timeout: float) -> socket.socket:
    """A connection to the desk behind `path`; `timeout` in seconds holds for whatever is done with it."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        with _address(path) as address:
            connection.connect(address)
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError) as error:
        connection.close()
        raise NobodyListens(f"no desk listens on {path}") from error
    except PermissionError as error:
        connection.close()
        raise NotAllowed(
            f"{path} may not be used by {account_of(os.geteuid())}: ask as the user that runs the desk, or "
            "have its operator add you (control.users, control.group)"
        ) from error
    except TimeoutError as error:
        connection.close()
        raise SocketError(
            f"the desk behind {path} does not take the call: it is overburdened or stuck"
        ) from error
    except OSError as error:
        connection.close()
        raise SocketError(_words(path, error)) from error
    return connection


def peer(connection: socket.socket) -> int:
    """The user number of whoever is at the other end, as it was when they connected."""
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return int(uid)


def account_of(uid: int) -> str:
    """What a user is called: by name, or `uid:N` where the number has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid:{uid}"


def user_number(name: str) -> int:
    """The number of a user who is given by name or by number. Raises KeyError."""
    return int(name) if name.isdecimal() else pwd.getpwnam(name).pw_uid


def group_number(name: str) -> int:
    """The number of a group that is given by name or by number. Raises SocketError."""
    try:
        return int(name) if name.isdecimal() else grp.getgrnam(name).gr_gid
    except KeyError:
        raise SocketError(f"control.group: there is no group `{name}`") from None


def _look_behind(path: Path) -> None:
    """SocketError where something is in the way at `path` that must stay."""
    try:
        there = path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise SocketError(_words(path, error)) from error
    if not stat.S_ISSOCK(there.st_mode):
        raise SocketError(f"{path} is in the way of the control socket: move it, or set control.socket")
    try:
        connect(path, _LOOK).close()
    except NobodyListens:
        return
    except SocketError:
        pass  # somebody does, but not for us
    raise SocketError(f"another desk listens on {path}: stop that one, or set control.socket")


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """What to hand to bind and connect for `path`."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        short = f"/proc/self/fd/{folder}/{path.name}"
        if len(os.fsencode(short)) > LONGEST or not Path("/proc/self/fd").is_dir():
            raise SocketError(f"{path} is too long for a socket: set control.socket to a shorter one")
        yield short
    finally:
        os.close(folder)


def _words(path: Path, error: OSError) -> str:
    what = (error.strerror or str(error)).lower()
    if isinstance(error, FileNotFoundError):
        what = f"there is no folder {path.parent}"
    elif isinstance(error, PermissionError):
        what = f"{account_of(os.geteuid())} may not do that there"
    return f"the control socket {path} cannot be used: {what}; mend that, or set control.socket"
