"""Invitations that are not followed, as the log tells of them: anybody can send one, a thousand a second.

So it is told once a minute and channel, and of few channels within that. Nothing is answered.
"""

import structlog

from bot.transports.irc.standing import Standing

log = structlog.get_logger(__name__)

AGAIN = 60.0
"""Seconds until the same is told again."""

CHANNELS = 5
"""Channels within that time of which it is told."""


class Uninvited:
    """What of it was told on one connection."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._told: dict[str, float] = {}

    def tell(self, channel: str, by: str, account: str) -> None:
        """`by`: the nick; `account`: the one proven on that line, empty where there is none."""
        now, key = self._standing.now(), self._standing.isupport.fold(channel)
        self._told = {each: at for each, at in self._told.items() if now - at < AGAIN}
        if key in self._told or len(self._told) >= CHANNELS:
            return
        self._told[key] = now
        whose = f"their account `{account}`" if account else "their account, to which they must be logged in,"
        to_stay = f"put {channel} into `channels`"
        if "account-tag" in self._standing.caps:
            remedy = f"to follow them: put {whose} into `invited_by`, or {to_stay}"
        else:
            remedy = f"nobody's account is proven on this network, so `invited_by` is of no use: {to_stay}"
        log.warning("invitation not followed", venue=channel, by=by, account=account or None, remedy=remedy)
