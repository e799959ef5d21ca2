"""The keys of channels, read anew for each attempt: whoever changes one need not restart the desk.

A key is no word of two, nor does it hold a comma, which separates keys in JOIN (RFC 2812, section 3.2.1).
"""

import re
from collections.abc import Iterator

import structlog

from bot.transports.irc.standing import Standing
from bot.transports.password import PasswordSource

log = structlog.get_logger(__name__)


def has_key(standing: Standing, channel: str) -> bool:
    """Whether the configuration names one."""
    return any(_sources(standing, channel))


def key_to(standing: Standing, channel: str) -> tuple[str, ...]:
    """The key to a channel as it is now; none where it has none, or where it cannot be read."""
    for source in _sources(standing, channel):
        try:
            key = source.password()
        except (OSError, ValueError) as error:
            log.error("no key for a channel", venue=channel, error=str(error))
        else:
            if re.fullmatch(r"[^\s,:][^\s,]*", key):
                return (key,)
            log.error("what is given as a channel's key is none: it holds a blank or a comma", venue=channel)
    return ()


def _sources(standing: Standing, channel: str) -> Iterator[PasswordSource]:
    for each in standing.settings.channels:
        if each.key is not None and standing.isupport.same(each.name, channel):
            yield each.key
