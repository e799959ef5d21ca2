"""The doors to the networks of the configuration: for each the transport of its kind, and how the desk sits
there.

Must not import the store, the loop or anything that decides: they come in as what a transport has to know.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib import import_module

from bot.backscroll import MayAsk
from bot.config import Settings
from bot.desk.events import Heard
from bot.desk.facts import Sitting
from bot.received import Journal
from bot.transports.base import Attendance, Clock, Door, Settling
from bot.transports.irc.transport import IrcTransport
from routing.presence import Venue

MATRIX = "bot.transports.matrix.transport"


@dataclass(frozen=True, slots=True)
class Doors:
    """All of them, by the names of their networks: `every`, in the order of the configuration."""

    irc: Mapping[str, IrcTransport]
    matrix: Mapping[str, Settling]
    every: Mapping[str, Door]

    def __iter__(self) -> Iterator[Door]:
        return iter(self.every.values())

    def called(self, name: str) -> str:
        """What one of the venues of a network is called there."""
        return "room" if name in self.matrix else "channel"

    def sittings(self, venues: Iterable[Venue]) -> dict[str, Sitting]:
        """How the desk sits on each network, where it should be in all of these `venues`."""
        counted = Counter(venue.network for venue in venues)
        return {
            name: sitting(door.attendance, counted[name], self.called(name))
            for name, door in self.every.items()
        }


def doors(
    settings: Settings,
    *,
    clock: Clock,
    rng: random.Random,
    boot: str,
    journal: Journal,
    out_of_sight: Callable[[str], tuple[str, ...]],
    may_ask: MayAsk,
    wants_right: Callable[[Heard], bool],
) -> Doors:
    """The doors that `settings` ask for. `out_of_sight`: whom to look out for on a network; the others as the
    transports say."""
    irc = {
        name: IrcTransport(
            name,
            network,
            clock=clock,
            rng=rng,
            boot=boot,
            look_out=partial(out_of_sight, name),
            may_ask=may_ask,
        )
        for name, network in settings.irc.items()
    }
    matrix: dict[str, Settling] = {}
    if settings.matrix:
        # Here, for a desk without a homeserver need not import it: it takes half a second.
        transport: Callable[..., Settling] = import_module(MATRIX).MatrixTransport
        matrix = {
            name: transport(
                name,
                homeserver,
                clock=clock,
                rng=rng,
                boot=boot,
                journal=journal,
                may_ask=may_ask,
                privileged=wants_right,
            )
            for name, homeserver in settings.matrix.items()
        }
    every: dict[str, Door] = {name: irc[name] if name in irc else matrix[name] for name in settings.networks}
    return Doors(irc, matrix, every)


def sitting(there: Attendance, venues: int, called: str) -> Sitting:
    """How the desk sits on a network where it should be in so many `venues`, which are `called` channels or
    rooms there."""
    waits = {name: timedelta(seconds=seconds) for name, seconds in there.waits.items()}
    return Sitting(
        there.connected,
        venues,
        there.missing,
        there.identified,
        there.reasons,
        waits,
        there.mute,
        called,
    )
