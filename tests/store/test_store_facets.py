"""What accounts told of themselves: one value of each facet, the latest, until it is forgotten or old."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from store_values import ALICE, NOON, STRANGER, asked, minutes

from bot.desk.effects import SaveFacet, SaveQuestion
from bot.desk.facts import Concern
from bot.desk.model import Speaker
from bot.store.errors import Conflict
from bot.store.queue import FACETS_KEPT
from bot.store.store import Store


async def known(store: Store, speaker: Speaker) -> Mapping[str, str]:
    return (await store.facts_for(Concern(speaker_keys=speaker.keys, facets=True), NOON)).facets


async def test_the_latest_value_counts_until_it_is_forgotten(store: Store) -> None:
    assert await known(store, ALICE) == {}
    told = [SaveFacet(ALICE.key, "xen", "4.17"), SaveFacet(ALICE.key, "distribution", "mageia")]
    await store.commit("e1", NOON, told)
    await store.commit("e2", NOON + minutes(1), [SaveFacet(ALICE.key, "xen", "4.19")])
    assert await known(store, ALICE) == {"xen": "4.19", "distribution": "mageia"}
    await store.commit("e3", NOON, [SaveFacet(ALICE.key, "xen", None), SaveFacet(ALICE.key, "linux", None)])
    assert await known(store, ALICE) == {"distribution": "mageia"}


async def test_it_is_read_for_the_account_alone_and_where_it_matters(store: Store) -> None:
    await store.commit("e1", NOON, [SaveFacet(ALICE.key, "xen", "4.17")])
    assert await known(store, replace(ALICE, nick="al", session="s9")) == {"xen": "4.17"}
    assert await known(store, replace(ALICE, account=None)) == {}
    assert await known(store, replace(ALICE, network="oftc")) == {}
    assert await known(store, STRANGER) == {}
    assert (await store.facts_for(Concern(speaker_keys=ALICE.keys), NOON)).facets == {}
    assert (await store.facts_for(Concern(facets=True), NOON)).facets == {}


async def test_it_is_written_with_all_that_its_event_changes_or_not_at_all(store: Store) -> None:
    effects = [SaveFacet(ALICE.key, "xen", "4.17"), SaveQuestion(asked(revision=7))]
    with pytest.raises(Conflict):
        await store.commit("e1", NOON, effects)
    assert await known(store, ALICE) == {}


async def test_what_was_told_a_year_ago_is_forgotten(store: Store) -> None:
    await store.commit("e1", NOON, [SaveFacet(ALICE.key, "xen", "4.17")])
    await store.commit("e2", NOON + minutes(1), [SaveFacet(ALICE.key, "linux", "6.1")])
    await store.prune(NOON + FACETS_KEPT + minutes(1))
    assert await known(store, ALICE) == {"linux": "6.1"}


@pytest.mark.parametrize("text", ["xen", "", "'", '"; --', "Ünïcode 日本語", "a\nb", "x" * 5000])
async def test_any_facet_and_value_come_back_as_they_went_in(store: Store, text: str) -> None:
    await store.commit("e1", NOON, [SaveFacet(ALICE.key, text, text)])
    assert await known(store, ALICE) == {text: text}
