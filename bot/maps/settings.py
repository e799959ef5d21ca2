"""Where a map comes from: one file or several, in whichever format, and what is laid over them.

What a setting means is said by its description. Nothing is looked up here: that the files are there, and what
they hold, is found by `bot.maps.sources`. Imports of ours: the names of the dialects.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)


def a_path(value: object) -> object:
    """`value`, where it may be a path. Raises `ValueError`."""
    if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
        raise ValueError("must be a path")
    return value


FilePath = Annotated[Path, BeforeValidator(a_path)]


def _several(value: object) -> object:
    return [value] if isinstance(value, str | Path) else value


FilePaths = Annotated[list[FilePath], BeforeValidator(_several)]
"""One path, or a list of them."""


def _prefix(value: str) -> str:
    if not value.isprintable() or value != value.strip() or len(value) > 40:
        raise ValueError("must be a word or a few, at most 40 characters")
    return value


class MapSource(BaseModel):
    """A map, or a part of one: its files, their format, the tree that they speak of, and overlays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: FilePath | None = Field(
        None, description="The file of the map: a map of ours, a MAINTAINERS file or a CODEOWNERS file."
    )
    files: FilePaths = Field(
        default_factory=list,
        description="Several files that are one map, instead of file; `*` and `**` stand for names and for "
        "folders, as in u-boot/**/MAINTAINERS.",
    )
    format: Literal["native", "maintainers", "codeowners"] | None = Field(
        None,
        description="The format of the files: native, maintainers or codeowners; else it is recognised.",
    )
    dialect: Literal["linux", "xen", "qemu", "u-boot"] | None = Field(
        None,
        description="By which project's rules a MAINTAINERS file is read: linux, xen, qemu or u-boot; else "
        "they are recognised.",
    )
    paths: FilePath | None = Field(
        None,
        description="A file that lists the paths of the tree, one a line, as `git ls-files` prints them; it "
        "may be gzipped.",
    )
    tree: FilePath | None = Field(
        None, description="A checkout of the tree instead, whose files are listed at each reading."
    )
    prefix: Annotated[str, AfterValidator(_prefix)] | None = Field(
        None,
        description="What the names of its sections begin with, where two sources have sections of one name: "
        "with qemu, `qemu: THE REST`.",
    )
    overlay: FilePaths = Field(
        default_factory=list,
        description="A file, or several, with what the map does not say: people's accounts and hours, words, "
        "channels. Whichever source names it, it is laid over the whole map.",
    )

    @model_validator(mode="after")
    def _whole(self) -> "MapSource":
        if (self.file is None) == (not self.files):
            raise ValueError("must name its `file`, or its `files`, and not both")
        if self.paths is not None and self.tree is not None:
            raise ValueError("must name `paths` or `tree`, not both: either lists the paths")
        if self.dialect is not None and self.format not in (None, "maintainers"):
            raise ValueError(f"a `dialect` is one of MAINTAINERS files, and its format is {self.format}")
        return self

    def within(self, folder: Path) -> "MapSource":
        """The same, with relative paths taken from `folder`."""
        return self.model_copy(
            update={
                "file": folder / self.file if self.file is not None else None,
                "files": [folder / each for each in self.files],
                "paths": folder / self.paths if self.paths is not None else None,
                "tree": folder / self.tree if self.tree is not None else None,
                "overlay": [folder / each for each in self.overlay],
            }
        )


def _kind(value: object) -> str:
    """As what a setting is read, so that only what is wrong with that is told."""
    if isinstance(value, dict | MapSource):
        return "source"
    return "list" if isinstance(value, list) else "path"


_One = Annotated[
    Annotated[FilePath, Tag("path")] | Annotated[MapSource, Tag("source")],
    Discriminator(lambda value: "source" if _kind(value) == "source" else "path"),
]
MapSetting: TypeAlias = Annotated[
    Annotated[FilePath, Tag("path")]
    | Annotated[MapSource, Tag("source")]
    | Annotated[list[_One], Field(min_length=1), Tag("list")],
    Discriminator(_kind),
]
"""How a map is set: the path of its file, a source with more to say, or a list of those."""


def map_sources(setting: Path | MapSource | Iterable[Path | MapSource]) -> tuple[MapSource, ...]:
    """What a map is made of, in whichever of its forms the setting is written."""
    several = (setting,) if isinstance(setting, Path | MapSource) else setting
    return tuple(MapSource(file=each) if isinstance(each, Path) else each for each in several)


def within(
    setting: Path | MapSource | list[Path | MapSource], folder: Path
) -> "Path | MapSource | list[Path | MapSource]":
    """The same setting, with relative paths taken from `folder`."""
    if isinstance(setting, Path):
        return folder / setting
    if isinstance(setting, MapSource):
        return setting.within(folder)
    return [each.within(folder) if isinstance(each, MapSource) else folder / each for each in setting]
