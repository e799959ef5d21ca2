"""The story of the demo: six scenes from a packager's day, played by real clients against a real desk.

Every line that is expected is checked by the client that receives it; the first that does not come ends the
story. It needs no input, and less than a minute. It is the same on IRC and on Matrix (`bot.demo.place`);
where there are reactions some of them stand for a word. The desk that plays is an ordinary one, with its
delays shortened, and it is killed in the middle.
"""

import asyncio
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path

from bot.demo.actor import CHANNEL, DESK, Actor, NotHeard, SceneFailed
from bot.demo.breaking_off import until_told_to_end
from bot.demo.colours import Colours
from bot.demo.listeners import Listeners
from bot.demo.place import HOST, Place
from bot.demo.scene import Scene
from bot.demo.transcript import Transcript

DELAYS = {
    "bots_answer": "0s",
    "ping_after": "1s",
    "patience": "4s",
    "ack_patience": "10s",
    "quiet": "2s",
    "settle": "1s",
}
"""What is shorter than for people: seconds instead of minutes and hours; and nobody is taken for a bot."""

_BEAT = 0.7
"""Seconds that a player takes to type, where somebody is watching."""

_UNANSWERED = 1.0
"""Seconds that a ping stays unanswered before the desk is killed; its patience lasts longer."""

_DRAFT = r"draft (?P<draft>\d+)"


class Stage:
    """Who plays, what they do, and how many of the expected lines came."""

    def __init__(self, scene: Scene, transcript: Transcript, beat: float) -> None:
        self.scene = scene
        self.transcript = transcript
        self.came = 0
        self._beat = beat
        self._actors: dict[str, Actor] = {}

    async def enter(self, *names: str) -> None:
        for actor in await asyncio.gather(*(self.scene.enter(name) for name in names)):
            self._actors[actor.name] = actor

    async def says(self, who: str, what: str, *, privately: bool = False) -> None:
        await asyncio.sleep(self._beat)
        self._actors[who].say(what, where=DESK if privately else CHANNEL)

    async def chooses(self, who: str, what: str, *, by: str) -> None:
        """Answer the line last heard: with a word, or `by` a reaction to it where there are some."""
        if not self.scene.place.has_reactions:
            await self.says(who, what)
            return
        await asyncio.sleep(self._beat)
        self._actors[who].react(by)

    async def hears(
        self, who: str, what: str, *, by: str = DESK, privately: bool = False, within: float = 10.0
    ) -> Mapping[str, str]:
        """Raises NotHeard unless such a line of `by` comes."""
        place = who if privately else None
        groups = await self._actors[who].hears(what, who=by, where=place, within=within)
        self.came += 1
        return groups

    async def heard_once(self, who: str, what: str) -> None:
        """Raises NotHeard where such a line came more than once."""
        await self._actors[who].heard(what, times=1)

    async def leaves(self, who: str, why: str) -> None:
        await asyncio.sleep(self._beat)
        await self._actors[who].leave(why)

    async def returns(self, who: str) -> None:
        await asyncio.sleep(self._beat)
        await self._actors[who].come()


async def _known(stage: Stage) -> None:
    await stage.says("alice", f"{DESK}: the build clones qemu, is there a configure option for a system one?")
    said = await stage.hears(
        "alice", r"^alice: .*--with-system-qemu.* for xen .*https://.*#(?P<number>\d+): `more` or `not it`"
    )
    await stage.says("alice", "more")
    await stage.hears("alice", r"^alice: .*without a value takes qemu from \$PATH")
    await stage.hears("alice", r"^alice: .*GIT and WGET set to a program that fails")
    await stage.says("alice", "not it")
    await stage.hears("alice", rf"^alice: #{said['number']}: did you mean \(1\) .*SeaBIOS")
    await stage.chooses("alice", "1", by="1️⃣")
    await stage.hears("alice", r"^alice: .*--with-system-seabios")
    await stage.says("alice", "yes")
    await stage.hears("alice", rf"#{said['number']} is answered")
    # What she asked is no way to ask for that entry: an editor sees to it that it does not become one.
    draft = await stage.hears("bob", rf"^{_DRAFT}, a phrasing from #{said['number']}", privately=True)
    await stage.says("bob", f"kb reject {draft['draft']} that asks for QEMU", privately=True)
    await stage.hears("bob", rf"^draft {draft['draft']} is rejected", privately=True)


