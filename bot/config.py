"""The configuration: one YAML file, read strictly into frozen values.

    what there is: `Settings`, and config.example.yaml

What cannot be read, an unknown key, a value of the wrong kind and a reference that leads nowhere are told
with file, line and column, all at once. Paths are relative to the file that holds them. Nothing is looked up
here but the file itself: that folder and map exist is found by whoever reads them (`bot.sources`).

Every field's description is what the documentation and `config.example.yaml` say about it. Imports of ours:
the settings of the desk and of the transports, and `knowledge.documents`.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlsplit

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

from bot.bridges import Bridge, Bridges, Form
from bot.desk.model import CONTROL
from bot.desk.settings import DeskSettings
from bot.echoes import Ghosts
from bot.maps.settings import FilePath, MapSetting, MapSource, a_path, map_sources, within
from bot.publishing.settings import PublishingSettings
from bot.transports.control_settings import ControlSettings
from bot.transports.irc.settings import IrcSettings, Nick, PlainText, is_loopback
from bot.transports.matrix.device import secrets as kept_secrets
from bot.transports.matrix.settings import MatrixSettings, UserId
from bot.transports.password import sources
from knowledge.complaints import suggestion
from knowledge.documents import Document, DocumentError, Location, Problem, in_order, read_file
from knowledge.facets import FacetKind
from knowledge.salvage import salvage
from routing.presence import Venue, fold

SQLITE = "sqlite:///"

_NO_DATABASE = (
    "must be the path of an SQLite file, or a URL like sqlite:////var/lib/desk.sqlite or "
    "postgresql://user@host/name"
)


def _name(value: str) -> str:
    if not re.fullmatch("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", value):
        raise ValueError("a name here is made of lower-case letters, digits and hyphens, at most 32")
    return value


Name = Annotated[str, AfterValidator(_name)]
"""What networks and facets are called."""


def _on_server(database: str) -> bool:
    return database.startswith(("postgresql://", "postgres://"))


def _database(value: str) -> str:
    if _on_server(value):
        try:
            url = urlsplit(value)
            query = parse_qs(url.query)
        except ValueError:  # whose text may hold what it does not like
            raise ValueError(_NO_DATABASE) from None
        # What stands between a colon and an @ is no port; a password may hold what ends a host elsewhere.
        inside = url.password is not None or re.match(r"\w+://[^/?@:]*:(?!\d*(/[^/?@]*)?(\?|$)).*@", value)
        if inside or {"password", "sslpassword"} & query.keys():
            raise ValueError(
                "must not hold a password, for others read this file: put it into ~/.pgpass, or name such a "
                "file in PGPASSFILE"
            )
        return value
    path = re.sub(r"^sqlite(\+\w+)?:///", "", value)
    if re.match(r"[a-z][a-z0-9+]*:", path):
        raise ValueError(_NO_DATABASE)
    if not path or "?" in path or not path.isprintable():
        raise ValueError(_NO_DATABASE)
    return path


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


class FacetSettings(BaseModel):
    """Something that answers depend on: a version, or, with `choices`, one of several things."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    choices: dict[str, list[str]] | None = Field(
        None,
        description="The values, each with its other names in a list. Without choices it is a version.",
    )
    words: list[str] = Field(
        default_factory=list, description="Words that announce a version, beside the facet's own name."
    )
    bare: bool = Field(
        False, description="Whether a version before which no product is named is this one's: 'in 4.17'."
    )

    def kind(self, name: str) -> FacetKind:
        """The facet as the knowledge base declares it."""
        choices = self.choices
        return FacetKind(
            name,
            {value: tuple(names) for value, names in choices.items()} if choices is not None else None,
            tuple(self.words),
            self.bare,
        )


