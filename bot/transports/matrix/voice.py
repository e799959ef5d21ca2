"""Where the desk sits and may say nothing, told to whoever runs it: once, before the first line is refused.

As `bot.transports.irc.voice`; why that is so, says `bot.transports.matrix.speech`.
"""

from collections.abc import Mapping
from datetime import timedelta

import structlog

from bot.seldom import Seldom

log = structlog.get_logger(__name__)

AGAIN = timedelta(minutes=1)
"""How long until the same is told again of a room, however often it changes."""


class Voice:
    """Of one connection, as the desk's user `me`."""

    def __init__(self, me: str) -> None:
        self._me = me
        self._told = Seldom(AGAIN)
        self._silent: set[str] = set()

    def look(self, mute: Mapping[str, str], now: float) -> None:
        """Tell the log what has changed. `mute`: the rooms that we are in and may say nothing in, each
        with why; `now`: seconds."""
        for name, why in mute.items():
            if name not in self._silent and self._told.tell(name, now):
                self._silent.add(name)
                log.warning(
                    "may say nothing in a room",
                    room=name,
                    why=why,
                    remedy=f"ask a moderator of {name} to let {self._me} speak",
                )
        for name in sorted(self._silent - mute.keys()):
            self._silent.remove(name)
            log.info("may speak in a room again", room=name)
