"""Why a channel cannot be joined: the server's numeric in plain words, and what somebody can do about it.

modern.ircdocs.horse for 403 to 477; 470 Solanum and InspIRCd (forwards); 480 Solanum (throttled); 489 Solanum
and InspIRCd (TLS only); 495 InspIRCd (too soon after a KICK); 520 InspIRCd and Solanum (operators only); 437
RFC 2812 and Solanum. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Door:
    """A closed one. `why`: a few words; `remedy`: what helps, where `{channel}` is the channel.

    `passes`: it opens by itself, soon. `opener`: what an account with rights there may ask ChanServ for.
    """

    why: str
    remedy: str
    passes: bool = False
    opener: str = ""


_ASK = "ask an operator of {channel} to let the desk's account in"

NEEDS_KEY = "475"

DOORS: Mapping[str, Door] = {
    "403": Door("no such channel", "mend its name in the configuration"),
    "405": Door("in too many channels", "take channels out of the configuration, or ask the network's staff"),
    "437": Door("not to be had for a while", "none: it is tried again", passes=True),
    "470": Door("forwards to another channel", f"{_ASK}, or put the other channel into the configuration"),
    "471": Door("full", f"{_ASK}, or to raise the limit (+l)", opener="INVITE"),
    "473": Door("by invitation only", f"{_ASK} (+I), or to invite it", opener="INVITE"),
    "474": Door("banned", f"{_ASK}: a ban (+b) fits the desk", opener="UNBAN"),
    NEEDS_KEY: Door("needs a key", "set its `key` in the configuration", opener="INVITE"),
    "476": Door("its name is not allowed there", "mend it in the configuration"),
    "477": Door("only for who is logged in", "set `sasl` in the configuration: an account, and its password"),
    "480": Door("joined too often just now", "none: it is tried again", passes=True),
    "489": Door("only over TLS", "set `tls: yes` in the configuration"),
    "495": Door("too soon after a KICK", "none: it is tried again", passes=True),
    "520": Door("only for the network's operators", "take it out of the configuration"),
}
"""By numeric."""

_KEY_REFUSED = Door(
    "its key is refused",
    "ask an operator of {channel} for the key that it has now, and mend its `key`",
    opener="INVITE",
)


def door(numeric: str, *, keyed: bool) -> Door:
    """One of `DOORS`. `keyed`: a key is configured for the channel."""
    return _KEY_REFUSED if keyed and numeric == NEEDS_KEY else DOORS[numeric]
