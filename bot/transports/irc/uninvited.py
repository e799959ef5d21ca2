"""Invitations that are not followed, as the log tells of them: anybody can send one, a thousand a second.

So it is told once a minute and channel, and of few channels within that. Nothing is answered.
"""

from datetime import timedelta

import structlog

from bot.seldom import Seldom
from bot.transports.irc.standing import Standing

log = structlog.get_logger(__name__)

AGAIN = timedelta(minutes=1)
"""How long until the same is told again."""

CHANNELS = 5
"""Channels within that time of which it is told."""


class Uninvited:
    """What of it was told on one connection."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._told = Seldom(AGAIN, CHANNELS)

    def tell(self, channel: str, by: str, account: str) -> None:
        """`by`: the nick; `account`: the one proven on that line, empty where there is none."""
        now, key = self._standing.now(), self._standing.isupport.fold(channel)
        if self._told.lately(now) >= CHANNELS or not self._told.tell(key, now):
            return
        whose = f"their account `{account}`" if account else "their account, to which they must be logged in,"
        to_stay = f"put {channel} into `channels`"
        if "account-tag" in self._standing.caps:
            remedy = f"to follow them: put {whose} into `invited_by`, or {to_stay}"
        else:
            remedy = f"nobody's account is proven on this network, so `invited_by` is of no use: {to_stay}"
        log.warning("invitation not followed", venue=channel, by=by, account=account or None, remedy=remedy)
