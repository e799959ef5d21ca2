"""What a base means after a few of its entries have come, gone or changed is what it would mean anew."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.entry import Answer, Entry
from knowledge.meaning import MANY, Meaning, whole

numpy = pytest.importorskip("numpy")


class Hashed:
    """A row for each text that depends on it alone."""

    name = "hashed"
    words = frozenset({"so"})

    def embed(self, texts):
        digests = b"".join(hashlib.sha512(text.encode()).digest() * 2 for text in texts)
        rows = numpy.frombuffer(digests, "u1").reshape(-1, 128).astype("f4") - 127
        return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def entry(number: int, said: str = "") -> Entry:
    asked = tuple(f"{said}how to do {number} {turn}" for turn in range(1 + number % 2))
    told = tuple(Answer(f"so {said}{number} {turn}") for turn in range(1 + number % 3))
    return Entry(f"e{number:05}", asked, told)


BASE = [entry(number) for number in range(MANY)]
FIRST = Meaning.of(Hashed(), BASE)


@settings(max_examples=6, deadline=None)
@given(
    gone=st.sets(st.integers(0, MANY - 1), max_size=5),
    changed=st.sets(st.integers(0, MANY - 1), max_size=5),
    new=st.sets(st.integers(MANY, MANY + 50), max_size=5),
)
def test_what_has_come_gone_and_changed_is_as_if_all_had_been_read(gone, changed, new):
    later = [entry(n, "now ") if n in changed else each for n, each in enumerate(BASE) if n not in gone]
    later += [entry(number) for number in sorted(new)]
    grown, anew = FIRST.grown(later), Meaning.of(Hashed(), later)
    some = [0, len(later) - 1, *(position for position, each in enumerate(later) if each not in BASE[:1])][
        :40
    ]
    for text in (later[-1].phrasings[0], later[7].phrasings[0], "now how to do 3 0"):
        found, expected = grown.likely(text, 5), anew.likely(text, 5)
        assert found.positions[0] == expected.positions[0]
        one, other = (
            [(like.asked, like.told, like.whole) for like in meaning.likeness(found.row, some)]
            for meaning in (grown, anew)
        )
        assert numpy.allclose(one, other, atol=1e-3)
    assert grown.usual == FIRST.usual
    assert FIRST.grown(BASE).likely("how to do 3 0", 3).positions[0] == 3


def test_of_a_changed_entry_only_what_is_new_in_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    embed = Hashed.embed
    monkeypatch.setattr(Hashed, "embed", lambda self, texts: read.extend(texts) or embed(self, texts))
    changed = replace(BASE[5], phrasings=(*BASE[5].phrasings, "one more"))
    grown = FIRST.grown([*BASE[:5], changed, *BASE[6:]])
    assert read == ["one more", whole(changed)]
    assert grown.likely("one more", 1).positions == (5,)
