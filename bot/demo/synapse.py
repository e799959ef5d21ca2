"""Where Synapse is on this machine, and how it is configured for one: what a homeserver for the demo or for a
test needs written down before it starts.

Synapse lives in an environment of its own, for it pins much of what pkgdesk uses, too. It is sought where
PKGDESK_SYNAPSE says (a Python, or the folder of a virtual environment), then in the folder `synapse` of the
environment that runs, where `make check-synapse` puts it, then in that environment itself.

The configuration is JSON, which every YAML parser reads. It is for the loopback interface alone: no
federation, cheap password hashes, no keys of others. Rate limits are Synapse's own or, if generous, none that
a test would meet. https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html
"""

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

VARIABLE = "PKGDESK_SYNAPSE"
HOST = "127.0.0.1"
GHOSTS = "irc_"
"""How the local parts begin that belong to the bridge."""

BRIDGE = "ircbridge"
"""The local part of the bridge's own user."""

_BRIDGE = "bridge.json"
_TELL_VERSION = "from importlib.metadata import version; print(version('matrix-synapse'))"
_ANSWERS_WITHIN = 20.0
_PER_USER = (
    *("rc_message", "rc_registration", "rc_admin_redaction", "rc_joins_per_room", "rc_room_creation"),
    *("rc_key_requests", "rc_reports", "rc_user_directory", "rc_profile", "rc_media_create"),
    "rc_delayed_event_mgmt",
)
_BY_KIND = {
    "rc_login": ("address", "account", "failed_attempts"),
    "rc_joins": ("local", "remote"),
    "rc_invites": ("per_room", "per_user", "per_issuer"),
    "rc_presence": ("per_user",),
}
_UNLIMITED = {"per_second": 10_000, "burst_count": 10_000}


class NoSynapse(Exception):
    """There is none; the words are for people, and say what to do."""


def find(environment: Mapping[str, str] | None = None) -> Path:
    """The interpreter that can run Synapse. Raises NoSynapse."""
    named = (os.environ if environment is None else environment).get(VARIABLE)
    if named is not None:
        python = Path(named) / "bin" / "python" if Path(named).is_dir() else Path(named)
        if _has_synapse(python):
            return python.absolute()
        raise NoSynapse(f"{VARIABLE} is {named}, and no Synapse is there: name the Python that has one")
    for python in (Path(sys.prefix) / "synapse" / "bin" / "python", Path(sys.executable)):
        if _has_synapse(python):
            return python
    raise NoSynapse(
        "Synapse, the Matrix homeserver, is not installed: `make check-synapse` does it in a checkout "
        "(230 MB); elsewhere install matrix-synapse into a virtual environment of its own, and set "
        f"{VARIABLE} to its folder"
    )


def _has_synapse(python: Path) -> bool:
    try:
        asked = subprocess.run(
            [python, "-I", "-c", _TELL_VERSION],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_ANSWERS_WITHIN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


@dataclass(frozen=True, slots=True)
class Secrets:
    """What only the server and those who use it here know."""

    registration: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    bridge: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """The access token of the bridge, which may speak as each of its ghosts."""

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Those of the server that keeps its things there; new ones where there was none."""
        try:
            told = json.loads((folder / _BRIDGE).read_text("utf-8"))
        except FileNotFoundError:
            return cls()
        return cls(told["hs_token"], told["as_token"])


def write(folder: Path, name: str, port: int, keep: Secrets, generous: bool, more: Mapping[str, Any]) -> Path:
    """Write all files that a server of that name needs into the folder; the configuration's path. `more`:
    what else it says. Keys are made once, so that a server that comes back is the same."""
    _write(folder / _BRIDGE, json.dumps(_bridge(name, keep)))
    _write(folder / "log.json", json.dumps(_LOG))
    if not (folder / "signing.key").exists():
        # The format of signedjson: algorithm, version, and the seed in Base64 without padding.
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        _write(folder / "signing.key", f"ed25519 a_desk {seed}\n")
    settings = {**_settings(folder, name, port, keep), **(_no_limits() if generous else {}), **more}
    path = folder / "homeserver.json"
    _write(path, json.dumps(settings, indent=2))
    return path


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")


def _settings(folder: Path, name: str, port: int, keep: Secrets) -> dict[str, Any]:
    return {
        "server_name": name,
        "public_baseurl": f"http://{HOST}:{port}/",
        "listeners": [
            {
                "port": port,
                "type": "http",
                "tls": False,
                "bind_addresses": [HOST],
                "resources": [{"names": ["client"], "compress": False}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "log_config": str(folder / "log.json"),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "app_service_config_files": [str(folder / _BRIDGE)],
        "registration_shared_secret": keep.registration,
        "macaroon_secret_key": keep.registration,
        "form_secret": keep.registration,
        "report_stats": False,
        "enable_registration": False,
        "bcrypt_rounds": 4,
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "federation_domain_whitelist": [],
        "presence": {"enabled": True},
        "caches": {"global_factor": 0.5},
    }


def _no_limits() -> dict[str, Any]:
    kinds = {kind: dict.fromkeys(parts, _UNLIMITED) for kind, parts in _BY_KIND.items()}
    return {**dict.fromkeys(_PER_USER, _UNLIMITED), **kinds}


def _bridge(name: str, keep: Secrets) -> dict[str, Any]:
    """The registration of an application service that is told nothing (`url: null`) and may speak as ghosts:
    what a bridge to IRC is to a room."""
    return {
        "id": BRIDGE,
        "url": None,
        "as_token": keep.bridge,
        "hs_token": keep.registration,
        "sender_localpart": BRIDGE,
        "rate_limited": False,
        "namespaces": {
            "users": [{"exclusive": True, "regex": f"@{GHOSTS}.*:{name.replace('.', '[.]')}"}],
            "aliases": [],
            "rooms": [],
        },
    }


_LOG = {
    "version": 1,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"errors": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"synapse.app._base": {"level": "INFO"}},
    "root": {"level": "WARNING", "handlers": ["errors"]},
    "disable_existing_loggers": False,
}
