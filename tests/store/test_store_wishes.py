"""What people wish of how they are asked: one value of each kind, the latest, until it is taken back."""

from collections.abc import Mapping
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_values import NOON, TIMES, asked, minutes

from bot.desk.effects import SaveQuestion, SaveWish
from bot.desk.facts import Concern
from bot.store.errors import Conflict
from bot.store.store import Store
from routing.people import WEEK, Hours, Pings, Wishes, read_hours
from routing.wishes import Value, Wish, wished, written

HOURS = read_hours("mon-fri 9-18 Europe/London")


def wish(kind: Wish, value: Value, person: str = "bob") -> SaveWish:
    return SaveWish(person, kind, written(value))


async def wishes(store: Store) -> Mapping[str, Wishes]:
    return (await store.facts_for(Concern(wishes=True), NOON)).wishes


async def test_the_latest_of_each_kind_counts_until_it_is_taken_back(store: Store) -> None:
    assert await wishes(store) == {}
    await store.commit(
        "e1",
        NOON,
        [
            wish(Wish.BUSY, NOON + minutes(90)),
            wish(Wish.HOURS, HOURS),
            wish(Wish.BUDGET, 3),
            wish(Wish.PINGS, Pings.OFF),
            wish(Wish.BUDGET, 0, "carol"),
        ],
    )
    assert await wishes(store) == {
        "bob": Wishes(NOON + minutes(90), HOURS, 3, Pings.OFF),
        "carol": Wishes(budget=0),
    }
    await store.commit("e2", NOON, [wish(Wish.BUDGET, 5), SaveWish("bob", Wish.HOURS, None)])
    await store.commit("e3", NOON, [SaveWish("bob", Wish.PINGS, None), SaveWish("dave", Wish.BUSY, None)])
    assert (await wishes(store))["bob"] == Wishes(busy_until=NOON + minutes(90), budget=5)


async def test_they_are_read_where_they_matter_and_with_the_load(store: Store) -> None:
    await store.commit("e1", NOON, [wish(Wish.BUDGET, 3)])
    assert (await store.facts_for(Concern(load=True), NOON)).wishes == {"bob": Wishes(budget=3)}
    assert (await store.facts_for(Concern(), NOON)).wishes == {}


async def test_it_is_written_with_all_that_its_event_changes_or_not_at_all(store: Store) -> None:
    with pytest.raises(Conflict):
        await store.commit("e1", NOON, [wish(Wish.BUDGET, 3), SaveQuestion(asked(revision=7))])
    assert await wishes(store) == {}


async def test_they_outlive_everything_that_grows_old(store: Store) -> None:
    await store.commit("e1", NOON, [wish(Wish.PINGS, Pings.PRIVATE)])
    await store.prune(NOON + minutes(60 * 24 * 3000))
    assert await wishes(store) == {"bob": Wishes(pings=Pings.PRIVATE)}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Wish.BUSY, "soon"),
        (Wish.BUSY, "2026-11-23T10:00:00"),
        (Wish.HOURS, "9-17 Mars/Phobos"),
        (Wish.BUDGET, "many"),
        (Wish.PINGS, "loud"),
    ],
)
async def test_what_cannot_be_read_any_more_is_no_wish(store: Store, kind: Wish, text: str) -> None:
    await store.commit("e1", NOON, [SaveWish("bob", kind, text)])
    assert await wishes(store) == {"bob": Wishes()}


_DAYS = st.sets(st.sampled_from(WEEK), min_size=1).map(",".join)
_ENDS = st.sampled_from(["0-24", "22-6", "9:30-17:15", "1-24"])
_HOURS = st.builds("{} {} {}".format, _DAYS, _ENDS, st.sampled_from(["UTC", "Europe/London"])).map(read_hours)


@given(TIMES, _HOURS, st.integers(0, 1000), st.sampled_from(Pings))
def test_a_wish_is_read_as_it_was_written(busy: datetime, hours: Hours, budget: int, pings: Pings) -> None:
    values: dict[Wish, Value] = dict(zip(Wish, (busy, hours, budget, pings), strict=True))
    kept = {kind: written(value) for kind, value in values.items()}
    assert wished(kept) == Wishes(busy, hours, budget, pings)
