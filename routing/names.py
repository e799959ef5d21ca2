"""Names that people type: found in whichever case they are written, and where they are nearly right.

Built once for many questions. Nearness is rapidfuzz's `ratio` of the folded names, twice the length of what
two have in common by the sum of their lengths: so one that is much shorter or longer cannot be near, and only
those of a fitting length are compared. Imports nothing of the house.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

NEAR = 70.0
"""rapidfuzz ratio (0 to 100) from which another name is near enough to be suggested."""
LONGEST_NAME = 100
"""Characters of what was typed that are compared."""

_LONGER = (200.0 - NEAR) / NEAR
"""How many times as long a name that is near may be: with all of the shorter one in common, the ratio is
`200 shorter / (shorter + longer)`."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names, no two of which differ in their case only."""

    places: Mapping[str, int]
    """The how many-th each is."""
    spellings: Mapping[str, str]
    """As they are written, by their folded forms."""
    folded: tuple[str, ...]
    """The shortest first."""
    lengths: tuple[int, ...]
    """Of `folded`, in characters."""

    @classmethod
    def of(cls, names: Iterable[str]) -> "Names":
        known = tuple(names)
        spellings = {name.casefold(): name for name in known}
        folded = tuple(sorted(spellings, key=len))
        places = {name: place for place, name in enumerate(known)}
        return cls(places, spellings, folded, tuple(map(len, folded)))

    def spelling(self, name: str) -> str | None:
        """How a name is written that came in whichever case; None where there is none."""
        return name if name in self.places else self.spellings.get(name.casefold())

    def near(self, typed: str) -> str | None:
        """What somebody may have meant who typed this; of equally near ones the first."""
        wanted = typed[:LONGEST_NAME].casefold()
        first = bisect_left(self.lengths, int(len(wanted) / _LONGER))
        end = bisect_right(self.lengths, int(len(wanted) * _LONGER) + 1)
        among = self.folded[first:end]
        near = process.extract(wanted, among, scorer=fuzz.ratio, score_cutoff=NEAR, limit=None)
        if not near:
            return None
        best = [self.spellings[name] for name, ratio, _ in near if ratio == near[0][1]]
        return min(best, key=self.places.__getitem__)
