"""`kill -9` at any moment while drafts are published: a real repository with hooks and a remote one, which
others push to, a real database and river, and a publisher that is started again until all is done.

When it dies is drawn from the seed: at any time; at a point that it comes to itself (see `publishing_desk`);
or at one that git comes to: in a hook, with locks held, or in a filter, half way through an `add` or through
the writing of files. Soon after its beginning it dies while it puts in order what the last death left. Killed
are the process and every git of it together, or the process alone, whose git then goes on; the git of the
remote repository is on another machine.

PKGDESK_PUBLISHING_KILLS says how often (5; `make crash`: 500), PKGDESK_SEED from which seed on.
"""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from publishing_desk import DESK, ENTRIES, MARK, Life, entry, to_be_taken_back

from bot.store.store import Store
from knowledge.drafts import DraftState
from knowledge.library import load

pytestmark = pytest.mark.crash

KILLS = int(os.environ.get("PKGDESK_PUBLISHING_KILLS", "5"))
SEED = int(os.environ.get("PKGDESK_SEED", "1"))
RUNS = 2 if KILLS > 5 else 1
LOOK = 10
"""Kills after which everything is looked through, once all is published."""

AT_ONCE = 3
"""Drafts that are under way at the beginning of each life."""

PROGRAM = Path(__file__).with_name("publishing_desk.py")
ROOT = Path(__file__).parents[2]
WITHIN = 120.0

HOOKS = (
    *("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-merge"),
    *("pre-push", "reference-transaction", "post-index-change", "pre-merge-commit"),
)
REMOTE_HOOKS = ("pre-receive", "update", "post-receive", "reference-transaction")
FILTERS = ("clean", "smudge")
COMMANDS = (
    *("fetch", "log", "worktree", "reset", "clean", "merge-base", "merge", "ls-files", "add", "commit"),
    *("diff", "status", "push", "update-ref", "revert", "rev-parse", "symbolic-ref"),
)
OWN = (
    *(f"{when} {command}" for when in ("before", "after") for command in COMMANDS),
    *("a file",) * 8,
    *("an outcome is told", "an outcome is decided", "an outcome is stored") * 3,
)
KINDS = ("any time",) * 3 + ("own",) * 4 + ("recovery",) * 2 + ("hook",) * 3 + ("remote hook", "filter")

AT_A_POINT = """#!/bin/sh
read -r left < {folder}/left
if [ "$left" -gt 1 ]; then
    echo $((left - 1)) > {folder}/left
else
    {kill}
fi
{then}
"""
ALL_HERE = f"kill -9 ${DESK} 0"
NOT_THERE = f"read -r _ _ _ _ group _ < /proc/$$/stat; kill -9 ${DESK} $group"
"""Without whoever takes in what is pushed."""


