"""What publishes, as processes that begin at once: one has everything imported, and each line that it reads
makes a child of it, which does what the line says (see `Life`) and ends, or is killed.

    python publishing_desk.py FOLDER

A child makes drafts that are under way, publishes what is, has every third published draft taken back that
made an entry, and decides what came of each as a desk does: the publisher over a base in a repository, a
river, a database on disk. Where its life says so it kills itself at a point that it comes to: before or after
a command of git, before it writes, renames or removes something in the base or in its repository, or as an
outcome is told, decided and stored.
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.desk.effects import Operate, SaveDraft
from bot.desk.events import Event, Fate
from bot.desk.reference import Reference
from bot.desk.settings import DeskSettings
from bot.loop import River
from bot.publishing.base import NotPublished, Signature
from bot.publishing.bases import base_of
from bot.publishing.publisher import Publisher
from bot.publishing.settings import PublishingSettings
from bot.store.store import Store
from knowledge.documents import DocumentError
from knowledge.drafts import Draft, DraftState, Origin, Review, reviewed
from knowledge.files import parse_entry
from knowledge.index import Index
from knowledge.library import Snapshot
from routing.sections import MaintainersMap

ENTRIES = 4
"""That are changed again and again; every other draft makes one of its own."""

MARK = "PKGDESK_TEST_LIFE"
DESK = "PKGDESK_TEST_DESK"
"""Variables of every git of a life: which it is, and the number of the process that publishes."""

ALICE, BOB = Signature("alice", "alice@example.org"), Signature("bob", "bob@example.org")


@dataclass(frozen=True)
class Life:
    """What a child is to do. `drafts`: so many are to be under way at its beginning. `point`: where it kills
    itself, at the how many-th `time` that it comes there."""

    mark: str
    drafts: int = 0
    pull: bool = True
    push: bool = True
    point: str = ""
    time: int = 1

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def entry(name: str, number: int) -> str:
    """The text of an entry, whose `short` says a number."""
    return (
        f'# by hand\nid: {name}\nphrasings:\n  - "What about {name}?"\n'
        f'answers:\n  - short: "Number {number}."\n'
        "    source: https://example.org/\nverified: {on: 2026-10-01, by: bob, for: '4.20'}\n"
    )


def draft(number: int, was: str) -> Draft:
    """A new entry, or a change of one of a few."""
    name = f"entry-{number}" if number % 2 else f"shared-{number // 2 % ENTRIES}"
    at = datetime.now(UTC)
    now = entry(name, number)
    made = Draft(
        *(number, f"{number:016x}", Origin.EDIT, "x/account/alice", "alice", at, name, now, was),
    )
    return reviewed(made, Review.PUBLISH, reviewer="x/account/bob", reviewer_name="bob", decided_at=at)


def to_be_taken_back(each: Draft) -> bool:
    """Whether a draft that is published is reverted."""
    return each.number % 3 == 0 and each.number % 2 == 1


def sound(text: str, path: Path) -> None:
    """Every text is an entry."""
    try:
        parse_entry(text, str(path), path.stem)
    except DocumentError as error:
        raise NotPublished(str(error.problems[0])) from error


class Points:
    """Where a process comes to, until it is the one where it dies."""

    def __init__(self, life: Life, folder: Path) -> None:
        self._life = life
        self._left = life.time
        self._base = str(folder / "base")
        self._last = ""

    def reached(self, point: str) -> None:
        if point != self._life.point:
            return
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(self, name: str, given: tuple[Any, ...]) -> None:
        """What Python is about to do (sys.addaudithook)."""
        if name == "subprocess.Popen":
            self.over()
            words = [os.fsdecode(each) for each in given[1][1:]]
            while words and words[0].startswith("-"):
                words = words[2 if words[0] == "-c" else 1 :]
            self._last = words[0]
            self.reached("any command")
            self.reached(f"before {self._last}")
        elif name in ("os.rename", "os.remove", "os.mkdir", "shutil.rmtree") or (
            name == "open" and given[2] & (os.O_WRONLY | os.O_RDWR)
        ):
            self.over()
            if isinstance(given[0], str | Path) and str(given[0]).startswith(self._base):
                self.reached("a file")

    def over(self) -> None:
        """The last command is, and something else begins."""
        last, self._last = self._last, ""
        if last:
            self.reached(f"after {last}")


async def prepare(store: Store, count: int) -> None:
    """So many drafts are under way."""
    before = await store.drafts()
    under_way = sum(each.state.under_way for each in before)
    said = {f"shared-{each}": entry(f"shared-{each}", 0) for each in range(ENTRIES)}
    said |= {each.entry: each.now for each in before}
    made: list[Draft] = []
    for number in range(len(before) + 1, len(before) + 1 + count - under_way):
        each = draft(number, "")
        made.append(each if number % 2 else draft(number, said[each.entry]))
        said[each.entry] = each.now
    await store.commit(f"made/{len(before) + 1}", datetime.now(UTC), [SaveDraft(each) for each in made])


class Teller:
    """Lines for whoever started the life, on what was standard output: whole ones, whenever somebody dies.
    What is logged goes where complaints go."""

    def __init__(self) -> None:
        self._to = os.dup(1)
        os.dup2(2, 1)

    def tell(self, life: Life, what: str) -> None:
        os.write(self._to, f"{life.mark} {what}\n".encode())


async def publish(folder: Path, life: Life, points: Points, teller: Teller) -> str:
    """All that there is to do; what is wrong at the end."""
    store = await Store.open(f"sqlite:///{folder / 'desk.db'}", wait=10.0)
    if life.drafts:
        await prepare(store, life.drafts)
    settings = PublishingSettings(pull=life.pull, push=life.push)

    def rooms() -> Mapping[str, int]:
        points.reached("an outcome is decided")
        return {}

    def settled(event: Event, fate: Fate) -> None:
        assert fate is not Fate.FAILED, event
        points.reached("an outcome is stored")

    def ordered(operate: Operate, _: Event) -> None:
        raise AssertionError(operate)

    async def put(event: Event) -> None:
        points.over()
        points.reached("an outcome is told")
        await river.put(event)

    async def take_back() -> None:
        for each in await store.drafts():
            if each.state is DraftState.PUBLISHED and to_be_taken_back(each):
                wanted = reviewed(each, Review.REVERT)
                await store.commit(f"revert/{each.number}", datetime.now(UTC), [SaveDraft(wanted)])

    river = River(
        store,
        Reference(Snapshot((), Index.build(())), MaintainersMap(), DeskSettings()),
        clock=lambda: datetime.now(UTC),
        committed=lambda _: None,
        settled=settled,
        ordered=ordered,
        rooms=rooms,
    )
    publisher = Publisher(
        base=lambda: base_of(folder / "base", settings),
        under_way=store.drafts_under_way,
        put=put,
        signatures=lambda _: (ALICE, BOB),
        check=sound,
        clock=lambda: datetime.now(UTC),
    )
    deciding = asyncio.create_task(river.run())
    await take_back()  # where the last one died in between
    teller.tell(life, f"begins {os.getpid()}")
    while await store.drafts_under_way():
        await publisher.drain()
        await river.drained()
        await take_back()
    problem = base_of(folder / "base", settings).catch_up().problem
    deciding.cancel()
    await asyncio.gather(deciding, return_exceptions=True)
    await store.close()
    return problem


def live(folder: Path, life: Life, teller: Teller) -> None:
    """A child, from its beginning to its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ |= {MARK: life.mark, DESK: str(os.getpid())}
    points = Points(life, folder)
    sys.addaudithook(points.watched)
    try:
        problem = asyncio.run(publish(folder, life, points, teller))
    except Exception:
        problem = json.dumps(traceback.format_exc())
    teller.tell(life, f"ends {problem}")


def main(folder: Path) -> None:
    """Until there is nothing more to read. Nobody waits for the children: how they end is seen by others."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    teller = Teller()
    while line := sys.stdin.readline():
        if not os.fork():
            live(folder, Life(**json.loads(line)), teller)
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
