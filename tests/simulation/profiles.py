"""How kinds of servers differ, as far as the desk can notice: values.

Flood limits are those that were measured on servers as they are set up by default: so many lines at once, so
many a second after that; what comes faster waits, and who lets too much wait is killed.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """One kind. `most_queued`: lines that may wait unread before the connection is killed for flooding.
    `channel_burst`, `channel_rate`: lines that a channel takes from everybody together before it refuses them
    with a notice; 0: no such limit. `history`: whether old lines are to be had (`ask`) or come with the
    joining (`join`). `tells_sasl`: whether the coming and going of services is told by CAP NEW and DEL.
    `keeps_waiting`: who was let in and asks services that hang gets no answer of others either, for the rest
    of the connection."""

    name: str
    caps: tuple[str, ...]
    isupport: tuple[str, ...]
    burst: int
    rate: float
    most_queued: int
    mechanisms: tuple[str, ...] = ()
    regain: str = "GHOST"
    whox: bool = True
    history: str = ""
    tells_sasl: bool = False
    keeps_waiting: bool = False
    channel_burst: int = 0
    channel_rate: float = 1.0
    refuses_strangers: bool = False


_COMMON = ("account-notify", "away-notify", "chghost", "extended-join", "multi-prefix", "cap-notify")
_MODERN = (*_COMMON, "account-tag", "batch", "echo-message", "message-tags", "server-time", "setname")

SOLANUM = Profile(
    name="solanum",
    caps=(
        *_COMMON,
        "account-tag",
        "batch",
        "echo-message",
        "message-tags",
        "server-time",
        "extended-monitor",
    ),
    isupport=(
        "WHOX",
        "MONITOR=100",
        "CASEMAPPING=rfc1459",
        "CHANTYPES=#",
        "PREFIX=(ov)@+",
        "STATUSMSG=@+",
        "NICKLEN=16",
        "CHANMODES=eIbq,k,flj,CFLMPQRSTcgimnprstuz",
        "CALLERID=g",
        "BOT=B",
    ),
    burst=5,
    rate=2.0,
    most_queued=20,
    mechanisms=("PLAIN", "EXTERNAL"),
    regain="REGAIN",
    channel_burst=8,
    refuses_strangers=True,
)

ERGO = Profile(
    name="ergo",
    caps=(*_MODERN, "labeled-response", "draft/chathistory", "extended-monitor", "standard-replies"),
    isupport=(
        "WHOX",
        "MONITOR=100",
        "CASEMAPPING=ascii",
        "CHANTYPES=#",
        "PREFIX=(qaohv)~&@%+",
        "STATUSMSG=~&@%+",
        "NICKLEN=32",
        "BOT=B",
        "CHATHISTORY=100",
        "MSGREFTYPES=msgid,timestamp",
        "UTF8ONLY",
    ),
    burst=5,
    rate=2.0,
    most_queued=40,
    mechanisms=("PLAIN", "EXTERNAL", "SCRAM-SHA-256"),
    history="ask",
    tells_sasl=True,
)

INSPIRCD = Profile(
    name="inspircd",
    caps=(*_MODERN, "labeled-response", "standard-replies"),
    isupport=(
        "WHOX",
        "MONITOR=30",
        "CASEMAPPING=rfc1459",
        "CHANTYPES=#",
        "PREFIX=(qaohv)~&@%+",
        "STATUSMSG=~&@%+",
        "NICKLEN=30",
    ),
    burst=10,
    rate=1.0,
    most_queued=69,
    mechanisms=("PLAIN",),
    history="join",
    keeps_waiting=True,
)

OFTC = Profile(
    name="oftc",
    caps=("account-notify", "away-notify", "cap-notify", "extended-join", "multi-prefix"),
    isupport=("CASEMAPPING=rfc1459", "CHANTYPES=#", "PREFIX=(ov)@+", "STATUSMSG=@+", "NICKLEN=30"),
    burst=5,
    rate=1.0,
    most_queued=20,
    whox=False,
)

PROFILES = (SOLANUM, ERGO, INSPIRCD, OFTC)
