"""Whatever is said, and in whatever order: what was said in a closed venue is read in none that is more open,
and what is encrypted only where it stays so."""

import random
import re
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import DATABASE, DEVEL, HOME, MAP, MORE, TEAM, VENUES, Somebody, World

from bot.desk.addressing import local
from bot.desk.events import Heard, Reacted
from knowledge.drafts import Origin
from routing.presence import Venue, Visibility

ROOM, SECRET = "#xen:example.org", "#security:example.org"
PLACES = (*VENUES, Venue("matrix", ROOM), Venue("matrix", SECRET, Visibility.MEMBERS, sealed=True))
WHO = MAP.replace("{libera: bob}", '{libera: bob, matrix: "@bob:example.org"}').replace(
    "{libera: carol}", '{libera: carol, matrix: "@carol:example.org"}'
)
MARKS = {
    "public": "openword",
    "members": "teamword",
    "private": "asideword",
    "room": "roomword",
    "sealed": "sealedword",
    "sealed aside": "whisperword",
    "open aside": "chatword",
}
"""One word for each kind of place where it may be said."""

LINES = (
    "pkgdesk: xenstored exits with EINVAL {}, what is wrong?",
    "pkgdesk: the makefile ignores CFLAGS {} on s390x, is that known?",
    "pkgdesk: frobnication quuxes {} everywhere, who can help?",
    "it also says {}",
    "pkgdesk: #1: {}",
    "answer 1 try {} first",
    "restart it with {}",
    "pkgdesk: not it, it still says {}",
    "pkgdesk: suggest what of {}? => nothing",
)
ANSWERS = ("answer N try {} first", "restart it with {}", "#N: {}", "answer N {}")
WORDS = ("more", "more 1", "yes", "not it", "1", "done", "ack", "not me", "later 2h", "why 1", "status 1")
WORDS += ("mine", "missed", "open", "withdraw", "not me 1 -> carol", "why me", "what's up?", "more #2")
NICKS = ("alice", "bob", "carol", "dave")
SIGNS = ("👍", "👎", "1️⃣", "✋")

Deed = tuple[str | None, str, str | None]


def any_deed(rng: random.Random) -> Deed:
    who = rng.choice(NICKS)
    match rng.randrange(5):
        case 0:
            return who, rng.choice(sorted(MARKS)), rng.choice(LINES)
        case 1:
            return who, rng.choice(("leaves irc", "leaves matrix", "comes back")), None
        case 2:
            return who, "edits", rng.choice(LINES)
        case 3:
            return who, "reacts", rng.choice(SIGNS)
    return who, rng.choice(("redacts", "takes back")), None


@st.composite
def plays(draw: st.DrawFn) -> list[Deed]:
    """Somebody asks in one place, is answered in another, and has a word in a third, while others do whatever
    they like: of deeds that follow on none hardly two would have to do with each other. All are as probable,
    which what Hypothesis draws itself is not."""
    rng = draw(st.randoms(use_true_random=True))
    play: list[Deed] = []
    for number in (1, 2, 3):
        asker, developer = rng.choice(NICKS), rng.choice(("bob", "carol"))
        asked_in, replied_in = rng.choice(sorted(MARKS)), rng.choice(sorted(MARKS))
        others = [any_deed(rng) for _ in range(rng.randrange(4))]
        play += [
            (asker, asked_in, rng.choice(LINES[:3])),
            (None, rng.choice(("30s", "5m", "1h")), None),
            *others[:2],
            (developer, replied_in, rng.choice(ANSWERS).replace("N", str(number))),
            *others[2:],
            (developer, replied_in, "done"),
            (None, rng.choice(("30s", "5m", "1d")), None),
            (asker, "comes back", None),
        ]
        play += [
            (rng.choice((asker, developer)), rng.choice(sorted(MARKS)), rng.choice(WORDS)) for _ in range(3)
        ]
    return play


def allowed(kind: str, venue: Venue) -> bool:
    """Whether a word of that kind may be read in `venue`."""
    match kind:
        case "members":
            return venue.private or venue.name == TEAM
        case "private" | "open aside":
            return venue.private
        case "sealed":
            return venue.network == "matrix" and venue.sealed
        case "sealed aside":
            return venue.network == "matrix" and venue.sealed and venue.private
    return True


