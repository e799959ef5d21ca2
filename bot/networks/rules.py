"""What networks ask of a bot, as data: which rules each has, by what it is seen that one is kept, its source.

A rule stands here only with a source: the pages of the network that were read, or else custom, which is what
people of any network may expect and nobody enforces. Imports nothing of ours.
"""

from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    """By what it is seen that a rule is kept."""

    BOT_MODE = "marked as a bot"
    OPERATOR_NAMED = "its operator is named"
    ACCOUNT = "logged in to an account"
    CLOAK = "its host is cloaked"
    REACHABLE = "an operator is on the network"
    PACE = "no faster than the network takes it"
    INVITED = "joins only where it may"
    ANSWER = "cannot be seen from here"


@dataclass(frozen=True, slots=True)
class Rule:
    """`asks`: what the network asks, as a clause that follows its name; `remedy`: what to do for it."""

    name: str
    asks: str
    sign: Sign
    remedy: str


@dataclass(frozen=True, slots=True)
class Network:
    """A network as far as it is known. `called`: how it calls itself (005 NETWORK). `source` of its rules;
    `binding`: breaking one has the bot removed. `rate`: messages a second that it takes for long; None where
    nothing is known. `sasl`: whether it has SASL; None where nothing is known."""

    name: str
    called: frozenset[str]
    source: str
    binding: bool
    rules: tuple[Rule, ...]
    rate: float | None = None
    sasl: bool | None = None


_LABELLED = Rule(
    "label",
    "that a bot is labelled as one",
    Sign.BOT_MODE,
    "say in `realname` that it is a bot; where the server has a mode for bots the desk sets it by itself",
)
_ATTRIBUTABLE = Rule(
    "operator",
    "that it can be seen whose bot it is",
    Sign.OPERATOR_NAMED,
    "set `operator` to who runs the desk, as people of the network know them, or name them in `realname`",
)
_ACCOUNT = Rule(
    "account",
    "that a bot that stays has an account of its own",
    Sign.ACCOUNT,
    "register one and set `sasl`: docs/how-to/libera.md",
)
_CLOAK = Rule(
    "cloak",
    "that it can be seen by its host whose it is, or else by its real name",
    Sign.CLOAK,
    "ask for a cloak, as the network's pages say; it also hides the address that the desk comes from",
)
_REACHABLE = Rule(
    "administrator",
    "that somebody who answers for the bot can be reached on the network",
    Sign.REACHABLE,
    "be there yourself under your account, and put it under desk.operators",
)
_PERMISSION = Rule(
    "permission",
    "that the operators of each channel have said yes",
    Sign.ANSWER,
    "ask them before it joins; a text to send is in docs/how-to/libera.md",
)
_UNINVITED = Rule(
    "joining",
    "that nobody can make it join a channel by asking it",
    Sign.INVITED,
    "the desk joins what is configured, and follows invitations of the accounts under `invited_by` only",
)
_BOTS = Rule(
    "bots",
    "that bots do not talk to each other",
    Sign.ANSWER,
    "the desk answers nobody who is marked as a bot; put the nicks of the others under `bots`",
)
_LOGS = Rule(
    "privacy",
    "that publishing what is said is authorised and told, and can be undone",
    Sign.ANSWER,
    "tell the channel what the desk keeps, and whom to ask for removal: docs/how-to/privacy-notice.md",
)
_PACE = Rule(
    "pace",
    "no more than one message in two seconds",
    Sign.PACE,
    "take `pace.rate` out of the configuration, or set it to 0.5",
)

LIBERA = Network(
    "Libera.Chat",
    frozenset({"Libera.Chat"}),
    "its policies for bots and its FAQ, read in 2026",
    binding=True,
    rules=(
        *(_PERMISSION, _UNINVITED, _LABELLED, _ATTRIBUTABLE, _CLOAK, _REACHABLE),
        *(_BOTS, _LOGS, _PACE),
    ),
    rate=0.5,
    sasl=True,
)
_CUSTOM = (_PERMISSION, _UNINVITED, _LABELLED, _ATTRIBUTABLE, _REACHABLE, _LOGS)
OFTC = Network("OFTC", frozenset({"OFTC"}), "custom", binding=False, rules=_CUSTOM, sasl=False)
OTHER = Network("", frozenset(), "custom", binding=False, rules=(*_CUSTOM, _ACCOUNT))

NETWORKS = (LIBERA, OFTC)


def network_called(called: str) -> Network:
    """The network that calls itself so, in any case spelling; `OTHER` where it is none of those known."""
    return next(
        (each for each in NETWORKS if called.casefold() in {name.casefold() for name in each.called}), OTHER
    )
