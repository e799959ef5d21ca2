"""What a homeserver told is kept with how far it was read, until it is handled: SQLite and PostgreSQL."""

from datetime import timedelta

from store_values import NOON

from bot.received import Forgetful, Journal, Received
from bot.store.received import KEPT
from bot.store.store import Store

BODY = '{"next_batch": "t1", "text": "né \\u0000 \\ud83d"}'


async def test_what_is_kept_is_there_with_the_position(store: Store) -> None:
    journal: Journal = store
    first = await journal.receive("home", "read to t1", None, BODY, NOON, ())
    second = await journal.receive("home", "read to t2", "t1", "{}", NOON, ())
    other = await journal.receive("other", "elsewhere", None, "{}", NOON, ())
    assert await journal.position("home") == "read to t2"
    assert await journal.received("home") == (first, second)
    assert await journal.received("other") == (other,)
    assert await journal.begin(first) == Received(first, None, BODY, NOON, 2)
    assert await journal.begin(first) == Received(first, None, BODY, NOON, 3)
    third = await journal.receive("home", "read to t3", "t2", "{}", NOON, (first,))
    assert await journal.received("home") == (second, third)
    await journal.handled((second, third))
    await journal.handled(())
    assert await journal.received("home") == ()
    assert await journal.begin(second) is None
    assert await journal.position("home") == "read to t3"


async def test_what_nobody_comes_back_for_is_forgotten(store: Store) -> None:
    await store.receive("home", "t", None, "{}", NOON, ())
    await store.prune(NOON + KEPT)
    assert len(await store.received("home")) == 1
    await store.prune(NOON + KEPT + timedelta(seconds=1))
    assert await store.received("home") == ()


async def test_a_journal_without_a_database_is_the_same_for_one_process() -> None:
    journal = Forgetful()
    number = await journal.receive("home", "t1", None, "{}", NOON, ())
    assert await journal.position("home") == "t1"
    assert await journal.received("home") == (number,)
    assert await journal.received("other") == ()
    assert await journal.begin(number) == Received(number, None, "{}", NOON, 2)
    await journal.receive("home", "t2", "t1", "{}", NOON, (number,))
    assert await journal.begin(number) is None
