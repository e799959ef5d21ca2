"""An amended index finds what one made of the same documents finds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.entry import Answer, Entry
from knowledge.index import Index
from knowledge.shelf import _amended
from knowledge.words.amended import LARGE, MOST, Amended, _rounded
from knowledge.words.bm25 import BM25

WORDS = [f"w{number}" for number in range(60)]
SOME = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12)
DOCUMENTS = [
    ([WORDS[n % 7], WORDS[n % 60], WORDS[n % 13]], [WORDS[n % 11], WORDS[n % 5]] * 3) for n in range(LARGE)
]


def whole(documents: list[tuple[list[str], list[str]]]) -> BM25:
    return BM25([(1.0, [one for one, _ in documents]), (0.4, [other for _, other in documents])])


FIRST = whole(DOCUMENTS)


@settings(max_examples=40, deadline=None)  # each makes an index of a thousand documents
@given(
    gone=st.sets(st.integers(0, LARGE - 1), max_size=20),
    new=st.dictionaries(st.integers(0, LARGE - 30), st.tuples(SOME, SOME), max_size=10),
    query=st.dictionaries(st.sampled_from(WORDS), st.sampled_from([0.4, 1.0]), min_size=1, max_size=6),
)
def test_what_has_come_and_gone_is_found_as_if_all_had_been_made_again(gone, new, query):
    documents = [each for number, each in enumerate(DOCUMENTS) if number not in gone]
    for position, texts in sorted(new.items()):
        documents.insert(position, texts)
    free = (position for position in range(len(documents)) if position not in new)
    place = [-1 if number in gone else next(free) for number in range(LARGE)]
    amended = Amended(FIRST, place, [DOCUMENTS[number] for number in sorted(gone)], new)
    made = whole(documents)
    assert (amended.size, amended.ceiling, amended.held) == (made.size, made.ceiling, made.held)
    assert all(amended.idf(word) == made.idf(word) for word in WORDS)
    found, expected = dict(amended.top(query, LARGE)), dict(made.top(query, LARGE))
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, rel=0.01)
    if found:
        best, _ = amended.top(query, 1)[0]
        assert expected[best] == pytest.approx(max(expected.values()), rel=0.01)


@pytest.mark.parametrize("length", [1, 39, 40, 41, 43, 55, 59, 61, 100, 180, 1000])
def test_a_length_is_rounded_as_the_index_rounds_it(length):
    text = ["a"] * length
    both = BM25([(1.0, [text, ["b"] * _rounded(length)])])
    amended = Amended(BM25([(1.0, [["b"] * _rounded(length)])]), [1], [], {0: (text,)})
    assert amended.top({"a": 1.0}, 1)[0][1] == pytest.approx(both.top({"a": 1.0}, 1)[0][1], rel=1e-3)


def entries(count: int) -> list[Entry]:
    return [
        Entry(f"e{n:05}", (f"how to {WORDS[n % 60]} the {WORDS[n % 7]} {n}",), (Answer(f"so {n}"),))
        for n in range(count)
    ]


def test_a_large_base_is_amended_and_settles():
    base = entries(LARGE)
    first = Index.build(base)
    other = Entry("e00500", ("how to mend a tractor",), (Answer("with wire"),))
    later = [*base[:500], other, *base[501:-1]]
    second = Index.build(later, before=first, amend=True)
    assert isinstance(second.prepare().bm25, Amended)
    third = Index.build([*later, base[-1]], before=second, amend=True)
    settled = third.settled()
    assert isinstance(third.prepare().bm25, Amended)
    assert not isinstance(settled.prepare().bm25, Amended)
    assert settled.settled() is settled
    anew = Index.build([*later, base[-1]])
    for text in ("mend my tractor", "how to w3 the w3", "w59 w6 999", "tractr"):
        [one], [two], [three] = (index.search(text, limit=1).matches for index in (third, settled, anew))
        assert (two.entry, two.probability) == (three.entry, three.probability), text
        assert one.entry == two.entry, text
        assert one.probability == pytest.approx(two.probability, abs=1e-3), text
    assert third.prepare().vocabulary == anew.prepare().vocabulary
    back = Index.build(base, before=third, amend=True)
    assert back.prepare().bm25.held == first.prepare().bm25.held


def test_what_is_small_or_much_is_made_again():
    for size, changed in ((LARGE - 1, 1), (LARGE, MOST + 1)):
        base = entries(size)
        first = Index.build(base).prepare()
        pages = [*first.pages[changed:], *Index.build(entries(changed)).prepare().pages]
        assert _amended(first.whole, pages) is None
    assert _amended(first.whole, first.pages[::-1]) is None
    assert _amended(first.whole, first.pages) is first.bm25
