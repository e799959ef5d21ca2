"""A real Matrix homeserver on this machine, for the demo and for tests: Synapse, in a process of its own.

    server = Homeserver(folder)          # NoSynapse where there is none
    server.start()                       # 3 to 6 s
    alice = server.register("alice")     # her id, device and access token
    server.kill(); server.start()        # at the same port, with all that it had
    server.pause(); server.resume()      # it keeps its connections and says nothing
    server.stop()

Nothing here belongs to an event loop. The thread that starts it must live as long as the server is to (see
`bot.demo.leash`): the main one.
"""

import contextlib
import hashlib
import hmac
import http.client
import json
import random
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.demo import leash
from bot.demo.synapse import GHOSTS, HOST, Secrets, find, write

READY_WITHIN = 60.0
"""Seconds that it may take to start, on a machine that has much else to do."""

_ENDS_WITHIN = 10.0
_LOOKS_EVERY = 0.02
_ATTEMPTS = 5
_PORTS = (10_000, 32_000)
"""Below those that Linux gives to clients, so that a server that comes back finds its own still free."""

_LISTENING = b"now listening on TCP port"
_TAKEN = b"Address already in use"
_LOG_SHOWN = 12


class HomeserverFailed(Exception):
    """It did not start, or refused something; the words are for people."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Somebody who has an account there."""

    user: str
    """The full id."""

    password: str = field(repr=False)
    device: str
    token: str = field(repr=False)


class Homeserver:
    """`folder`: where it keeps everything; it must exist. `name`: the part of the ids behind the colon.
    `python`: of an environment that has Synapse; without it one is sought. `generous`: without rate limits
    that one would notice. `port`: a certain one instead of any. `settings`: more of its configuration."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "localhost",
        python: Path | None = None,
        generous: bool = True,
        port: int = 0,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.secrets = Secrets.of(folder)
        self._folder = folder
        self._python = find() if python is None else python
        self._generous = generous
        self._settings = dict(settings or {})
        self._fixed = bool(port)
        self._process: subprocess.Popen[bytes] | None = None
        self._logged = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """What it writes about itself."""
        return self._folder / "homeserver.log"

    @property
    def port_is_taken(self) -> bool:
        """Whether it ended because another program listens at its port."""
        return _TAKEN in self._said()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, within: float = READY_WITHIN) -> None:
        """Start it, and wait until it can be used. Raises HomeserverFailed."""
        self.launch()
        self.wait(within)

    def launch(self) -> None:
        """Start it; `wait` then waits for it."""
        self._choose_port()
        self._launch()

    def wait(self, within: float = READY_WITHIN) -> None:
        """Until it can be used. Raises HomeserverFailed."""
        until = time.monotonic() + within
        for attempt in range(_ATTEMPTS):
            while self.running and time.monotonic() < until:
                if self._listens() and self._is_healthy():
                    self._fixed = True
                    return
                time.sleep(_LOOKS_EVERY)
            # Somebody else took the port between our look and its own.
            if self._fixed or self.running or not self.port_is_taken or attempt == _ATTEMPTS - 1:
                break
            self.launch()
        why = f"was not ready after {within:.0f} s" if self.running else "has ended"
        self.kill()
        raise HomeserverFailed(f"the homeserver {why}; its log ends so:\n{self.last_words()}")

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self._said().decode("utf-8", "replace").splitlines()[-_LOG_SHOWN:]) or "(nothing)"

    def restart(self) -> None:
        """End it politely, and start it again, at the same port."""
        self._end(signal.SIGTERM)
        self.start()

    def kill(self) -> None:
        """End it at once."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it politely, however it is, and wait."""
        self.resume()
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """Have it do nothing, and say nothing, while its connections stand."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def register(self, name: str, password: str | None = None, *, admin: bool = False) -> Registered:
        """A new account by its local part; the password is the name unless there is another. Raises
        HomeserverFailed."""
        return register(self.port, self.secrets, name, password, admin=admin)

    def call(self, path: str, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        """What it answers to a request (POST) of whoever has that token. Raises HomeserverFailed."""
        return _told(self.port, path, body, token)

    def _choose_port(self) -> None:
        if self._fixed:
            return
        for _ in range(100):
            self.port = random.SystemRandom().randrange(*_PORTS)
            with contextlib.suppress(OSError), socket.socket() as probe:
                probe.bind((HOST, self.port))
                return
        raise HomeserverFailed(f"no port of {HOST} between {_PORTS[0]} and {_PORTS[1]} is free")

    def _launch(self) -> None:
        path = write(self._folder, self.name, self.port, self.secrets, self._generous, self._settings)
        with self.log.open("ab") as log:
            self._logged = log.tell()
            self._process = subprocess.Popen(
                [self._python, "-I", leash.__file__, "--kill", "synapse.app.homeserver", "-c", path],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )

    def _said(self) -> bytes:
        """What it has written since it was started."""
        try:
            with self.log.open("rb") as log:
                log.seek(self._logged)
                return log.read()
        except OSError:
            return b""

    def _listens(self) -> bool:
        """By its own words: at that port there might be another's."""
        return _LISTENING in self._said()

    def _is_healthy(self) -> bool:
        try:
            return _ask(self.port, "GET", "/health")[0] == http.client.OK
        except (OSError, http.client.HTTPException):
            return False

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def register(
    port: int, keep: Secrets, name: str, password: str | None = None, *, admin: bool = False
) -> Registered:
    """The same, of a server that somebody else started here. A name of the bridge's becomes a ghost, which
    has no password. Raises HomeserverFailed.

    https://element-hq.github.io/synapse/latest/admin_api/register_api.html: the proof is an HMAC-SHA1, with
    the shared secret as its key, of nonce, name, password and kind, separated by null bytes.
    """
    if name.startswith(GHOSTS):
        ghost = {"type": "m.login.application_service", "username": name, "inhibit_login": True}
        told = _told(port, "/_matrix/client/v3/register", ghost, keep.bridge)
        return Registered(told["user_id"], "", "", keep.bridge)
    path = "/_synapse/admin/v1/register"
    nonce = _told(port, path)["nonce"]
    password = name if password is None else password
    parts = (nonce, name, password, "admin" if admin else "notadmin")
    proof = hmac.new(keep.registration.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
    body = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": proof}
    told = _told(port, path, body)
    return Registered(told["user_id"], password, told["device_id"], told["access_token"])


def _told(port: int, path: str, body: Mapping[str, Any] | None = None, token: str = "") -> dict[str, Any]:
    try:
        status, answer = _ask(port, "GET" if body is None else "POST", path, body, token)
    except (OSError, http.client.HTTPException) as error:
        raise HomeserverFailed(f"the homeserver at port {port} does not answer: {error}") from error
    if status != http.client.OK:
        raise HomeserverFailed(f"the homeserver refused {path}: {status} {answer.decode('utf-8', 'replace')}")
    told: dict[str, Any] = json.loads(answer)
    return told


def _ask(
    port: int, method: str, path: str, body: Mapping[str, Any] | None = None, token: str = ""
) -> tuple[int, bytes]:
    with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=_ENDS_WITHIN)) as connection:
        proof = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request(method, path, None if body is None else json.dumps(body), proof)
        answer = connection.getresponse()
        return answer.status, answer.read()
