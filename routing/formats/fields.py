"""What single fields of our own map formats may hold, as types for pydantic.

Each is refused with one sentence that says what it must be. Imports of ours: what patterns and people are.
"""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf

from routing.patterns import PathPattern
from routing.people import Hours, read_hours
from routing.signs import words

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,190}")


def _line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must be one line of text")
    return text.strip()


def _one_word(text: str) -> str:
    if not text.isprintable() or any(character.isspace() for character in text) or not text:
        raise ValueError("must be one word")
    return text


def _phrase(text: str) -> str:
    if not words(_line(text)):
        raise ValueError("must have a letter or a digit")
    return text.strip()


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or not text.isprintable():
        raise ValueError("must be a mail address like list@example.org")
    return text


def _channel(text: str) -> str:
    if not text.isprintable() or len(text.split()) != 2:
        raise ValueError("must be a network and a channel, like `libera #packagers`")
    return " ".join(text.split())


def _read_by(reader: Callable[[str], object]) -> BeforeValidator:
    """Text goes through `reader`; whatever else stands there is left to be refused."""

    def validate(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError("must be text")
        return reader(value)

    return BeforeValidator(validate)


Line = Annotated[str, Field(max_length=200), AfterValidator(_line)]
Word = Annotated[str, Field(max_length=255), AfterValidator(_one_word)]
Phrase = Annotated[str, Field(max_length=100), AfterValidator(_phrase)]
Address = Annotated[str, AfterValidator(_address)]
Channel = Annotated[str, Field(max_length=300), AfterValidator(_channel)]
"""A network's name and a channel's or room's, with one blank between them."""
WrittenHours = Annotated[InstanceOf[Hours], _read_by(read_hours)]
WrittenPattern = Annotated[InstanceOf[PathPattern], _read_by(PathPattern)]
Budget = Annotated[int, Field(ge=0, le=1000)]
"""Pings within 24 hours."""


class Strict(BaseModel):
    """A mapping of whose keys each is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)
