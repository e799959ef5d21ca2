"""Whatever people, networks and machines do: every question ends, and nobody is bothered too much.

A world of a few people with hours and budgets, who ask, answer, say nonsense, come, go and change their
names, while lines fail, wait or are lost, networks break and the desk is killed at any point. After every
step the promises are looked at; in the end everybody falls silent for sixty days.

PKGDESK_EXAMPLES=2000 runs it for longer, on other examples each time.
"""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from conftest import MORE
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from world import DATABASE, DESK, DEVEL, EITHER, HOME, KNOWN, TEAM, Somebody, World

import bot.loop
from bot.desk.decide import decide
from bot.desk.effects import Effect
from bot.desk.events import DeadlinePassed, Event
from bot.desk.facts import Concern, Facts
from bot.desk.model import Failure, Finding, Purpose, Question, State
from bot.desk.reference import Reference
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
        self.world = World(folder, map_=MAP, wait_for_people="40m", keep_for="20d")
        bot.loop.decide = decided_twice  # type: ignore[assignment]
        self.people: list[Somebody] = []
        self.lines = 0
        self.shared = False

    @initialize()
    def people_come(self) -> None:
        for nick, account, network in CAST:
            channels = [HOME, DEVEL] if nick in ("bob", "erin") else [HOME]
            if nick in ("alice", "carol"):
                channels.append(TEAM)
            self.people.append(self.world.joins(nick, account, channels, network))
        self.world.clock.advance("10s")

    # --- what people do ---

    @rule(who=PEOPLE, text=st.sampled_from(QUESTIONS), more=st.integers(0, 2))
    def asks(self, who: int, text: str, more: int) -> None:
        self._says(who, HOME, f"{DESK}: {text}{' really' * more}")

    @rule(who=PEOPLE, text=st.sampled_from(QUESTIONS[3:]))
    def asks_privately(self, who: int, text: str) -> None:
        self._tells(who, f"{text} {SECRET['private']}")

    @rule(who=st.sampled_from([0, 4]), text=st.sampled_from(QUESTIONS[3:]))
    def asks_among_members(self, who: int, text: str) -> None:
        self._says(who, TEAM, f"{DESK}: {text} {SECRET['team']}")

    @rule(who=PEOPLE, where=st.sampled_from([HOME, HOME, DEVEL]), text=st.sampled_from(TALK + WORDS))
    def talks(self, who: int, where: str, text: str) -> None:
        self._says(who, where, text)

    @rule(who=PEOPLE, text=st.sampled_from(TALK + WORDS + COMMANDS))
    def talks_privately(self, who: int, text: str) -> None:
        self._tells(who, f"{text} {SECRET['private']}" if text in TALK and len(text) > 20 else text)

    @rule(who=PEOPLE, text=st.sampled_from(COMMANDS + WORDS), prefix=st.sampled_from([f"{DESK}: ", "!"]))
    def commands(self, who: int, text: str, prefix: str) -> None:
        self._says(who, HOME, prefix + text)

    @rule(
        pair=st.tuples(PEOPLE, PEOPLE), texts=st.tuples(st.sampled_from(TALK), st.sampled_from(TALK + WORDS))
    )
    def talk_at_once(self, pair: tuple[int, int], texts: tuple[str, str]) -> None:
        two = [(self.people[who], text) for who, text in zip(pair, texts, strict=True)]
        if all(HOME in who.channels and who.network not in self.world.down for who, _ in two):
            self.world.act(f"{two[0][0].nick} and {two[1][0].nick} at once: {texts}")
            self.lines += 2
            self.world.happen(*(who.line(text, HOME) for who, text in two))

    @rule(who=PEOPLE)
    def leaves_or_returns(self, who: int) -> None:
        somebody = self.people[who]
        if somebody.network in self.world.down:
            return
        if somebody.here:
            somebody.quits()
        else:
            somebody.returns()

    @rule(who=PEOPLE, nick=st.sampled_from([nick for nick, _, _ in CAST] + ["somebody"]))
    def renames(self, who: int, nick: str) -> None:
        somebody = self.people[who]
        taken = {fold(each.nick) for each in self.people if each.here and each.network == somebody.network}
        if somebody.here and fold(nick) not in taken and somebody.network not in self.world.down:
            somebody.renames(nick)

    @rule(who=PEOPLE, account=st.booleans())
    def logs_in_or_out(self, who: int, account: bool) -> None:
        somebody = self.people[who]
        if not somebody.here or somebody.network in self.world.down:
            return
        if account:
            somebody.logs_in(CAST[who][1] or CAST[who][0])
        else:
            somebody.logs_out()

    @rule(who=PEOPLE, away=st.booleans())
    def goes_away_or_comes_back(self, who: int, away: bool) -> None:
        somebody = self.people[who]
        if somebody.here and somebody.network not in self.world.down:
            (somebody.goes_away if away else somebody.comes_back)()

    # --- what happens to the desk ---

    @rule(span=st.sampled_from(SPANS))
    def time_passes(self, span: str) -> None:
        self.world.clock.advance(span)

    @rule()
    def the_desk_crashes(self) -> None:
        self.world.crashes()

    @rule(network=st.sampled_from(["libera", "oftc"]))
    def a_network_breaks_or_mends(self, network: str) -> None:
        if network in self.world.down:
            self.world.reconnects(network)
        else:
            self.world.disconnects(network)

    @rule(
        every=st.sampled_from([0, 0, 1, 2, 3]),
        why=st.sampled_from([f for f in Failure if f.name != "OUTDATED"]),
    )
    def lines_fail(self, every: int, why: Failure) -> None:
        self.world.failing = lambda line, going: why if every and line.id % every == 0 else None

    @rule()
    def lines_are_held_or_released(self) -> None:
        if self.world.holding:
            self.world.releases()
        else:
            self.world.holds()

    @rule()
    def lines_wait_or_flow(self) -> None:
        if self.world.paused:
            self.world.resumes()
        else:
            self.world.pauses()

    @rule(number=st.integers(1, 4), back=st.integers(1, 5))
    def a_stale_deadline_fires(self, number: int, back: int) -> None:
        before = self._questions().get(number)
        if before is None:
            return
        for step in (before.step - back, before.step + back):
            name = self.world.next_id("deadline")
            self.world.happen(DeadlinePassed(name, self.world.clock.now, number, step, before.text))
        assert self._questions()[number] == before

    # --- what is promised ---

    @invariant()
    def every_question_that_lives_has_a_deadline_in_sight(self) -> None:
        for question in self._questions().values():
            assert (question.due is None) is question.state.ended, question
            if question.due is not None:
                assert question.due <= self.world.clock.now + timedelta(days=21), question
                assert self.world.paused or question.due >= self.world.clock.now - timedelta(seconds=5), (
                    question
                )

    @invariant()
    def nobody_is_pinged_twice_about_a_question(self) -> None:
        pinged = [
            (each.line.question, each.line.conditions.person)
            for each in self.world.said
            if each.line.purpose is Purpose.PING
        ]
        assert len(pinged) == len(set(pinged)), self.world

    @invariant()
    def nobody_is_pinged_asleep_or_over_budget(self) -> None:
        told: dict[str, list[Any]] = {}
        for each in self.world.said:
            if each.line.purpose is not Purpose.PING:
                continue
            person = self.world.reference.map.people[each.line.conditions.person or ""]
            assert person.awake(each.at), f"{person.id} is pinged asleep\n{self.world}"
            queued = each.line.queued_at
            assert queued is not None
            within = [at for at in told.setdefault(person.id, []) if queued - at < timedelta(hours=24)]
            told[person.id].append(queued)
            assert person.budget is None or len(within) < person.budget, f"{person.id}\n{self.world}"

    @invariant()
    def what_is_said_in_confidence_stays_so(self) -> None:
        for each in self.world.said:
            if self._was_shared() or each.venue.private:
                continue
            assert SECRET["private"] not in each.text, f"{each}\n{self.world}"
            assert each.venue.name == TEAM or SECRET["team"] not in each.text, f"{each}\n{self.world}"

    @invariant()
    def the_channels_are_not_flooded(self) -> None:
        public = sum(1 for each in self.world.said if not each.venue.private)
        assert public <= 10 + 6 * self.lines + 16 * len(self._questions()), self.world

    def teardown(self) -> None:
        try:
            if self.people:
                self.world.clock.advance("60d")
                for question in self._questions().values():
                    assert question.state in ENDS, f"{question}\n{self.world}"
        finally:
            bot.loop.decide = decide
            self.world.close()
            self._folder.cleanup()

    # --- helpers ---

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
        return dict(self.world.facts(Concern(numbers=tuple(range(1, 40)))).questions)


ENDS = (State.ANSWERED, State.HANDED_OVER, State.EXPIRED, State.WITHDRAWN)


@pytest.fixture(autouse=True)
def empty_database(empty: Path) -> None:
    Desk.empty = empty.parent


class TestDesk(Desk.TestCase):  # type: ignore[misc]
    settings = settings(
        max_examples=int(MORE) if MORE else 40,
        stateful_step_count=50 if MORE else 35,
        derandomize=not MORE,
        deadline=None,
        # Shrinking takes minutes, more than a test may take; the transcript says what happened.
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )
