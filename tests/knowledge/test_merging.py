"""Merging of lists, tried with all that two people can make of a short one."""

from itertools import permutations

import pytest

from knowledge.aligning import aligned
from knowledge.differing import summary
from knowledge.entry import Answer, Entry
from knowledge.merging import Conflict, alike, merged

WAS = ("build xen", "start dom0", "what is pv")
ORDERS = [order for count in range(4) for order in permutations(WAS, count)]
WITH_ANOTHER = [("build xen?", *order) for order in ORDERS] + [(*order, "what is pvh") for order in ORDERS]


def as_phrasings(items):
    return {"phrasings": tuple(items)}


def as_answers(items):
    return {"answers": tuple({"short": item, "source": "the manual"} for item in items)}


@pytest.mark.parametrize("told", [as_phrasings, as_answers])
def test_of_a_list_nothing_is_lost_and_nothing_comes_back_however_it_was_turned(told):
    for ours in WITH_ANOTHER:
        for theirs in ORDERS + WITH_ANOTHER:
            try:
                found = merged(told(WAS), told(ours), told(theirs))
            except Conflict:
                continue
            [items] = found.values() or [()]
            kept = {item for item in theirs if item in ours or item not in WAS}
            wanted = kept | {item for item in ours if item not in WAS}
            assert sorted(items, key=str) == sorted(*told(wanted).values(), key=str), (ours, theirs)


def test_what_one_moved_is_changed_where_it_stands_now():
    pv, xen = {"short": "start dom0"}, {"short": "build xen"}
    longer = {**xen, "text": "make"}
    other = {"short": "build it", "source": "the manual"}
    found = merged({"answers": (xen, pv)}, {"answers": (longer, pv)}, {"answers": (other, pv, xen)})
    assert found == {"answers": (other, pv, longer)}


def test_long_lists_are_aligned_by_what_is_equal_alone():
    compared = []

    def counted(one, other):
        compared.append((one, other))
        return alike(one, other)

    old = [f"way {number} of doing it" for number in range(400)]
    assert len(aligned(old, old[::-1], counted)) >= 400
    assert not compared
    was = Entry("a", tuple(old), (Answer("b"),))
    now = Entry("a", (*old[:200], "another way", *old[200:]), (Answer("b"),))
    assert summary(was, now) == "1 phrasing more"
