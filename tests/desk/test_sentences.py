"""Every sentence fits a line, whoever and whatever stands in it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import START, VENUES

from bot.desk import replies
from bot.desk.fitting import size
from bot.desk.model import Ping, PingKind, PingState, Question, ReplyLine, Speaker, State
from routing.presence import Venue, Visibility
from routing.sections import Section

NICK = st.one_of(st.sampled_from(["bob", "x" * 30]), st.text("é漢a", min_size=1, max_size=20))
TEXT = st.one_of(st.text(max_size=300), st.text("é漢 a\n", max_size=2000))
LIMIT = st.integers(300, 400)
LONG = Venue("libera", "#" + "x" * 49)
LONG_NAME = "A SECTION WITH A RATHER LONG NAME (AND MORE)"
PING = Ping(1, 1, "bob", LONG, "bob", START, "", role="maintainer")


def question(text: str, **changes: object) -> Question:
    asker = Speaker("libera", "n" * 30, "alice")
    due = None if State(changes.get("state", State.OPEN)).ended else START
    return replace(Question(123_456_789, LONG, asker, text, START, due), **changes)


@given(TEXT, NICK, st.text(max_size=400), st.sampled_from([*VENUES, LONG]), LIMIT)
def test_a_ping_is_one_line_with_its_words(
    text: str, who: str, reason: str, place: Venue, limit: int
) -> None:
    line = replies.ping(question(text), who, reason, timedelta(minutes=30), place, limit)
    assert size(line) <= limit
    assert "\n" not in line
    assert "#123456789" in line
    assert line.endswith(
        "Just reply (it is passed on), or `ack`, `not me → NAME`; else it goes on in 30 min."
    )


@given(
    TEXT,
    NICK,
    st.lists(TEXT.filter(str.strip), max_size=3),
    st.sampled_from([*VENUES, LONG]),
    LIMIT,
    st.booleans(),
)
def test_a_triager_is_pinged_in_one_line(
    text: str, who: str, sections: list[str], place: Venue, limit: int, among_others: bool
) -> None:
    line = replies.ping(
        question(text),
        who,
        "x" * 200,
        timedelta(minutes=30),
        place,
        limit,
        kind=PingKind.TRIAGE,
        choices=sections,
        among_others=among_others,
    )
    of = " #123456789" if among_others else ""
    assert size(line) <= limit
    assert "\n" not in line
    assert "#123456789" in line
    assert all(f"`{each}{of}`" in line for each in (*range(1, len(sections) + 1), "none"))
    assert ("`#123456789 → SECTION`" if among_others else "`not me → SECTION`") in line
    assert line.endswith("it goes on in 30 min.")


@given(TEXT, NICK, st.sampled_from([PingKind.PUT_OFF, PingKind.FOLLOW_UP]), LIMIT)
def test_whoever_is_asked_once_more_is_so_in_one_line(
    text: str, who: str, kind: PingKind, limit: int
) -> None:
    line = replies.ping(question(text), who, "", timedelta(minutes=30), LONG, limit, kind=kind)
    assert size(line) <= limit
    assert "`later 2d`, `not me → NAME`; else it goes on in 30 min." in line


@given(st.lists(TEXT, min_size=1, max_size=3), LIMIT)
def test_an_offer_is_one_line_with_its_choices(titles: list[str], limit: int) -> None:
    line = replies.offered(123_456_789, titles, limit)
    assert size(line) <= limit
    assert "\n" not in line
    assert line.endswith("or `not it`.")


@given(TEXT, NICK, TEXT, LIMIT)
def test_a_kept_answer_is_one_line_and_the_rest_is_not_lost(
    text: str, who: str, answer: str, limit: int
) -> None:
    line, rest = replies.welcome_back(question(text), who, answer, limit)
    assert size(line) <= limit
    assert line.endswith("was that it? `yes` or `no`")
    assert rest in ("", answer)
    assert bool(rest) is ("`more`" in line) or "`more`" in text + answer
    if not rest:
        assert " ".join(answer.split()) in line


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"{'n' * 30}: you need flex", "you need flex"),
        (f"@{'N' * 30} you need flex", "you need flex"),
        (f"@{'n' * 30}:example.org: you need flex", "you need flex"),
        ("dave: you need flex", "dave: you need flex"),
        (f"{'n' * 30}:", f"{'n' * 30}:"),
    ],
)
def test_of_a_kept_answer_the_name_of_its_asker_is_left_off(said: str, told: str) -> None:
    line, _ = replies.welcome_back(question("how?"), "bob", said, 300)
    assert f"while you were away: {told} — was that it?" in line


@given(TEXT, st.text(max_size=100), st.sampled_from(["", "https://example.org/" + "p" * 200]), LIMIT)
def test_an_answer_fits_its_lines(short: str, holds_for: str, source: str, limit: int) -> None:
    lines = replies.told(7, short, holds_for, source, "xen", True, limit)
    assert all(size(line) <= limit for line in lines)
    assert lines[-1].endswith("`more` or `not it`]")


def test_a_source_that_the_answer_names_is_told_once() -> None:
    source = "https://example.org/install"
    for short, times in ((f"See {source} for that.", 1), ("Use make.", 1), (f"See {source}/old.", 2)):
        assert " ".join(replies.told(7, short, "", source, "", False, 300)).count(source) == times


@pytest.mark.parametrize("state", State)
@given(text=TEXT)
def test_how_a_question_stands_is_one_line(state: State, text: str) -> None:
    line = replies.where_it_stands(question(text, state=state, outcome="to xen-devel@lists.example.org"))
    assert size(line) <= 300
    assert "\n" not in line


def test_short_sentences_fit_with_the_longest_names() -> None:
    who, venue, span = "n" * 30, LONG.name, timedelta(hours=4)
    asked = question("word " * 400)
    sentences = [
        replies.noted(1, replies.seeks_in(Section(LONG_NAME)), span),
        replies.noted(1, replies.seeks_in(Section(LONG_NAME, status="Orphaned (Since 2017-01)")), span),
        replies.noted(1, replies.seeks_triager([LONG_NAME * 2] * 3), span),
        replies.noted(1, replies.seeks_in_general(LONG_NAME, None), span),
        replies.noted(1, replies.seeks_in_general(None, "xen-devel@lists.example.org"), span),
        *(replies.asked_elsewhere(replace(PING, nick=who, kind=kind), LONG_NAME, span) for kind in PingKind),
        replies.placed(1, who, Section(LONG_NAME, status="Odd Fixes")),
        replies.placed(1, who, Section(LONG_NAME), asked_all=True),
        replies.placed_with_oneself(1, who, LONG_NAME),
        replies.yours(1, LONG_NAME, span),
        replies.learned(1, LONG_NAME),
        replies.placed_by_you(1, LONG_NAME, now=False),
        replies.none_of_them(1, who, LONG_NAME, shown=True),
        replies.none_of_them(1, who, LONG_NAME, shown=False),
        replies.none_by_you(1, LONG_NAME),
        replies.which_section(dict.fromkeys((1, 2, 3), LONG_NAME * 2)),
        replies.which_section({}),
        replies.which_is_meant("none", [123456789] * 30),
        replies.put_off(1, who, START),
        replies.put_off_by_you(1, START, "Europe/London"),
        replies.too_late(1, START),
        replies.until_when(1, "that is more than a year ahead"),
        replies.unconfirmed(1, who),
        replies.nobody_now(1, START),
        replies.spared(1, START),
        replies.handed_over(1, "xen-devel@lists.example.org"),
        replies.acknowledged(1, who),
        replies.acknowledgement(1, span),
        replies.passed_on(1, who),
        replies.who_is("x" * 500, ["someone"] * 5),
        replies.passed_along(who, True),
        replies.kept(1, who),
        replies.out_of_reach(1, who),
        replies.said_in(1, venue),
        replies.share_first(1, venue),
        replies.shared(1, venue),
        replies.nothing_to_share(1),
        replies.missed_answer(asked, who, "word " * 400),
        replies.missed_ping(asked, PingState.PASSED),
        replies.no_such_command("x" * 500),
        replies.say_more_about_it(),
        *replies.owners("x" * 500, [], 340),
    ]
    for sentence in sentences:
        assert size(sentence) <= 300, sentence
        assert "\n" not in sentence


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=20), "20 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(seconds=90), "90 s"),
        (timedelta(minutes=30), "30 min"),
        (timedelta(hours=4), "4 h"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=30), "30 d"),
    ],
)
def test_a_span_is_said_as_people_do(span: timedelta, said: str) -> None:
    assert replies.span(span) == said


def test_every_state_is_told_in_words_of_its_own() -> None:
    told = {
        replies.where_it_stands(question("x", state=state, outcome="so", responder="bob")).partition(": ")[2]
        for state in State
    }
    assert len(told) == len(State)


def test_the_mail_is_ready_to_send() -> None:
    asked = question("why does it fail?\nit says EINVAL")
    mail = replies.mail(
        asked,
        "list@example.org",
        note="moderated for non-subscribers",
        section="XENSTORE",
        facets={"xen": "4.17"},
        tried=["Is it restarted?"],
        asked=["Bob Builder"],
    )
    assert mail == (
        "To: list@example.org (moderated for non-subscribers)\n\n"
        "Subject: XENSTORE: why does it fail?\n\n"
        "why does it fail?\nit says EINVAL\n\n"
        "Known so far: xen 4.17.\n\n"
        "Not it: “Is it restarted?”.\n\n"
        f"(Asked in {LONG.name} on 2026-11-23 as #123456789, without an answer from Bob Builder.)"
    )


def test_the_mail_tells_nothing_that_is_not_known() -> None:
    mail = replies.mail(
        question("why?", venue=Venue("libera", "alice", Visibility.PRIVATE)), "l@x", facets={}
    )
    assert mail == (
        "To: l@x\n\nSubject: why?\n\nwhy?\n\n"
        "(Asked privately on 2026-11-23 as #123456789, without an answer.)"
    )


def test_a_line_that_asks_back_is_seen() -> None:
    private = Venue("libera", "bob", Visibility.PRIVATE)
    assert ReplyLine(START, "bob", "which version? ", private).asks_back
    assert not ReplyLine(START, "bob", "4.17", private).asks_back
