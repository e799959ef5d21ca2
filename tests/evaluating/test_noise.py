"""Typing errors: half of the longer words, one edit each, the same for the same text and seed."""

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from bot.evaluating.noise import LONGER_THAN, Noise, noisy

TEXT = "where does the hypervisor look for its configuration when there is none"


def test_half_of_the_longer_words_get_one_edit() -> None:
    before, after = TEXT.split(), noisy(TEXT, Noise.TYPO50, 7).split()
    distances = [OSA.distance(*pair) for pair in zip(before, after, strict=True)]
    assert set(distances) == {0, 1}
    longer = [word for word in before if len(word) > LONGER_THAN]
    assert sum(distances) == round(len(longer) / 2)
    assert all(len(word) > LONGER_THAN for word, far in zip(before, distances, strict=True) if far)


def test_they_depend_on_seed_and_text_alone() -> None:
    assert noisy(TEXT, Noise.TYPO50, 1) == noisy(TEXT, Noise.TYPO50, 1)
    assert len({noisy(TEXT, Noise.TYPO50, seed) for seed in range(10)}) > 5
    assert noisy(TEXT, None, 1) == TEXT


@given(st.text(max_size=200), st.integers(0, 3))
def test_every_text_can_be_misspelt(text: str, seed: int) -> None:
    after = noisy(text, Noise.TYPO50, seed)
    assert len(after.split()) == len(text.split())
    assert abs(len(after) - len(" ".join(text.split()))) <= len(text.split())


def test_a_word_of_one_letter_only_is_changed_all_the_same() -> None:
    words = "aaaa " * 20
    assert sum(word != "aaaa" for word in noisy(words, Noise.TYPO50, 0).split()) == 10