class Play:
    """Four people with an account on each network, linked or named by the map."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.irc: dict[str, Somebody] = {}
        self.matrix: dict[str, Somebody] = {}
        self.spoken: dict[str, list[tuple[str, Heard]]] = {nick: [] for nick in NICKS}
        """What each has said on Matrix, and where."""
        self.signs: dict[str, list[Reacted]] = {nick: [] for nick in NICKS}
        for nick in NICKS:
            self.irc[nick] = world.joins(nick, account=nick, channel=[HOME, DEVEL, TEAM])
            user = f"@{nick}:example.org"
            self.matrix[nick] = world.joins(user, account=user, network="matrix", channel=[ROOM, SECRET])
        for nick in ("alice", "dave"):
            self.link(self.irc[nick], self.matrix[nick])

    def link(self, one: Somebody, other: Somebody) -> None:
        one.tells("link")
        for each in (other, one):
            code = re.search(r"`(link [a-z0-9-]{14})`", self.world.turn[-1].text)
            assert code
            each.tells(code[1])

    def does(self, nick: str | None, what: str, line: str | None) -> None:
        if nick is None:
            self.world.clock.advance(what)
            return
        irc, matrix = self.irc[nick], self.matrix[nick]
        match what:
            case "leaves irc":
                irc.quits()
            case "leaves matrix":
                matrix.quits()
            case "comes back":
                for each, rooms in ((irc, (HOME, DEVEL, TEAM)), (matrix, (ROOM, SECRET))):
                    for room in rooms if not each.channels else ():
                        each.returns(room)
            case "edits" | "redacts":
                for where, heard in self.spoken[nick][-1:]:
                    if line is None:
                        matrix.redacts(heard)
                    else:
                        matrix.edits(heard, line.format(MARKS[where]))
            case "reacts" if line is not None:
                here = [each for each in self.world.said if each.venue.network == "matrix"]
                mine = [each for each in here if each.line.addressee == matrix.speaker]
                self.signs[nick] += [matrix.reacts(line, each) for each in (mine or here)[-1:]]
            case "takes back":
                for sign in self.signs[nick][-1:]:
                    matrix.redacts(sign)
            case _ if line is not None:
                self.says(irc, matrix, what, line.format(MARKS[what]))

    def says(self, irc: Somebody, matrix: Somebody, where: str, text: str) -> None:
        text = f"pkgdesk: {text}" if text in WORDS else text
        message = f"${self.world.next_id('matrix')}"
        heard: Heard | None = None
        match where:
            case "public" if irc.channels:
                irc.says(text, in_=HOME)
            case "members" if irc.channels:
                irc.says(text, in_=TEAM)
            case "private":
                irc.tells(text)
            case "room" if matrix.channels:
                heard = matrix.says(text, in_=ROOM, message=message)
            case "sealed" if matrix.channels:
                heard = matrix.says(text, in_=SECRET, message=message)
            case "sealed aside" | "open aside":
                heard = matrix.tells(text, sealed=where == "sealed aside", message=message)
        if heard is not None:
            self.spoken[local(matrix.nick)].append((where, heard))


@settings(
    max_examples=int(MORE) if MORE else 8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(play=plays())
def test_what_is_said_in_a_closed_venue_stays_there(empty: Path, play: list[Deed]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(empty, Path(folder) / DATABASE)
        world = World(
            Path(folder),
            venues=PLACES,
            map_=WHO,
            operators={"libera": ["dave"]},
            editors={"matrix": ["@carol:example.org"]},
        )
        try:
            cast = Play(world)
            for deed in play:
                cast.does(*deed)
            for spoken in world.said:
                for kind, word in MARKS.items():
                    assert word not in spoken.text or allowed(kind, spoken.venue), (
                        f"{kind}: {spoken}\n{world}"
                    )
            for draft in world.run(world._store.drafts()):
                meant = draft.origin is Origin.SUGGESTION
                told = f"{draft.entry} {draft.now} {draft.was} {draft.note}"
                for kind, word in MARKS.items():
                    fits = kind in {"public", "room"} or (meant and not kind.startswith("sealed"))
                    assert word not in told or fits, f"{kind}: {told}\n{world}"
        finally:
            world.close()
