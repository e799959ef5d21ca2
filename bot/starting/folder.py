"""A folder to begin with: written whole or not at all, over nothing that is there.

All files are made in a folder of another name beside their place and moved when they are complete. A folder
that is not there yet appears with everything in it; into one that is, each file is moved unless its name is
taken, the configuration last. Imports of ours: the settings, against which the choices are checked, and the
names of the example.
"""

import os
import secrets
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from string import Template

from pydantic import ValidationError

from bot.config import Settings
from bot.starting.examples import CHANNEL, NICK
from bot.starting.homeserver import NETWORK, RIGHTS, SITS, Homeserver
from bot.transports.irc.settings import is_loopback
from knowledge.complaints import complaints, shown
from knowledge.composing import one_line
from routing.presence import fold

NETWORKS = {"libera": "irc.libera.chat", "oftc": "irc.oftc.net"}
"""Servers of networks that many projects are on. All of them take TLS on the same port."""

_WITHOUT_SASL = ".oftc.net"
"""Of these servers the services know accounts by certificates only, and no line proves whose it is."""

TLS_PORT, PLAIN_PORT = 6697, 6667
"""Ports that servers use by custom; the former by RFC 7194."""

_SITS = """\
    host: $host
    port: $port
    # $secured
    tls: $tls
    nick: $nick
    # Who runs the desk, as people of the network know them: the real name says so. Put yourself there.
    # operator: alice
    channels:
$channels
$login"""
_WITH_SASL = """\
    # The services account of the desk, if it has one: write the password into that file, one line, and then
    # chmod 600 it.
    # sasl:
    #   account: $nick
    #   password_file: $network.password"""
_WITH_CERTIFICATE = """\
    # There is no SASL on this network: its services know the desk by a client certificate. Make one with its
    # key in the same file, chmod 600 it, and tell NickServ (CERT ADD); the page of pkgdesk's documentation on
    # going live there has the commands.
    # certificate: $network.pem
    # sasl: {account: $nick, mechanism: external}"""
_RIGHTS = """\
  # Who may give the desk orders from the network: services accounts, never nicks.
  operators:
    $network: []
  # Who looks after the knowledge base, likewise.
  editors:
    $network: []"""
_NO_RIGHTS = """\
  # Nobody's account can be proven on the lines of this network, so nobody has rights there: orders are given
  # with `pkgdesk ctl` on this machine, or on a network beside this one, as in `operators: {libera: [alice]}`.
  operators: {}
  editors: {}"""

CONTENT = Path(__file__).parent
_NAMES = {"gitignore.txt": ".gitignore"}  # under its own name it would not be packed
_LAST = "config.yaml"


class InTheWay(Exception):
    """Something is where a file was to be written. `names` are the paths of what it is."""

    def __init__(self, names: tuple[Path, ...]) -> None:
        self.names = names
        super().__init__(", ".join(map(str, names)))


class NotPossible(ValueError):
    """The choices do not make a configuration; the text says which, by its option, and why."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is known at the beginning: a network by its name (one of `NETWORKS`, or any with a `host`), where
    the desk is to sit there, and who it is; or a `homeserver`, to whose network any name may be given."""

    network: str | None = None
    host: str | None = None
    port: int | None = None
    channels: tuple[str, ...] = ()
    nick: str = NICK
    homeserver: Homeserver | None = None


def begin(folder: Path, choices: Choices, today: date) -> tuple[Path, ...]:
    """Write everything into `folder`; the files, in the order of reading. Raises `NotPossible`, `InTheWay`,
    and OSError."""
    words = {**_words(choices), "today": today.isoformat()}
    for place in (folder, *folder.parents):
        if os.path.lexists(place) and not place.is_dir():
            raise InTheWay((place,))
    parent = folder.absolute().parent if not folder.exists() else folder.absolute()
    parent.mkdir(parents=True, exist_ok=True)
    fresh = parent / f".pkgdesk-init-{secrets.token_hex(4)}"
    fresh.mkdir()
    try:
        for path, text in _files():
            target = fresh / path
            target.parent.mkdir(exist_ok=True)
            target.write_text(Template(text).substitute(words), "utf-8")
        written = tuple(sorted(path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()))
        if parent == folder.absolute():
            _move_into(folder, fresh)
        else:
            fresh.rename(folder)  # fails where it has come into being meanwhile, unless it is empty
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return tuple(folder / path for path in written)


def next_steps(folder: Path, written: tuple[Path, ...], choices: Choices) -> Iterator[str]:
    """What was written by these choices, and what to do with it, as lines for a terminal."""
    config = shlex.quote(str(folder / _LAST))
    yield f"{len(written)} files are in {one_line(str(folder))}:"
    yield from (f"  {one_line(str(path.relative_to(folder)))}" for path in written)
    yield "Next:"
    matrix = choices.homeserver is not None
    parts = "network, user, rooms" if matrix else "network, nick, channels"
    yield f"  edit {config}: {parts}, and who its operators are"
    if choices.host is not None and is_loopback(choices.host):
        yield "    (it says `tls: no`, the server being on this machine: `tls: yes` where it wants TLS)"
    yield f"  pkgdesk check --config {config}"
    yield f'  pkgdesk ask --config {config} "where are releases announced?"'
    if matrix:
        yield f"  pkgdesk matrix login --config {config}"
    yield f"  pkgdesk {'matrix' if matrix else 'irc'} check --config {config}"
    yield f"  pkgdesk run --config {config}"


