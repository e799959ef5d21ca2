"""A desk in its process heeds the votes in its database, from the start on."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from running_desks import KNOWN, Desk, Person, pkgdesk, running, served

from bot.desk.effects import SaveVote
from bot.store.store import Store
from knowledge.votes import Vote


async def fill(database: Path) -> None:
    store = await Store.open(f"sqlite:///{database}")
    votes = [Vote(KNOWN, "system-qemu", account, False) for account in ("alice", "bert")]
    votes.append(Vote(KNOWN, "old-qemu", "alice", True))
    await store.commit("e1", datetime.now(UTC), [SaveVote(vote) for vote in votes])
    await store.close()


def test_votes_count_from_the_start_on_and_those_on_what_is_gone_are_told(tmp_path: Path) -> None:
    with served() as server:
        desk = Desk(tmp_path, server)
        asyncio.run(fill(tmp_path / "pkgdesk.sqlite"))
        with running(desk):
            assert desk.log is not None
            assert any('"votes are kept for entries that are gone"' in line for line in desk.log.all)
            zoe = Person(server, "zoe")
            zoe.says(f"pkgdesk: {KNOWN}")
            zoe.hears("did you mean")
            told = "votes are kept for 1 entry that is gone: old-qemu"
            assert told in desk.ctl("status").stdout
            assert told in desk.ctl("reload").stdout
            assert "votes      3 on 2 entries" in pkgdesk(tmp_path, "db", "status").stdout
            (tmp_path / "base" / "old-qemu.yaml").write_text(
                (tmp_path / "base" / "system-qemu.yaml").read_text().replace("system-qemu", "old-qemu", 1)
            )
            desk.logs("read anew", added=1)
            assert "votes" not in desk.ctl("status").stdout
