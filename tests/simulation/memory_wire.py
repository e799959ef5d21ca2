"""A connection in memory: the client's end is a transport of asyncio, the other end is given to a `Peer`.

What is written arrives after a while, in order, and sometimes in pieces, as TCP has it. A wire can fall
silent: then nothing arrives any more on either side and nobody is told, as where a router has forgotten it.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Peer(Protocol):
    """The server's side of one wire."""

    def received(self, data: bytes) -> None:
        """Bytes came from the client."""

    def ended(self) -> None:
        """The client has gone, or has closed."""


class _Way(Generic[T]):
    """One direction: what is put in arrives in order, each after its delay; nothing while it is `held`."""

    def __init__(self, arrive: Callable[[T], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._arrive = arrive
        self._under_way: deque[tuple[float, T]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self.held = False

    def put(self, what: T, delay: float) -> None:
        at = self._loop.time() + delay
        if self._under_way:
            at = max(at, self._under_way[-1][0])
        self._under_way.append((at, what))
        self._next()

    def hold(self, held: bool) -> None:
        self.held = held
        self._next()

    def clear(self) -> None:
        self._under_way.clear()

    def _next(self) -> None:
        if self._timer is None and self._under_way and not self.held:
            self._timer = self._loop.call_at(self._under_way[0][0], self._due)

    def _due(self) -> None:
        self._timer = None
        now = self._loop.time() + 1e-6
        while self._under_way and not self.held and self._under_way[0][0] <= now:
            self._arrive(self._under_way.popleft()[1])
        self._next()


class Wire(asyncio.Transport):
    """The client's end. `deliver`, `end` and `fall_silent` are the server's. `sent` and `arrived`: bytes that
    the server wrote, and that have come out here."""

    def __init__(
        self, protocol: asyncio.Protocol, peer: Callable[["Wire"], Peer], chance: random.Random, delay: float
    ) -> None:
        super().__init__({"peername": ("203.0.113.1", 6697)})
        self._protocol = protocol
        self._chance = chance
        self._delay = delay
        self._closing = False
        self._lost = False
        self.silent = False
        self.sent = self.arrived = 0
        self._out: _Way[bytes | None] = _Way(self._out_there)
        self._in: _Way[bytes | BaseException | None] = _Way(self._in_here)
        self._loop = asyncio.get_running_loop()
        protocol.connection_made(self)
        self._peer = peer(self)

    # --- the client's end ------------------------------------------------------------------------------

    def write(self, data: Any) -> None:
        if not self._closing:
            self._send(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._send(None)
            self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        self.close()

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return not self._in.held

    def pause_reading(self) -> None:
        if not self._in.held:
            self._in.hold(True)

    def resume_reading(self) -> None:
        if self._in.held:
            self._in.hold(False)

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is ever buffered here."""

    def can_write_eof(self) -> bool:
        return False

    def get_protocol(self) -> asyncio.Protocol:
        return self._protocol

    def _send(self, data: bytes | None) -> None:
        if not self.silent:
            self._out.put(data, self._delay)

    def _lose(self, error: BaseException | None) -> None:
        if not self._lost:
            self._lost = self._closing = True
            self._in.clear()
            self._protocol.connection_lost(error if isinstance(error, Exception) else None)

    def _in_here(self, what: bytes | BaseException | None) -> None:
        if self._lost or self._closing:
            return
        if isinstance(what, bytes):
            self.arrived += len(what)
            self._protocol.data_received(what)
        else:
            self._lose(what)

    # --- the server's end ------------------------------------------------------------------------------

    def deliver(self, data: bytes) -> None:
        """Have `data` arrive at the client."""
        self.sent += len(data)
        if self.silent or self._lost:
            return
        if len(data) > 1 and self._chance.random() < 0.05:
            cut = self._chance.randrange(1, len(data))
            self._in.put(data[:cut], self._delay)
            data = data[cut:]
        self._in.put(data, self._delay)

    def end(self, error: BaseException | None = None) -> None:
        """Close it from the far end; with an error it was torn."""
        if not self.silent:
            self._in.put(error, self._delay)

    def fall_silent(self) -> None:
        """From now on nothing arrives, on either side, and nobody is told."""
        self.silent = True
        self._out.clear()
        self._in.clear()

    def _out_there(self, data: bytes | None) -> None:
        if data is None:
            self._peer.ended()
        else:
            self._peer.received(data)
