"""Logging in: which device the desk is on a homeserver, and the access token that proves it.

    an access token of the configuration     the homeserver says whose it is, and of which device
    else the device that was kept            by an earlier login with a password, or `pkgdesk matrix login`
    else a password                          needed once: the device that comes of it is kept

How a device is kept says `bot.transports.matrix.device`. Nothing that is raised or logged holds a token or a
password.
"""

import contextlib

import structlog

from bot.transports.matrix import raw
from bot.transports.matrix.device import Device, Unusable, keep, kept
from bot.transports.matrix.homeserver import Fatal, Homeserver, Refused, Unreachable
from bot.transports.matrix.settings import MatrixSettings

log = structlog.get_logger()


class NotLoggedIn(Fatal):
    """There is no way in: what is configured or kept does not lead to one."""

    def __init__(self, words: str, remedy: str) -> None:
        super().__init__(0, "", words, remedy)

    def __str__(self) -> str:
        return self.words


async def log_in(settings: MatrixSettings) -> Device:
    """The device to be. Raises Fatal where no later attempt would do better, else Refused and Unreachable."""
    token = _token(settings)
    if token is not None:
        return await _whose(settings, token)
    try:
        device = kept(settings)
    except Unusable as error:
        raise NotLoggedIn(error.why, error.remedy) from None
    if device is not None:
        return device
    if settings.login.has_password:
        return await log_in_anew(settings, _password(settings))
    raise NotLoggedIn(
        f"there is neither an access token nor a password for {settings.user}, and no device was kept",
        "log in with `pkgdesk matrix login`, or name a token or a password under `login`",
    )


async def log_in_anew(settings: MatrixSettings, password: str) -> Device:
    """Log in with a password, as a new device, and keep that. Raises as `log_in`."""
    async with contextlib.aclosing(_Door(settings)) as door:
        try:
            told = await door.server.ask(
                "POST",
                "/_matrix/client/v3/login",
                {
                    "type": "m.login.password",
                    "identifier": {"type": "m.id.user", "user": settings.user},
                    "password": password,
                    "initial_device_display_name": settings.device,
                },
            )
        except Refused as refused:
            if isinstance(refused, Fatal) or refused.passing:
                raise
            raise NotLoggedIn(
                f"{settings.homeserver} does not let {settings.user} in: {refused}",
                "check `user` and the password; a homeserver that takes no passwords needs an access token",
            ) from None
    device = _device(settings, told.get("user_id"), told.get("device_id"), told.get("access_token"))
    try:
        keep(settings, device)
    except Unusable as error:
        with contextlib.suppress(
            Refused, Unreachable
        ):  # nobody could use it any more, and each start makes one
            await log_out(device, settings)
        raise NotLoggedIn(error.why, error.remedy) from None
    log.info("logged in", user=device.user, device=device.id)
    return device


async def log_in_instead(settings: MatrixSettings, device: Device) -> Device:
    """Another device instead of one that must not be used any more, which is ended. Raises as `log_in`, also
    where no password is configured."""
    if not settings.login.has_password:
        raise NotLoggedIn(
            f"the device {device.id} of {settings.user} must not be used any more, and there is no password",
            "log in as a new device with `pkgdesk matrix login --again`",
        )
    other = await log_in_anew(settings, _password(settings))
    with contextlib.suppress(Refused, Unreachable):
        await log_out(device, settings)
    return other


async def log_out(device: Device, settings: MatrixSettings) -> None:
    """End a device; its token is of no use any more. Raises Refused and Unreachable."""
    async with contextlib.aclosing(_Door(settings, device.token)) as door:
        with contextlib.suppress(Fatal):  # it is gone already
            await door.server.ask("POST", "/_matrix/client/v3/logout", {})


def opened(settings: MatrixSettings, device: Device) -> Homeserver:
    """The homeserver, as that device."""
    return Homeserver(
        settings.homeserver,
        device.user,
        device.id,
        device.token,
        timeout=settings.times.request.total_seconds(),
    )


class _Door:
    """A homeserver, for one request."""

    def __init__(self, settings: MatrixSettings, token: str = "") -> None:
        timeout = settings.times.request.total_seconds()
        self.server = Homeserver(settings.homeserver, token=token, timeout=timeout)

    async def aclose(self) -> None:
        await self.server.close()


async def _whose(settings: MatrixSettings, token: str) -> Device:
    async with contextlib.aclosing(_Door(settings, token)) as door:
        told = await door.server.ask("GET", "/_matrix/client/v3/account/whoami")
    return _device(settings, told.get("user_id"), told.get("device_id") or "", token)


def _device(settings: MatrixSettings, user: object, device: object, token: object) -> Device:
    found = raw.user(user)
    if found is None or not isinstance(device, str) or not isinstance(token, str) or not token:
        raise NotLoggedIn(
            f"{settings.homeserver} does not say who is logged in", "is `homeserver` the URL of a homeserver?"
        )
    if found != settings.user:
        raise NotLoggedIn(
            f"the access token is that of {found}, and configured is {settings.user}",
            "set `user` to whom the token belongs to, or give the token of that user",
        )
    return Device(settings.homeserver, found, device[: raw.LONGEST], token)


def _token(settings: MatrixSettings) -> str | None:
    login = settings.login
    try:
        return login.token()
    except OSError as error:
        why = f"{error.filename}: {(error.strerror or type(error).__name__).lower()}"
    except ValueError as error:
        why = str(error)
    raise NotLoggedIn(f"the access token cannot be read: {why}", "see `login` in the configuration")


def _password(settings: MatrixSettings) -> str:
    complaint = settings.login.complaint()
    if complaint is not None:
        raise NotLoggedIn(
            f"the password cannot be read: {complaint}", "see `login` in the configuration"
        ) from None
    return settings.login.password()
