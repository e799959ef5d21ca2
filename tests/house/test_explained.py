"""How an answer came about is told in full: what adds up, why the desk answers or does not, and in whatever
width."""

import math
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from bot.consult import consult
from bot.desk.reference import Reference
from bot.desk.settings import DeskSettings
from bot.explaining.account import LABELS, Account, in_force, percent, share, why, words_of
from bot.explaining.answer import print_answer, print_search
from bot.explaining.data import finding_data
from knowledge.confidence import MEASURES
from knowledge.entry import Answer, Entry
from knowledge.index import Index
from knowledge.library import Snapshot
from knowledge.meaning import Meaning
from knowledge.semantic import SentenceModel
from knowledge.votes import Vote
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
