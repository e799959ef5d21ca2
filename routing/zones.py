"""Time zones by the names that people write: `Europe/London`, `europe/london`, and what they may have meant.

Names are those of the IANA database. Must not import anything of ours.
"""

from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_SHOWN = 64
_NEAR = 3


def zone_of(name: str) -> ZoneInfo:
    """The zone of that IANA name; `ValueError` if there is none, with what may have been meant."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a directory of zones, like "Europe"
        near = _near(name[:_SHOWN])
        hint = f"did you mean {' or '.join(near)}?" if near else "zones look like Europe/London or UTC"
        raise ValueError(f"there is no time zone `{name[:_SHOWN]}`; {hint}") from None


def zone_named(name: str) -> str:
    """The IANA name of the zone that somebody writes so, in whichever case; `ValueError` as for `zone_of`."""
    try:
        return zone_of(name).key
    except ValueError:
        known = _by_folded_name().get(name.casefold())
        if known is None:
            raise
        return known


def _near(name: str) -> tuple[str, ...]:
    """A few zones whose last part is that name ("London"), else those that are spelt nearly so."""
    wanted = name.casefold().replace(" ", "_")
    known = _by_folded_name()
    # "posix/" and "right/" are not among the available; of the rest the places of a continent come first.
    named = sorted(zone for folded, zone in known.items() if folded.rpartition("/")[2] == wanted)
    return tuple(named[:_NEAR] or [known[each] for each in get_close_matches(wanted, known, 1, 0.8)])


@cache
def _by_folded_name() -> dict[str, str]:
    """Every name; read once, for the directory of all zones is large."""
    return {zone.casefold(): zone for zone in sorted(available_timezones())}
