"""What the base knows is told in the channel, and the asker's bare words lead on from it."""

from collections.abc import Callable

import pytest
from world import DEVEL, EITHER, HOME, KNOWN, LOST, TEAM, UNKNOWN, World

from bot.desk.model import State

AGAIN = "and which configure switch keeps SeaBIOS out?"


def test_a_known_question_is_answered_with_version_source_and_a_way_on(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}")
    told = world.desk_says(r"Configure with `--with-system-qemu`", in_=HOME, to="alice")
    assert "for xen ≥ 4.4" in told.text
    assert "https://xenbits.example.org/INSTALL" in told.text
    assert "[#1: `more` or `not it`]" in told.text
    assert len(world.turn) == 1


@pytest.mark.parametrize(
    "line",
    [
        f"pkgdesk: {KNOWN}",
        f"pkgdesk, {KNOWN}",
        f"PkgDesk: {KNOWN}",
        f"@pkgdesk {KNOWN}",
        f"pkgdesk: ask {KNOWN}",
        f"!ask {KNOWN}",
    ],
)
def test_the_desk_is_addressed_by_name_or_by_prefix(world: World, line: str) -> None:
    world.joins("alice").says(line)
    world.desk_says("--with-system-qemu", to="alice")


def test_privately_no_address_is_needed_and_the_answer_stays_private(world: World) -> None:
    alice = world.joins("alice")
    alice.tells(KNOWN)
    alice.reads("--with-system-qemu")
    world.is_silent(HOME)


@pytest.mark.parametrize("line", [KNOWN, f"dave: {KNOWN}", "the pkgdesk knows that", f"!unknown {KNOWN}"])
def test_what_is_not_said_to_the_desk_gets_no_word(world: World, line: str) -> None:
    world.joins("alice").says(line)
    world.is_silent()


