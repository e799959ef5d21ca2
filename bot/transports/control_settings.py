"""What an operator may set about the control socket; part of `bot.config`, which reads it from YAML.

Every field's description is what the documentation and `config.example.yaml` say about it.
"""

import contextlib
import grp
import os
import pwd
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.unix_socket import NAME, NO_SOCKET, SocketError, account_of, group_number, user_number


def _path(value: object) -> object:
    if isinstance(value, str) and value.lower() in NO_SOCKET:
        return None
    if value is not None and (not isinstance(value, str | Path) or not str(value) or "\0" in str(value)):
        raise ValueError("must be a path, or none")
    return value


LARGEST = 2**32 - 2
"""The largest number that a user or a group can have; with the next, chown(2) means "leave it as it is"."""


def _named(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _name_or_number(value: str) -> str:
    if not re.fullmatch(r"[^\s:/\0]+", value):
        raise ValueError("must be a name without blanks, colons and slashes, or a number")
    if value.isdecimal() and (len(value) > len(str(LARGEST)) or int(value) > LARGEST):
        raise ValueError(f"must be a name, or a number of at most {LARGEST}")
    return value


Named = Annotated[str, BeforeValidator(_named), AfterValidator(_name_or_number)]
"""A user or a group: its name or its number."""


class ControlSettings(BaseModel):
    """The socket through which `pkgdesk ctl` talks to the running desk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    socket: Annotated[Path | None, BeforeValidator(_path)] = Field(
        Path(NAME),
        description="The socket's file, beside the database where nothing is set; none: there is no socket.",
    )
    users: list[Named] = Field(
        default_factory=list,
        description="Users of this machine who may operate the desk beside root and the desk's own, by name "
        "or number.",
    )
    group: Named | None = Field(
        None, description="The group whose members can reach the socket; without it only the desk's user can."
    )

    def within(self, folder: Path, database: Path) -> Self:
        """The same with the path made absolute: what is set is relative to `folder`, that of the
        configuration."""
        if self.socket is None:
            return self
        base = folder if "socket" in self.model_fields_set else database.absolute().parent
        return self.model_copy(update={"socket": base / self.socket})

    @property
    def operators(self) -> frozenset[int]:
        """The numbers of those who may use the socket; a user who is not there is none of them."""
        found = {0, os.geteuid()}
        for name in self.users:
            with contextlib.suppress(KeyError):
                found.add(user_number(name))
        return frozenset(found)

    @property
    def accounts(self) -> list[str]:
        """What those users are called as speakers."""
        return sorted(map(account_of, self.operators))

    def loose_ends(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What does not exist on this machine, or leads nowhere: where it stands, and what is wrong."""
        for index, name in enumerate(self.users):
            try:
                user_number(name)
            except KeyError:
                yield ("users", index), f"control.users: there is no user `{name}` on this machine"
        if self.users and self.group is None:
            yield ("users",), "control.users: without control.group none of them can reach the socket"
        if self.group is not None:
            try:
                group_number(self.group)
            except SocketError as error:
                yield ("group",), str(error)

    def nameless(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Numbers that work, and that nobody on this machine has: where each stands, and what is odd about
        it."""
        for index, name in enumerate(self.users):
            if name.isdecimal() and not _known(pwd.getpwuid, int(name)):
                yield ("users", index), f"control.users: no user of this machine has the number {name}"
        if self.group is not None and self.group.isdecimal() and not _known(grp.getgrgid, int(self.group)):
            yield ("group",), f"control.group: no group of this machine has the number {self.group}"


def _known(look_up: Callable[[int], object], number: int) -> bool:
    try:
        look_up(number)
    except KeyError:
        return False
    return True
