"""Lines on their way to the homeserver: which room is meant today, in which order, and how it ended.

    Receipt             the server made an event of it
    NotSent             it did not; `later` where the same line is to be sent again
    Unconfirmed         nobody knows, and the server does not remember any more either (see below)

A transaction's id is made of the line's number and of when it was queued (a database that was restored gives
a number once more), and the server makes only one event of all requests with one id from one device. So what
nobody knows of is sent again, by which it is known: for `REMEMBERED` at the most, since Synapse forgets such
ids after a day, and never from another device than the one that began.

    no answer                                   again later
    429 M_LIMIT_EXCEEDED, 5xx                   again after a pause, that which it said, of trouble of its own
                                                only a few times; until then nothing else is sent there, so
                                                that nothing overtakes the line
    M_TOO_LARGE, M_BAD_JSON, M_NOT_JSON         UNSENDABLE
    400 on a line that refers to another        without that: its text counts (the event may be one that no
                                                thread can begin with)
    what ends the desk (`Fatal`)                told on; again later
    all else                                    REFUSED, with the server's words

Lines to one venue are written one at a time, in the order of the calls, whatever room it is by then: into an
upgraded room nothing is written while we are on our way into its successor. A line of which nobody knows
stays with its room, for the server knows an id in one room only. What came encrypted (`Venue.sealed`) goes
into encrypted rooms only.
"""

import asyncio
import secrets
from collections.abc import Callable, Container
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog

from bot.desk.model import Failure, Line
from bot.transports.base import Clock, NotSent, Receipt, Unconfirmed
from bot.transports.matrix.directs import Directs
from bot.transports.matrix.doubles import transaction
from bot.transports.matrix.encryption import Closed, Encryption, KeysUnusable
from bot.transports.matrix.hearing import Ghosts
from bot.transports.matrix.homeserver import Fatal, Homeserver, Refused, Unreachable
from bot.transports.matrix.room import Room
from bot.transports.matrix.rooms import Rooms
from bot.transports.matrix.speaking import content
from bot.transports.wire import Unsendable
from routing.presence import Venue

log = structlog.get_logger(__name__)

MOST_TRIES = 8
"""How often a line is sent on which the server has trouble of its own; it may be the line."""

LONGEST_PAUSE = 60.0
THROTTLED = 5.0
"""Seconds to wait where the server does not say how long."""

REMEMBERED = timedelta(hours=23)
"""For how long after the first attempt the server surely knows a transaction's id."""

_UNSENDABLE = frozenset({"M_TOO_LARGE", "M_BAD_JSON", "M_NOT_JSON"})


