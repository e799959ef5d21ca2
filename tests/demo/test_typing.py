"""What one types in the demo: how it reads, and what Tab offers for it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

import bot.demo
from bot.config import load
from bot.demo.colours import Colours
from bot.demo.completion import ChatCompleter, Known
from bot.demo.listeners import Listeners
from bot.demo.orders import Ordered, read
from bot.demo.table import DEVELOPERS
from bot.demo.terminal import Bar
from bot.demo.transcript import Transcript
from bot.desk.model import Role

KNOWN = Known(
    people={"pkgdesk": "the desk", "bob": "a developer"},
    roles={"alice": "a packager", "bob": "a developer"},
    questions={1: "the build clones qemu", 12: "xenstored dies"},
    expected=("more", "not it"),
)


def offered(typed: str, known: Known = KNOWN) -> dict[str, str]:
    found = ChatCompleter(lambda: known).get_completions(Document(typed), CompleteEvent())
    return {typed[: len(typed) + each.start_position] + each.text: each.display_meta_text for each in found}


# --- orders ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["hello", "", "/", "//", "/usr/lib is missing", "a /why", "/1", "pkgdesk: /why"]
)
def test_something_to_say(line: str) -> None:
    assert read(line) is None


def test_an_order() -> None:
    assert read("/why") == Ordered("why")
    assert read("  /WHY   #3 ") == Ordered("why", "#3")
    assert read("/query pkgdesk  two words") == Ordered("msg", "pkgdesk  two words")
    assert read("/q") == Ordered("quit")


def test_what_wants_to_be_an_order_is_told_what_it_could_be() -> None:
    for typed, told in {
        "/wyh": "there is no /wyh; did you mean /why?",
        "/exti": "did you mean /quit?",
        "/nonsensical": "/help lists what there is.",
        "/ask": "usage: /ask QUESTION",
    }.items():
        ordered = read(typed)
        assert ordered is not None
        assert told in ordered.wrong


# --- completion -----------------------------------------------------------------------------------------


def test_at_the_start_come_the_words_that_count_and_then_who_is_there() -> None:
    assert list(offered("")) == ["more", "not it", "pkgdesk: ", "bob: "]
    assert offered("")["more"] == "goes on with what was told"
    assert list(offered("PKG")) == ["pkgdesk: "]
    assert offered("what about bo") == {}


def test_behind_the_desks_name_come_its_commands_with_their_meaning() -> None:
    assert {"pkgdesk: who owns ", "pkgdesk: why", "pkgdesk: help"} <= offered("pkgdesk: ").keys()
    assert offered("pkgdesk: st")["pkgdesk: status"].startswith("says how a question stands")
    assert "/msg pkgdesk why" in offered("/msg pkgdesk w")
    assert list(offered("pkgdesk: help who")) == ["pkgdesk: help who owns"]


def test_what_takes_rights_is_offered_to_those_who_have_them() -> None:
    assert "pkgdesk: not me" not in offered("pkgdesk: not ")
    developer = Known(questions=KNOWN.questions, role=Role.RESPONDER)
    assert "pkgdesk: not me" in offered("pkgdesk: not ", developer)


def test_an_editor_is_offered_what_reviews_drafts_and_their_numbers() -> None:
    assert not [each for each in offered("pkgdesk: kb") if "publish" in each]
    editor = Known(questions=KNOWN.questions, drafts={2: "xenstored-dies", 3: "gcc"}, role=Role.EDITOR)
    assert offered("pkgdesk: kb pub", editor)["pkgdesk: kb publish "].startswith("publishes drafts")
    assert list(offered("/msg pkgdesk kb show ", editor)) == [
        "/msg pkgdesk kb show 3",
        "/msg pkgdesk kb show 2",
    ]


def test_what_the_players_may_is_what_the_configuration_says() -> None:
    desk = load(Path(bot.demo.__file__).parent / "config.yaml").desk
    assert [name for name, role in DEVELOPERS.items() if role is Role.OPERATOR] == desk.operators["demo"]
    assert [name for name, role in DEVELOPERS.items() if role >= Role.EDITOR] == desk.editors["demo"]


def test_numbers_of_questions_newest_first() -> None:
    assert offered("pkgdesk: why ") == {
        "pkgdesk: why #12": "xenstored dies",
        "pkgdesk: why #1": "the build clones qemu",
    }
    assert list(offered("yes #")) == ["yes #12", "yes #1"]


def test_orders_and_what_follows_them() -> None:
    assert offered("/wh")["/why "] == "the desk's reasons: for that question, or the newest"
    assert list(offered("/be b")) == ["/be bob"]
    assert list(offered("/msg p")) == ["/msg pkgdesk "]
    assert list(offered("/reasons o")) == ["/reasons on", "/reasons off"]
    assert list(offered("/why #1")) == ["/why #12", "/why #1"]
    assert offered("/quit ") == {}


# --- the bar --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [10, 25, 40, 60, 80, 200])
def test_the_bar_is_as_wide_as_the_terminal_and_keeps_what_matters(columns: int) -> None:
    bar = Bar("#xen", ["pkgdesk", "bob"], ["more", "not it"], ["/help", "/why"])

    assert len(bar.fit(columns)) == columns - 1
    if columns >= 40:
        assert "say: more, not it" in bar.fit(columns)
    if columns >= 60:
        assert bar.fit(columns).rstrip() == " #xen: pkgdesk bob │ say: more, not it │ /help · /why"


# --- what is heard --------------------------------------------------------------------------------------


def test_what_several_hear_is_printed_once_and_what_is_private_only_to_those_concerned() -> None:
    lines: list[str] = []
    at = datetime(2026, 11, 1, 21, 34, 5, tzinfo=UTC)
    listeners = Listeners(
        Transcript(lines.append, colours=Colours.NONE, now=lambda: at), audible={"alice"}.__contains__
    )

    def heard(who: str, what: str, where: str = "#xen-packagers") -> dict[str, str]:
        return {"tell": "heard", "who": who, "where": where, "what": what}

    listeners.told("alice", {"tell": "said", "where": "#xen-packagers", "what": "hi"})
    for player in ("bob", "carol", "alice"):
        if player != "alice":
            listeners.told(player, heard("alice", "hi"))
        listeners.told(player, heard("pkgdesk", "hello"))
    listeners.told("bob", heard("pkgdesk", "for bob alone", where="bob"))
    listeners.told("alice", heard("pkgdesk", "for alice alone", where="alice"))
    for _ in range(2):
        listeners.told("carol", heard("pkgdesk", "again"))

    assert [line.partition("  ")[2] for line in lines] == [
        "<alice> hi",
        "<pkgdesk> hello",
        "pkgdesk → alice (privately): for alice alone",
        "<pkgdesk> again",
        "<pkgdesk> again",
    ]
