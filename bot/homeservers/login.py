"""`pkgdesk matrix login`: log in once with a password, and keep the device that comes of it.

From then on the password is not needed any more. A device that is kept already is only given up where that is
asked for; it is logged out then, after the new one is kept, so that at no moment there is none. Its keys are
removed, for they open nothing of what is said from then on.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from bot.transports.matrix.crypto_files import claim, path_of, remove
from bot.transports.matrix.device import FILE, Device, Unusable, kept
from bot.transports.matrix.homeserver import Refused, Unreachable
from bot.transports.matrix.sealing import KeysUnusable
from bot.transports.matrix.session import log_in_anew, log_out
from bot.transports.matrix.settings import MatrixSettings


class InTheWay(Exception):
    """There is a device already, or a token that needs none; the words are for people."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What was done. `before`: the device that was kept until then, if any; `left`: why it is not logged out,
    where it is not."""

    homeserver: str
    user: str
    device: str
    file: str
    before: str | None = None
    left: str | None = None


async def login(
    settings: MatrixSettings, password: Callable[[], str], *, again: bool, note: Callable[[str], None]
) -> LoggedIn:
    """Log in and keep the device. `password` is only asked where it is needed. Raises InTheWay, Fatal,
    Refused and Unreachable."""
    if settings.login.token_file is not None or settings.login.token_env is not None:
        raise InTheWay("`login` names an access token, which needs no login: take it out, to log in yourself")
    before = None
    try:
        before = kept(settings)
    except Unusable as error:
        if not again:
            raise InTheWay(str(error)) from None
        note(f"{error.why}: it is replaced, and cannot be logged out")
    if before is not None and not again:
        raise InTheWay(
            f"{settings.user} is logged in already, on device {before.id}: nothing is to be done (--again "
            "makes a new device, which everybody in encrypted rooms has to trust anew, and logs that one out)"
        )
    device = await log_in_anew(settings, password())
    left = None
    if before is not None:
        try:
            await log_out(before, settings)
        except (Refused, Unreachable) as error:
            left = str(error)
        else:
            _forget(before, settings, note)
    return LoggedIn(
        settings.homeserver,
        device.user,
        device.id,
        str(settings.folder / FILE) if settings.folder is not None else "",
        before.id if before is not None else None,
        left,
    )


def _forget(device: Device, settings: MatrixSettings, note: Callable[[str], None]) -> None:
    """Remove the keys of a device that is logged out, unless a desk still uses them."""
    if settings.folder is None or not (path := path_of(settings.folder, device.id)).exists():
        return
    try:
        claimed = claim(path)
        try:
            remove(path)
        finally:
            os.close(claimed)
    except KeysUnusable as error:
        note(f"{error.place} {error.wrong}: it is left there; remove it once no desk uses it")