def _files() -> Iterator[tuple[Path, str]]:
    """Every file, with its place and its text."""
    for path in sorted(CONTENT.rglob("*")):
        if path.suffix in (".yaml", ".md", ".txt"):
            place = path.relative_to(CONTENT)
            yield place.with_name(_NAMES.get(place.name, place.name)), path.read_text("utf-8")


def _move_into(folder: Path, fresh: Path) -> None:
    names = sorted((path.name for path in fresh.iterdir()), key=lambda name: (name == _LAST, name))
    if taken := tuple(folder / name for name in names if os.path.lexists(folder / name)):
        raise InTheWay(taken)
    moved: list[Path] = []
    try:
        for name in names:
            (fresh / name).rename(folder / name)
            moved.append(folder / name)
    except OSError:
        for path in moved:
            path.rename(fresh / path.name)
        raise


def _words(choices: Choices) -> dict[str, str]:
    """What stands for what in the files. Raises `NotPossible`."""
    if choices.homeserver is not None:
        return _words_of_homeserver(choices.homeserver, choices)
    network, host = choices.network, choices.host
    if host is None:
        network = network or next(iter(NETWORKS))
        if network not in NETWORKS:
            known = ", ".join(NETWORKS)
            raise NotPossible(f"--network: of `{network}` no server is known ({known}); name one with --host")
        host = NETWORKS[network]
    network = network or _name_of(host)
    tls = not is_loopback(host)
    port = choices.port if choices.port is not None else TLS_PORT if tls else PLAIN_PORT
    named = [name if name[:1] in "#&+!" else f"#{name}" for name in choices.channels or (CHANNEL,)]
    channels = list({fold(name): name for name in named}.values())
    irc = {"host": host, "port": port, "tls": tls, "nick": choices.nick, "channels": channels}
    value = {"networks": {network: irc}, "knowledge": "knowledge", "map": "map.yaml"}
    try:
        Settings.model_validate(value)
    except ValidationError as error:
        path, sentence = next(complaints(error, value, Settings))
        option, given = "network", network
        if len(path) > 2:
            key = str(path[2])
            option, given = key.removesuffix("s"), str(irc[key])
            if key == "channels" and len(path) > 3:
                given = channels[int(path[3])]
        raise NotPossible(f"--{option} {shown(given)}: {sentence.partition(': ')[2]}") from error
    words = {
        "network": network,
        "host": _quoted(host),
        "port": str(port),
        "tls": "yes" if tls else "no",
        "secured": "Encrypted, and the server is verified."
        if tls
        else "Not encrypted: nothing leaves this machine. For a server elsewhere: yes, and its port for TLS.",
        "nick": _quoted(choices.nick),
        "channels": "\n".join(f"      - {_quoted(name)}" for name in channels),
    }
    by_certificate = host.endswith(_WITHOUT_SASL)
    login, rights = (_WITH_CERTIFICATE, _NO_RIGHTS) if by_certificate else (_WITH_SASL, _RIGHTS)
    words["login"] = Template(login).substitute(words)
    return {
        "network": network,
        "sits": Template(_SITS).substitute(words),
        "rights": Template(rights).substitute(words),
        "alice": "alice-example",
        "bob": "bob-example",
    }


def _words_of_homeserver(homeserver: Homeserver, choices: Choices) -> dict[str, str]:
    if choices.host is not None or choices.port is not None or choices.channels or choices.nick != NICK:
        raise NotPossible(
            "--homeserver: beside it stand --user and --room, and no host, port, channel or nick"
        )
    network, told = choices.network or NETWORK, homeserver.settings
    value = {"networks": {network: told}, "knowledge": "knowledge", "map": "map.yaml"}
    try:
        settings = Settings.model_validate(value).matrix[network]
    except ValidationError as error:
        path, sentence = next(complaints(error, value, Settings))
        option, given = "network", network
        if len(path) > 2:
            key = str(path[2])
            option, given = key.removesuffix("s"), str(told[key])
            if key == "rooms" and len(path) > 3:
                given = homeserver.named[int(path[3])]
        raise NotPossible(f"--{option} {shown(given)}: {sentence.partition(': ')[2]}") from error
    words = {
        "network": network,
        "homeserver": _quoted(settings.homeserver),
        "user": _quoted(settings.user),
        "server": homeserver.server,
        "rooms": "\n".join(f"      - {_quoted(each.name)}" for each in settings.rooms),
    }
    return {
        "network": network,
        "sits": Template(SITS).substitute(words),
        "rights": Template(RIGHTS).substitute(words),
        "alice": _quoted(f"@alice-example:{homeserver.server}"),
        "bob": _quoted(f"@bob-example:{homeserver.server}"),
    }


def _name_of(host: str) -> str:
    """A name for the network of a server: `example` of irc.example.org."""
    parts = host.split(".")
    plain = len(parts) > 1 and parts[-2].isalnum() and not parts[-1].isdigit()
    return parts[-2].lower() if plain else "irc"


def _quoted(text: str) -> str:
    """As it may stand in YAML: bare where that is safe. What is checked here holds no control characters."""
    if text[:1].isalpha() and all(c.isalnum() or c in "-._" for c in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
