"""What a service tells systemd about itself: that it is ready, reads its files anew, ends, is still alive.

Protocol: sd_notify(3). One datagram of `NAME=value` lines to the unix socket that `$NOTIFY_SOCKET` names; an
`@` at its beginning stands for the NUL byte of the abstract namespace (unix(7)). Where the variable is not
set nobody listens, and everything here does nothing. With `WatchdogSec=` in the unit, systemd expects
`WATCHDOG=1` before `$WATCHDOG_USEC` have passed each time, and starts the service anew where that stays out
(sd_watchdog_enabled(3)).

The variables are taken out of the environment, so that programs that the desk starts do not speak for it.

Imports of ours: none.
"""

import os
import socket
import time
from collections.abc import MutableMapping
from datetime import timedelta

import structlog

log = structlog.get_logger()

PATIENCE = 1.0
"""Seconds that systemd may take to make room for a datagram."""

_NAMES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class Notifier:
    """Speaks for this process. `limit`: it must say that it is alive before so much time has passed, each
    time; None where nobody asks."""

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        address, usec, pid = (environment.pop(name, "") for name in _NAMES)
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        ours = bool(address) and pid in ("", str(os.getpid())) and usec.isdecimal() and int(usec) > 0
        self.limit = timedelta(microseconds=int(usec)) if ours else None
        self._failed = False

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._address)

    def ready(self, status: str) -> None:
        """The service does what it is there for; also said when a reload is over."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Files are read anew; `ready` follows. The time tells systemd which reload it is about."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell("RELOADING=1", f"MONOTONIC_USEC={microseconds}", "STATUS=reading its files anew")

    def stopping(self) -> None:
        """The service ends."""
        self._tell("STOPPING=1", "STATUS=ending")

    def beat(self, status: str, *, alive: bool) -> None:
        """How it does, in a line; and, unless it hangs, that it is alive."""
        self._tell(f"STATUS={status}", *(["WATCHDOG=1"] if alive else []))

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        message = "\n".join(line.replace("\n", " ") for line in lines).encode("utf-8", "replace")
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaking:
                speaking.settimeout(PATIENCE)
                speaking.sendto(message, self._address)
        except (OSError, ValueError) as error:
            # The desk has better things to do than to end for that. Once is enough to know.
            if not self._failed:
                log.warning("systemd cannot be told", error=str(error) or type(error).__name__)
            self._failed = True
        else:
            self._failed = False
