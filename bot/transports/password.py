"""Where a password comes from: a file, the environment, or what systemd hands to a service.

A password never stands in the configuration itself. It is read at each connection, so that it can be changed
without a restart, and nothing that is said about it holds any of it.

systemd's credentials: a folder of files that only the service can read, named by `$CREDENTIALS_DIRECTORY`
(systemd.exec(5), LoadCredential=).
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from knowledge.documents import Location

CREDENTIALS = "CREDENTIALS_DIRECTORY"


def _variable(value: str) -> str:
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", value):
        raise ValueError("is not the name of a variable")
    return value


def _credential(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@:-]{0,250}", value):
        raise ValueError("is not the name of a credential: letters, digits and `_.@:-`")
    return value


class PasswordSource(BaseModel):
    """Where the password is. Exactly one of the three must be set, or none where it is not `_needed`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    password_file: Path | None = Field(
        None, description="A file whose first line is the password; nobody else should be able to read it."
    )
    password_env: Annotated[str, AfterValidator(_variable)] | None = Field(
        None, description="The environment variable that holds the password."
    )
    password_credential: Annotated[str, AfterValidator(_credential)] | None = Field(
        None,
        description="The name of the systemd credential whose first line is the password: NAME of the "
        "service's LoadCredential=NAME:PATH.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = (self.password_file, self.password_env, self.password_credential)
        if (count := sum(source is not None for source in given)) > 1 or (self._needed and not count):
            raise ValueError("set exactly one of password_file, password_env and password_credential")
        return self

    @property
    def _needed(self) -> bool:
        """Whether there must be a password at all."""
        return True

    @property
    def has_password(self) -> bool:
        """Whether a source of it is named."""
        return any((self.password_file, self.password_env, self.password_credential))

    def secrets(self) -> tuple[str, ...]:
        """All that is secret and can be read now. Raises OSError or ValueError."""
        return (self.password(),) if self.has_password else ()

    def password(self) -> str:
        """The password as it is now. Raises OSError or ValueError, neither of which holds any of it."""
        if not self.has_password:
            raise ValueError("no source of a password is named")
        if self.password_env is not None:
            # What is not written as variables are may be the password itself.
            usual = self.password_env.isupper()
            place = f"the environment variable {self.password_env if usual else 'that password_env names'}"
            if self.password_env not in os.environ:
                raise ValueError(f"{place} is not set")
            found = os.environ[self.password_env]
        else:
            path = self.path
            found, place = first_line(path), str(path)
        if not found:
            raise ValueError(f"there is no password in {place}")
        if "\0" in found:
            raise ValueError(f"what stands in {place} is no password: it holds a NUL byte")
        return found

    @property
    def path(self) -> Path:
        """The file that is read, where the password does not come from a variable. Raises ValueError where
        systemd has handed over nothing."""
        if self.password_file is not None:
            return self.password_file
        folder = os.environ.get(CREDENTIALS)
        if not folder:
            raise ValueError(
                f"there are no credentials (${CREDENTIALS} is not set): password_credential is for a systemd "
                f"service with LoadCredential={self.password_credential}:/path/of/the/file"
            )
        return Path(folder) / str(self.password_credential)

    def complaint(self) -> str | None:
        """Why there is no password, in words that follow "cannot read the password: "; None where it can be
        read now, and where none is needed."""
        if not self.has_password:
            return None
        try:
            self.password()
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            return f"{error.filename}: {reason}" if error.filename else reason
        except ValueError as error:
            return str(error)
        return None

    def exposed(self) -> str | None:
        """What to do about a password file that everybody on this machine can read; None where it is none.
        Credentials are guarded by systemd, variables by the kernel."""
        return exposed(self.password_file) if self.password_file is not None else None

    def within(self, folder: Path) -> Self:
        """The same, with a relative path made absolute, from `folder`."""
        if self.password_file is None:
            return self
        return self.model_copy(update={"password_file": folder / self.password_file})


def sources(settings: object, at: Location = ()) -> Iterator[tuple[Location, PasswordSource]]:
    """Wherever settings, which may be models in mappings and rows, say where a password comes from; each with
    its place below `at`."""
    inner: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(settings, PasswordSource):
        yield at, settings
    if isinstance(settings, BaseModel):
        inner = ((name, getattr(settings, name, None)) for name in type(settings).model_fields)
    elif isinstance(settings, dict):
        inner = iter(settings.items())
    elif isinstance(settings, tuple):
        inner = iter(enumerate(settings))
    for name, value in inner:
        yield from sources(value, (*at, name))


def exposed(path: Path) -> str | None:
    """What to do about a file with a secret that everybody on this machine can read; None where it is not
    so."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if not mode & (stat.S_IROTH | stat.S_IWOTH):
        return None
    return f"everybody on this machine can read it or write to it: chmod o-rw {path}"


def first_line(path: Path) -> str:
    """Where a secret stands in a file. Raises OSError or ValueError, neither of which holds any of it."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # a pipe or a device might never end
        raise ValueError(f"{path} is not a regular file")
    try:
        return path.read_text("utf-8").partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8: nothing can be read from it") from None
