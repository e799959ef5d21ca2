"""A whole desk ends, somebody asks, and it starts again: the question is answered once, whatever is replayed.

A network of which the script is ours keeps history; the database and everything else are the real ones.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

from irc_networks import AT_ONCE, now
from irc_people import CHANNEL, PATIENCE
from irc_script import ALL_CAPS, SERVER, Connection

from bot.app import Desk
from bot.config import Settings, load
from bot.sources import read_sources
from bot.store.store import Store

CAPS = f"{ALL_CAPS} draft/chathistory"
ALICE, BOB = ":alice!~a@host.example", ":bob!~b@host.example"
ENTRY = """
id: system-qemu
phrasings:
  - How do I build the tools without cloning QEMU?
answers:
  - short: Configure with `--with-system-qemu`; nothing is fetched then.
"""
MAP = """
people:
  bob:
    name: Bob Example
    accounts: {net: bob}
sections:
  THE REST:
    maintainers: [bob]
rest: THE REST
"""
KNOWN = "pkgdesk: how do I build the tools without cloning QEMU?"


def configured(folder: Path, port: int) -> Settings:
    (folder / "knowledge").mkdir()
    (folder / "knowledge" / "system-qemu.yaml").write_text(ENTRY.lstrip())
    (folder / "map.yaml").write_text(MAP.lstrip())
    pace = ", ".join(f"{key}: {value}" for key, value in AT_ONCE.items())
    (folder / "config.yaml").write_text(
        f"""
knowledge: knowledge
map: map.yaml
database: sqlite:///{folder}/desk.sqlite
control: {{socket: null}}
watch: false
desk: {{settle: 0s}}
networks:
  net:
    {{host: 127.0.0.1, port: {port}, tls: false, nick: pkgdesk, channels: ["{CHANNEL}"], pace: {{{pace}}}}}
""".lstrip()
    )
    return load(folder / "config.yaml")


@contextlib.asynccontextmanager
async def living(settings: Settings) -> AsyncIterator[None]:
    """One life of the desk, to its orderly end."""
    sources = read_sources(settings)
    assert sources.reference is not None
    store = await Store.open(settings.database_url)
    try:
        desk = Desk(settings, None, store, sources.reference, (), 0)
        serving = asyncio.create_task(desk.serve(anew=asyncio.Event()))
        try:
            yield
        finally:
            desk.end()
            assert await serving == 0
    finally:
        await store.close()


def said(source: str, text: str, at: datetime, name: str, batch: str = "", account: str = "") -> str:
    tags = f"time={at:%Y-%m-%dT%H:%M:%S}.000Z;msgid={name}"
    tags += f";batch={batch}" if batch else ""
    tags += f";account={account}" if account else ""
    return f"@{tags} {source} PRIVMSG {CHANNEL} :{text}"


async def answers(server: Connection) -> str:
    """The next line that the desk says, which the server confirms."""
    words = await server.hears("@label=")
    tag, _, rest = words.partition(" ")
    server.says(f"{tag} :pkgdesk!~desk@desk.example {rest}")
    return rest.partition(" :")[2]


async def lets_go(server: Connection) -> None:
    """The desk says goodbye, and the server hangs up."""
    await server.hears("QUIT")
    await server.hang_up()


async def test_a_desk_reads_on_from_where_it_ended(tmp_path: Path) -> None:
    connections: asyncio.Queue[Connection] = asyncio.Queue()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await connections.put(Connection(reader, writer))

    async def connection() -> Connection:
        async with asyncio.timeout(PATIENCE):
            return await connections.get()

    listening = await asyncio.start_server(accepted, "127.0.0.1", 0)
    settings = configured(tmp_path, listening.sockets[0].getsockname()[1])
    began = now()
    handled = said(ALICE, KNOWN, began, "live", account="alice")
    async with living(settings):
        server = await connection()
        await server.lets_in(CAPS, "alice", "bob")
        server.says(handled)
        assert "Configure with" in await answers(server)
        await server.alive()
        parting = asyncio.create_task(lets_go(server))
    await parting
    async with living(settings):
        server = await connection()
        await server.lets_in(CAPS, "alice", "bob")
        after = (await server.hears(f"CHATHISTORY AFTER {CHANNEL} timestamp=")).split()[3]
        asked = datetime.fromisoformat(after.removeprefix("timestamp="))
        assert abs(asked - began) < timedelta(minutes=1)
        later = now()
        server.says(
            f"{SERVER} BATCH +1 chathistory {CHANNEL}",
            said(ALICE, KNOWN, began, "live", "1", account="alice"),
            said(BOB, f"{KNOWN[:-1]} please?", later, "answered", "1", account="bob"),
            said(ALICE, "bob: configure with --with-system-qemu", later, "answer", "1", account="alice"),
            said(":carol!~c@h", KNOWN, later, "late", "1", account="carol"),
            f"{SERVER} BATCH -1",
        )
        told = await answers(server)
        assert told.startswith("carol: you asked at ")
        assert "while I was away: Configure with" in told
        await server.alive()
        assert not [each for each in server.passed if "PRIVMSG" in each], "and nobody else is told anything"
        parting = asyncio.create_task(lets_go(server))
    await parting
    listening.close()
