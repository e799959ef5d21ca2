"""Whatever people, networks and machines do: every question ends, and nobody is bothered too much.

A world of a few people with hours and budgets, who ask, answer, say nonsense, come, go and change their
names, while lines fail, wait or are lost, networks break and the desk is killed at any point. After every
step the promises are looked at; in the end everybody falls silent for sixty days.

PKGDESK_EXAMPLES=2000 runs it for longer, on other examples each time.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from world import DATABASE, DESK, DEVEL, EITHER, HOME, KNOWN, MORE, TEAM, Somebody, World

import bot.loop
from bot.desk.decide import decide
from bot.desk.effects import Effect
from bot.desk.events import DeadlinePassed, Event, Reacted
from bot.desk.facts import Concern, Facts
from bot.desk.model import CONTROL, Failure, Finding, Ping, PingKind, Purpose, Question, State
from bot.desk.reference import Reference
from routing.people import Person, Pings, Wishes
from routing.presence import fold

MAP = """
people:
  bob:
    accounts: {libera: bob, oftc: bobby}
    hours: 9-17 UTC
    budget: 2
  carol:
    accounts: {libera: carol}
  dave:
    accounts: {libera: dave}
    hours: mon-fri 22-6 Europe/Berlin
    reads_back: yes
  erin:
    accounts: {libera: erin, oftc: erin}
    budget: 1
    pings: private
  trudy:
    accounts: {libera: trudy}
    budget: 3
sections:
  XENSTORE:
    maintainers: [bob, dave]
    reviewers: [carol]
    keywords: [xenstored]
    inside: TOOLS
  TOOLS:
    maintainers: [erin]
    keywords: [makefile]
    mail: tools@lists.example.org
  THE REST:
    maintainers: [carol]
