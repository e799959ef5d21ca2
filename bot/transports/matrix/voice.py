"""Where the desk sits and may say nothing, told to whoever runs it: once, before the first line is refused.

As `bot.transports.irc.voice`; why that is so, says `bot.transports.matrix.speech`.
"""

from collections.abc import Mapping

import structlog

log = structlog.get_logger(__name__)

AGAIN = 60.0
"""Seconds until the same is told again of a room, however often it changes."""


class Voice:
    """Of one connection, as the desk's user `me`."""

    def __init__(self, me: str) -> None:
        self._me = me
        self._told: dict[str, float] = {}
        self._silent: set[str] = set()

    def look(self, mute: Mapping[str, str], now: float) -> None:
        """Tell the log what has changed. `mute`: the rooms of the configuration that we are in and may say
        nothing in, each with why; `now`: seconds."""
        for name, why in mute.items():
            if name not in self._silent and now - self._told.get(name, -AGAIN) >= AGAIN:
                self._silent.add(name)
                self._told[name] = now
                log.warning(
                    "may say nothing in a room",
                    room=name,
                    why=why,
                    remedy=f"ask a moderator of {name} to let {self._me} speak",
                )
        for name in sorted(self._silent - mute.keys()):
            self._silent.remove(name)
            log.info("may speak in a room again", room=name)