class BridgeSettings(BaseModel):
    """A bot that brings the lines of another network into the channels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    nick: Nick = Field(description="The bridge's nick.")
    account: PlainText | None = Field(
        None,
        description="The account that the network must prove on each of its lines. Without it, whoever takes "
        "the nick can speak in anybody's name; but nobody behind a bridge has rights.",
    )
    form: Form = Field(
        Form.ANGLE,
        description="How it writes who said something: `<nick> text` (`[m] <nick> text` and "
        "`<nick@network> text` are read as well), `[nick] text`, `(nick) text` or `nick: text`.",
    )

    @model_validator(mode="before")
    @classmethod
    def _by_nick(cls, value: object) -> object:
        return {"nick": value} if isinstance(value, str) else value


def _irc(value: object) -> object:
    if value != "irc":
        raise ValueError("must be irc or matrix")
    return value


class IrcNetwork(IrcSettings):
    """An IRC network; `type` tells it from those of other kinds."""

    type: Annotated[Literal["irc"], BeforeValidator(_irc)] = Field(
        "irc", description="What kind of network it is: irc, or matrix."
    )
    bots: list[str] = Field(
        default_factory=list,
        description="Nicks of other bots, who are never answered; most are known by their mark anyway. Also "
        "names of bots behind a bridge.",
    )
    bridges: tuple[BridgeSettings, ...] = Field(
        (),
        description="The bots that bring people of other networks into the channels, each a nick, or a nick "
        "and more. Their lines are heard as those of whoever they name, who has no rights.",
    )


class MatrixNetwork(MatrixSettings):
    """A Matrix homeserver, and the rooms that are reached by it."""

    type: Literal["matrix"] = Field(description="What kind of network it is: irc, or matrix.")
    bots: list[UserId] = Field(
        default_factory=list,
        description="User ids of other bots, who are never answered; what says of itself that it is a notice "
        "is not answered anyway.",
    )


def _kind(value: object) -> str:
    """By which of the models a network is read; the brackets say that it is no key of the file. Whoever names
    a homeserver and no type is told that the type is missing."""
    if isinstance(value, dict):
        kind = value.get("type", "matrix" if "homeserver" in value else "irc")
    else:
        kind = getattr(value, "type", None)
    return "[matrix]" if kind == "matrix" else "[irc]"


Network = Annotated[
    Annotated[IrcNetwork, Tag("[irc]")] | Annotated[MatrixNetwork, Tag("[matrix]")], Discriminator(_kind)
]


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


def _some(value: object) -> object:
    if value is None or value == {}:
        raise ValueError(
            "name at least one network, as `libera: {host: irc.libera.chat, nick: example-desk}`"
        )
    return value


class Settings(BaseModel):
    """Everything that an operator may set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    networks: Annotated[dict[Name, Network], BeforeValidator(_some)] = Field(
        description="The networks that the desk sits on, each under a name of your choice."
    )
    knowledge: FilePath = Field(description="The folder of the knowledge base: one YAML file for each entry.")
    map: MapSetting = Field(
        description="What says who looks after what: the path of a file, or a source with more to say, or a "
        "list of those, which are one map then."
    )
    history: FilePath | None = Field(
        None,
        description="The file of the project's history, which `pkgdesk map learn` makes, and by which a "
        "question is brought to whose code was changed for the same. Without it: where `pkgdesk map learn` "
        "puts one for the map, if there is one.",
    )
    model: ModelPath = Field(
        None,
        description="The folder of the sentence model, which finds answers by their meaning, or no for words "
        "alone. Without it: where `pkgdesk model install` puts one, if there is one. It needs the extra: "
        "pip install 'pkgdesk[semantic]'.",
    )
    watch: bool = Field(
        True, description="Whether knowledge and map are read anew as soon as their files change."
    )
    database: Annotated[str, AfterValidator(_database)] = Field(
        "pkgdesk.sqlite",
        description="Where the questions are kept: an SQLite file, which is made where there is none, or a "
        "PostgreSQL database as postgresql://user@host/name, which needs the extra: "
        "pip install 'pkgdesk[postgresql]'.",
    )
    facets: dict[Name, FacetSettings] = Field(
        default_factory=dict, description="What answers may depend on beside the words of a question."
    )
    bridged: tuple[BridgedSettings, ...] = Field(
        (),
        description="Channels and rooms that a bridge makes one, where the desk sits in each of them: a "
        "question is answered once, where it was asked, and nothing is told to one side that the bridge "
        "brings there anyway.",
    )
    desk: DeskSettings = Field(
        default_factory=DeskSettings, description="How the desk speaks, how long it waits, when it is sure."
    )
    publishing: PublishingSettings = Field(
        default_factory=PublishingSettings,
        description="How reviewed drafts reach the repository in which the knowledge base lies.",
    )
    control: ControlSettings = Field(
        default_factory=ControlSettings,
        description="The socket through which `pkgdesk ctl` talks to the running desk.",
    )
    log: LogSettings = Field(default_factory=LogSettings, description="What is logged, and how.")
    monitoring: MonitoringSettings = Field(
        default_factory=MonitoringSettings,
        description="A page for programs that watch the desk: /healthz and /metrics.",
    )

    @property
    def facet_kinds(self) -> tuple[FacetKind, ...]:
        """The facets as the knowledge base declares them."""
        return tuple(facet.kind(name) for name, facet in self.facets.items())

    @property
    def map_sources(self) -> tuple[MapSource, ...]:
        """What the map is made of."""
        return map_sources(self.map)

    @property
    def irc(self) -> dict[str, IrcNetwork]:
        """The IRC networks, by name."""
        return {name: each for name, each in self.networks.items() if isinstance(each, IrcNetwork)}

    @property
    def matrix(self) -> dict[str, MatrixNetwork]:
        """The Matrix homeservers, by name."""
        return {name: each for name, each in self.networks.items() if isinstance(each, MatrixNetwork)}

    @property
    def venues(self) -> tuple[Venue, ...]:
        """The channels and rooms that the desk sits in, in the order of the file."""
        return tuple(
            Venue(network, each.name, each.visibility)
            for network, settings in self.networks.items()
            for each in (settings.channels if isinstance(settings, IrcNetwork) else settings.rooms)
        )

    @property
    def bots(self) -> frozenset[tuple[str, str]]:
        """The other bots, as (network, folded nick)."""
        return frozenset((name, fold(nick)) for name, each in self.networks.items() for nick in each.bots)

    @property
    def bridges(self) -> Bridges:
        """The bridges of all networks."""
        return Bridges(
            {
                (name, fold(bridge.nick)): Bridge(bridge.account, bridge.form)
                for name, each in self.irc.items()
                for bridge in each.bridges
            }
        )

    @property
    def joint(self) -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
        """The keys of venues that a bridge makes one, each with all of its own."""
        return {key: frozenset(each.keys) for each in self.bridged for key in each.keys}

    @property
    def ghosts(self) -> Ghosts:
        """What bridges call people of other sides, on each network."""
        found: dict[str, tuple[str, ...]] = {name: each.ghosts for name, each in self.matrix.items()}
        for each in self.bridged:
            for network in {network for network, _ in each.keys} & self.irc.keys():
                found[network] = (*found.get(network, ()), *each.ghosts)
        return Ghosts(found)

    @property
    def database_url(self) -> str:
        """Where the store opens the database."""
        return self.database if _on_server(self.database) else SQLITE + self.database


