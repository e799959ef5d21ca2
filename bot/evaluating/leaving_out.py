"""Leaving a part of a base out, so that what asks for it has no answer. Imports nothing of ours."""

import random
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Without(StrEnum):
    """What may be left out of a base: every second entry."""

    HALF = "half"


def without(entries: Sequence[T], what: Without | None, seed: int) -> tuple[T, ...]:
    """The entries but for what is left out. Of each two that stand together a coin decides, which the seed
    tosses, so that each part of the set loses as much; an odd last one stays."""
    if what is not Without.HALF:
        return tuple(entries)
    rng = random.Random(seed)
    pairs = [entries[at : at + 2] for at in range(0, len(entries), 2)]
    return tuple(pair[rng.randrange(2) if len(pair) == 2 else 0] for pair in pairs)
