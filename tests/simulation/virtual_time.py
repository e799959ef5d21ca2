"""An event loop on which a day takes seconds: its clock jumps to the next timer, and only when nothing is
left to do at the present moment.

Work in threads (the store's, consulting, what is done aside) is waited for in real time before the clock may
jump, so whatever it brings happens at the moment at which it was asked for. Counted are the futures by which
a loop waits for threads: those of `run_in_executor` and of `asyncio.wrap_future`.

There is no network: `create_connection` leads to the `Host` that was put up under that name and port, over a
`Wire` in memory (see `memory_wire`). Program and library notice nothing of it.
"""

import asyncio
import contextlib
import selectors
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

REAL_PATIENCE = 60.0
"""Real seconds that a thread may take."""


class Host(Protocol):
    """What listens under a name and port."""

    async def connected(self, protocol: asyncio.Protocol) -> asyncio.Transport:
        """Somebody connects. Raises OSError, or never returns, as real ones do."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """`hosts`: (name, port) -> what listens there."""

    def __init__(self) -> None:
        self._now = 0.0
        self._awaited = 0
        self.hosts: dict[tuple[str, int], Host] = {}
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self._now

    @property
    def waits_for_threads(self) -> bool:
        return self._awaited > 0

    def jump(self, seconds: float) -> None:
        self._now += seconds

    def await_thread(self, future: "asyncio.Future[Any]") -> None:
        """The clock stands still until a thread has brought this."""
        self._awaited += 1
        future.add_done_callback(self._brought)

    def _brought(self, _: "asyncio.Future[Any]") -> None:
        self._awaited -= 1

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        future = super().run_in_executor(executor, func, *args)
        self.await_thread(future)
        return future

    async def shutdown_default_executor(self, *_: float | None) -> None:
        """Nobody waits for the threads that are left."""

    async def create_connection(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.Protocol], host: str, port: int, **_: Any
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        protocol = protocol_factory()
        if (host, port) not in self.hosts:
            raise OSError(f"[Errno -2] Name or service not known: {host}")
        transport = await self.hosts[host, port].connected(protocol)
        return transport, protocol


class _Selector(selectors.BaseSelector):
    """The real one, which never waits but for threads: instead of waiting, time passes."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self._loop.waits_for_threads:
            ready = self._real.select(REAL_PATIENCE)
            if not ready:
                raise RuntimeError(f"a thread has brought nothing for {REAL_PATIENCE:g} s")
            return ready
        if timeout is None:
            raise RuntimeError("nothing is under way, and nothing ever will be")
        self._loop.jump(timeout)
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.get_key(fileobj)

    def close(self) -> None:
        self._real.close()


@contextlib.contextmanager
def _threads_counted() -> Iterator[None]:
    real = asyncio.wrap_future

    def wrap_future(future: Any, *, loop: Any = None) -> "asyncio.Future[Any]":
        wrapped = real(future, loop=loop)
        running = wrapped.get_loop()
        if isinstance(running, VirtualLoop):
            running.await_thread(wrapped)
        return wrapped

    asyncio.wrap_future = wrap_future  # type: ignore[assignment]
    try:
        yield
    finally:
        asyncio.wrap_future = real


def run(main: Callable[[VirtualLoop], Coroutine[Any, Any, T]]) -> T:
    """`asyncio.run` on virtual time, which begins at 0."""
    with _threads_counted(), asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        return runner.run(main(loop))