@dataclass(frozen=True, slots=True)
class Examined:
    """A configuration and all that is wrong with it. Where there are `problems`, `settings` are only what
    could be read, for looking at: `knowledge` and `map` may be missing, and some of the networks; `left_out`
    are the places of what is not taken over."""

    document: Document
    settings: Settings
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[Location] = frozenset()


def examine(path: Path) -> Examined:
    """The settings in a file, with its relative paths made absolute. Raises `DocumentError` only where no
    document can be read."""
    document = read_file(path)
    read = salvage(document, Settings)
    settings = read.model
    folder = path.absolute().parent
    networks = getattr(settings, "networks", {})
    on_server = _on_server(settings.database)
    beside = (folder / (path.name if on_server else settings.database)).absolute()
    settings = settings.model_copy(
        update={
            "networks": {
                name: network.within(folder)
                if isinstance(network, IrcNetwork)
                else network.within(folder, beside.with_name(f"{beside.stem}.{name}"))
                for name, network in networks.items()
            },
            **({"knowledge": folder / settings.knowledge} if hasattr(settings, "knowledge") else {}),
            **({"map": within(settings.map, folder)} if hasattr(settings, "map") else {}),
            "history": folder / settings.history if settings.history is not None else None,
            "model": folder / settings.model if settings.model else settings.model,
            "database": settings.database if on_server else str(folder / settings.database),
            "control": settings.control.within(folder, beside),
        }
    )
    problems = [*read.problems, *_loose_ends(settings, document, read.left_out)]
    return Examined(document, settings, tuple(in_order(problems)), read.left_out)


