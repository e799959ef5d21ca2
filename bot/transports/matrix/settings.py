"""What an operator may set about a Matrix homeserver; part of `bot.config`, which reads it from YAML.

Every field's description is what the documentation and `config.example.yaml` say about it. The grammar of
identifiers is that of the specification's appendices (user ids, room ids, room aliases, server names).
"""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.desk.model import Role
from bot.transports.irc.settings import PlainText, is_loopback, read_visibility
from bot.transports.pacing import PaceSettings
from bot.transports.password import PasswordSource, first_line
from knowledge.documents import Duration
from routing.presence import Visibility, fold

LONGEST = 255
"""Bytes of the longest identifier (appendices, "Common identifier format")."""

_SERVER = r"(?:[A-Za-z0-9.-]{1,230}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
_USER = re.compile(rf"@[^\s:\x00-\x1f\x7f]+:{_SERVER}")
_ROOM = re.compile(rf"![^\s\x00-\x1f\x7f]+|#[^\s:\x00-\x1f\x7f]+:{_SERVER}")
_RIGHTS = {"responder": Role.RESPONDER, "editor": Role.EDITOR, "operator": Role.OPERATOR}


def is_user(name: str) -> bool:
    """Whether `name` is a full user id, `@alice:example.org`."""
    return len(name.encode(errors="replace")) <= LONGEST and bool(_USER.fullmatch(name))


def is_room(name: str) -> bool:
    """Whether `name` is a room's id, `!opaque` or `!opaque:example.org`, or an alias, `#room:example.org`."""
    return len(name.encode(errors="replace")) <= LONGEST and bool(_ROOM.fullmatch(name))


def _user(value: str) -> str:
    if not is_user(value):
        raise ValueError("is not a user id, such as '@alice:example.org'")
    return value


def _room(value: str) -> str:
    if not is_room(value):
        raise ValueError("is not a room's alias or id, such as '#packagers:example.org'")
    return value


def _server(value: str) -> str:
    if not re.fullmatch(_SERVER, value):
        raise ValueError("is not the name of a server, such as 'example.org'")
    return value.lower()


def _pattern(value: str) -> str:
    if not value.startswith("@") or ":" not in value or not value.isprintable() or " " in value:
        raise ValueError("is not a pattern of user ids, such as '@irc_*:example.org'")
    return value


def _homeserver(value: str) -> str:
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port
    except ValueError:
        raise ValueError("is not the URL of a homeserver, such as 'https://matrix.example.org'") from None
    if url.scheme not in ("https", "http") or not host or url.query or url.fragment:
        raise ValueError("is not the URL of a homeserver, such as 'https://matrix.example.org'")
    if url.username is not None or url.password is not None:
        raise ValueError(
            "must hold no name and no password, for others read this file: set `user` and `login`"
        )
    if url.scheme == "http" and not is_loopback(host):
        raise ValueError("must begin with https: without it the access token is readable on its way")
    return value.rstrip("/")


def _rights(value: object) -> object:
    if not isinstance(value, Mapping):
        raise ValueError("must say from which power level on somebody has which right, as `{editor: 50}`")
    for name in value:
        if name not in _RIGHTS:
            raise ValueError(f"there is no right `{name}`: {', '.join(_RIGHTS)}")
    return {_RIGHTS[name]: level for name, level in value.items()}


UserId = Annotated[str, AfterValidator(_user)]
UserPattern = Annotated[str, AfterValidator(_pattern)]
ServerName = Annotated[str, AfterValidator(_server)]
RoomName = Annotated[str, AfterValidator(_room)]


class MatrixRoom(BaseModel):
    """One room to sit in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: RoomName = Field(description="The room's alias, or its id.")
    visibility: Annotated[Visibility, BeforeValidator(read_visibility)] = Field(
        Visibility.PUBLIC,
        description="Who can read it: public (anybody can join) or members. A room that is encrypted, or "
        "that nobody may join unasked, counts as members whatever stands here.",
    )
    rights: Annotated[dict[Role, int], BeforeValidator(_rights)] = Field(
        default_factory=dict,
        description="From which power level in this room on somebody may do what, as `{editor: 50, operator: "
        "100}`; for what they say in this room only. Without it a rank in the room gives no right.",
    )

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value


def _each_once(rooms: tuple[MatrixRoom, ...]) -> tuple[MatrixRoom, ...]:
    seen: set[str] = set()
    for room in rooms:
        if fold(room.name) in seen:
            raise ValueError(f"`{room.name}` stands there twice")
        seen.add(fold(room.name))
    return rooms


class MatrixLogin(PasswordSource):
    """How to log in: an access token, or a password once. A token needs no password."""

    token_file: Path | None = Field(
        None, description="A file whose first line is an access token; nobody else should be able to read it."
    )
    token_env: Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")] | None = Field(
        None, description="The environment variable that holds an access token."
    )

    @property
    def _needed(self) -> bool:
        return False

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if self.token_file is not None and self.token_env is not None:
            raise ValueError("set only one of token_file and token_env")
        if (self.token_file or self.token_env) and self.has_password:
            raise ValueError("a password beside a token is of no use: leave one of them out")
        return self

    def token(self) -> str | None:
        """The access token as it is now; None where no source of one is named. Raises OSError or ValueError,
        neither of which holds any of it."""
        if self.token_env is not None:
            # What is not written as variables are may be the token itself.
            name = self.token_env if self.token_env.isupper() else "that token_env names"
            found, place = os.environ.get(self.token_env, ""), f"the environment variable {name}"
        elif self.token_file is not None:
            found, place = first_line(self.token_file), str(self.token_file)
        else:
            return None
        if not re.fullmatch("[!-~]+", found):
            raise ValueError(f"there is no access token in {place}")
        return found

    def secrets(self) -> tuple[str, ...]:
        token = self.token()
        return super().secrets() if token is None else (token,)

    def within(self, folder: Path) -> Self:
        """The same, with relative paths made absolute, from `folder`."""
        made = super().within(folder)
        return (
            made
            if made.token_file is None
            else made.model_copy(update={"token_file": folder / made.token_file})
        )


class InvitationSettings(BaseModel):
    """Whose invitations are followed; all others are declined, but those to a configured room."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    users: tuple[UserId, ...] = Field((), description="User ids whose invitations are followed.")
    servers: tuple[ServerName, ...] = Field(
        (), description="Servers, of which everybody's invitations are followed."
    )
    rooms: tuple[RoomName, ...] = Field(
        (), description="Rooms, beside those to sit in, to which anybody may invite the desk."
    )
    members: bool = Field(
        True,
        description="Whether somebody who is in one of the rooms to sit in may begin a direct conversation "
        "with the desk, each of them one.",
    )


