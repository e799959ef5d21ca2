"""The networks that the desk sits on, of either kind; part of `bot.config`."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from bot.bridges import Form
from bot.transports.irc.settings import IrcSettings, Nick, PlainText
from bot.transports.matrix.settings import MatrixSettings, UserId


class BridgeSettings(BaseModel):
    """A bot that brings the lines of another network into the channels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    nick: Nick = Field(description="The bridge's nick.")
    account: PlainText | None = Field(
        None,
        description="The account that the network must prove on each of its lines. Without it, whoever takes "
        "the nick can speak in anybody's name; but nobody behind a bridge has rights.",
    )
    form: Form = Field(
        Form.ANGLE,
        description="How it writes who said something: `<nick> text` (`[m] <nick> text` and "
        "`<nick@network> text` are read as well), `[nick] text`, `(nick) text` or `nick: text`.",
    )

    @model_validator(mode="before")
    @classmethod
    def _by_nick(cls, value: object) -> object:
        return {"nick": value} if isinstance(value, str) else value


def _irc(value: object) -> object:
    if value != "irc":
        raise ValueError("must be irc or matrix")
    return value


class IrcNetwork(IrcSettings):
    """An IRC network; `type` tells it from those of other kinds."""

    type: Annotated[Literal["irc"], BeforeValidator(_irc)] = Field(
        "irc", description="What kind of network it is: irc, or matrix."
    )
    bots: list[str] = Field(
        default_factory=list,
        description="Nicks of other bots, who are never answered; most are known by their mark anyway. Also "
        "names of bots behind a bridge.",
    )
    bridges: tuple[BridgeSettings, ...] = Field(
        (),
        description="The bots that bring people of other networks into the channels, each a nick, or a nick "
        "and more. Their lines are heard as those of whoever they name, who has no rights.",
    )


class MatrixNetwork(MatrixSettings):
    """A Matrix homeserver, and the rooms that are reached by it."""

    type: Literal["matrix"] = Field(description="What kind of network it is: irc, or matrix.")
    bots: list[UserId] = Field(
        default_factory=list,
        description="User ids of other bots, who are never answered; what says of itself that it is a notice "
        "is not answered anyway.",
    )


def _kind(value: object) -> str:
    """By which of the models a network is read; the brackets say that it is no key of the file. Whoever names
    a homeserver and no type is told that the type is missing."""
    if isinstance(value, dict):
        kind = value.get("type", "matrix" if "homeserver" in value else "irc")
    else:
        kind = getattr(value, "type", None)
    return "[matrix]" if kind == "matrix" else "[irc]"


Network = Annotated[
    Annotated[IrcNetwork, Tag("[irc]")] | Annotated[MatrixNetwork, Tag("[matrix]")], Discriminator(_kind)
]
