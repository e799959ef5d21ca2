"""The process itself: its log, the page that shows how it is, the sentence model; part of `bot.config`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.maps.settings import a_path
from bot.transports.irc.settings import is_loopback


def _model(value: object) -> object:
    if value is None or value is False or str(value).lower() in ("no", "false", "off"):
        return None if value is None else False
    if not isinstance(value, str | Path) or str(value).lower() in ("yes", "true", "on"):
        raise ValueError("must be the path of a folder, or no")
    return Path(str(a_path(value)))


ModelPath = Annotated[Path | Literal[False] | None, BeforeValidator(_model)]


class LogSettings(BaseModel):
    """How much is logged, and in which shape; always to standard error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is logged: debug, info, warning or error."
    )
    format: Literal["auto", "human", "json"] = Field(
        "auto", description="human, json, or auto: human on a terminal and json elsewhere."
    )


def _loopback(value: str) -> str:
    if not is_loopback(value):
        raise ValueError(
            "must be a loopback address like 127.0.0.1: the page asks nobody who they are; to reach it from "
            "elsewhere put a reverse proxy that does in front of it"
        )
    return value


class MonitoringSettings(BaseModel):
    """A page for programs that watch the desk: /healthz and /metrics."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, AfterValidator(_loopback)] = Field(
        "127.0.0.1",
        description="The address of this machine that the page is served at; only a loopback address.",
    )
    port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="The port of the page; without one there is none. It needs the extra: "
        "pip install 'pkgdesk[monitoring]'.",
    )