async def _unknown(stage: Stage) -> None:
    question = "xenstored dies with SIGSEGV in tools/xenstored/talloc.c on our armhf builders"
    await stage.says("alice", f"{DESK}: {question}")
    said = await stage.hears("alice", r"^alice: #(?P<number>\d+): I do not know .* XENSTORE")
    number = said["number"]
    ping = rf"alice asks #{number}: “xenstored dies .*” — .*XENSTORE"
    await stage.hears("carol", rf"^carol: {ping}")
    await asyncio.sleep(_UNANSWERED)
    stage.transcript.stage("no word from carol; the desk is killed (kill -9) and started again")
    await stage.scene.kill_desk()
    await stage.scene.open_desk()
    await stage.hears("dave", rf"^dave: {ping}", within=20.0)
    await stage.heard_once("carol", rf"^carol: {ping}")
    await stage.says("dave", "alice: which compiler, and does it die without optimisation, too?")
    await stage.hears("alice", r"^alice: which compiler", by="dave")
    await stage.says("alice", "dave: gcc 14; and no, only from -O2 on")
    await stage.hears("dave", r"^dave: gcc 14", by="alice")
    await stage.says("dave", "that is gcc's aliasing: build xenstored with -fno-strict-aliasing")
    await stage.hears("alice", r"-fno-strict-aliasing", by="dave")
    await stage.hears("alice", rf"^alice: was that it for #{number}\? `yes` or `no`")
    await stage.says("alice", "yes")
    await stage.hears("alice", rf"#{number} is answered")


async def _not_me(stage: Stage) -> None:
    await stage.says("alice", f"{DESK}: libxl_create.c does not compile with gcc 15, incompatible pointers")
    said = await stage.hears("alice", r"^alice: #(?P<number>\d+): I do not know .* LIBXENLIGHT")
    number = said["number"]
    await stage.hears("bob", rf"^bob: alice asks #{number}: .*LIBXENLIGHT")
    await stage.says("bob", "not me → carol")
    await stage.hears("carol", rf"^carol: alice asks #{number}: .*named you")
    await stage.says("carol", "that code is older than C23: add -std=gnu17 to CFLAGS until it is mended")
    await stage.hears("alice", r"-std=gnu17", by="carol")
    await stage.says("carol", "done")
    await stage.hears("alice", rf"^alice: was that it for #{number}\?")
    await stage.chooses("alice", "yes", by="👍")
    await stage.hears("alice", rf"#{number} is answered")


async def _gone(stage: Stage) -> None:
    await stage.says("alice", f"{DESK}: make -j64 fails in xen/Rules.mk, asm-offsets.h is not there in time")
    said = await stage.hears("alice", r"^alice: #(?P<number>\d+): I do not know .* BUILD SYSTEM")
    number = said["number"]
    await stage.leaves("alice", "lunch")
    await stage.hears("bob", rf"^bob: alice asks #{number}: ")
    await stage.says(
        "bob", "that is a missing dependency: build asm-offsets.h first, then the rest with -j64"
    )
    await stage.hears("bob", rf"^bob: alice is not here now; I keep your answer to #{number}")
    await stage.returns("alice")
    bob = stage.scene.place.uncalled("bob")
    await stage.hears("alice", rf"^alice: {bob} answered #{number} .* asm-offsets\.h first.*was that it\?")
    await stage.says("alice", "yes")
    await stage.hears("alice", rf"#{number} is answered")


async def _about_itself(stage: Stage) -> None:
    await stage.says("alice", "missed", privately=True)
    await stage.hears("alice", r"^you missed nothing", privately=True)
    await stage.says("alice", "why", privately=True)
    await stage.hears("alice", r"maintainer: bob is asked", privately=True)
    await stage.says("alice", f"{DESK}: status")
    await stage.hears("alice", r"^alice: pkgdesk \S+: 0 questions live.* ended; \d+ entries, \d+ sections")


async def _published(stage: Stage) -> None:
    found = await stage.hears("bob", rf"^{_DRAFT}, from the answer to .*“xenstored dies", privately=True)
    draft = found["draft"]
    await stage.says("bob", f"kb show {draft}", privately=True)
    shown = await stage.hears("bob", rf"^draft {draft}: new `(?P<entry>\S+)`, ", privately=True)
    await stage.hears("bob", r"^short: .*-fno-strict-aliasing", privately=True)
    await stage.hears("bob", r"^phrasing 1: ", privately=True)
    await stage.says("bob", f"kb publish {draft}", privately=True)
    done = await stage.hears(
        "bob",
        rf"^draft {draft} is published(?: as (?P<commit>[0-9a-f]{{7,}}))?: `{shown['entry']}`",
        privately=True,
    )
    await stage.hears("dave", r"^your answer to #\d+ is now in the knowledge base", privately=True)
    await _in_git(stage, shown["entry"], done.get("commit"))
    await stage.scene.desk_logged("read anew")
    await stage.enter("erin")
    await stage.says("erin", f"{DESK}: our xenstored for armhf gets a SIGSEGV in talloc.c, what helps?")
    said = await stage.hears("erin", r"^erin: .*-fno-strict-aliasing.*#(?P<number>\d+)")
    await stage.says("erin", "thanks")
    await stage.hears("erin", rf"#{said['number']} is answered")


