"""Regions: for which facets an answer holds, so that two answers can be compared.

An answer holds for a product of sets, one for each facet that it names: spans of versions, or values. What
it does not name is free. Versions are compared by their numbers, half open: `4.17` is from 4.17 to below
4.18. Pure; imports `knowledge.entry` and `knowledge.versions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from knowledge.versions import Span, spans

MOST_VALUES = 50
"""Alternatives of one facet that are compared; an answer with more of them names none that people read."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What one facet may be: within one of the `spans`, which are in order and apart, or one of `names`."""

    spans: tuple[Span, ...]
    names: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.spans or self.names)

    def __and__(self, other: "Allowed") -> "Allowed":
        common = [
            (max(low, also_low), min(high, also_high))
            for low, high in self.spans
            for also_low, also_high in other.spans
            if max(low, also_low) < min(high, also_high)
        ]
        return Allowed(_merged(common), self.names & other.names)

    def within(self, other: "Allowed") -> bool:
        """Whether the other allows all that this one does."""
        return self.names <= other.names and all(
            any(low <= first and after <= high for low, high in other.spans) for first, after in self.spans
        )


Region = Mapping[str, Allowed]


def allowed(values: tuple[str, ...]) -> Allowed:
    """What an answer's values of one facet allow."""
    ranges: list[Span] = []
    names: set[str] = set()
    for value in values[:MOST_VALUES]:
        required = spans(value)
        if required is None:
            names.add(value.casefold())
            continue
        low, high = max(low for low, _ in required), min(high for _, high in required)
        if low < high:
            ranges.append((low, high))
    return Allowed(_merged(ranges), frozenset(names))


def region(applies: Mapping[str, tuple[str, ...]]) -> Region:
    """For which facets an answer with this `applies` holds."""
    return {facet: allowed(values) for facet, values in applies.items()}


def common(one: Region, other: Region) -> Region | None:
    """Where both hold; None where that is nowhere."""
    found = dict(one)
    for facet, what in other.items():
        found[facet] = found[facet] & what if facet in found else what
    return found if all(found.values()) else None


def within(one: Region, other: Region) -> bool:
    """Whether the other holds wherever this one does."""
    return all(facet in one and one[facet].within(what) for facet, what in other.items())


def sample(where: Region) -> dict[str, str]:
    """Facets of the region, known as closely as can be, so that each answer surely holds or does not."""
    found = {}
    for facet, what in where.items():
        if what.spans:
            low = what.spans[0][0]
            found[facet] = ".".join(map(str, (*low, 0, 0, 0, 0)[: max(4, len(low))]))
        else:
            found[facet] = min(what.names)
    return found


def told(where: Region) -> str:
    """The region in words: `xen ≥ 4.17 and < 4.19, xl`."""
    parts = []
    for facet, what in where.items():
        said = [_span_told(span) for span in what.spans]
        parts.append(f"{facet} {' or '.join([*said, *sorted(what.names)])}")
    return ", ".join(parts) or "everything"


def open_ended(what: Allowed) -> bool:
    """Whether it allows versions however new."""
    return any(high == _END for _, high in what.spans)


def _span_told(span: Span) -> str:
    low, high = span
    if low and high != _END and _is_series(low, high):
        return _dotted(low)
    parts = [f"≥ {_dotted(low)}" if low else "", f"< {_dotted(high)}" if high != _END else ""]
    return " and ".join(filter(None, parts)) or "any"


def _is_series(low: tuple[int, ...], high: tuple[int, ...]) -> bool:
    return len(low) == len(high) and low[:-1] == high[:-1] and low[-1] + 1 == high[-1]


def _dotted(release: tuple[int, ...]) -> str:
    return ".".join(map(str, release)) or "0"


def _merged(ranges: list[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return tuple(found)


_END = (spans(">=0") or (((), ()),))[0][1]
"""Where a constraint without an upper bound ends."""
