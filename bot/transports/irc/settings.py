"""What an operator may set about an IRC network; part of `bot.config`, which reads it from YAML.

Every field's description is what the documentation and `config.example.yaml` say about it.
"""

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.transports.pacing import PaceSettings
from bot.transports.password import PasswordSource
from bot.transports.plain import plain
from bot.transports.wire import is_channel, is_nick
from knowledge.documents import Duration
from routing.presence import Visibility, fold

_VISIBILITIES = {"public": Visibility.PUBLIC, "members": Visibility.MEMBERS}


def _visibility(value: object) -> object:
    if isinstance(value, str):
        if value not in _VISIBILITIES:
            raise ValueError("must be public or members")
        return _VISIBILITIES[value]
    return value


def _nick(value: str) -> str:
    if not is_nick(value):
        raise ValueError("is not a nick")
    return value


def _channel(value: str) -> str:
    if not is_channel(value):
        raise ValueError("is not the name of a channel, such as '#example'")
    return value


def _plain(value: str) -> str:
    if not value or plain(value) != value:
        raise ValueError("must be one line of visible characters")
    return value


def _address(value: str) -> str:
    if not value or any(char.isspace() or not char.isprintable() for char in value):
        raise ValueError("is not a host name")
    return value


Nick = Annotated[str, AfterValidator(_nick)]
PlainText = Annotated[str, AfterValidator(_plain)]


class IrcChannel(BaseModel):
    """One channel to sit in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(_channel)] = Field(description="The channel's name.")
    visibility: Annotated[Visibility, BeforeValidator(_visibility)] = Field(
        Visibility.PUBLIC,
        description="Who can read it: public (anybody can join, or it is logged) or members (by invitation).",
    )
    key: PasswordSource | None = Field(
        None, description="Where the channel's key (+k) is, if it has one: as of a password."
    )

    def within(self, folder: Path) -> Self:
        """The same with a relative path made absolute, from `folder`."""
        return self if self.key is None else self.model_copy(update={"key": self.key.within(folder)})

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value


def _each_once(channels: tuple[IrcChannel, ...]) -> tuple[IrcChannel, ...]:
    first: dict[str, str] = {}
    twice = []
    for channel in channels:
        name = fold(channel.name)
        if (earlier := first.get(name)) is None:
            first[name] = channel.name
        else:
            same = "" if earlier == channel.name else f", as `{earlier}` and as `{channel.name}`"
            twice.append(f"`{earlier}` stands there twice{same}")
    if twice:
        raise ValueError("; ".join(dict.fromkeys(twice)))
    return channels


class SaslSettings(PasswordSource):
    """The services account to log in to, and where its password is."""

    account: PlainText = Field(description="The account's name.")


class IrcTimes(BaseModel):
    """How long the connection waits for what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connect: Duration = Field(
        timedelta(seconds=30), description="How long connecting and logging on may take."
    )
    reconnect: Duration = Field(
        timedelta(seconds=2), description="The pause before the first new attempt; it doubles each time."
    )
    reconnect_most: Duration = Field(
        timedelta(minutes=5), description="The longest pause between two attempts."
    )
    silence: Duration = Field(
        timedelta(minutes=1),
        description="After this much silence of the server it is asked for a sign of life.",
    )
    sign_of_life: Duration = Field(
        timedelta(seconds=30),
        description="How long the sign of life may take before the connection counts as lost.",
    )
    confirm: Duration = Field(
        timedelta(seconds=30),
        description="How long the server may take to confirm a line before it counts as unconfirmed.",
    )
    sasl: Duration = Field(timedelta(seconds=15), description="How long logging in to the account may take.")
    retry: Duration = Field(
        timedelta(seconds=30),
        description="The pause before logging in, or joining a channel, is tried again; it doubles.",
    )
    regain: Duration = Field(
        timedelta(minutes=1), description="How often the configured nick is asked for while another has it."
    )
    look_out: Duration = Field(
        timedelta(minutes=1),
        description="How often the list of whom the server looks out for (MONITOR) is brought up to date: "
        "the people of the map who are in none of the channels.",
    )


class IrcSettings(BaseModel):
    """One IRC network, and who the desk is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, AfterValidator(_address)] = Field(description="The server's name or address.")
    port: int = Field(6697, ge=1, le=65535, description="The server's port.")
    tls: bool = Field(
        True,
        description="Whether to encrypt, and to verify the server. Without it no account can be used, "
        "except on this machine.",
    )
    ca_file: Path | None = Field(None, description="A file of certificates to trust instead of the system's.")
    nick: Nick = Field(description="The nick to use; where it is taken, one like it until it is free.")
    username: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,10}$")] = Field(
        "pkgdesk", description="The user name to log on with."
    )
    realname: Annotated[PlainText, Field(max_length=100)] = Field(
        "packagers' desk (a bot)",
        description="What the network shows as the desk's real name; say there who runs it.",
    )
    channels: Annotated[tuple[IrcChannel, ...], AfterValidator(_each_once)] = Field(
        (), description="The channels to sit in, each a name, or a name and a visibility."
    )
    invited_by: tuple[PlainText, ...] = Field(
        (),
        description="Accounts whose invitations to other channels are followed; who invites the desk into "
        "one of the configured channels needs no account.",
    )
    sasl: SaslSettings | None = Field(None, description="The services account to log in to, if any.")
    pace: PaceSettings = Field(
        default_factory=PaceSettings, description="How fast lines may be written there."
    )
    times: IrcTimes = Field(default_factory=IrcTimes, description="How long to wait for what.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.sasl is not None and not self.tls and not is_loopback(self.host):
            raise ValueError("without tls the password would be readable on its way")
        return self

    def within(self, folder: Path) -> Self:
        """The settings with relative paths made absolute, from `folder`."""
        sasl = self.sasl.within(folder) if self.sasl is not None else None
        ca_file = folder / self.ca_file if self.ca_file is not None else None
        channels = tuple(channel.within(folder) for channel in self.channels)
        return self.model_copy(update={"sasl": sasl, "ca_file": ca_file, "channels": channels})


def is_loopback(host: str) -> bool:
    """Whether the name or address is this machine's own, for itself only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
