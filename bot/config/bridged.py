"""Channels and rooms that a bridge makes one; part of `bot.config`."""

from pydantic import BaseModel, ConfigDict, Field

from bot.transports.irc.settings import PlainText
from routing.presence import fold


class BridgedSettings(BaseModel):
    """Channels and rooms that a bridge makes one: what is said in one is read in all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    venues: tuple[PlainText, ...] = Field(
        min_length=2,
        description="The channels and rooms, on a network each, as NETWORK/NAME by the names in `networks`.",
    )
    ghosts: list[PlainText] = Field(
        ["*[m]"],
        description="Patterns of the nicks that the bridge gives on IRC to people of another side. What it "
        "gives on Matrix is in the `ghosts` of that network.",
    )

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """The venues' keys, in their order."""
        return tuple(_venue_key(each) for each in self.venues)


def _venue_key(written: str) -> tuple[str, str]:
    network, _, name = written.partition("/")
    return network, fold(name)