class Delivery:
    """Of one homeserver. `rooms`: as they are now (`told`: call it when they have changed). `salt`: what
    makes the lines of this database others than those of another. `encrypt`: whether direct conversations
    that are made are encrypted. `same_device`: whether it is the one that wrote before the start. `closed`:
    why a configured room that we are not in will not be joined, if so; `missing`: those rooms, as they are
    today. `seconds`: a monotonic clock. `fatal`: who is told of what ends the desk."""

    def __init__(
        self,
        homeserver: Homeserver,
        encryption: Encryption,
        rooms: Callable[[], Rooms],
        *,
        salt: str,
        same_device: bool,
        encrypt: bool,
        ghosts: Ghosts,
        clock: Clock,
        seconds: Callable[[], float],
        fatal: Callable[[Fatal | KeysUnusable], None],
        closed: Callable[[str], str | None] = lambda _: None,
        missing: Callable[[], Container[str]] = tuple,
    ) -> None:
        self._encryption = encryption
        self._rooms = rooms
        self._salt = salt
        self._same_device = same_device
        self._clock = clock
        self._seconds = seconds
        self._fatal = fatal
        self._closed = closed
        self._missing = missing
        self._directs = Directs(homeserver, rooms, encrypt=encrypt, ghosts=ghosts, clock=clock)
        self._queues: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._held: dict[tuple[str, str], float] = {}
        self._tries: dict[int, int] = {}
        self._started = clock(), seconds()
        self._first: dict[int, tuple[datetime, float]] = {}
        self._begun_in: dict[int, str] = {}
        self._waited: set[int] = set()

    def told(self) -> None:
        """The rooms have changed."""
        self._directs.told()

    async def mark(self, user: str, room: str) -> None:
        """See `Directs.mark`."""
        await self._directs.mark(user, room)

    async def send(self, line: Line, addressee: str | None, members: tuple[str, ...]) -> Receipt:
        """As `Transport.send`; `members` are known here anyway."""
        del members
        queue = self._queues.setdefault(line.venue.key, asyncio.Lock())
        async with queue:
            self._wait_for_turn(line.venue)
            try:
                self._must_be_remembered(line)
                receipt = await self._tried(line, addressee)
            except NotSent as error:
                if not error.later:
                    self._forget(line)
                raise
            except Unconfirmed:
                self._forget(line)
                raise
            self._forget(line)
            return receipt

    async def _tried(self, line: Line, addressee: str | None) -> Receipt:
        try:
            return await self._send(line, addressee)
        except Unreachable as error:
            if not line.id:
                raise Unconfirmed(error.why) from None
            self._first.setdefault(line.id, (self._clock(), self._seconds()))
            raise NotSent(Failure.REFUSED, error.why, later=True) from None
        except (Fatal, KeysUnusable) as error:
            self._fatal(error)
            raise NotSent(Failure.REFUSED, str(error), later=True) from None
        except Refused as error:
            raise self._refusal(line, error) from None
        except Closed as error:
            raise NotSent(Failure.REFUSED, error.why) from None

    def _forget(self, line: Line) -> None:
        self._tries.pop(line.id, None)
        self._first.pop(line.id, None)
        self._begun_in.pop(line.id, None)
        self._waited.discard(line.id)

    def _must_be_remembered(self, line: Line) -> None:
        """Raises `Unconfirmed` where the line may have arrived so long ago, or from another device, that the
        server would make a second event of it."""
        first, now = self._first.get(line.id), self._clock()
        if first is None and line.queued_at is not None and line.queued_at < self._started[0]:
            # It waited at the start. Where it was begun before that, nobody knows when.
            if not line.begun:
                self._waited.add(line.id)
            elif line.id not in self._waited:
                if not self._same_device:
                    raise Unconfirmed("it was begun on another device")
                at, seconds = self._started
                first = line.queued_at, seconds - (at - line.queued_at).total_seconds()
        if first is None:
            return
        # The one clock may be set, and the other may stand still while the machine sleeps.
        if max(now - first[0], timedelta(seconds=self._seconds() - first[1])) >= REMEMBERED:
            raise Unconfirmed("it was begun too long ago")

    def _begun_elsewhere(self, line: Line, room: Room) -> bool:
        """Whether it may stand in another room, whose server knows nothing of a line in this one. Of what was
        begun before the start only a room's upgrade tells that."""
        if not line.id:
            return False
        if line.id in self._begun_in or not self._begun_before(line):
            return self._begun_in.setdefault(line.id, room.id) != room.id
        self._begun_in[line.id] = room.id
        old = self._rooms().joined.get(room.predecessor or "")
        return old is not None and line.queued_at is not None and _ms(line.queued_at) <= old.replaced

    def _begun_before(self, line: Line) -> bool:
        """Whether it was begun by an earlier start."""
        waited = line.queued_at is not None and line.queued_at < self._started[0]
        return waited and line.begun and line.id not in self._waited

    async def _send(self, line: Line, addressee: str | None) -> Receipt:
        room = await self._room(line.venue)
        try:
            said = content(line, addressee, self._rooms().names_of(room.id), room)
        except Unsendable as error:
            raise NotSent(Failure.UNSENDABLE, str(error)) from None
        if self._begun_elsewhere(line, room):
            raise Unconfirmed("it was begun in another room")
        tx_id = transaction(self._salt, _name(line))
        try:
            event = await self._encryption.send(room, "m.room.message", said, tx_id)
        except Refused as error:
            if error.status != 400 or error.code in _UNSENDABLE or "m.relates_to" not in said:
                raise
            log.info("a line is said without what it refers to", why=str(error), line=line.id)
            del said["m.relates_to"]
            event = await self._encryption.send(room, "m.room.message", said, tx_id)
        return Receipt(self._clock(), said["body"], event)

    async def _room(self, venue: Venue) -> Room:
        rooms = self._rooms()
        room = await self._directs.room(venue) if venue.private else rooms.room_for(venue)
        if room is None or (room.replacement is not None and self._goes_on(venue)):
            closed = self._closed(venue.name)
            later = venue.name in rooms.configured and closed is None and not self._unsealed(venue)
            raise NotSent(Failure.REFUSED, closed or self._why_not(venue), later=later)
        if room.denied:
            raise NotSent(Failure.REFUSED, room.denied)
        return room

    def _goes_on(self, venue: Venue) -> bool:
        """Whether we are on our way into the room in which it goes on."""
        return venue.name in self._missing() and self._closed(venue.name) is None

    def _unsealed(self, venue: Venue) -> bool:
        """Whether it was encrypted when it was heard, and the room that it is today is not."""
        return venue.sealed and self._rooms().room_for(Venue(venue.network, venue.name)) is not None

    def _why_not(self, venue: Venue) -> str:
        return "the room is not encrypted" if self._unsealed(venue) else "not in the room"

    # --- how it ended -----------------------------------------------------------------------------------

    def _wait_for_turn(self, venue: Venue) -> None:
        """Raises `NotSent` while the server takes no more there."""
        left = self._held.get(venue.key, 0.0) - self._seconds()
        if left > 0:
            raise NotSent(Failure.THROTTLED, "the server takes no more just now", later=True, after=left)
        self._held.pop(venue.key, None)

    def _refusal(self, line: Line, error: Refused) -> NotSent:
        if error.status < 500:
            self._begun_in.pop(line.id, None)
        if error.status == 429 or error.code == "M_LIMIT_EXCEEDED":
            return self._again(line, error, THROTTLED if error.after is None else error.after)
        if error.code in _UNSENDABLE or error.status == 413:
            return NotSent(Failure.UNSENDABLE, str(error))
        tries = self._tries.get(line.id, 0) + 1
        if not error.passing or tries >= MOST_TRIES:
            return NotSent(Failure.REFUSED, str(error))
        self._tries[line.id] = tries
        return self._again(line, error, min(LONGEST_PAUSE, 2.0**tries))

    def _again(self, line: Line, error: Refused, after: float) -> NotSent:
        self._held[line.venue.key] = self._seconds() + after
        return NotSent(Failure.THROTTLED, str(error), later=True, after=after)


def _name(line: Line) -> str:
    """A line's own name, the same at every start; a fresh one for a line without a number."""
    if not line.id:
        return secrets.token_hex(8)
    return f"{line.id}-{_ms(line.queued_at)}" if line.queued_at else str(line.id)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