def test_more_goes_on_a_few_lines_at_a_time(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("more")
    assert len(world.turn) == 4
    world.desk_says(r"becomes the device model", to="alice")
    world.desk_says(r"fetches SeaBIOS as well. \[`more`\]$")
    alice.says("more")
    assert len(world.turn) == 2
    world.desk_says("set to a program that fails.$")
    alice.says("more")
    world.desk_says("that is all I have", to="alice")


@pytest.mark.parametrize("room", [75, 170, 201, 333])
def test_with_a_long_mask_lines_are_shorter_and_more_has_the_rest(world: World, room: int) -> None:
    world.rooms = {"libera": room}
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {KNOWN}")
    said = [world.desk_says(r"for xen", to="alice")]
    for _ in range(9):
        alice.says("more")
        said += world.turn
    for each in said:
        assert len(f"» {HOME}{each.text}".encode()) <= room
    told = " ".join(each.text for each in said)
    assert all(words in told for words in ("becomes", "device", "fetches SeaBIOS"))


def test_more_is_not_offered_where_there_is_none(world: World) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: how do I build the tools without cloning SeaBIOS?")
    told = world.desk_says("--with-system-seabios")
    assert "`more`" not in told.text
    assert "`not it`" in told.text


def test_more_of_an_offer_says_which_word_has_it_told(make_world: Callable[..., World]) -> None:
    world = make_world(answer_at=0.999, offer_at=0.5)
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {KNOWN}")
    world.desk_says("did you mean .* Say `yes` or `not it`", to="alice")
    alice.says("more")
    world.desk_says("say `yes` to read it[.]$", to="alice")
    alice.says("yes")
    world.desk_says("--with-system-qemu", to="alice")
    alice.says(f"pkgdesk: {EITHER}")
    alice.says("pkgdesk: more")
    world.desk_says("say `1`, `2` or `not it`: what you pick, I tell you[.]$", to="alice")


def test_more_with_a_number_tells_of_an_older_question(world: World) -> None:
    alice, mallory = world.joins("alice"), world.joins("mallory")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("pkgdesk: How do I make a live patch for the hypervisor?")
    alice.says("pkgdesk: more 1")
    world.desk_says("With a path, that binary becomes the device model", to="alice")
    alice.says("more")
    world.desk_says("set to a program that fails.$")
    for _ in range(2):
        alice.says("pkgdesk: more 2")
        world.desk_says("that is all I have on #2", to="alice")
    mallory.says("pkgdesk: more 1")
    world.desk_says("I know no #1", to="mallory")


def test_more_after_the_end_tells_it_once_more(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {KNOWN}")
    world.clock.advance("2h")
    alice.says("pkgdesk: more 1")
    world.desk_says("With a path, that binary becomes the device model", to="alice")
    assert world.question(1).state is State.ANSWERED


def test_not_it_leads_to_the_other_candidates_then_to_a_person(world: World) -> None:
    alice = world.joins("alice", account="alice")
    carol = world.joins("carol", account="carol")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("not it")
    world.desk_says(r"did you mean .*How do I build the tools without cloning SeaBIOS\?” Say", to="alice")
    world.desk_says("Say `yes` or `not it`")
    alice.says("not it")
    carol.is_pinged("alice asks #1", "cloning QEMU", "BUILD SYSTEM")
    assert len(world.turn) == 2, "in public the ping tells the asker whom it is"


def test_no_with_a_reason_is_not_it_and_the_reason_goes_along(world: World) -> None:
    alice = world.joins("alice", account="alice")
    carol = world.joins("carol", account="carol")
    world.clock.advance("1m")
    alice.says("pkgdesk: how do I build the tools without cloning SeaBIOS?")
    alice.says("no, make fails with a missing bios.bin")
    alice.says("none")
    carol.is_pinged("#1", "missing bios.bin")


def test_two_candidates_are_offered_and_one_is_picked_by_its_number(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {EITHER}")
    world.desk_says(r"did you mean \(1\) “.*\?”  \(2\) “.*\?” Say `1`, `2` or `not it`", to="alice")
    alice.says(world.choice("SeaBIOS"))
    world.desk_says("--with-system-seabios", to="alice")


def test_yes_does_not_choose_among_two_and_three_is_not_on_offer(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {EITHER}")
    alice.says("yes")
    world.desk_says("which one: `1`, `2` or `not it`?", to="alice")
    world.clock.advance("2m")
    alice.says("3")
    world.desk_says("which one", to="alice")


def test_an_offer_that_nobody_picks_from_goes_to_a_person(world: World) -> None:
    alice = world.joins("alice", account="alice")
    carol = world.joins("carol", account="carol")
    alice.says(f"pkgdesk: {EITHER}")
    world.clock.advance("9m")
    carol.is_not_pinged()
    world.clock.advance("2m")
    carol.is_pinged("#1")
    assert "the offer lapsed" in world.explanation(1)


def test_an_answer_that_nobody_refuses_stands(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {KNOWN}")
    world.clock.advance("2h")
    world.is_silent()
    assert world.question(1).state is State.ANSWERED


def test_yes_and_thanks_confirm(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("yes, that was it")
    world.desk_says("#1 is answered, thank you", to="alice")
    alice.says(f"pkgdesk: {EITHER}")
    alice.says("1")
    alice.says("thanks, that works!")
    world.desk_says("#2 is answered, thank you", to="alice")
    assert world.question(2).outcome == "confirmed by the asker"


def test_thanks_with_a_but_do_not_confirm(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("thanks, but it still fails")
    assert world.question(1).state is State.TOLD


# --- whose bare words count, where, and how long ---------------------------------------------------------


@pytest.mark.parametrize("word", ["not it", "no", "1", "yes", "more"])
def test_bare_words_of_others_are_chatter(world: World, word: str) -> None:
    alice, mallory = world.joins("alice"), world.joins("mallory", account="mallory")
    alice.says(f"pkgdesk: {EITHER}")
    before = world.question(1)
    mallory.says(word)
    world.is_silent()
    assert world.question(1) == before


@pytest.mark.parametrize("word", ["not it", "2", "yes", "more"])
def test_bare_words_without_a_prompt_are_chatter(world: World, word: str) -> None:
    world.joins("alice").says(word)
    world.is_silent()


def test_a_bare_word_counts_in_the_prompts_venue_or_privately(world: World) -> None:
    alice = world.joins("alice", account="alice", channel=[HOME, DEVEL])
    alice.says(f"pkgdesk: {EITHER}")
    alice.says("1", in_=DEVEL)
    world.is_silent()
    alice.tells(world.choice("QEMU"))
    alice.reads("--with-system-qemu")


def test_bare_words_of_everyday_talk_are_not_taken(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {EITHER}")
    for chatter in (
        "2 people told me the same",
        "no idea",
        "yes we can",
        "1 more thing",
        "more or less",
        "no?",
    ):
        alice.says(chatter)
        world.is_silent()
        assert world.question(1).state is State.OFFERED
        world.clock.advance("1m")


def test_a_prompt_closes_in_time(world: World) -> None:
    alice = world.joins("alice", account="alice")
    world.joins("carol", account="carol")
    alice.says(f"pkgdesk: {EITHER}")
    world.clock.advance("11m")
    alice.says("1")
    world.is_silent()


def test_with_its_number_a_bare_word_needs_no_prompt(world: World) -> None:
    alice, mallory = world.joins("alice", account="alice"), world.joins("mallory", account="mallory")
    alice.says(f"pkgdesk: {EITHER}")
    wanted = world.choice("SeaBIOS")
    alice.says(f"pkgdesk: {KNOWN}")
    mallory.says("1 #1")
    world.is_silent()
    alice.says(f"{wanted} #1")
    world.desk_says("--with-system-seabios", to="alice")


def test_only_the_last_prompt_of_a_venue_is_open(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {EITHER}")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("yes")
    world.desk_says("#2 is answered")


def test_privately_the_newest_prompt_is_meant(world: World) -> None:
    alice = world.joins("alice", account="alice", channel=[HOME, DEVEL])
    alice.says(f"pkgdesk: {KNOWN}")
    world.clock.advance("5m")
    alice.says(f"pkgdesk: {EITHER}", in_=DEVEL)
    alice.tells(world.choice("SeaBIOS"))
    alice.reads("--with-system-seabios")


def test_not_it_by_number_reopens_what_was_answered(world: World) -> None:
    alice = world.joins("alice", account="alice")
    carol = world.joins("carol", account="carol")
    alice.says(f"pkgdesk: {KNOWN}")
    world.clock.advance("1h")
    alice.says("not it #1")
    world.desk_says("#1 stays open; I ask further", to="alice")
    carol.is_pinged("#1")


def test_a_word_that_finds_its_question_ended_says_how_it_stands(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("yes")
    alice.says("pkgdesk: 1 #1")
    world.desk_says(r"#1 “how do I build.*: answered; confirmed by the asker", to="alice")


# --- several lines, greetings, the same again ------------------------------------------------------------


def test_lines_within_a_minute_are_one_question_and_the_ping_waits_for_them(world: World) -> None:
    alice = world.joins("alice", account="alice")
    bob = world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says("pkgdesk: xenstored dies when my guest starts")
    world.desk_says(r"#1: I do not know that one.*XENSTORE.*20 s", to="alice")
    world.clock.advance("15s")
    bob.is_not_pinged()
    alice.says("it prints EINVAL on mageia 9")
    world.is_silent()
    world.clock.advance("15s")
    bob.is_not_pinged()
    world.clock.advance("10s")
    bob.is_pinged("xenstored dies when my guest starts it prints EINVAL on mageia 9")


def test_lines_that_come_in_one_breath_are_one_question(world: World) -> None:
    alice = world.joins("alice", account="alice")
    bob = world.joins("bob", account="bob")
    world.clock.advance("1m")
    world.act("<alice> two lines at once")
    first = alice.line("pkgdesk: xenstored dies when my guest starts")
    second = alice.line("it prints EINVAL on mageia 9")
    world.happen(first, second)
    world.clock.advance("1m")
    bob.is_pinged("EINVAL on mageia 9")


def test_a_line_to_somebody_else_does_not_go_on_with_the_question(world: World) -> None:
    alice, _, bob = (world.joins(nick, account=nick) for nick in ("alice", "dave", "bob"))
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.says("dave: see you at lunch")
    world.clock.advance("1m")
    assert "lunch" not in bob.is_pinged("#1").text


def test_a_second_line_can_make_the_question_known(world: World) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: I have got a question, folks")
    assert world.question(1).state is State.OPEN
    alice.says(KNOWN)
    world.desk_says(r"--with-system-qemu.*\[#1", to="alice")


def test_greeting_first_and_asking_then_is_asking(world: World) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: hello")
    world.desk_says("ask me in a few more words", to="alice")
    alice.says(KNOWN)
    world.desk_says("--with-system-qemu", to="alice")


def test_chat_after_an_answer_is_no_new_question(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("thanks")
    alice.says("the weather here is awful today, is it not")
    world.is_silent()


def test_a_second_question_within_the_minute_is_answered_by_itself(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("pkgdesk: Which python version do the tools need?")
    world.desk_says(r"Python 3.6 or newer.*\[#2", to="alice")


def test_two_lines_to_the_desk_that_each_ask_are_two_questions(world: World) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: which compiler is too old")
    world.desk_says("#1: I do not know that one", to="alice")
    world.clock.advance("3s")
    alice.says("pkgdesk: GRUB has duplicate menuentries")
    world.desk_says("#2: I do not know that one", to="alice")
    alice.says("on mageia 9")
    assert world.question(1).text == "which compiler is too old"
    assert world.question(2).text == "GRUB has duplicate menuentries\non mageia 9"


def test_two_questions_told_privately_are_two(world: World) -> None:
    alice = world.joins("alice")
    alice.tells("which compiler is too old?")
    alice.tells("why has GRUB duplicate menuentries?")
    alice.reads("#2: I do not know that one")
    alice.tells("why is it so slow?")
    assert world.question(2).text.endswith("why is it so slow?")


@pytest.mark.parametrize("line", ["it prints EINVAL on mageia 9", "4.17", "and it is slow"])
def test_a_line_to_the_desk_that_goes_on_is_seen_to_be_added(world: World, line: str) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.says(f"pkgdesk: {line}")
    world.desk_says("#1: I have added that to it", to="alice")
    assert world.question(1).text == f"{UNKNOWN}\n{line}"


def test_a_question_that_was_announced_is_one(world: World) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: I have got a question, folks")
    alice.says(f"pkgdesk: {KNOWN}")
    world.desk_says(r"--with-system-qemu.*\[#1", to="alice")


def test_a_question_that_is_asked_again_is_still_the_same(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {LOST}")
    world.clock.advance("5m")
    alice.says(f"pkgdesk: {LOST.upper()}")
    world.desk_says(r"#1 “frobnication quuxes", to="alice")
    assert world.question(1).number == 1
    assert not world.exists(2)


def test_a_number_of_ones_own_goes_on_with_that_question(world: World) -> None:
    alice, erin = world.joins("alice", account="alice"), world.joins("erin", account="erin")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.says("pkgdesk: #1: this is with 4.17 on mageia")
    world.clock.advance("2m")
    assert "4.17 on mageia" in world.question(1).text
    erin.says("pkgdesk: #7: which one was that?")
    world.desk_says("I know no #7", to="erin")


def test_so_many_questions_may_be_open_and_no_more(make_world: Callable[..., World]) -> None:
    world = make_world(open_questions=2)
    alice = world.joins("alice")
    for thing in ("frobs", "quuxes", "wibbles"):
        world.clock.advance("2m")
        alice.says(f"pkgdesk: who can tell me all about {thing} in chroots?")
    world.desk_says(r"2 questions of yours wait for people \(#1, #2\)", to="alice")
    world.desk_says("`withdraw 1` .*`yes 1` .*`mine`", to="alice")
    alice.says("pkgdesk: withdraw 1")
    alice.says("pkgdesk: who can tell me all about wobbles in chroots?")
    world.desk_says("#3: I do not know that one")


def test_what_the_base_answers_takes_no_room(make_world: Callable[..., World]) -> None:
    world = make_world(open_questions=1)
    alice = world.joins("alice")
    for line in (KNOWN, "Which python version do the tools need?", EITHER, LOST):
        world.clock.advance("2m")
        alice.says(f"pkgdesk: {line}")
        world.desk_says(r"#\d", to="alice")
        assert "wait for people" not in world.turn[0].text
    world.clock.advance("2m")
    alice.says("pkgdesk: who can tell me all about wibbles in chroots?")
    world.desk_says(r"wait for people \(#4\)", to="alice")
    alice.says("pkgdesk: How do I make a live patch for the hypervisor?")
    world.desk_says("Use livepatch-build-tools", to="alice")


def test_offers_are_limited_since_they_may_come_to_a_person(make_world: Callable[..., World]) -> None:
    world = make_world(open_questions=1)
    alice = world.joins("alice")
    for line in (LOST, EITHER, f"please, {EITHER}"):
        world.clock.advance("2m")
        alice.says(f"pkgdesk: {line}")
    world.desk_says(r"wait for people \(#1, #2\)", to="alice")


def test_too_few_words_are_told_so_once_a_minute(world: World) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: hi")
    world.desk_says("ask me in a few more words")
    alice.says("pkgdesk: hi")
    world.is_silent()
    world.clock.advance("1m")
    alice.says("pkgdesk:")
    world.desk_says("ask me in a few more words")


# --- what an answer depends on ---------------------------------------------------------------------------


def test_where_variants_differ_the_newest_is_told_and_the_facet_asked_for(world: World) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: Which python version do the tools need?")
    world.desk_says(r"Python 3.6 or newer. · for xen ≥ 4.19; else say which xen is yours", to="alice")


@pytest.mark.parametrize("said", ["4.17", "xen 4.17", "I have 4.17.2 here", "pkgdesk: 4.17"])
def test_the_asker_says_which_and_is_told_the_variant_that_holds(world: World, said: str) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: Which python version do the tools need?")
    world.clock.advance("3m")
    alice.says(said)
    told = world.desk_says(r"Python 2.6 or newer. · for xen < 4.19", to="alice")
    assert "say which" not in told.text
    assert "[#1:" in told.text


def test_what_the_question_says_needs_no_asking(world: World) -> None:
    world.joins("alice").says("pkgdesk: Which python version do the tools of 4.17 need?")
    assert "say which" not in world.desk_says("Python 2.6 or newer").text


def test_a_version_in_other_talk_changes_nothing(world: World) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: Which python version do the tools need?")
    world.clock.advance("3m")
    alice.says("by the way we have long since moved all of our machines to 4.17 here")
    world.is_silent()


def test_what_is_asked_again_in_another_closed_place_is_answered_there(world: World) -> None:
    alice = world.joins("alice", account="alice", channel=[HOME, TEAM])
    alice.says(f"pkgdesk: {KNOWN}", in_=TEAM)
    world.desk_says("#1: `more` or `not it`", in_=TEAM)
    alice.says(f"pkgdesk: {KNOWN}", in_=TEAM)
    world.desk_says("#1 .*answered from the base", in_=TEAM)
    alice.says(f"pkgdesk: {KNOWN}", in_=HOME)
    world.desk_says("#2: `more` or `not it`")
