"""How often a desk is looked at, and after how long in vain it no longer counts as alive.

Pure: from the time that systemd's watchdog leaves (`limit`, sd_watchdog_enabled(3)) follows everything else.
The sum, for a stall of the database, or of one event, in a desk that is well otherwise:

    last beat before it counts as stuck     later than   start of the stall + stuck - every - patience
    last beat before it counts as stuck     earlier than start of the stall + stuck + every
    first beat after its end                earlier than end of the stall + soon

So a stall shorter than `limit` never lets the beats stay out for longer than `limit`, as
`every + patience + soon` is less than `stuck`; one of twice `limit` always does, as `every + stuck` is less
than `limit`.

Imports of ours: none.
"""

from dataclasses import dataclass
from datetime import timedelta

LOOK = timedelta(seconds=30)
"""How often the desk is looked at where systemd does not want it more often."""

AGAIN = timedelta(seconds=1)
"""How soon it is looked at again where it seemed to hang."""

PATIENCE = timedelta(seconds=2)
"""How long the database may take to answer before the vitals say that it does not."""

STUCK = timedelta(seconds=60)
"""After so long without any answer of the database, or with one event, the desk no longer counts as alive."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`every`: from one look to the next; `soon`: the same where it seemed to hang; `patience`: how long a
    look waits for the database; `stuck`: after how long in vain the desk does not count as alive."""

    every: timedelta = LOOK
    soon: timedelta = AGAIN
    patience: timedelta = PATIENCE
    stuck: timedelta = STUCK


def rhythm(limit: timedelta | None) -> Rhythm:
    """The rhythm for a watchdog that waits for `limit` (more than nothing); None where there is none."""
    if limit is None:
        return Rhythm()
    return Rhythm(
        every=min(LOOK, limit / 4),
        soon=min(AGAIN, limit / 16),
        patience=min(PATIENCE, limit / 8),
        stuck=min(STUCK, limit / 2),
    )
