"""What an operator may set about an IRC network; part of `bot.config`, which reads it from YAML.

Every field's description is what the documentation and `config.example.yaml` say about it.
"""

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.transports.pacing import PaceSettings
from bot.transports.password import PasswordSource
from bot.transports.plain import plain
from bot.transports.wire import is_channel, is_nick
from knowledge.documents import Duration
from routing.presence import Visibility, fold

_VISIBILITIES = {"public": Visibility.PUBLIC, "members": Visibility.MEMBERS}


def read_visibility(value: object) -> object:
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


def _no_key(value: object) -> object:
    if isinstance(value, str | int | float):
        raise ValueError(
            "no secret stands in the configuration: write the key into a file and name that, as "
            "`key: {password_file: PATH}`, or a variable, as `key: {password_env: NAME}`"
        )
    return value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


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
    visibility: Annotated[Visibility, BeforeValidator(read_visibility)] = Field(
        Visibility.PUBLIC,
        description="Who can read it: public (anybody can join, or it is logged) or members (by invitation).",
    )
    key: Annotated[PasswordSource | None, BeforeValidator(_no_key)] = Field(
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
    """The services account to log in to, and where its password is, if it takes one."""

    account: PlainText = Field(description="The account's name.")
    mechanism: Annotated[Literal["plain", "external", "scram-sha-256"] | None, BeforeValidator(_lower)] = (
        Field(
            None,
            description="How to log in: plain, external (by the client certificate, no password needed) or "
            "scram-sha-256; without it the best of what the network offers and what is at hand.",
        )
    )

    @property
    def _needed(self) -> bool:
        return self.mechanism != "external"


class IrcServer(BaseModel):
    """One server of a network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, AfterValidator(_address)] = Field(description="The server's name or address.")
    port: int = Field(6697, ge=1, le=65535, description="The server's port.")
    tls: bool = Field(True, description="Whether to encrypt, and to verify the server.")
    ca_file: Path | None = Field(None, description="A file of certificates to trust instead of the system's.")

    def __str__(self) -> str:
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def readable(self) -> bool:
        """Whether somebody between here and there could read the lines."""
        return not self.tls and not self.local

    @property
    def local(self) -> bool:
        """Whether it is on this machine, for itself only."""
        return is_loopback(self.host)

    def within(self, folder: Path) -> Self:
        """The same with a relative path made absolute, from `folder`."""
        if self.ca_file is None:
            return self
        return self.model_copy(update={"ca_file": folder / self.ca_file})


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
    backscroll: Duration = Field(
        timedelta(days=1),
        description="How old a line may be that was said while the desk was away, is still unanswered, and "
        "is dealt with when it is back; `0s` for none. The network has to keep history.",
    )


_OF_A_SERVER = ("host", "port", "tls", "ca_file")


class IrcSettings(BaseModel):
    """One IRC network, and who the desk is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, AfterValidator(_address)] | None = Field(
        None, description="The server's name or address; this or servers must be set."
    )
    port: int = Field(6697, ge=1, le=65535, description="The server's port.")
    tls: bool = Field(
        True,
        description="Whether to encrypt, and to verify the server. Without it no account can be used, "
        "except on this machine.",
    )
    ca_file: Path | None = Field(None, description="A file of certificates to trust instead of the system's.")
    servers: tuple[IrcServer, ...] = Field(
        (),
        description="Several servers instead of host: one that cannot be had goes to the end, one that let "
        "the desk in is asked first the next time.",
    )
    certificate: Path | None = Field(
        None,
        description="A client certificate in PEM to show to the servers, by which services may know the "
        "account (SASL EXTERNAL, CertFP).",
    )
    certificate_key: Path | None = Field(
        None,
        description="The certificate's private key in PEM, without a passphrase, where it is not in the same "
        "file; nobody else should be able to read it.",
    )
    nick: Nick = Field(description="The nick to use; where it is taken, one like it until it is free.")
    username: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,10}$")] = Field(
        "pkgdesk", description="The user name to log on with."
    )
    operator: Annotated[PlainText, Field(max_length=60)] | None = Field(
        None,
        description="Who runs the desk, as people of the network know them: networks ask that a bot says so, "
        "and the real name does.",
    )
    realname: Annotated[PlainText, Field(max_length=100)] | None = Field(
        None,
        description="What the network shows as the desk's real name; without it `packagers' desk, a bot run "
        "by` and the operator.",
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
    services: Nick = Field(
        "NickServ",
        description="The nick of the services, who are asked for the desk's nick where it is taken.",
    )
    pace: PaceSettings = Field(
        default_factory=PaceSettings, description="How fast lines may be written there."
    )
    times: IrcTimes = Field(default_factory=IrcTimes, description="How long to wait for what.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.host is None and not self.servers:
            raise ValueError("set `host`, or `servers` to try in turn")
        if self.servers and (alone := [name for name in _OF_A_SERVER if name in self.model_fields_set]):
            raise ValueError(
                f"`{alone[0]}` beside `servers`: write it for each of the servers, or leave `servers` out"
            )
        if self.realname is not None and (self.operator or "").casefold() not in self.realname.casefold():
            raise ValueError(
                "`realname` is what the network shows, and it does not name the `operator`: leave it out, or "
                "name them in it"
            )
        if self.certificate_key is not None and self.certificate is None:
            raise ValueError("`certificate_key` is of no use alone: name the `certificate` too")
        if self.certificate is not None and not any(server.tls for server in self.in_turn):
            raise ValueError("a `certificate` is shown to servers over tls only, and there is none with tls")
        if self.sasl is not None:
            if self.sasl.mechanism == "external" and self.certificate is None:
                raise ValueError("sasl.mechanism `external` is the client certificate: name a `certificate`")
            if any(server.readable for server in self.in_turn):
                raise ValueError(
                    "without tls the password would be readable on its way: set `tls: yes`, or leave out "
                    "`sasl`"
                )
        return self

    @property
    def in_turn(self) -> tuple[IrcServer, ...]:
        """The servers to try, at least one."""
        if self.servers or self.host is None:
            return self.servers
        return (IrcServer(host=self.host, port=self.port, tls=self.tls, ca_file=self.ca_file),)

    @property
    def real_name(self) -> str:
        """What the network shows as the desk's real name."""
        if self.realname is not None:
            return self.realname
        by = f", a bot run by {self.operator}" if self.operator is not None else " (a bot)"
        return f"packagers' desk{by}"

    def within(self, folder: Path) -> Self:
        """The settings with relative paths made absolute, from `folder`."""
        files = ("ca_file", "certificate", "certificate_key")
        given = {name: path for name in files if (path := getattr(self, name)) is not None}
        return self.model_copy(
            update={
                "sasl": self.sasl.within(folder) if self.sasl is not None else None,
                "channels": tuple(channel.within(folder) for channel in self.channels),
                "servers": tuple(server.within(folder) for server in self.servers),
                **{name: folder / path for name, path in given.items()},
            }
        )


def is_loopback(host: str) -> bool:
    """Whether the name or address is this machine's own, for itself only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
