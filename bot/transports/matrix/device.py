"""The device that the desk is on a homeserver, kept in a file.

A device is kept, for encrypted rooms know it: another one is another reader, whom people have to trust anew.
It lies in `device.json`, in a folder that nobody else can read, bound to homeserver and user. What is raised
holds no token.

Must not import what speaks HTTP: the configuration is read without it.
"""

import contextlib
import json
import os
import re
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from bot.transports.matrix import raw
from bot.transports.matrix.settings import MatrixSettings
from bot.transports.plain import plain

FILE = "device.json"
SECRETS = (FILE, "device-*.keys*", "pickle.key", "cross-signing.json")
"""What is kept in the folder, as patterns of names: whoever has such a file reads or speaks as the desk."""

_LARGEST = 1 << 16

_AGAIN = "`pkgdesk matrix login --again` makes a new device"


@dataclass(frozen=True, slots=True)
class Device:
    """Who the desk is there: the user, on a device, by an access token."""

    homeserver: str
    user: str
    id: str
    token: str = field(repr=False)


class Unusable(Exception):
    """The file must not be used, or cannot be; `why`, and the `remedy`."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(f"{why}: {remedy}")
        self.why = why
        self.remedy = remedy


def kept(settings: MatrixSettings) -> Device | None:
    """The device that was kept; None where there is none. Raises Unusable where it must not be used."""
    if settings.folder is None:
        return None
    path = settings.folder / FILE
    try:
        with path.open("rb") as file:
            mode, owner = os.fstat(file.fileno()).st_mode, os.fstat(file.fileno()).st_uid
            text = file.read(_LARGEST)
    except FileNotFoundError:
        return None
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise Unusable(
            f"the kept device cannot be read: {path}: {why}", "let the desk's user own it"
        ) from None
    if owner != os.geteuid() or mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Unusable(
            f"others can read the kept device, or it is not the desk's own: {path}",
            f"if nobody has used it: chown to the desk's user, and chmod 600; else {_AGAIN}",
        )
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    found = raw.table(told)
    values = [found.get(name) for name in ("homeserver", "user", "device", "token")]
    good = all(isinstance(value, str) and value for value in values)
    if not good or not re.fullmatch("[!-~]+", str(values[-1])):
        raise Unusable(f"no device can be read from {path}", f"remove it; {_AGAIN}")
    device = Device(*(str(value) for value in values))
    if (device.homeserver, device.user) != (settings.homeserver, settings.user):
        raise Unusable(
            f"{path} is the device of {plain(device.user)} at {plain(device.homeserver)}, and configured is "
            f"{settings.user} at {settings.homeserver}",
            f"set `folder` to another, or `homeserver` and `user` to what they were; {_AGAIN}",
        )
    return device


def keep(settings: MatrixSettings, device: Device) -> None:
    """Keep the device: whole or not at all, and for nobody else to read. Raises Unusable."""
    if settings.folder is None:
        return
    told = {
        "homeserver": device.homeserver,
        "user": device.user,
        "device": device.id,
        "token": device.token,
    }
    try:
        settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.folder.chmod(0o700)
        number, name = tempfile.mkstemp(dir=settings.folder, prefix=".device-")  # 0600 from the start
        made = Path(name)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                json.dump(told, file)
                file.flush()
                os.fsync(file.fileno())
            made.replace(settings.folder / FILE)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise Unusable(
            f"the device cannot be kept in {settings.folder}: {why}", "let the desk's user write there"
        ) from None


def secrets(settings: MatrixSettings) -> tuple[str, ...]:
    """The kept token, for the log to hide; nothing where it cannot be read."""
    with contextlib.suppress(Unusable):
        device = kept(settings)
        return () if device is None else (device.token,)
    return ()
