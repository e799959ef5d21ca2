"""Limnoria, a bot of many channels, in a process of its own: it answers whatever is said to it by name."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from desk_process import CHANNEL, ended

NICK = "limnoria"
_SETTINGS = """
supybot.nick: limnoria
supybot.ident: limnoria
supybot.networks: test
supybot.networks.test.servers: 127.0.0.1:{port}
supybot.networks.test.ssl: False
supybot.networks.test.channels: {channel}
supybot.protocols.irc.throttleTime: 0.3
supybot.drivers.poll: 0.05
supybot.reply.withNickPrefix: True
supybot.reply.whenNotCommand: True
supybot.abuse.flood.command: False
supybot.abuse.flood.command.invalid: False
supybot.log.stdout: False
supybot.log.level: WARNING
supybot.flush: False
supybot.directories.backup: {folder}/backup
supybot.directories.conf: {folder}/conf
supybot.directories.data: {folder}/data
supybot.directories.data.tmp: {folder}/tmp
supybot.directories.data.web: {folder}/web
supybot.directories.log: {folder}/log
supybot.directories.plugins: {folder}/plugins
supybot.plugins: Misc Utilities
supybot.plugins.alwaysLoadImportant: False
supybot.plugins.Misc: True
supybot.plugins.Utilities: True
"""


class Limnoria:
    """It sits in the channel, and obeys whoever names it. `folder` is its own, and is made."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder

    @contextlib.asynccontextmanager
    async def sitting(self, port: int) -> AsyncIterator[None]:
        """It runs, or is about to."""
        settings = self._folder / "limnoria.conf"
        text = _SETTINGS.format(port=port, channel=CHANNEL, folder=self._folder)
        settings.write_text(text.lstrip(), "utf-8")
        with (self._folder / "output").open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from supybot.scripts.limnoria import main; main()"),
                *("--allow-root", "--allow-default-owner", str(settings)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,
            )
        try:
            yield
        finally:
            await ended(process)