rest: THE REST
triagers: [trudy]
"""

SPANS = ("1s", "15s", "30s", "1m", "5m", "31m", "3h", "9h", "1d", "4d")

QUESTIONS = (
    KNOWN,
    EITHER,
    "which python version do the tools need?",
    "xenstored exits with EINVAL when my guest starts",
    "the makefile ignores my CFLAGS on s390x",
    "frobnication quuxes everywhere in our chroots",
    "xenstored or the makefile, which of them eats my disk?",
)
TALK = (
    "restart the daemon and it goes away",
    "which version is that?",
    "let me look",
    "alice: restart the daemon",
    "dave: see you at lunch",
    "thanks, that works",
    "thanks",
    "hmm",
    "4.17",
    "it still fails",
    "no, it still fails",
    "#1 is known",
    "#2: and it also prints this",
)
REACTIONS = (
    "restart the daemon and it goes away",
    "restart the daemon and it goes away",
    "which version is that?",
    "let me look",
    "ack",
    "not me",
    "not me → carol",
    "not me → tools",
    "#1 → XENSTORE",
    "later 2d",
    "later 20m",
    "1",
    "2",
    "none",
    "done",
    "dave: see you at lunch",
    "busy until tomorrow",
    "pings off",
    "why me",
)
WISHES = (
    "busy 20m",
    "busy until tomorrow",
    "busy 300d",
    "free",
    "hours 20-6 America/New_York",
    "hours sat,sun 9-21 UTC",
    "hours off",
    "budget 0",
    "budget 1 a day",
    "budget off",
    "pings off",
    "pings private",
    "pings on",
)
ANSWERS = (
    "yes",
    "no",
    "no",
    "not it",
    "1",
    "2",
    "more",
    "thanks",
    "4.17",
    "it still fails",
    "no #N",
    "1 #N",
    "#N: also",
    "!withdraw N",
)
WORDS = (
    "yes",
    "no",
    "not it",
    "1",
    "2",
    "3",
    "more",
    "ack",
    "done",
    "not me",
    "not me → carol",
    "not me → bob",
    "not me → nobody",
    "#1 → xenstore",
    "later 3h",
    "later 1 13d",
    "none #1",
    "share",
    "yes #1",
    "no #1",
    "1 #1",
    "not it #2",
)
COMMANDS = (
    "help",
    "mine",
    "missed",
    "why",
    "status",
    "withdraw",
    "withdraw 1",
    "status 2",
    "why 1",
    "answer 1 upgrade the daemon",
    "answer 2 which version is that?",
    "answer upgrade",
    "ack 1",
    "done 2",
    "share 1",
    "who owns xenstored",
    "my xen 4.17",
    "my",
    "forget xen",
    "frobnicate",
    "",
)

SECRET = {"team": "sesame", "private": "swordfish"}
"""What is only said among members, and only privately."""

CAST = (
    ("alice", "alice", "libera"),
    ("frank", None, "libera"),
    ("gina", "gina", "oftc"),
    ("bob", "bob", "libera"),
    ("carol", "carol", "libera"),
    ("dave", "dave", "libera"),
    ("erin", "erin", "libera"),
    ("trudy", "trudy", "libera"),
    ("bobby", "bobby", "oftc"),
)
PEOPLE = st.integers(0, len(CAST) - 1)
NUMBERS = tuple(range(1, 40))
"""Of questions: more than a life has."""


ASKERS = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4])

DEEDS: dict[str, tuple[int, dict[str, st.SearchStrategy[Any]]]] = {
    "asks": (
        8,
        {
            "who": ASKERS,
            "text": st.sampled_from(QUESTIONS),
            "how": st.sampled_from(["", "", "", "!ask ", "private", "team"]),
        },
    ),
    "who_was_pinged_reacts": (
        8,
        {
            "text": st.sampled_from(REACTIONS),
            "which": st.integers(0, 3),
            "privately": st.sampled_from([False, False, True]),
        },
    ),
    "an_answer_is_given": (
        4,
        {"which": st.integers(0, 3), "privately": st.booleans(), "too_late": st.booleans()},
    ),
    "who_asked_reacts": (
        8,
        {"text": st.sampled_from(ANSWERS), "which": st.integers(0, 3), "ended_too": st.booleans()},
    ),
    "puts_a_sign": (
        4,
        {
            "sign": st.sampled_from(["👍", "👎", "1️⃣", "2️⃣", "✋"]),
            "which": st.integers(0, 5),
            "who": st.none() | PEOPLE,
        },
    ),
    "takes_a_sign_back": (2, {"which": st.integers(0, 2)}),
    "answers_by_number": (
        2,
        {"who": st.integers(3, 7), "number": st.integers(1, 4), "privately": st.booleans()},
    ),
    "wishes": (3, {"who": st.integers(2, 8), "text": st.sampled_from(WISHES)}),
    "talks": (
        3,
        {
            "who": PEOPLE,
            "text": st.sampled_from(TALK + WORDS + COMMANDS),
            "how": st.sampled_from(["", f"{DESK}: ", "!", "private"]),
        },
    ),
    "talk_at_once": (
        1,
        {
            "pair": st.tuples(PEOPLE, PEOPLE),
            "texts": st.tuples(st.sampled_from(TALK), st.sampled_from(TALK + WORDS)),
        },
    ),
    "comes_or_goes": (
        4,
        {
            "who": PEOPLE,
            "move": st.sampled_from(["go", "come", "come", "away", "back", "in", "out", "rename"]),
        },
    ),
    "an_asker_leaves_or_returns": (3, {"who": st.sampled_from([0, 1, 2])}),
    "time_passes": (3, {"span": st.sampled_from(SPANS)}),
    "a_little_time_passes": (8, {"span": st.sampled_from(["15s", "30s", "1m", "5m", "31m"])}),
    "something_breaks": (
        3,
        {
            "what": st.sampled_from(
                ["crash", "crash", "libera", "oftc", "hold", "pause", "operator", "fail", "fail"]
            ),
            "every": st.integers(1, 3),
            "why": st.sampled_from([failure for failure in Failure if failure is not Failure.OUTDATED]),
        },
    ),
    "a_stale_deadline_fires": (1, {"number": st.integers(1, 4), "back": st.integers(1, 5)}),
}
"""What may happen next: how often, and with which arguments. (One rule draws from it, because rules of their
own would be drawn alike, and some of them not at all.)"""

STEPS = st.sampled_from([name for name, (weight, _) in DEEDS.items() for _ in range(weight)]).flatmap(
    lambda name: st.tuples(st.just(name), st.fixed_dictionaries(DEEDS[name][1]))
)


def decided_twice(event: Event, finding: Finding | None, facts: Facts, reference: Reference) -> list[Effect]:
    """Deciding is a function of values: the same again."""
    effects = decide(event, finding, facts, reference)
    assert decide(event, finding, facts, reference) == effects
    return effects


class Desk(RuleBasedStateMachine):
    """One desk among its people."""

    empty: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="desk")
        folder = Path(self._folder.name)
        shutil.copy(self.empty / DATABASE, folder)
        rights = {CONTROL: ["root"]}
        # It is less sure than that of some of the questions, and a triager is asked.
        settings = {"wait_for_people": "40m", "keep_for": "20d", "route_at": 0.58}
        self.world = World(folder, map_=MAP, operators=rights, **settings)
        self.root = self.world.knows("root", "root", CONTROL)
        bot.loop.decide = decided_twice  # type: ignore[assignment]
        self.people: list[Somebody] = []
        self.signs: list[tuple[Somebody, Reacted]] = []
        self.lines = 0
        self.shared = False
        self.wished: list[tuple[datetime, Mapping[str, Wishes]]] = []

    @initialize()
    def people_come(self) -> None:
        for nick, account, network in CAST:
            channels = [HOME, DEVEL] if nick in ("bob", "erin") else [HOME]
            if nick in ("alice", "carol"):
                channels.append(TEAM)
            self.people.append(self.world.joins(nick, account, channels, network))
        self.world.clock.advance("10s")

    @rule(step=STEPS)
    def something_happens(self, step: tuple[str, dict[str, Any]]) -> None:
        deed, how = step
        getattr(self, deed)(**how)

    # --- what people do ---

    def asks(self, who: int, text: str, how: str) -> None:
        if how == "private":
            self._tells(who, f"{text} {SECRET['private']}")
        elif how == "team":
            self._says(who, TEAM, f"{DESK}: {text} {SECRET['team']}")
        else:
            self._says(who, HOME, f"{how or f'{DESK}: '}{text}")

    def who_was_pinged_reacts(self, text: str, which: int, privately: bool) -> None:
        pings = self._waited_for()
        if pings:
            self._replies(pings[which % len(pings)], text, privately)

    def an_answer_is_given(self, which: int, privately: bool, too_late: bool) -> None:
        """A whole one, perhaps to somebody who has just left."""
        pings = self._waited_for()
        if not pings:
            return
        ping = pings[which % len(pings)]
        asker = self._questions()[ping.question].asker
        for somebody in self.people if too_late else ():
            if fold(somebody.nick) == fold(asker.nick) and somebody.here and not self.world.down:
                somebody.quits()
        for text in (REACTIONS[0], "done"):
            self._replies(ping, text, privately)

    def answers_by_number(self, who: int, number: int, privately: bool) -> None:
        if privately:
            self._tells(who, f"answer {number} upgrade the daemon {SECRET['private']}")
        else:
            self._says(who, HOME, f"{DESK}: answer {number} upgrade the daemon")

    def _waited_for(self) -> list[Ping]:
        """The newest ping of every question that is with somebody."""
        open_ = [each for each in self._questions().values() if each.state in (State.ASKED, State.ENGAGED)]
        return [ping for each in open_ for ping in self.world.pings(each.number)[-1:]]

    def _replies(self, ping: Ping, text: str, privately: bool) -> None:
        for who, (_, account, network) in enumerate(CAST):
            person = self.world.reference.map.person_of(network, account or "")
            if person is not None and person.id == ping.person and network == ping.venue.network:
                if privately or ping.venue.private:
                    self._tells(who, f"{text} {SECRET['private']}" if len(text) > 20 else text)
                else:
                    self._says(who, ping.venue.name, text)

    def who_asked_reacts(self, text: str, which: int, ended_too: bool) -> None:
        waiting = (State.TOLD, State.OFFERED, State.PROPOSED, State.ENGAGED)
        open_ = [each for each in self._questions().values() if ended_too or each.state in waiting]
        if open_:
            question = open_[which % len(open_)]
            text = text.replace("N", str(question.number))
            for who, somebody in enumerate(self.people):
                if (
                    fold(somebody.nick) == fold(question.asker.nick)
                    and somebody.network == question.asker.network
                ):
                    if question.venue.private:
                        self._tells(who, text)
                    else:
                        self._says(who, question.venue.name, text)

    def puts_a_sign(self, sign: str, which: int, who: int | None) -> None:
        """On one of the desk's last lines: whom it was said to, or anybody."""
        lines = self.world.said[-6:]
        if not lines:
            return
        line = lines[which % len(lines)]
        to = [each for each in self.people if each.speaker == line.line.addressee]
        somebody = self.people[who] if who is not None else next(iter(to), None)
        if somebody is not None and somebody.here and somebody.network not in self.world.down:
            self.signs.append((somebody, somebody.reacts(sign, to=line)))

    def takes_a_sign_back(self, which: int) -> None:
        if self.signs:
            somebody, sign = self.signs[-1 - which % len(self.signs)]
            somebody.redacts(sign)

    def wishes(self, who: int, text: str) -> None:
        self._tells(who, text)

    def talks(self, who: int, text: str, how: str) -> None:
        if how == "private":
            self._tells(who, f"{text} {SECRET['private']}" if text in TALK and len(text) > 20 else text)
        else:
            self._says(who, HOME, how + text)

    def talk_at_once(self, pair: tuple[int, int], texts: tuple[str, str]) -> None:
        two = [(self.people[who], text) for who, text in zip(pair, texts, strict=True)]
        if all(HOME in who.channels and who.network not in self.world.down for who, _ in two):
            self.world.act(f"{two[0][0].nick} and {two[1][0].nick} at once: {texts}")
            self.lines += 2
            self.world.happen(*(who.line(text, HOME) for who, text in two))

    def comes_or_goes(self, who: int, move: str) -> None:
        somebody = self.people[who]
        if somebody.network in self.world.down or somebody.here is (move == "come"):
            return
        match move:
            case "go":
                somebody.quits()
            case "come":
                somebody.returns()
            case "away":
                somebody.goes_away()
            case "back":
                somebody.comes_back()
            case "in":
                somebody.logs_in(CAST[who][1] or CAST[who][0])
            case "out":
                somebody.logs_out()
            case "rename":
                taken = {
                    fold(each.nick) for each in self.people if each.here and each.network == somebody.network
                }
                names = (CAST[who][0], "somebody", "alice", "bob", f"guest{who}")
                somebody.renames(next(nick for nick in names if nick not in taken))

    def an_asker_leaves_or_returns(self, who: int) -> None:
        somebody = self.people[who]
        if somebody.here and somebody.network not in self.world.down:
            somebody.quits()
        elif somebody.network not in self.world.down:
            somebody.returns()

    # --- what happens to the desk ---

    def time_passes(self, span: str) -> None:
        self._mend()
        self.world.clock.advance(span)

    def a_little_time_passes(self, span: str) -> None:
        self.world.clock.advance(span)

    def something_breaks(self, what: str, every: int, why: Failure) -> None:
        match what:
            case "crash":
                self.world.crashes()
            case "libera" | "oftc" if what not in self.world.down:
                self.world.disconnects(what)
            case "hold":
                self.world.holds()
            case "pause":
                self.world.pauses()
            case "operator":
                self._operates("resume" if self.world.resting else "pause")
            case "fail":
                self.world.failing = lambda line, going: why if line.id % every == 0 else None

    def a_stale_deadline_fires(self, number: int, back: int) -> None:
        before = self._questions().get(number)
        if before is None:
            return
        for step in (before.step - back, before.step + back):
            name = self.world.next_id("deadline")
            self.world.happen(DeadlinePassed(name, self.world.clock.now, number, step, before.text))
        assert self._questions()[number] == before

    def _mend(self) -> None:
        self.world.failing = lambda line, going: None
        for network in sorted(self.world.down):
            self.world.reconnects(network)
        if self.world.holding:
            self.world.releases()
        if self.world.paused:
            self.world.resumes()
        if self.world.resting:
            self._operates("resume")

    # --- what is promised ---

    @invariant()
    def what_is_promised_holds(self) -> None:
        known = self.world.facts(Concern(numbers=NUMBERS, wishes=True))
        self._note_wishes(known.wishes)
        self.every_question_that_lives_has_a_deadline_in_sight(known.questions)
        self.the_channels_are_not_flooded(known.questions)
        self.nobody_is_pinged_twice_about_a_question(known.pings)
        self.nobody_is_pinged_asleep_or_over_budget()
        self.what_is_said_in_confidence_stays_so()

    def every_question_that_lives_has_a_deadline_in_sight(self, questions: Mapping[int, Question]) -> None:
        for question in questions.values():
            assert (question.due is None) is question.state.ended, question
            if question.due is not None:
                assert question.due <= self.world.clock.now + timedelta(days=21), question
                held_up = self.world.paused or self.world.resting
                assert held_up or question.due >= self.world.clock.now - timedelta(seconds=5), question

    def nobody_is_pinged_twice_about_a_question(self, kept: Sequence[Ping]) -> None:
        """But once more where they said that they would answer, and whenever they put it off until then."""
        kinds = {(ping.question, ping.step): ping.kind for ping in kept}
        pinged = [
            (each.line.question, each.line.conditions.person, kinds[number, step] is PingKind.FOLLOW_UP)
            for each in self.world.said
            if each.line.purpose is Purpose.PING
            and (number := each.line.question) is not None
            and (step := each.line.conditions.step) is not None
            and kinds[number, step] is not PingKind.PUT_OFF
        ]
        assert len(pinged) == len(set(pinged)), self.world
        again = [(ping.question, ping.person) for ping in kept if ping.kind is PingKind.PUT_OFF]
        put_off = [(ping.question, ping.person) for ping in kept if ping.until is not None]
        assert all(again.count(each) <= put_off.count(each) for each in again), self.world

    def nobody_is_pinged_asleep_or_over_budget(self) -> None:
        told: dict[str, list[Any]] = {}
        for each in self.world.said:
            if each.line.purpose is not Purpose.PING:
                continue
            person = self._as_wished(each.line.conditions.person or "", each.at)
            assert person.pings is not Pings.OFF, f"{person.id} wants no pings\n{self.world}"
            assert each.venue.private or person.pings is Pings.PUBLIC, f"{person.id}\n{self.world}"
            assert person.awake(each.at), f"{person.id} is pinged asleep\n{self.world}"
            queued = each.line.queued_at
            assert queued is not None
            within = [at for at in told.setdefault(person.id, []) if queued - at < timedelta(hours=24)]
            told[person.id].append(queued)
            assert person.budget is None or len(within) < person.budget, f"{person.id}\n{self.world}"

    def what_is_said_in_confidence_stays_so(self) -> None:
        for each in self.world.said:
            if self._was_shared() or each.venue.private:
                continue
            assert SECRET["private"] not in each.text, f"{each}\n{self.world}"
            assert each.venue.name == TEAM or SECRET["team"] not in each.text, f"{each}\n{self.world}"

    def the_channels_are_not_flooded(self, questions: Mapping[int, Question]) -> None:
        public = sum(1 for each in self.world.said if not each.venue.private)
        assert public <= 10 + 6 * self.lines + 16 * len(questions), self.world

    def teardown(self) -> None:
        try:
            if self.people:
                if self.world.resting:
                    self._operates("resume")
                self.world.clock.advance("60d")
                for question in self._questions().values():
                    assert question.state in ENDS, f"{question}\n{self.world}"
        finally:
            bot.loop.decide = decide
            self.world.close()
            self._folder.cleanup()

    # --- helpers ---

    def _note_wishes(self, wishes: Mapping[str, Wishes]) -> None:
        """What everybody wishes since when: the clock stands still from a line to what follows from it."""
        if not self.wished or self.wished[-1][1] != wishes:
            self.wished.append((self.world.clock.now, wishes))

    def _as_wished(self, name: str, at: datetime) -> Person:
        known = [{}, *(wishes for since, wishes in self.wished if since <= at)]
        return known[-1].get(name, Wishes()).on(self.world.reference.map.people[name])

    def _operates(self, word: str) -> None:
        was = self.world.resting
        self.root.tells(word)
        assert (self.world.resting is None) is (was is not None), self.world

    def _says(self, who: int, where: str, text: str) -> None:
        somebody = self.people[who]
        if where in somebody.channels and somebody.network not in self.world.down:
            self.lines += 1
            somebody.says(text, in_=where)

    def _tells(self, who: int, text: str) -> None:
        somebody = self.people[who]
        if somebody.here and somebody.network not in self.world.down:
            self.lines += 1
            somebody.tells(text)

    def _was_shared(self) -> bool:
        self.shared = self.shared or any("I say it in" in each.text for each in self.world.said)
        return self.shared

    def _questions(self) -> dict[int, Question]:
        return dict(self.world.facts(Concern(numbers=NUMBERS)).questions)


ENDS = (State.ANSWERED, State.HANDED_OVER, State.EXPIRED, State.WITHDRAWN)


@pytest.fixture(autouse=True)
def empty_database(empty: Path) -> None:
    Desk.empty = empty.parent


@pytest.mark.timeout(900)  # on a busy machine twenty lives take longer than one test usually may
class TestDesk(Desk.TestCase):  # type: ignore[misc]
    settings = settings(
        max_examples=int(MORE) if MORE else 20,
        stateful_step_count=60,
        derandomize=not MORE,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        # Shrinking takes minutes, more than a test may take; the transcript says what happened.
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )
