"""How an answer came about, or whose a question is, is told in full: what adds up, why the desk does what it
does, and in whatever width."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from bot.consult import consult
from bot.desk.model import Finding
from bot.desk.reference import Reference
from bot.desk.settings import DeskSettings
from bot.explaining.account import LABELS, Account, in_force, percent, share, why, words_of
from bot.explaining.answer import print_answer, print_search
from bot.explaining.data import finding_data
from bot.explaining.ladder import print_route, route_data
from bot.explaining.sections import LABELS as WHOSE
from bot.explaining.sections import Follows, candidate_data, follows
from bot.explaining.sections import why as why_so
from bot.rehearsal import Rehearsed, rehearse
from knowledge.confidence import MEASURES, Band
from knowledge.entry import Answer, Entry
from knowledge.index import Index
from knowledge.library import Snapshot
from knowledge.meaning import Meaning
from knowledge.semantic import SentenceModel
from knowledge.votes import Vote
from routing.candidates import Candidate
from routing.choose import Route
from routing.formats.native import parse
from routing.precedent import MEASURES as PAST
from routing.precedent import Alike
from routing.sections import MaintainersMap

QEMU = "How do I build the tools without cloning QEMU?"
ENTRIES = (
    Entry("system-qemu", (QEMU, "the build fetches qemu"), (Answer("--with-system-qemu"),)),
    Entry("system-seabios", ("How do I build the tools without cloning SeaBIOS?",), (Answer("an option"),)),
    Entry("xenstore", ("xenstored hangs", "[bold]xenstored is stuck"), (Answer("restart it"),)),
    Entry("console", ("no output on the console",), (Answer("console=com1", "for qemu too"),)),
)


def account(
    text: str,
    *votes: Vote,
    overheard: bool = False,
    enough: float = 0.0,
    model: SentenceModel | None = None,
    **desk: float,
) -> Account:
    meaning = Meaning.of(model, ENTRIES) if model is not None else None
    index = Index.build(ENTRIES, votes=votes, meaning=meaning)
    index = index.with_calibration(replace(index.calibration, enough=enough))
    settings = DeskSettings(**desk)  # type: ignore[arg-type]
    reference = Reference(Snapshot(ENTRIES, index), MaintainersMap(), settings)
    finding = consult(text, None, reference, overheard=overheard)
    return Account.of(finding, reference, overheard=overheard)


def printed(told: Account, width: int = 80) -> str:
    screen = Console(
        file=StringIO(), width=width, force_terminal=True, color_system=None, highlight=False, markup=False
    )
    print_answer(screen, told)
    print_search(screen, told)
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


# --- what adds up -------------------------------------------------------------------------------------


def test_every_measure_has_a_name_that_people_understand() -> None:
    assert tuple(LABELS) == MEASURES


@pytest.mark.parametrize("text", ["build fetches qemu", "xenstore hangs, biuld without qemu", "console"])
def test_what_is_weighed_adds_up_to_the_probability(text: str, tiny: SentenceModel) -> None:
    for told in (account(text), account(text, model=tiny)):
        assert told.finding.matches
        for match in told.finding.matches:
            parts = told.weighed(match)
            assert {each.measure for each in parts} == set(MEASURES)
            assert [abs(each.adds) for each in parts] == sorted((abs(p.adds) for p in parts), reverse=True)
            total = told.calibration.bias + sum(each.adds for each in parts)
            assert total == pytest.approx(told.log_odds(match))
            assert told.by_evidence(match) == match.probability
            assert told.added_up(match) == pytest.approx(1 / (1 + math.exp(-total)))


def test_every_word_spoke_for_or_against_and_together_they_are_the_question() -> None:
    told = account("xenstored hangs when qemu has no output, zebra")
    for match in told.finding.matches:
        words = words_of(match)
        said = [*words.nearest, *words.elsewhere, *words.missing]
        assert sorted(word.text for word in said) == ["hangs", "output", "qemu", "xenstored", "zebra"]
        assert sum(share(word, match) for word in said) == pytest.approx(1)
        assert "zebra" in {word.text for word in words.missing}
    console = next(match for match in told.finding.matches if match.entry.id == "console")
    assert [word.text for word in words_of(console).elsewhere] == ["qemu"]
    assert finding_data(told)["matches"][told.finding.matches.index(console)]["unexplained"] == ["hangs"]


# --- why ----------------------------------------------------------------------------------------------


def test_why_it_is_answered() -> None:
    said = why(account(QEMU))
    assert said.startswith("system-qemu is 9")
    assert "the next, system-seabios, is far enough behind" in said


def test_why_it_is_not_answered() -> None:
    unsure = account("qemu", answer_at=0.99)
    first = unsure.leading
    assert first is not None
    assert why(unsure).startswith(
        f"{first.entry.id} is {percent(first.probability)} sure, and an answer needs 99"
    )
    tie = account("build the tools without cloning", answer_at=0.01, offer_at=0.01, gap=0.2)
    assert "an answer needs 20 % between them" in why(tie)
    assert why(account("how are you?")) == "there is no word in it that could be looked up"
    assert why(account("zebra crossing")) == "no entry has anything to do with it"


def test_two_numbers_that_differ_are_told_apart() -> None:
    sure = account("the build fetches seabios").by_evidence(
        account("the build fetches seabios").finding.matches[0]
    )
    needed = min(1.0, sure + 1e-4)
    said = why(account("the build fetches seabios", answer_at=needed, offer_at=0.0))
    low, high = said.split(" is ")[1].split(" %")[0], said.split("needs ")[1].split(" %")[0]
    assert low != high


def test_votes_that_silence_an_entry_are_named() -> None:
    votes = [Vote(QEMU, "system-qemu", account, False) for account in ("alice", "bob")]
    told = account(QEMU, *votes)
    assert "after what askers said of it" in why(told)
    shown = printed(told)
    assert "refused for questions like this (2 more than confirmed)" in shown
    assert "after what askers said of it: " in shown
    [first] = [each for each in finding_data(told)["matches"] if each["entry"] == "system-qemu"]
    assert first["probability"] < first["without_votes"]
    assert first["votes"] == ["refused for questions like this (2 more than confirmed)"]


def test_whose_threshold_is_in_force() -> None:
    assert "from 60 % on (desk.answer_at)" in in_force(account(QEMU))
    raised = in_force(account(QEMU, enough=0.7))
    assert "from 70 % on, where" in raised
    assert "This base is stricter than desk.answer_at, which is 60 %" in raised
    overheard = account("qemu", overheard=True, overheard_at=0.95)
    assert "from 95 % on (desk.overheard_at)" in in_force(overheard)
    assert "offers nothing" in in_force(overheard)
    assert why(overheard).endswith("; nobody addressed it to the desk, so nothing is offered")
    assert "The desk would say nothing" in printed(overheard)
    strict = in_force(account(QEMU, overheard=True, answer_at=0.97))
    assert "from 97 % on (desk.answer_at)" in strict
    assert finding_data(account(QEMU, enough=0.7))["thresholds"]["in_force"]["answer"] == 0.7


def test_by_what_it_was_found_is_said(tiny: SentenceModel) -> None:
    assert "Found by words alone; " in " ".join(printed(account(QEMU)).split())
    told = account(QEMU, model=tiny)
    shown = " ".join(printed(told).split())
    assert "Found by words and the sentence model tiny; " in shown
    assert "alike as a question" in shown
    data = finding_data(told)
    assert data["model"] == "tiny"
    assert set(data["matches"][0]["likeness"]) == {"asked", "told", "whole", "unusual"}


# --- in whatever width --------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 80, 200])
def test_nothing_is_cut_off(width: int) -> None:
    told = account("xenstored is stuck when biulding seabios")
    shown = printed(told, width)
    assert max(map(len, shown.splitlines())) <= width
    together = "".join(shown.split())
    assert "[bold]xenstoredisstuck" in together
    first = told.leading
    assert first is not None
    for each in told.weighed(first):
        assert ("".join(LABELS[each.measure].split()) in together) == (abs(each.adds) >= 0.005)


# --- whose it is --------------------------------------------------------------------------------------

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
XENSTORE = Candidate(
    "XENSTORE",
    0.62,
    ("speaks of `xenstored`", "like its past change “[bold]xenstored: fix a leak”"),
    "xenstored",
    shares=(("usual", -0.4), ("worked", 2.314), ("nearest", 0.81), ("called", 0.001), ("stated", 1.83)),
    alike=(Alike("[bold]xenstored: fix a leak", "XENSTORE", 1.0), Alike("xenstored: again", "XENSTORE", 0.5)),
)
OTHERS = tuple(Candidate(f"SECTION {number}", 0.2 / number, ("its words",)) for number in range(1, 8))
PEOPLE = """
people:
  alice: {name: Alice Example, accounts: {libera: alice}}
  bob: {name: Bob Placeholder, accounts: {libera: bob}}
  carol: {name: Carol Sample, accounts: {libera: carol}, reads_back: true}
