"""What was found out about one network by connecting to it: values, without a judgement.

Names and words of the server stand in them as the server wrote them; whoever prints them makes them one line
(`knowledge.composing.one_line`). Imports nothing of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tls:
    """How the connection was encrypted; where the server cannot be verified there is none. `until`: as long
    as its certificate holds."""

    version: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server said no: its numeric, and its words."""

    numeric: str
    words: str


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whoever bears the configured nick, as WHOIS tells it; `account`: None where they have none."""

    mask: str
    real_name: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Relay:
    """A configured bridge. `online`: somebody bears its nick; `inside`: in one of our channels; `told`:
    whether the server said which account it has, if any."""

    nick: str
    online: bool = False
    inside: bool = False
    told: bool = False
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One channel. `forwarded`: where the server put us instead. `modes`: its mode letters; None where they
    were not told. `rank`: the characters before our nick. `members`: how many others; `identified`: how many
    of them have an account (None: the server told nobody's); `present`: the accounts of them that were looked
    for. `quieted`: the mask by which we cannot speak there. `created`: when the server says it was made.
    `beside`: the account of whoever bears the configured nick and is in there, too; empty where they have
    none.
    """

    name: str
    joined: bool = False
    refusal: Refusal | None = None
    forwarded: str | None = None
    modes: str | None = None
    rank: str = ""
    members: int = 0
    identified: int | None = None
    present: frozenset[str] = frozenset()
    quieted: str | None = None
    created: datetime | None = None
    beside: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All of one network. `address`: the server that was asked, as configured. `welcomed`: it let us in;
    `trouble`: why it did not, or why it ended the connection, with a `remedy` where there is one.

    `offered`: capabilities with their values; `used`: those that are on. `isupport`: its tokens. `mechanism`:
    by which of SASL we logged in; `login`: why that failed. `taken`: why the configured nick could not be
    had; `bearer`: who has it. `real_host`: the host that we come from, where the server told it. `present`:
    accounts that were looked for and seen; `online`: those of whom only the nick is there, which proves
    nothing.
    `complete`: everything that was asked was answered in time.
    """

    network: str
    address: str
    trouble: str = ""
    remedy: str = ""
    welcomed: bool = False
    tls: Tls | None = None
    called: str = ""
    server: str = ""
    software: str = ""
    offered: Mapping[str, str] = field(default_factory=dict)
    used: frozenset[str] = frozenset()
    isupport: Mapping[str, str] = field(default_factory=dict)
    nick: str = ""
    taken: Refusal | None = None
    bearer: Bearer | None = None
    user: str | None = None
    host: str | None = None
    real_host: str | None = None
    account: str | None = None
    mechanism: str | None = None
    login: Refusal | None = None
    user_modes: frozenset[str] = frozenset()
    seats: tuple[Seat, ...] = ()
    relays: tuple[Relay, ...] = ()
    present: frozenset[str] = frozenset()
    online: frozenset[str] = frozenset()
    complete: bool = True

    @property
    def mask(self) -> str:
        """Us as others see us; a question mark for what the server has not told."""
        return f"{self.nick}!{self.user or '?'}@{self.host or '?'}"

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms that are offered by name."""
        return tuple(each for each in self.offered.get("sasl", "").upper().split(",") if each)
