"""The configuration: one YAML file, read strictly into frozen values.

    what there is: `Settings`, and config.example.yaml

What cannot be read, an unknown key, a value of the wrong kind and a reference that leads nowhere are told
with file, line and column, all at once. Paths are relative to the file that holds them. Nothing is looked up
here but the file itself: that folder and map exist is found by whoever reads them (`bot.sources`).

What a part of the house has to be set stands with it: `desk/settings.py`, `maps/settings.py`, those of the
transports and of publishing. Here is what belongs to none of them, and what brings them together. Imports of
ours: those settings, and `knowledge.documents`.
"""

from bot.config.database import SQLITE
from bot.config.loose_ends import networks_named, no_network
from bot.config.process import LogSettings, MonitoringSettings
from bot.config.reading import Examined, examine, load, secrets
from bot.config.settings import Settings

__all__ = [
    "SQLITE",
    "Examined",
    "LogSettings",
    "MonitoringSettings",
    "Settings",
    "examine",
    "load",
    "networks_named",
    "no_network",
    "secrets",
]