class MatrixTimes(BaseModel):
    """How long the connection waits for what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request: Duration = Field(
        timedelta(seconds=30), description="How long the homeserver may take to answer a request."
    )
    first_sync: Duration = Field(
        timedelta(minutes=5), description="How long it may take to tell of all rooms, at the start."
    )
    sync: Duration = Field(
        timedelta(seconds=30), description="How long the homeserver waits for something to happen."
    )
    reconnect: Duration = Field(
        timedelta(seconds=2), description="The pause before the first new attempt; it doubles each time."
    )
    reconnect_most: Duration = Field(
        timedelta(minutes=5), description="The longest pause between two attempts."
    )
    retry: Duration = Field(
        timedelta(seconds=30), description="The pause before joining a room is tried again; it doubles."
    )
    keys: Duration = Field(
        timedelta(minutes=1),
        description="How long to wait for the key of a line that cannot be decrypted before that is told.",
    )
    backscroll: Duration = Field(
        timedelta(days=1),
        description="How old a line may be that was said while the desk was away, is still unanswered, and "
        "is dealt with when it is back; `0s` for none.",
    )


class MatrixSettings(BaseModel):
    """One homeserver, and who the desk is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    homeserver: Annotated[str, AfterValidator(_homeserver)] = Field(
        description="The URL of the homeserver's client API, such as https://matrix.example.org."
    )
    user: UserId = Field(description="The desk's full user id, such as '@pkgdesk:example.org'.")
    login: MatrixLogin = Field(
        default_factory=MatrixLogin,
        description="Where the access token is, or the password to log in with once. Without either, what "
        "`pkgdesk matrix login` kept.",
    )
    device: Annotated[PlainText, Field(max_length=100)] = Field(
        "pkgdesk", description="The name under which people see the desk's device in their list of devices."
    )
    folder: Path | None = Field(
        None,
        description="Where device and encryption keys are kept; without it beside the database. Nobody else "
        "may be able to read it, it belongs into no backup that others read, and a copy of it must never be "
        "used beside the original.",
    )
    rooms: Annotated[tuple[MatrixRoom, ...], AfterValidator(_each_once)] = Field(
        (), description="The rooms to sit in, each an alias or id, or that and more."
    )
    invitations: InvitationSettings = Field(
        default_factory=InvitationSettings, description="Whose invitations to other rooms are followed."
    )
    ghosts: tuple[UserPattern, ...] = Field(
        (),
        description="Patterns of the user ids that a bridge gives to people of another network, as "
        "'@irc_*:example.org', and of bridges' own: whoever speaks under one has no rights.",
    )
    encryption: bool = Field(
        True,
        description="Whether to take part in encrypted rooms. It needs the extra: "
        "pip install 'pkgdesk[encryption]'.",
    )
    pace: PaceSettings = Field(
        default_factory=lambda: PaceSettings(burst=10, rate=2.0, target_rate=2.0),
        description="How fast lines may be written there.",
    )
    times: MatrixTimes = Field(default_factory=MatrixTimes, description="How long to wait for what.")

    @property
    def me(self) -> str:
        """The desk's name as people write it: the localpart of its user id, in the characters of a nick."""
        return re.sub(r"[^A-Za-z0-9_-]", "-", self.user[1:].partition(":")[0])

    def within(self, folder: Path, beside: Path) -> Self:
        """The settings with relative paths made absolute, from `folder`; what is kept and has no place of its
        own gets the one `beside` the database."""
        own = folder / self.folder if self.folder is not None else beside
        return self.model_copy(update={"login": self.login.within(folder), "folder": own})
