"""Where a map comes from: one file or several, in whichever format, and what is laid over them.

What a setting means is said by its description. Nothing is looked up here: that the files are there, and what
they hold, is found by `bot.mapping.sources`. Imports of ours: the names of the dialects.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

FORMATS = ("native", "maintainers", "codeowners")


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


def map_sources(setting: Path | MapSource | Iterable[MapSource]) -> tuple[MapSource, ...]:
    """What a map is made of, in whichever of its forms the setting is written."""
    if isinstance(setting, Path):
        return (MapSource(file=setting),)
    return (setting,) if isinstance(setting, MapSource) else tuple(setting)
