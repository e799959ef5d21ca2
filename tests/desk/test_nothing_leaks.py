"""Whatever is said, and in whatever order: what was said in a closed venue is read in none that is more open,
and what is encrypted only where it stays so."""

import re
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import DATABASE, DEVEL, HOME, MAP, MORE, TEAM, VENUES, Somebody, World

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
WORDS = ("more", "more 1", "yes", "not it", "1", "done", "ack", "not me", "later 2h", "why 1", "status 1")
WORDS += ("mine", "missed", "open", "withdraw", "not me 1 -> carol", "why me", "what's up?", "more #2")
NICKS = ("alice", "bob", "carol", "dave")

says = st.tuples(
    st.sampled_from(NICKS), st.sampled_from(sorted(MARKS)), st.sampled_from(LINES) | st.sampled_from(WORDS)
)
goes = st.tuples(
    st.sampled_from(NICKS), st.sampled_from(["leaves irc", "leaves matrix", "comes back"]), st.none()
)
waits = st.tuples(st.none(), st.sampled_from(["30s", "5m", "1h", "1d"]), st.none())


def allowed(kind: str, venue: Venue) -> bool:
    """Whether a word of that kind may be read in `venue`."""
    match kind:
        case "members":
            return venue.private or venue.name == TEAM
        case "private":
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
            case _ if line is not None:
                self.says(irc, matrix, what, line.format(MARKS[what]))

    def says(self, irc: Somebody, matrix: Somebody, where: str, text: str) -> None:
        match where:
            case "public" if irc.channels:
                irc.says(text, in_=HOME)
            case "members" if irc.channels:
                irc.says(text, in_=TEAM)
            case "private":
                irc.tells(text)
            case "room" if matrix.channels:
                matrix.says(text, in_=ROOM)
            case "sealed" if matrix.channels:
                matrix.says(text, in_=SECRET)
            case "sealed aside":
                matrix.tells(text, sealed=True)


@settings(
    max_examples=int(MORE) if MORE else 8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(deeds=st.lists(says | says | says | waits | goes, max_size=25))
def test_what_is_said_in_a_closed_venue_stays_there(
    empty: Path, deeds: list[tuple[str | None, str, str]]
) -> None:
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
            play = Play(world)
            for deed in deeds:
                play.does(*deed)
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
