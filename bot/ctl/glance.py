"""Where a configuration has its control socket, at a glance.

A full reading of the configuration takes longer than everything else that `pkgdesk ctl` does. Whatever is not
plain here is left to it (`bot.config.load`), errors included; where both say something, they say the same.
Imports of ours: `bot.unix_socket`.
"""

from pathlib import Path

import yaml

from bot.unix_socket import NAME, NO_SOCKET

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def socket_of(config: Path) -> Path | None:
    """Where a configuration has its socket, at a glance; None where only a full reading can tell (because
    something is wrong, or there is none)."""
    try:
        written = yaml.load(config.read_text("utf-8"), _LOADER)
    except (OSError, ValueError, yaml.YAMLError):
        return None
    settings = written if isinstance(written, dict) else {}
    control, database = settings.get("control", {}), settings.get("database", "")
    if not isinstance(database, str) or "://" in database or not isinstance(control, dict):
        return None
    folder = config.absolute().parent
    if "socket" not in control:
        return (folder / database).parent / NAME if database else folder / NAME
    given = control["socket"]
    return folder / given if isinstance(given, str) and given and given.lower() not in NO_SOCKET else None
