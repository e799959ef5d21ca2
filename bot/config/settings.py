"""Everything that an operator may set, as one frozen value; part of `bot.config`.

Every field's description is what the documentation and `config.example.yaml` say about it.
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.bridges import Bridge, Bridges
from bot.config.bridged import BridgedSettings
from bot.config.database import SQLITE, Database, on_server
from bot.config.facets import FacetSettings
from bot.config.names import Name
from bot.config.networks import IrcNetwork, MatrixNetwork, Network
from bot.config.process import LogSettings, ModelPath, MonitoringSettings
from bot.desk.settings import DeskSettings
from bot.echoes import Ghosts
from bot.maps.settings import FilePath, MapSetting, MapSource, map_sources
from bot.publishing.settings import PublishingSettings
from bot.transports.control_settings import ControlSettings
from knowledge.facets import FacetKind
from routing.presence import Venue, fold


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
    database: Database = Field(
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
        return self.database if on_server(self.database) else SQLITE + self.database
