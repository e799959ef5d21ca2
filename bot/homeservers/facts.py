"""What was found out about one homeserver by asking it: values, without a judgement.

Names and words of the server stand in them in one printable line each. Imports values of the transport only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.transports.matrix.cross_signing import Verification
from bot.transports.matrix.rooms import Invitation, Rooms


@dataclass(frozen=True, slots=True)
class Bridge:
    """What a room's state says about a bridge into it: which one (`by`: its user id), and to where."""

    by: str
    to: str


@dataclass(frozen=True, slots=True)
class Place:
    """A room of the configuration. `id`: of the room that it is today; None where it was not found, and
    `trouble`, with its `remedy`, says why. Of a room that we are not in: `join_rule`, `encrypted` and
    `version`, as far as the server tells them. `put_out`: by whom and why we were put out of it.
    `upgraded`: the id of the room that it was at first, where it
    has gone on in another; `onwards`: of one that it goes on in and that we are not in."""

    name: str
    id: str | None = None
    trouble: str = ""
    remedy: str = ""
    join_rule: str = ""
    encrypted: bool | None = None
    version: str = ""
    put_out: str = ""
    upgraded: str | None = None
    onwards: str | None = None
    bridges: tuple[Bridge, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All of one homeserver. `reached`: it answered as one does; `trouble`: why it did not, or why we are not
    logged in, with a `remedy`.

    `versions`: of the specification, the newest last. `limited`: whether the server limits how fast we
    write; None where it does not tell us. `verification`: how our device is seen; `key`: its public key, as
    it is kept; `unreadable`: why the keys that are kept cannot be used. `complete`: everything was answered
    in time.
    """

    network: str
    url: str
    trouble: str = ""
    remedy: str = ""
    reached: bool = False
    software: str = ""
    versions: tuple[str, ...] = ()
    user: str | None = None
    device: str = ""
    display_name: str = ""
    limited: bool | None = None
    rooms: Rooms | None = None
    places: tuple[Place, ...] = ()
    invitations: Mapping[str, Invitation] = field(default_factory=dict)
    verification: Verification | None = None
    key: str | None = None
    unreadable: tuple[str, str] | None = None
    no_encryption: str | None = None
    complete: bool = True

    @property
    def directs(self) -> tuple[str, ...]:
        """With whom there are direct conversations."""
        if self.rooms is None:
            return ()
        found = (self.rooms.other(each) for each in self.rooms.joined.values())
        return tuple(sorted({each for each in found if each is not None}))