"""


def routed(*candidates: Candidate, people: str = PEOPLE, **map_: str) -> tuple[Route, Reference, Finding]:
    """The first step that a question with these candidates takes, on a map with these keys."""
    written = "".join(f"{key}: {value}\n" for key, value in map_.items())
    read = parse(f"{people}\n{written}", "map.yaml")
    reference = Reference(Snapshot(ENTRIES, Index.build(ENTRIES)), read, DeskSettings())
    finding = Finding("xenstored hangs", Band.ROUTE, candidates=candidates)
    return rehearse(finding, reference, AT, ["libera"])[0].route, reference, finding


def told_whose(*candidates: Candidate, width: int = 80, explain: bool = True) -> str:
    route, reference, finding = routed(*candidates, sections="{XENSTORE: {maintainers: [alice]}}")
    screen = Console(
        file=StringIO(), width=width, force_terminal=True, color_system=None, highlight=False, markup=False
    )
    print_route(screen, finding, [Rehearsed(AT, route)], reference, ["libera"], explain=explain)
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


def test_every_measure_of_a_section_has_a_name_that_people_understand() -> None:
    assert {*PAST, "stated"} == set(WHOSE)


def test_each_section_is_told_with_what_adds_to_its_odds_and_what_is_like_it() -> None:
    shown = told_whose(XENSTORE, *OTHERS)
    first = shown.split("SECTION 1")[0]
    lines = [line.strip() for line in first.splitlines()]
    assert "62 %  XENSTORE" in lines
    assert "speaks of `xenstored`" in lines
    adds = [line.split()[0] for line in lines if line[:1] in "+-" and line]
    assert adds == ["+2.31", "+1.83", "+0.81", "-0.40"]
    assert f"+2.31  {WHOSE['worked']}" in lines
    assert "100 %  like “[bold]xenstored: fix a leak”, of XENSTORE" in lines
    assert first.count("fix a leak") == 1
    assert "SECTION 4" in shown
    assert "SECTION 5" not in shown
    assert "3 more sections: 4 % sure at most" in shown


def test_without_shares_reasons_are_all_there_is() -> None:
    shown = told_whose(OTHERS[0])
    assert "its words" in shown
    assert not [line for line in shown.splitlines() if line.strip().startswith("+")]
    assert "What follows" not in told_whose(OTHERS[0], explain=False)


SECTIONS = "{XENSTORE: {maintainers: [alice]}, SECTION 1: {}, SECTION 2: {}, THE REST: {maintainers: [bob]}}"


@pytest.mark.parametrize(
    ("candidates", "keys", "what", "said"),
    [
        ([XENSTORE], {}, Follows.PERSON, "XENSTORE is 62 % sure, and its people are asked from 40 % on"),
        ([XENSTORE], {}, Follows.PERSON, "; Alice Example (maintainer) is asked"),
        (
            OTHERS[1:],
            {"triagers": "[carol]"},
            Follows.TRIAGER,
            "Carol Sample (triager) is asked which it is: 1 SECTION 2, 2 SECTION 3, 3 SECTION 4",
        ),
        ([], {"triagers": "[carol]"}, Follows.TRIAGER, "to a section; Carol Sample (triager) is asked where"),
        (
            OTHERS[1:],
            {"rest": "THE REST"},
            Follows.REST,
            "no triager who could be asked; it goes to those who see to the rest: Bob Placeholder is asked",
        ),
        ([], {}, Follows.READS_BACK, "it goes to those who read back: Carol Sample is asked"),
    ],
)
def test_what_follows(candidates: list[Candidate], keys: dict[str, str], what: Follows, said: str) -> None:
    route, reference, _ = routed(*candidates, sections=SECTIONS, **keys)
    assert follows(route) is what
    assert said in why_so(candidates, route, reference.settings)


@pytest.mark.parametrize(
    ("people", "keys", "what", "said"),
    [
        (
            "",
            {"mail": "devel@lists.example.org"},
            Follows.LIST,
            "it goes to the list, devel@lists.example.org",
        ),
        ("", {}, Follows.NOBODY, "nobody can be asked, and there is no list"),
        (
            "people: {alice: {name: Alice, accounts: {libera: alice}, hours: 13:00-14:00 UTC}}",
            {},
            Follows.WAIT,
            "nobody can be asked before Mon 23 Nov 13:00 UTC",
        ),
    ],
)
def test_what_follows_where_nobody_can_be_asked(
    people: str, keys: dict[str, str], what: Follows, said: str
) -> None:
    maintainers = "[alice]" if people else "[]"
    sections = f"{{XENSTORE: {{maintainers: {maintainers}}}}}"
    route, reference, _ = routed(XENSTORE, people=people, sections=sections, **keys)
    assert follows(route) is what
    assert said in why_so([XENSTORE], route, reference.settings)


def test_programs_get_all_of_it() -> None:
    route, reference, finding = routed(XENSTORE, *OTHERS, sections=SECTIONS)
    data = route_data(finding, [Rehearsed(AT, route)], reference)
    assert data["thresholds"] == {"route_at": 0.4}
    assert data["follows"] == "person"
    assert data["why"].startswith("XENSTORE is 62 % sure")
    section = candidate_data(XENSTORE)
    assert section["shares"][0] == {"measure": "worked", "adds": 2.314}
    assert section["alike"][1] == {"subject": "xenstored: again", "section": "XENSTORE", "likeness": 0.5}
    assert candidate_data(OTHERS[0])["shares"] == []


@pytest.mark.parametrize("width", [36, 80, 200])
def test_no_section_is_cut_off(width: int) -> None:
    shown = told_whose(XENSTORE, *OTHERS, width=width)
    assert max(map(len, shown.splitlines())) <= width
    together = "".join(shown.split())
    assert "[bold]xenstored:fixaleak”,ofXENSTORE" in together
    assert "".join(WHOSE["worked"].split()) in together


# --- whom the desk would ask --------------------------------------------------------------------------

LADDER = """
people:
  alice: {name: Alice Example, accounts: {libera: alice}, hours: mon-fri 9-17 UTC}
  bob: {name: Bob Placeholder, accounts: {libera: bob}}
  carol: {name: Carol Sample, accounts: {libra: carol}}
  dave: {name: Dave Sample, accounts: {libera: dave}, pings: off}
  erin: {name: Erin Sample, accounts: {libera: erin}, hours: sat 9-17 UTC}
  frank: {name: Frank Sample}
  grace: {name: Grace Sample}
  heidi: {name: Heidi Sample}
