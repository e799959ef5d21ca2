"""The files with secrets that a configuration names, or that are kept for it: whether they can be read, by
whom else, and whether git keeps them, so that whoever gets the repository gets them, too.

Passwords, access tokens, certificates, channels' keys; and what the desk keeps of a device on Matrix. What is
told holds no secret. Must not import what speaks HTTP, for the configuration is read without it.
"""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot import git
from bot.config import Examined, Settings
from bot.transports import certificate
from bot.transports.irc.settings import IrcSettings
from bot.transports.matrix.device import SECRETS
from bot.transports.matrix.settings import MatrixLogin
from bot.transports.password import PasswordSource, exposed, sources
from knowledge.documents import Location, Problem, Severity

Found = tuple[Location, str, Severity]
"""What is wrong, with the place of the setting."""

_CHANGED = "and change the secret"
_NEW_DEVICE = "and log in anew with `pkgdesk matrix login --again`"


def of_secrets(settings: Settings) -> Iterator[Found]:
    """What is wrong with the files that hold them."""
    for place, source in sources(settings):
        yield from _password(place, source)
        if isinstance(source, MatrixLogin):
            yield from _token(place, source)
    for name, network in settings.irc.items():
        yield from _certificates(("networks", name), network)


def _password(at: Location, source: PasswordSource) -> Iterator[Found]:
    given = "password_file" if source.password_file is not None else "password_env"
    given = "password_credential" if source.password_credential is not None else given
    place = (*at, given)
    name = named(place)
    if complaint := source.complaint():
        # The environment of the desk need not be the one in which this is looked at.
        severity = Severity.ERROR if given == "password_file" else Severity.WARNING
        yield place, f"{name}: cannot read the password: {complaint}", severity
    elif exposed := source.exposed():
        yield place, f"{name}: {exposed}", Severity.WARNING


def _token(at: Location, login: MatrixLogin) -> Iterator[Found]:
    place = (*at, "token_file" if login.token_file is not None else "token_env")
    try:
        login.token()
    except (OSError, ValueError) as error:
        why = str(error)
        if isinstance(error, OSError):
            why = f"{error.filename}: {(error.strerror or type(error).__name__).lower()}"
        severity = Severity.WARNING if login.token_file is None else Severity.ERROR
        yield place, f"{named(place)}: cannot read the access token: {why}", severity
        return
    if login.token_file is not None and (warning := exposed(login.token_file)):
        yield place, f"{named(place)}: {warning}", Severity.WARNING


def in_git(examined: Examined) -> Iterator[Problem]:
    """The files with a secret that git keeps."""
    settings = examined.settings
    secret: list[tuple[Location, Path, str]] = []
    for place, source in sources(settings):
        if source.password_file is not None:
            secret.append(((*place, "password_file"), source.password_file, _CHANGED))
        if isinstance(source, MatrixLogin) and source.token_file is not None:
            secret.append(((*place, "token_file"), source.token_file, _CHANGED))
    for name, network in settings.irc.items():
        if network.certificate is not None:
            key = certificate.CERTIFICATE if network.certificate_key is None else certificate.KEY
            path = network.certificate_key or network.certificate
            secret.append((("networks", name, key), path, _CHANGED))
    for name, homeserver in settings.matrix.items():
        for path in _of_device(homeserver.folder):
            secret.append((("networks", name, "folder"), path, _NEW_DEVICE))
    kept = git.tracked([path for _, path, _ in secret])
    for place, path, remedy in secret:
        if path in kept:
            real = path.resolve()
            folder, file = (shlex.quote(str(each)) for each in (real.parent, Path(real.name)))
            message = (
                f"{named(place)}: {path} holds a secret, and git keeps it for whoever gets the repository: "
                f"`git -C {folder} rm --cached -- {file}`, name it in .gitignore, {remedy}: "
                "past commits still have it"
            )
            yield examined.document.problem(place, message, Severity.WARNING)


def _of_device(folder: Path | None) -> Sequence[Path]:
    """The files in which device and keys are kept."""
    if folder is None:
        return ()
    return [path for pattern in SECRETS for path in sorted(folder.glob(pattern))]


def _certificates(at: Location, network: IrcSettings) -> Iterator[Found]:
    """What is wrong with the files of certificates that a network names."""
    authorities: list[tuple[Location, Path | None]] = [
        (("ca_file",), network.ca_file),
        *((("servers", number, "ca_file"), each.ca_file) for number, each in enumerate(network.servers)),
    ]
    for key, path in authorities:
        try:
            if path is not None:
                certificate.context(path)
        except certificate.Unusable as error:
            yield (*at, *key), f"{named((*at, *key))}: {error}", Severity.ERROR
    if network.certificate is None:
        return
    if complaint := certificate.complaint(network.certificate, network.certificate_key):
        place = (*at, complaint.setting)
        yield place, f"{named(place)}: {complaint}", Severity.ERROR
    if warning := exposed(network.certificate_key or network.certificate):
        place = (*at, certificate.CERTIFICATE if network.certificate_key is None else certificate.KEY)
        yield place, f"{named(place)}: the private key: {warning}", Severity.WARNING


def named(place: Location) -> str:
    """`networks.NAME.channels[0].key`, as `knowledge.complaints` names places."""
    first, *others = place
    return str(first) + "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in others)
