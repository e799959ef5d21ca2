"""Which item of one list became which of another: as far as an order that crosses nothing can tell it.

Equal items go together first of all; of the others those that are most alike. As many are paired as can be:
an item that is unlike any other was changed rather than removed while another one came. The best of all
alignments, by dynamic programming over what is between the equal ends (Needleman and Wunsch, J. Mol. Biol.
48, 1970). Pure; a leaf.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

ItemT = TypeVar("ItemT")

Pairs: TypeAlias = list[tuple[int | None, int | None]]
"""Positions in the old list and in the new, in order; None where there is no counterpart."""

_EQUAL = 10_000.0  # more than all that unequal items of one entry can amount to
_ANY = 10.0  # more than unequal items can be alike, so that as many as can be are paired
_COMPARED = 40_000  # pairs of items that are looked at for how alike they are: a tenth of a second


def aligned(old: Sequence[ItemT], new: Sequence[ItemT], alike: Callable[[ItemT, ItemT], float]) -> Pairs:
    """`alike`: how alike two unequal items are, from 0 to about 5."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    before: Pairs = [(position, position) for position in range(start)]
    between = _best(old[start : len(old) - end], new[start : len(new) - end], alike)
    shifted: Pairs = [
        (None if one is None else one + start, None if other is None else other + start)
        for one, other in between
    ]
    after: Pairs = [(len(old) - left, len(new) - left) for left in range(end, 0, -1)]
    return before + shifted + after


def untangled(old: Sequence[ItemT], new: Sequence[ItemT], pairs: Pairs) -> tuple[Pairs, dict[int, int]]:
    """The `pairs`, and of what only moved across others its position: new -> old. No item that moved is
    paired with another one, as if one had become the other."""
    came: dict[int, int] = {}
    left = [one for one, other in pairs if one is not None and (other is None or old[one] != new[other])]
    for one, other in pairs:
        if other is not None and (one is None or old[one] != new[other]):
            moved = next((each for each in left if old[each] == new[other]), None)
            if moved is not None:
                left.remove(moved)
                came[other] = moved
    gone = frozenset(came.values())
    apart: Pairs = []
    for one, other in pairs:
        if one is not None and other is not None and (one in gone or other in came):
            apart += [(one, None), (None, other)]
        else:
            apart.append((one, other))
    return apart, came


def _best(old: Sequence[ItemT], new: Sequence[ItemT], alike: Callable[[ItemT, ItemT], float]) -> Pairs:
    if len(old) * len(new) > _COMPARED:

        def alike(_: ItemT, __: ItemT) -> float:
            return 0.0

    worth = [
        [_EQUAL if one == other else _ANY + alike(one, other) for other in new] if new else [] for one in old
    ]
    # total[i][j]: the most that pairing the items from i and j on can be worth
    total = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            total[i][j] = max(total[i + 1][j + 1] + worth[i][j], total[i + 1][j], total[i][j + 1])
    pairs: Pairs = []
    i = j = 0
    while i < len(old) and j < len(new):
        if total[i][j] == total[i + 1][j + 1] + worth[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif total[i][j] == total[i + 1][j]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    return (
        pairs + [(left, None) for left in range(i, len(old))] + [(None, left) for left in range(j, len(new))]
    )
