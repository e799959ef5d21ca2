"""open, reload, say, pause, resume, drain, status: what editors and operators order, and who may not."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from world import DEVEL, HOME, KNOWN, LOST, OTHER, START, TEAM, UNKNOWN, Somebody, World, reference

from bot.config import load
from bot.desk.effects import Order
from bot.desk.facts import Running, Sitting
from bot.desk.model import CONTROL, PingState, Role, Speaker, State
from bot.desk.reports import condition
from bot.sources import reference_of
from knowledge.documents import DocumentError

Make = Callable[..., World]

RIGHTS = {
    "operators": {"libera": ["root"], CONTROL: ["root"]},
    "editors": {"libera": ["ed"]},
}


@pytest.fixture
def desk(make_world: Make) -> World:
    return make_world(**RIGHTS)


def cast(world: World, *more: str) -> tuple[Somebody, ...]:
    there = tuple(world.joins(nick, account=nick) for nick in ("alice", "bob", "root", *more))
    world.clock.advance("1m")
    return there


def at_the_socket(world: World) -> Somebody:
    return world.knows("root", account="root", network=CONTROL)


# --- open ----------------------------------------------------------------------------------------------


def test_open_lists_what_has_not_ended_with_state_age_and_whom_it_waits_for(desk: World) -> None:
    alice, _, root = cast(desk)
    alice.says(f"pkgdesk: {UNKNOWN}")
    desk.clock.advance("1m")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("yes")
    alice.says(f"pkgdesk: {OTHER}")
    desk.clock.advance("9m")
    root.tells("open")
    lines = [each.text for each in desk.turn]
    assert len(lines) == 2
    assert lines[0].startswith("#1 asked, 10 min old, waits for Bob Builder: “xenstored exits with EINVAL")
    assert lines[1].startswith("#3 open, 9 min old, next step by 2026-11-23 10:32 UTC: “the makefile")


def test_open_says_whom_an_answer_waits_for(desk: World) -> None:
    alice, bob, root = cast(desk)
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says(f"pkgdesk: {UNKNOWN}")
    desk.clock.advance("1m")
    bob.says("restart the daemon")
    root.tells("open")
    root.reads("#1 told, 64 s old, waits for alice: ")
    root.reads("#2 engaged, 63 s old, waits for Bob Builder: ")


def test_open_in_a_channel_shows_a_few_there_and_the_rest_privately(desk: World) -> None:
    *_, root = cast(desk)
    for nick in ("one", "two", "three", "four", "five"):
        desk.joins(nick, account=nick).says(f"pkgdesk: {LOST} {nick}")
    root.says("pkgdesk: open")
    desk.desk_says("and 2 more, by private message", to="root")
    root.reads("#5 open")


def test_open_shows_an_editor_nothing_that_was_asked_privately(desk: World) -> None:
    alice, _, root, ed = cast(desk, "ed")
    alice.tells(f"{UNKNOWN} swordfish")
    ed.tells("open")
    ed.reads("no question is open")
    root.says("pkgdesk: open")
    desk.desk_says("no question is open", to="root")
    root.tells("open")
    root.reads("#1 open, .*swordfish")


def test_there_is_an_end_to_a_list_in_chat_and_none_at_the_socket(make_world: Make) -> None:
    world = make_world(**RIGHTS)
    *_, root = cast(world)
    socket = at_the_socket(world)
    for n in range(25):
        world.joins(f"asker{n}", account=f"asker{n}").says(f"pkgdesk: {LOST} {n}")
    root.tells("open")
    assert len(world.turn) == 21
    root.reads("^and 5 more")
    socket.tells("open")
    assert len([each for each in world.turn if each.venue.network == CONTROL]) == 25


# --- rights --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["open", "reload", "say #xen-devel hello", "pause", "resume", "drain"])
def test_who_has_no_right_gets_the_answer_to_a_word_that_does_not_exist(desk: World, command: str) -> None:
    alice, bob, _ = cast(desk)
    word = command.split()[0]
    for somebody in (alice, bob):
        somebody.tells(command)
        somebody.reads(f"I know no `{word}`; `help` lists what I know")
        assert not any(line.venue.name == DEVEL for line in desk.said)
    assert desk.orders == []


@pytest.mark.parametrize("command", ["say #xen-devel hello", "pause", "resume", "drain"])
def test_an_editor_does_not_operate(desk: World, command: str) -> None:
    *_, ed = cast(desk, "ed")
    ed.tells(command)
    ed.reads("I know no ")
    assert desk.orders == []


def test_a_nick_operates_nothing(desk: World) -> None:
    world = desk
    thief = world.joins("root")
    thief.tells("pause")
    thief.reads("I know no `pause`")
    assert world.orders == []


def test_a_question_that_begins_like_an_operators_word_is_a_question(desk: World) -> None:
    alice, *_ = cast(desk)
    alice.says("pkgdesk: say, how do I build the tools without cloning QEMU?")
    desk.desk_says("--with-system-qemu", to="alice")
    alice.says("pkgdesk: drain the pool? xenstored exits with EINVAL then")
    desk.desk_says("#2: I do not know that one", to="alice")


# --- say -----------------------------------------------------------------------------------------------


def test_say_goes_to_a_channel_and_highlights_nobody(desk: World) -> None:
    *_, root = cast(desk)
    desk.joins("carol", channel=DEVEL)
    root.tells("say #XEN-devel carol: the server moves at 18:00, !seen it?")
    spoken = desk.desk_says("^my operators say: carol: the server moves at 18:00, !seen it[?]$", in_=DEVEL)
    assert "carol" not in spoken.wire
    root.reads("it goes to #xen-devel on libera[.]")


def test_say_names_the_network_where_two_have_the_channel(desk: World) -> None:
    *_, root = cast(desk)
    root.tells("say oftc #xen-packagers hello")
    desk.desk_says("my operators say: hello", network="oftc")
    root.tells("say #xen-packagers hello")
    desk.desk_says("my operators say: hello", network="libera")
    socket = at_the_socket(desk)
    socket.tells("say #xen-packagers hello")
    socket.reads("#xen-packagers is on libera and on oftc: `say libera #xen-packagers …`")


def test_say_goes_nowhere_but_where_the_desk_sits(desk: World) -> None:
    *_, root = cast(desk)
    for words, answer in (
        (
            "say #xen-packager hello",
            "I do not sit in #xen-packager, so I say nothing there. Did you mean #xen-pack",
        ),
        ("say oftc #xen-devel hello", "I do not sit in #xen-devel on oftc, so I say nothing there"),
        ("say libra #xen-devel hello", "I am on no network `libra`, did you mean `libera`"),
        ("say #secret hello", "I do not sit in #secret, so I say nothing there"),
    ):
        desk.clock.advance("2m")
        root.tells(words)
        root.reads(answer)
        assert len(desk.turn) == 1


def test_a_long_announcement_is_said_in_lines(desk: World) -> None:
    *_, root = cast(desk)
    root.tells("say #xen-team " + "the release is late, " * 60)
    assert len([each for each in desk.turn if each.venue.name == TEAM]) > 2


# --- pause and resume ----------------------------------------------------------------------------------


def test_while_paused_questions_are_taken_and_only_operators_are_answered(desk: World) -> None:
    alice, bob, root = cast(desk)
    root.tells("pause")
    root.reads("paused: I take questions, but answer nobody but operators, .* until `resume`")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says(f"pkgdesk: {UNKNOWN}")
    desk.is_silent()
    desk.clock.advance("3h")
    desk.is_silent()
    root.tells("status")
    root.reads("2 questions live")
    root.reads(
        "up for 3 h; libera: connected, in 3 channels; oftc: connected, in 1 channel; "
        "2 lines wait to be written; paused"
    )
    root.tells("pause")
    root.reads("I am paused already")
    root.tells("resume")
    root.reads("I go on; 2 lines and 2 deadlines waited")
    desk.desk_says("--with-system-qemu", to="alice")
    desk.desk_says("#2: I do not know that one", to="alice")
    alice.says("more")
    desk.desk_says("device model", to="alice")
    alice.says("not it")
    desk.clock.advance("1m")
    bob.is_pinged("#2")
    root.tells("resume")
    root.reads("I am not paused")


def test_a_ping_that_waited_is_said_once_and_its_person_is_not_passed_over(desk: World) -> None:
    alice, bob, root, carol = cast(desk, "carol")
    alice.says(f"pkgdesk: {UNKNOWN}")
    desk.pauses()
    desk.clock.advance("30s")
    assert desk.pings(1)[0].state is PingState.QUEUED
    root.tells("pause")
    desk.paused = False
    desk.clock.advance("8h")
    bob.is_not_pinged()
    root.tells("resume")
    bob.is_pinged("#1")
    desk.clock.advance("25m")
    carol.is_not_pinged()
    desk.clock.advance("10m")
    carol.is_pinged("#1")
    assert [(ping.person, ping.state) for ping in desk.pings(1)] == [
        ("bob", PingState.PASSED),
        ("carol", PingState.DELIVERED),
    ]


def test_who_was_pinged_before_the_pause_has_their_time_anew(desk: World) -> None:
    alice, bob, root, carol = cast(desk, "carol")
    alice.says(f"pkgdesk: {UNKNOWN}")
    desk.clock.advance("25m")
    root.tells("pause")
    desk.clock.advance("5h")
    root.tells("resume")
    desk.clock.advance("25m")
    carol.is_not_pinged()
    bob.says("restart the daemon")
    assert desk.question(1).responder == "bob"


def test_there_is_no_burst_of_pings_after_a_pause(desk: World) -> None:
    _, bob, root = cast(desk)
    root.tells("pause")
    for nick in ("one", "two", "three", "four"):
        desk.joins(nick, account=nick).says(f"pkgdesk: {UNKNOWN} {nick}")
    desk.clock.advance("2h")
    root.tells("resume")
    bob.is_not_pinged()
    for number in (1, 2, 3, 4):
        desk.clock.advance("20s")
        bob.is_pinged(f"#{number}")
        assert len([each for each in desk.turn if each.text.startswith("bob: ")]) == 1


def test_an_answer_that_waited_does_not_count_as_right_before_it_was_said(desk: World) -> None:
    alice, _, root = cast(desk)
    root.tells("pause")
    alice.says(f"pkgdesk: {KNOWN}")
    desk.clock.advance("10h")
    root.tells("resume")
    desk.clock.advance("29m")
    assert desk.question(1).state is State.TOLD
    alice.says("not it")
    assert desk.question(1).state is not State.TOLD
    assert desk.question(1).refused == ("system-qemu",)


def test_an_answer_given_during_the_pause_arrives_after_it(desk: World) -> None:
    alice, bob, root = cast(desk)
    alice.tells(UNKNOWN)
    desk.clock.advance("1m")
    root.tells("pause")
    bob.tells("restart the daemon")
    desk.clock.advance("2h")
    alice.reads_nothing()
    root.tells("resume")
    alice.reads("bob on #1: restart the daemon")
    desk.clock.advance("4m")
    alice.reads("was that it for #1")


def test_a_pause_ends_with_the_desk(desk: World) -> None:
    alice, bob, root = cast(desk)
    root.tells("pause")
    alice.says(f"pkgdesk: {UNKNOWN}")
    desk.clock.sleep("1h")
    desk.crashes()
    desk.clock.advance("31s")
    bob.is_pinged("#1")


def test_pausing_in_public_is_told_there_before_what_waits(desk: World) -> None:
    alice, _, root = cast(desk)
    root.says("pkgdesk: pause")
    desk.desk_says("paused: ", to="root")
    alice.says(f"pkgdesk: {KNOWN}")
    root.says("pkgdesk: status")
    desk.desk_says("; 1 line waits to be written; paused", to="root")


def test_what_an_operator_says_waits_too(desk: World) -> None:
    *_, root = cast(desk)
    root.tells("pause")
    root.tells("say #xen-devel hello")
    root.reads("it goes to #xen-devel on libera after `resume`; I am paused")
    desk.is_silent(DEVEL)
    root.tells("resume")
    desk.desk_says("my operators say: hello", in_=DEVEL)


# --- the rest ------------------------------------------------------------------------------------------


def test_reload_and_drain_are_orders_for_the_process(desk: World) -> None:
    _, _, root, ed = cast(desk, "ed")
    ed.tells("reload")
    desk.is_silent()
    root.says("pkgdesk: drain")
    desk.desk_says("I finish what is under way and end. Goodbye", to="root")
    assert [(each.order, each.by.account, each.venue.name) for each in desk.orders] == [
        (Order.RELOAD, "ed", "ed"),
        (Order.DRAIN, "root", HOME),
    ]


def test_the_same_order_heard_again_is_carried_out_once(desk: World) -> None:
    *_, root = cast(desk)
    heard = root.line("pkgdesk: pause", HOME)
    desk.happen(heard)
    desk.happen(heard)
    assert [each.order for each in desk.orders] == [Order.PAUSE]


def test_status_tells_what_it_lacks_on_a_network(desk: World) -> None:
    *_, root = cast(desk)
    desk.disconnects("oftc")
    desk.banned, desk.logged_in = ("#xen-team",), False
    root.tells("status")
    root.reads(
        r"libera: connected, not logged in, in 2 of 3 channels \(not in #xen-team\); oftc: not connected;"
    )
    desk.banned, desk.logged_in = (), True
    root.tells("status")
    root.reads("libera: connected, logged in, in 3 channels;")


def test_status_tells_why_it_is_not_in_a_channel_and_when_it_tries_again() -> None:
    waits = {"#a": timedelta(seconds=30), "#b": timedelta(minutes=5)}
    sits = Sitting(True, 3, ("#a", "#b", "#c"), None, {"#a": "put out by op"}, waits)
    (told,) = condition(Running(networks={"libera": sits}), START)
    assert "(not in #a (put out by op; tries again in 30 s), #b (tries again in 5 min), #c);" in told
    why = "its moderators let nobody speak below level 50, and ours is 0"
    mute = Sitting(True, 2, mute=("#a:x.org",), reasons={"#a:x.org": why}, called="room")
    (told,) = condition(Running(networks={"matrix": mute}), START)
    assert f"matrix: connected, in 2 rooms, may say nothing in #a:x.org ({why});" in told


def test_status_tells_operators_more(desk: World) -> None:
    alice, _, root = cast(desk)
    desk.problems = ("/srv/desk/base/qemu.yaml:3:5: text: is missing", "/srv/desk/map.yaml:1:1: no")
    desk.disconnects("oftc")
    alice.says("pkgdesk: status")
    assert len(desk.turn) == 1
    root.says("pkgdesk: status")
    desk.desk_says(
        "up for 67 s; libera: connected, in 3 channels; oftc: not connected; 0 lines wait", to="root"
    )
    desk.desk_says("2 problems with knowledge and map: qemu.yaml:3:5: text: is missing", to="root")
    assert "/srv" not in str([each.text for each in desk.turn])


def test_what_is_wrong_fits_a_line(desk: World) -> None:
    *_, root = cast(desk)
    desk.problems = (f"/srv/base/qemu.yaml:3:5: {'x' * 900}",)
    root.says("pkgdesk: status")
    assert desk.desk_says("1 problem with knowledge and map: qemu.yaml:3:5: x", to="root").text.endswith("…")


# --- the control socket --------------------------------------------------------------------------------


def test_nothing_is_asked_of_anybody_at_the_socket(desk: World) -> None:
    cast(desk)
    root = at_the_socket(desk)
    root.tells("xenstored exits with EINVAL when my guest starts")
    root.reads("I know no `xenstored exits with EINVAL")
    assert not desk.exists(1)


def test_at_the_socket_every_mistake_is_answered_and_nothing_is_held_back(desk: World) -> None:
    cast(desk)
    root = at_the_socket(desk)
    for _ in range(20):
        root.tells("frobnicate")
        root.reads("I know no `frobnicate`")
    root.tells("status")
    root.reads("0 questions live")


def test_an_operator_at_the_socket_sees_every_question(desk: World) -> None:
    alice, *_ = cast(desk)
    alice.tells(f"{UNKNOWN} swordfish")
    root = at_the_socket(desk)
    root.tells("why 1")
    root.reads("#1: ")
    root.tells("withdraw 1")
    root.reads("#1 is withdrawn")


def test_the_account_of_a_network_is_no_operator_of_the_machine(make_world: Make) -> None:
    world = make_world(operators={CONTROL: ["root"]})
    root = world.joins("root", account="root")
    root.tells("pause")
    root.reads("I know no `pause`")


# --- the settings --------------------------------------------------------------------------------------

CONFIG = """\
networks:
  libera: {{host: irc.example.org, nick: pkgdesk, channels: ["#xen"]}}
{network}knowledge: base
map: map.yaml
desk: {{editors: {{{editors}: [Alice]}}}}
"""


def test_editors_are_those_of_the_settings(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(network="", editors="libera"))
    made = reference_of(load(config), reference().knowledge, reference().map)
    assert made.role_of(Speaker("libera", "x", "ALICE")) is Role.EDITOR
    assert made.role_of(Speaker("libera", "alice")) is Role.ANYBODY
    assert made.role_of(Speaker("oftc", "alice", "alice")) is Role.ANYBODY


@pytest.mark.parametrize(
    ("network", "editors", "told"),
    [
        ("", "libra", "desk.editors: there is no network `libra`, did you mean `libera`?"),
        (
            '  control: {host: irc.example.org, nick: pkgdesk, channels: ["#xen"]}\n',
            "libera",
            "networks.control: that is the name of the control socket; choose another",
        ),
    ],
)
def test_rights_and_networks_are_named_as_they_may_be(
    tmp_path: Path, network: str, editors: str, told: str
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(network=network, editors=editors))
    with pytest.raises(DocumentError, match=re.escape(told)):
        load(config)