class Scene:
    """A base with its remote repository in a folder, and whoever publishes there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = folder / "base"
        self.remote = folder / "remote.git"
        self.deaths: Counter[str] = Counter()
        self.lives = 0
        self._takes = 0.5  # seconds that a life takes of which nothing is drawn
        self._environ = {name: each for name, each in os.environ.items() if not name.startswith("GIT_")}
        self._environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder)}
        self._environ |= {"PYTHONPATH": str(ROOT)}
        self._environ |= {f"GIT_COMMITTER_{each}": "carol" for each in ("NAME", "EMAIL")}
        self._ended = AsyncExitStack()

    async def __aenter__(self) -> "Scene":
        """A base that nobody has published in yet."""
        self.base.mkdir(parents=True)
        for each in range(ENTRIES):
            (self.base / f"shared-{each}.yaml").write_text(entry(f"shared-{each}", 0), "utf-8")
        await self.git("init", "-q", "-b", "main", ".")
        await self.git("add", "-A")
        await self.commit("begin")
        await self.git("clone", "-q", "--bare", ".", str(self.remote))
        # A process that is killed takes nothing along of what it has given to the kernel.
        told = "[core]\n\tfsync = none\n"
        with (self.remote / "config").open("a") as config:
            config.write(told)
        told += f'[remote "origin"]\n\turl = {self.remote}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
        told += '[branch "main"]\n\tremote = origin\n\tmerge = refs/heads/main\n'
        for name in FILTERS:
            runs = {each: f"{self.folder}/{name}" if each == name else "cat" for each in FILTERS}
            told += f'[filter "{name}"]\n\trequired\n'
            told += "".join(f"\t{each} = {program}\n" for each, program in runs.items())
            self._program(self.folder / name, ALL_HERE, "exec cat")
        with (self.base / ".git" / "config").open("a") as config:
            config.write(told)
        self._nursery = await asyncio.create_subprocess_exec(
            *(sys.executable, str(PROGRAM), str(self.folder)),
            env=self._environ,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        await self._nursery.wait()

    async def killed(self, rng: random.Random) -> None:
        """Somebody publishes until they die as drawn, if they come to that."""
        kind, where = rng.choice(KINDS), ""
        times, point, after, alone = 1, "", None, False
        if kind == "any time":
            after, alone = rng.uniform(0.0, 1.5 * self._takes), rng.random() < 0.3
        elif kind == "own":
            point, times = rng.choice(OWN), rng.choice((1, 1, 1, 2))
        elif kind == "recovery":
            point, times = "any command", rng.randint(1, 15)
        else:
            where, times = self._set(kind, rng)
        remote = rng.random() < 0.7, rng.random() < 0.8
        if kind == "remote hook":
            remote = True, True
        life = self._life(drafts=AT_ONCE, point=point, time=times, pull=remote[0], push=remote[1])
        began = time.monotonic()
        if await self._lived(life, after=after, alone=alone) is None:
            self.deaths[kind] += 1
        elif after is not None:
            self._takes = (self._takes + time.monotonic() - began) / 2
        took = time.monotonic() - began
        print(f"{self.deaths.total()} kills: {kind} {where}; {life}; {took:.2f} s", flush=True)
        self._unset()

    async def to_its_end(self) -> None:
        """Published without anybody being killed."""
        for _ in range(3):  # somebody may push meanwhile
            if (said := await self._lived(self._life())) == "":
                return
        raise AssertionError(said)

    def _life(self, **given: object) -> Life:
        self.lives += 1
        return Life(f"{os.getpid()}.{self.lives}", **given)  # type: ignore[arg-type]

    def _set(self, kind: str, rng: random.Random) -> tuple[str, int]:
        """A hook or a filter of git kills; which, and at the how many-th time."""
        name = rng.choice({"hook": HOOKS, "remote hook": REMOTE_HOOKS, "filter": FILTERS}[kind])
        times = rng.choice((1, 1, 2, 3))
        (self.folder / "left").write_text(f"{times}\n")
        if kind == "hook":
            self._program(self.base / ".git" / "hooks" / name, ALL_HERE)
        elif kind == "remote hook":
            self._program(self.remote / "hooks" / name, NOT_THERE)
        else:
            (self.base / ".git" / "info" / "attributes").write_text(f"*.yaml filter={name}\n")
        return name, times

    def _unset(self) -> None:
        (self.base / ".git" / "info" / "attributes").unlink(missing_ok=True)
        for folder in (self.base / ".git" / "hooks", self.remote / "hooks"):
            for path in folder.iterdir():
                path.unlink()

    def _program(self, path: Path, kill: str, then: str = "exit 0") -> None:
        path.write_text(AT_A_POINT.format(folder=self.folder, kill=kill, then=then))
        path.chmod(0o755)

    async def _lived(self, life: Life, *, after: float | None = None, alone: bool = False) -> str | None:
        """What it says at its end; None where it did not come to that. `after` so many seconds it is killed,
        with its git or `alone`."""
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(f"{life}\n".encode())
        said = await self._heard(f"{life.mark} begins ")
        number = int(said)
        end = asyncio.create_task(self._heard(f"{life.mark} ends "))
        gone = asyncio.create_task(_gone(number))
        await asyncio.wait([end, gone], timeout=after or WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if after is not None and not gone.done():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        async with asyncio.timeout(WITHIN):
            await gone
        if not alone:
            _kill_all(life.mark, self.remote)
        # What it said stands in the pipe before it is gone.
        await asyncio.wait([end], timeout=0.01)
        if end.done():
            return end.result()
        end.cancel()
        await asyncio.gather(end, return_exceptions=True)
        return None

    async def _heard(self, beginning: str) -> str:
        assert self._nursery.stdout is not None
        while line := (await asyncio.wait_for(self._nursery.stdout.readline(), WITHIN)).decode():
            if line.startswith(beginning):
                return line.removeprefix(beginning).rstrip("\n")
            assert " ends " not in line or " begins " not in beginning, line
        raise AssertionError("there is nobody any more who publishes")

    async def somebody_pushes(self, rng: random.Random) -> None:
        """Another person, from elsewhere."""
        others = self.folder / "others"
        if not others.exists():
            await self.git("clone", "-q", str(self.remote), str(others))
        await self.git("-C", str(others), "pull", "-q", "--rebase")
        name = f"theirs-{self.lives}"
        (others / f"{name}.yaml").write_text(entry(name, rng.randint(1, 99)), "utf-8")
        await self.git("-C", str(others), "add", "-A")
        await self.commit("theirs", "-C", str(others))
        # A git that outlived its desk may push meanwhile.
        for _ in range(20):
            code, said = await self.tries("-C", str(others), "push", "-q")
            if not code:
                return
            await self.git("-C", str(others), "pull", "-q", "--rebase")
        raise AssertionError(said)

    async def commit(self, words: str, *where: str) -> None:
        who = ("-c", "user.name=carol", "-c", "user.email=carol@example.org")
        await self.git(*where, *who, "commit", "-q", "-m", words)

    async def damage(self) -> list[str]:
        """Everything that breaks a promise, once all is done."""
        wrong: list[str] = []
        for folder in (self.base, self.remote):
            code, said = await self.tries("-C", str(folder), "fsck", "--strict", "--no-dangling")
            wrong += [said] if code or "error" in said or "missing" in said else []
        if status := await self.git("status", "--porcelain"):
            wrong.append(f"the checkout is not clean: {status}")
        if await self.git("symbolic-ref", "HEAD") != "refs/heads/main":
            wrong.append("the checkout is not at its branch")
        heads = {
            await self.git("rev-parse", "main"),
            await self.git("-C", str(self.remote), "rev-parse", "main"),
        }
        if len(heads) != 1:
            wrong.append(f"here and there are not the same: {heads}")
        for lock in (*(self.base / ".git").rglob("*.lock"), *self.remote.rglob("*.lock")):
            wrong.append(f"a lock is left: {lock}")
        if (self.base / ".git" / "pkgdesk" / "journal").exists():
            wrong.append("the journal says that something is being done")
        read = load(self.base)
        wrong += [str(each) for each in read.problems]
        log = await self.git("log", "--format=%(trailers:key=Pkgdesk-Draft)%(trailers:key=Pkgdesk-Reverts)")
        marks = Counter(line.strip() for line in log.splitlines() if line.strip())
        store = await Store.open(f"sqlite:///{self.folder / 'desk.db'}", wait=10.0)
        drafts = await store.drafts()
        await store.close()
        wrong += (
            [] if [each.number for each in drafts] == list(range(1, len(drafts) + 1)) else ["lost drafts"]
        )
        for each in drafts:
            mark = f"{each.number} {each.key}"
            commits = marks.pop(f"Pkgdesk-Draft: {mark}", 0), marks.pop(f"Pkgdesk-Reverts: {mark}", 0)
            back = to_be_taken_back(each)
            if each.state is not (DraftState.REVERTED if back else DraftState.PUBLISHED):
                wrong.append(f"draft {each.number} is {each.state}: {each.reason}")
            if commits != (1, int(back)):
                wrong.append(f"draft {each.number} has {commits[0]} commits, and {commits[1]} reverts")
            if (read.by_id(each.entry) is None) != back:
                wrong.append(f"the base and draft {each.number} are at odds")
        return wrong + [f"nobody's: {mark}" for mark in marks]

    async def git(self, *arguments: str) -> str:
        code, said = await self.tries(*arguments)
        assert code == 0, said
        return said

    async def tries(self, *arguments: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *(str(shutil.which("git")), *arguments),
            cwd=self.base,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode(errors="replace").strip()


async def _gone(number: int) -> None:
    """Once this process is."""
    try:
        descriptor = os.pidfd_open(number)
    except ProcessLookupError:
        return
    gone, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(descriptor, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _kill_all(mark: str, remote: Path) -> None:
    """Whatever that life has started, until nothing of it is left."""
    wanted = f"{MARK}={mark}".encode()
    until = time.monotonic() + WITHIN
    found = True
    while found:
        assert time.monotonic() < until
        found = False
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if wanted in (place / "environ").read_bytes().split(b"\0"):
                    git = (place / "comm").read_text().startswith("git")
                    if git and (place / "cwd").readlink().is_relative_to(remote):
                        continue  # on another machine, where it ends with the connection
                    found = True
                    os.kill(int(place.name), signal.SIGKILL)


@pytest.mark.parametrize("run", range(RUNS))
async def test_whenever_it_is_killed_every_draft_is_published_once(run: int, tmp_path: Path) -> None:
    seed = SEED * 1000 + run
    rng = random.Random(seed)
    kills = KILLS // RUNS + (run < KILLS % RUNS)
    started = time.monotonic()
    where = f"PKGDESK_SEED={SEED}, run {run}"
    looked = 0
    async with Scene(tmp_path / "scene") as scene:
        while scene.deaths.total() < kills:
            if rng.random() < 0.1:
                await scene.somebody_pushes(rng)
            await scene.killed(rng)
            if scene.deaths.total() >= looked + LOOK:
                looked = scene.deaths.total()
                await scene.to_its_end()
                assert await scene.damage() == [], f"{where}: after {looked} kills"
        await scene.to_its_end()
        assert await scene.damage() == [], where
    told = f"{scene.deaths.total()} kills ({dict(scene.deaths)}) in {scene.lives} lives"
    print(f"seed {seed}: {told} in {time.monotonic() - started:.0f} s")