sections:
  XENSTORE: {maintainers: [alice, carol, dave, erin, frank, grace, heidi], reviewers: [bob]}
mail: devel@lists.example.org
"""


def climbed(at: datetime) -> tuple[tuple[Rehearsed, ...], Reference, Finding]:
    base = Snapshot(ENTRIES, Index.build(ENTRIES))
    reference = Reference(base, parse(LADDER, "map.yaml"), DeskSettings())
    finding = Finding("xenstored hangs", Band.ROUTE, candidates=(XENSTORE,))
    return rehearse(finding, reference, at, ["libera"]), reference, finding


def ladder(at: datetime, width: int = 200, *, terminal: bool = True) -> str:
    rehearsed, reference, finding = climbed(at)
    screen = Console(
        file=StringIO(),
        width=width,
        force_terminal=terminal,
        color_system=None,
        highlight=False,
        markup=False,
    )
    print_route(screen, finding, rehearsed, reference, ["libera"])
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


def test_the_ladder_is_told_whole_whoever_sleeps_when_they_wake() -> None:
    shown = ladder(datetime(2026, 11, 22, 22, tzinfo=UTC), terminal=False).splitlines()
    assert "1. at once: Bob Placeholder (reviewer), privately" in shown
    assert "2. Mon 23 Nov 09:00 UTC: Alice Example (maintainer), privately" in shown
    assert "Then it goes to devel@lists.example.org, on Mon 23 Nov 22:00 UTC." in shown
    at = shown.index("Who would not be asked")
    assert shown[at + 1 :] == [
        "dave: opted out",
        "erin: asleep until Sat 28 Nov 09:00 UTC, and no question waits so long (desk.wait_for_people)",
        "carol, frank, grace and 1 more: no account on a configured network (libera); the map, or an overlay "
        "of it, gives them one",
    ]


def test_who_is_waited_for_first_is_asked_then() -> None:
    rehearsed, reference, finding = climbed(datetime(2026, 11, 28, 12, tzinfo=UTC))
    data = route_data(finding, rehearsed, reference)
    assert [(step["person"], step["from"][:16]) for step in data["ladder"]] == [
        ("erin", "2026-11-28T12:00"),
        ("bob", "2026-11-28T12:30"),
    ]
    assert data["at"] == "2026-11-28T12:00:00+00:00"
    assert data["ends"] == "2026-11-29T12:00:00+00:00"
    assert {each["person"] for each in data["refused"]} == {
        "alice",
        "carol",
        "dave",
        "frank",
        "grace",
        "heidi",
    }


@pytest.mark.parametrize(("width", "terminal"), [(40, True), (79, True), (40, False), (200, False)])
def test_where_a_table_would_tear_words_each_step_is_a_paragraph(width: int, terminal: bool) -> None:
    shown = ladder(AT, width, terminal=terminal).split("Whom the desk would ask")[1]
    assert "1. at once: Alice Example" in shown
    assert "─" not in shown
    assert "maintainer" in shown
    assert max(map(len, shown.splitlines())) <= width or not terminal
    assert "─" in ladder(AT, 80).split("Whom the desk would ask")[1]
