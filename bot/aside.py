"""Long work beside the event loop that the end of the process does not wait for.

The executors of the standard library are joined when the process ends. Reading a large knowledge base,
learning from it, or looking up the name of a host where no name server answers would then hold up a stop for
seconds. Only for work that is worthless once nobody waits for it, and that leaves nothing behind when it is
cut off.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NoReturn, ParamSpec, TypeVar

import structlog

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")


class Aside(ThreadPoolExecutor):
    """A thread for each piece of work, which ends with the process. An event loop takes nothing but a
    ThreadPoolExecutor as its own, in which it looks up the names of hosts."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        done: Future[T] = Future()

        def run() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # it is for whoever waits
                done.set_exception(error)
            else:
                done.set_result(result)

        threading.Thread(target=run, name="aside", daemon=True).start()
        return done

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Nothing is waited for."""


_ASIDE = Aside()


async def aside(work: Callable[[], T]) -> T:
    """What `work` returns or raises, done in a thread of its own."""
    return await asyncio.wrap_future(_ASIDE.submit(work))


async def ever_again(
    learn: Callable[[], Awaitable[None]], woken: asyncio.Event, *, rest: float, every: float, what: str
) -> NoReturn:
    """`learn` after `rest` seconds, and again as often as `woken` is set, or after `every` seconds; until it
    is cancelled. A defect costs that once: the log tells `what` could not be learned."""
    while True:
        await asyncio.sleep(rest)
        woken.clear()
        try:
            await learn()
        except Exception:  # a defect costs this once
            log.exception("something could not be learned", what=what)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(every):
                await woken.wait()
