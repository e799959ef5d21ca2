"""Requests to compare emoji (SAS) or codes with the desk, which are declined: nobody sits here to compare
anything. Without an answer people's programs would wait for ten minutes.

    to this device    m.key.verification.request, in clear
    in a room         m.room.message of the msgtype m.key.verification.request, `to` us

Client-server API, "Key verification framework": a request of more than ten minutes ago is none any more, nor
is one of more than five minutes from now. An answer in a room is taken from what the homeserver lets the desk
say there, so nobody gets many, and all together get few. Pure but for what it remembers; takes anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.transports.matrix import raw

STANDS = 600.0
AHEAD = 300.0
"""Seconds for which a request counts after it was made, and before, where clocks differ."""

MOST, MOST_OF_ONE = 20, 3
"""Requests that are answered within `STANDS`, counted from when they came: of all, and of one user."""

CANCEL = "m.key.verification.cancel"

_REQUEST = "m.key.verification.request"
_WHY = "a bot: nobody is here to compare anything"


@dataclass(frozen=True, slots=True)
class Request:
    """`flow`: what the request is called: an event's id in a `room`, else an id of the asking `device`'s own.
    `at`: when it was made, in seconds."""

    user: str
    device: str
    flow: str
    at: float
    room: str | None = None

    def stands(self, now: float) -> bool:
        """Whether it is still one."""
        return now - self.at < STANDS

    @property
    def answer(self) -> dict[str, Any]:
        """The content of the event that declines it."""
        said = {"code": "m.user", "reason": _WHY}
        if self.room is None:
            return {**said, "transaction_id": self.flow}
        return {**said, "m.relates_to": {"rel_type": "m.reference", "event_id": self.flow}}


class Declining:
    """What others have asked for. `user` and `device` are our own."""

    def __init__(self, user: str, device: str) -> None:
        self._us = user, device
        self._waiting: list[Request] = []
        self._lately: list[tuple[float, Request]] = []

    def told(self, event: Mapping[str, Any], now: float) -> None:
        """A message to this device."""
        if event.get("type") == _REQUEST:
            content = raw.table(event.get("content"))
            flow = content.get("transaction_id")
            self._asked(event, flow if isinstance(flow, str) else None, content.get("timestamp"), None, now)

    def said(self, room: str, event: Mapping[str, Any], now: float) -> None:
        """An event of a room's timeline, decrypted where it was encrypted."""
        content = raw.table(event.get("content"))
        if content.get("msgtype") != _REQUEST or event.get("type") != "m.room.message":
            return
        if content.get("to") == self._us[0]:
            self._asked(event, raw.event_id(event.get("event_id")), event.get("origin_server_ts"), room, now)

    def taken(self, now: float) -> list[Request]:
        """Those that stand, in their order, each once."""
        taken, self._waiting = self._waiting, []
        return [each for each in taken if each.stands(now)]

    def _asked(
        self, event: Mapping[str, Any], flow: str | None, at: object, room: str | None, now: float
    ) -> None:
        user, device = raw.user(event.get("sender")), raw.table(event.get("content")).get("from_device")
        made = raw.number(at) / 1000
        if user is None or not isinstance(device, str) or not 0 < len(device) <= raw.LONGEST:
            return
        if not flow or len(flow) > raw.LONGEST or (user, device) == self._us:
            return
        if not -AHEAD < now - made < STANDS:
            return
        request = Request(user, device, flow, made, room)
        self._lately = [(came, each) for came, each in self._lately if now - came < STANDS]
        known = [each for _, each in self._lately]
        of_one = sum(each.user == user for each in known)
        if request not in known and len(known) < MOST and of_one < MOST_OF_ONE:
            self._lately.append((now, request))
            self._waiting.append(request)
