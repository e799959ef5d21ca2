"""A day takes no time; what threads do takes none of the day."""

import asyncio
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from memory_wire import Wire
from virtual_time import VirtualLoop, run


def test_the_clock_jumps_from_timer_to_timer() -> None:
    async def main(loop: VirtualLoop) -> list[tuple[str, float]]:
        seen = []

        async def sleeper(name: str, *pauses: float) -> None:
            for pause in pauses:
                await asyncio.sleep(pause)
                seen.append((name, loop.time()))

        await asyncio.gather(sleeper("a", 3600, 82800), sleeper("b", 0.5, 7200))
        return seen

    assert run(main) == [("b", 0.5), ("a", 3600.0), ("b", 7200.5), ("a", 86400.0)]


@pytest.mark.parametrize("how", ["executor", "future"])
def test_a_thread_is_waited_for_before_time_passes(how: str) -> None:
    """A timer of a millisecond is due long before the thread is let go, and yet comes after it."""

    async def main(loop: VirtualLoop) -> list[str]:
        go, seen = threading.Event(), []

        def work() -> None:
            go.wait(10)

        async def timer() -> None:
            await asyncio.sleep(0.001)
            seen.append("timer")

        async def thread() -> None:
            if how == "executor":
                await loop.run_in_executor(None, work)
            else:
                with ThreadPoolExecutor(1) as pool:
                    await asyncio.wrap_future(pool.submit(work))
            seen.append("thread")

        threading.Timer(0.02, go.set).start()
        await asyncio.gather(timer(), thread())
        return seen

    assert run(main) == ["thread", "timer"]


def test_what_can_never_go_on_is_told() -> None:
    async def main(loop: VirtualLoop) -> None:
        await loop.create_future()

    with pytest.raises(RuntimeError, match="nothing is under way, and nothing ever will be"):
        run(main)


class Remembers(asyncio.Protocol):
    """Both ends of a wire: what came, and that it ended."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def data_received(self, data: bytes) -> None:
        self.seen.append(data)

    def connection_lost(self, error: BaseException | None) -> None:
        self.seen.append(type(error))

    def received(self, data: bytes) -> None:
        self.seen.append(data)

    def ended(self) -> None:
        self.seen.append("ended")


def test_a_wire_brings_all_in_order_and_then_the_end() -> None:
    async def main(loop: VirtualLoop) -> tuple[list[object], list[object]]:
        here, there = Remembers(), Remembers()
        wire = Wire(here, lambda _: there, random.Random(1), 0.1)
        wire.write(b"one")
        wire.write(b"two")
        wire.deliver(b"three")
        wire.end(ConnectionResetError())
        wire.deliver(b"never")
        await asyncio.sleep(0.1)
        assert wire.arrived == len("three")
        assert wire.is_closing()
        return here.seen, there.seen

    assert run(main) == ([b"three", ConnectionResetError], [b"one", b"two"])


def test_reading_can_be_held_and_a_wire_can_fall_silent() -> None:
    async def main(loop: VirtualLoop) -> list[object]:
        here = Remembers()
        wire = Wire(here, lambda _: Remembers(), random.Random(1), 0.1)
        wire.pause_reading()
        wire.deliver(b"one")
        await asyncio.sleep(1)
        held = list(here.seen)
        wire.resume_reading()
        await asyncio.sleep(1)
        wire.fall_silent()
        wire.deliver(b"two")
        wire.end()
        await asyncio.sleep(1000)
        return [held, here.seen]

    assert run(main) == [[], [b"one"]]