def load(path: Path) -> Settings:
    """The settings in a file that is right. Raises `DocumentError`."""
    examined = examine(path)
    if examined.problems:
        raise DocumentError(examined.problems)
    return examined.settings


def secrets(settings: Settings) -> tuple[str, ...]:
    """Every password that the settings lead to and that can be read now, for the log to hide."""
    found = [os.environ["PGPASSWORD"]] if "PGPASSWORD" in os.environ else []  # libpq's own
    for _, source in sources(settings):
        with contextlib.suppress(OSError, ValueError):
            found += source.secrets()
    for each in settings.matrix.values():
        found += kept_secrets(each)
    return tuple(found)


def networks_named(document: Document) -> tuple[str, ...]:
    """The names of the networks in a configuration, of those too that have something wrong with them."""
    networks = document.value.get("networks") if isinstance(document.value, dict) else None
    return tuple(networks) if isinstance(networks, dict) else ()


def no_network(name: str, networks: Iterable[str]) -> str:
    """The sentence for a name that is none of the `networks`."""
    meant = {each: each for each in networks}
    allowed = f" (configured: {', '.join(meant)})" if meant else ""
    return f"there is no network `{name}`{suggestion(name, meant)}{allowed}"


def _bridged_loose_ends(
    settings: Settings, document: Document, left_out: frozenset[Location]
) -> Iterator[Problem]:
    """What is said of venues that a bridge makes one has to fit the venues."""
    if any(each[:1] in {("bridged",), ("networks",)} for each in left_out):
        return
    known = {venue.key: venue for venue in settings.venues}
    seen: set[tuple[str, str]] = set()
    for at, each in enumerate(settings.bridged):
        place = f"bridged[{at}].venues"
        found = [known[key] for key in each.keys if key in known]
        for index, (written, key) in enumerate(zip(each.venues, each.keys, strict=True)):
            said = ""
            if key not in known:
                near = suggestion(
                    written, {name: name for name in (f"{v.network}/{v.name}" for v in known.values())}
                )
                said = f"the desk sits in no `{written}`{near}; write NETWORK/NAME as in `networks`"
            elif key in seen:
                said = f"`{written}` is bridged already; name all that are one together"
            seen.add(key)
            if said:
                yield document.problem(("bridged", at, "venues", index), f"{place}: {said}")
        if len({venue.network for venue in found}) < len(found):
            yield document.problem(("bridged", at, "venues"), f"{place}: must be on a network each")
        if len({venue.visibility for venue in found}) > 1:
            said = "what is said in one is read in all, so their `visibility` must be the same"
            yield document.problem(("bridged", at, "venues"), f"{place}: {said}")


def _loose_ends(settings: Settings, document: Document, left_out: frozenset[Location]) -> Iterator[Problem]:
    """What no schema can express; what was `left_out` because it is wrong is not compared with anything."""
    desk, networks = settings.desk, networks_named(document)
    for key, accounts in (("operators", desk.operators), ("editors", desk.editors)):
        for network in accounts:
            if network not in networks:
                message = f"desk.{key}: {no_network(network, networks)}"
                yield document.problem(("desk", key, network), message)
    if CONTROL in networks:
        message = f"networks.{CONTROL}: that is the name of the control socket; choose another"
        yield document.problem(("networks", CONTROL), message)
    yield from _bridged_loose_ends(settings, document, left_out)
    if desk.offer_at > desk.answer_at and ("desk", "answer_at") not in left_out:
        message = f"desk.offer_at: must be at most answer_at, which is {desk.answer_at}"
        yield document.problem(("desk", "offer_at"), message)
    # What was left out of a list has moved the rest of it; and a group that is wrong is one all the same.
    right = not any(each[:1] == ("control",) for each in left_out)
    for place, said in settings.control.loose_ends() if right else ():
        yield document.problem(("control", *place), said)
    for name, facet in settings.facets.items():
        if facet.choices is not None and (facet.words or facet.bare):
            message = f"facets.{name}: `words` and `bare` are for versions, and it has `choices`"
            yield document.problem(("facets", name), message)