async def _in_git(stage: Stage, entry: str, told: str | None) -> None:
    """Raises SceneFailed unless git names the commit that was told, its author and its reviewer."""
    commit = await stage.scene.last_commit()
    if commit is None:
        if told:
            raise SceneFailed(f"commit {told} was told, and there is no history")
        return
    people = f"author: {commit.author}, reviewed by {commit.reviewer}"
    what = f"git log: {commit.id[:7]} {commit.subject} ({people})"
    right = (
        bool(told)
        and commit.id.startswith(told or "")
        and f" {entry}: " in commit.subject
        and commit.author.startswith("Dave ")
        and commit.reviewer.startswith("Bob ")
    )
    if not right:
        raise SceneFailed(f"{entry} was published as {told}, by dave, reviewed by bob; {what}")
    stage.transcript.stage(what)


_SCENES: tuple[tuple[str, Callable[[Stage], Awaitable[None]]], ...] = (
    ("A known question: the desk answers by itself, and goes on after “not it”.", _known),
    (
        "An unknown one: it finds a developer, and the next one, though it is killed.",
        _unknown,
    ),
    ("A developer who is not the one: one word is enough.", _not_me),
    ("A packager who leaves: the answer waits.", _gone),
    ("What was missed, why, and how things stand.", _about_itself),
    ("The answer becomes documentation: two short messages of an editor.", _published),
)

_NEXT = """\
What next:
  pkgdesk demo               the same channel, with you as the packager
  pkgdesk ask "…"            what the desk would answer, and why
  pkgdesk route "…"          whom it would ask, and why
  pkgdesk kb --help          drafts, their review, and what the base lacks, on the command line
  config.example.yaml        every setting; `pkgdesk check` reads yours"""


def tell(
    place: Place,
    state: Path | None = None,
    *,
    colours: Colours = Colours.NONE,
    base: Path | None = None,
) -> int:
    """Tell the story; the exit code is 0 only if every expected line came.

    `place`: the network. `state`: the folder for everything that is written, kept; else one that is removed
    afterwards. `base`: the folder of another knowledge base than the demo's. SceneFailed where the scene
    cannot even be set.
    """
    return until_told_to_end(_tell(place, state, colours, base))


async def _tell(place: Place, state: Path | None, colours: Colours, base: Path | None) -> int:
    watched = sys.stdout.isatty()
    transcript = Transcript(
        lambda text: print(text, flush=True),
        colours=colours,
        width=(lambda: shutil.get_terminal_size().columns) if watched else None,
        now=lambda: datetime.now().astimezone(),
    )
    started = time.monotonic()
    told = Listeners(transcript).told
    async with Scene(place=place, state=state, base=base, anew=True, delays=DELAYS, report=told) as scene:
        stage = Stage(scene, transcript, _BEAT if watched else 0.0)
        transcript.note(f"{CHANNEL} on {HOST}:{place.port}: a packager, three developers, and the desk.")
        if scene.remark:
            transcript.note(scene.remark)
        try:
            await _play(stage)
        except (NotHeard, SceneFailed) as failure:
            _explain(transcript, stage, failure)
            return 1
    transcript.note("")
    took = time.monotonic() - started
    transcript.good(f"{stage.came} of {stage.came} expected lines came, in {took:.0f} s.")
    transcript.note(_NEXT)
    return 0


async def _play(stage: Stage) -> None:
    await stage.enter("carol")
    await stage.enter("alice", "bob", "dave")
    await stage.scene.open_desk()
    for number, (title, scene) in enumerate(_SCENES, 1):
        stage.transcript.heading(f"{number}. {title}")
        await scene(stage)


def _explain(transcript: Transcript, stage: Stage, failure: NotHeard | SceneFailed) -> None:
    transcript.note("")
    transcript.bad(f"{stage.came} expected lines came, then not: {failure}")
    if isinstance(failure, NotHeard):
        transcript.note("What came instead:")
        for line in failure.instead or ["nothing"]:
            transcript.note(f"  {line}")
    transcript.note("The desk's log ends so:")
    transcript.note(stage.scene.desk_log)
