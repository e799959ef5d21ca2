"""People behind a bridge: heard by their names there, with no rights, and never taken for anybody of here."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from world import DESK, HOME, KNOWN, START, UNKNOWN, VENUES, Somebody, World

from bot.allowances import BRIDGE_BURST, BURST
from bot.bridges import Bridge, Bridges, Form, Unfit
from bot.desk.events import Heard, Joined
from bot.desk.model import Speaker, State
from bot.roster import fold_event
from bot.transports.names import BREAK
from routing.presence import Roster, Venue, Visibility

Make = Callable[..., World]
RELAY = ("libera", "relay")
ROSTER = fold_event(Roster(), Joined("libera/r", START, Speaker("libera", "relay", "relay"), VENUES[0]))


def line(text: str, who: str = "relay", account: str | None = "relay", **marks: object) -> Heard:
    values = {"speaker": Speaker("libera", who, account, "libera/r"), "venue": VENUES[0], **marks}
    return Heard(id="1", at=START, text=text, me=DESK, **values)


def unwrapped(text: str, form: Form = Form.ANGLE, **marks: object) -> tuple[str, str] | Unfit:
    """Who said what."""
    found = Bridges({RELAY: Bridge(form=form)}).unwrapped(line(text, **marks), ROSTER)
    return found if isinstance(found, Unfit) else (found.speaker.nick, found.text)


@pytest.mark.parametrize(
    ("text", "form", "who", "said"),
    [
        ("<alice> hello there", Form.ANGLE, "alice", "hello there"),
        ("<alice>hello", Form.ANGLE, "alice", "hello"),
        ("[m] <alice> hello", Form.ANGLE, "alice", "hello"),
        ("(telegram) <alice> hello", Form.ANGLE, "alice", "hello"),
        ("<alice@discord> hello", Form.ANGLE, "alice", "hello"),
        ("<al\u200bice> hello", Form.ANGLE, "alice", "hello"),
        ("\u200b<alice> hello", Form.ANGLE, "alice", "hello"),
        ("<Alice Example> hello", Form.ANGLE, "Alice Example", "hello"),
        ("<alice> <bob> hello", Form.ANGLE, "alice", "<bob> hello"),
        ("<alice> > quoted <b>", Form.ANGLE, "alice", "> quoted <b>"),
        ("<alice> ", Form.ANGLE, "alice", ""),
        ("<@alice> hello", Form.ANGLE, "@alice", "hello"),
        ("[alice] hello", Form.SQUARE, "alice", "hello"),
        ("(alice) hello", Form.ROUND, "alice", "hello"),
        ("alice: hello: you", Form.COLON, "alice", "hello: you"),
    ],
)
def test_the_forms(text: str, form: Form, who: str, said: str) -> None:
    assert unwrapped(text, form) == (who, said)


@pytest.mark.parametrize(
    "text",
    [
        "*** alice joined",
        "alice: hello",
        "< > hello",
        "<\u200b> hello",
        "<> hello",
        "<alice",
        "<" + "a" * 65 + "> hello",
        "* relay <alice> waves",
        "",
    ],
)
def test_what_a_bridge_says_of_itself_is_nobodys(text: str) -> None:
    assert unwrapped(text) is Unfit.ITS_OWN


def test_a_bridge_has_nothing_to_say_privately() -> None:
    private = Venue("libera", "relay", Visibility.PRIVATE)
    assert unwrapped("<alice> hello", venue=private) is Unfit.ITS_OWN


def test_others_are_heard_as_they_are() -> None:
    said = line("<alice> hello", who="carol", account=None)
    assert Bridges({RELAY: Bridge()}).unwrapped(said, ROSTER) is said


@given(st.text(st.sampled_from("<>[]() :@a\u200b*"), max_size=40), st.sampled_from(Form))
def test_no_line_gives_anybody_an_account_or_a_session_of_here(text: str, form: Form) -> None:
    found = Bridges({RELAY: Bridge(form=form)}).unwrapped(line(text), ROSTER)
    if isinstance(found, Heard):
        assert found.speaker.account is None
        assert found.speaker.bridged
        assert found.speaker.bridge == "libera/r"


def test_the_same_name_of_two_networks_is_two_people() -> None:
    bridges = Bridges({RELAY: Bridge()})
    heard = [
        bridges.unwrapped(line(f"{who} hello"), ROSTER) for who in ("<a@x>", "<a@y>", "[x] <a>", "<A@x>")
    ]
    keys = [each.speaker.key for each in heard if isinstance(each, Heard)]
    assert len(set(keys)) == 3
    assert keys[0] == keys[3]


# --- at the desk ----------------------------------------------------------------------------------------


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world(bridges={RELAY: Bridge("relay")}, bots=frozenset({("libera", "buildbot")}))


@pytest.fixture
def relay(world: World) -> Somebody:
    return world.joins("relay", account="relay")


def test_somebody_behind_the_bridge_is_answered_and_may_say_bare_words(world: World, relay: Somebody) -> None:
    relay.says(f"<alice> pkgdesk: {KNOWN}", from_bot=True)
    world.desk_says("--with-system-qemu", to="alice")
    relay.says("<mallory> yes")
    assert world.question(1).state is State.TOLD
    relay.says("<alice> yes")
    assert world.question(1).state is State.ANSWERED


def test_a_bridged_name_is_not_the_nick_of_here(world: World, relay: Somebody) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}")
    relay.says("<alice> yes")
    relay.says("<alice> pkgdesk: withdraw 1")
    assert world.question(1).state is State.TOLD
    relay.says(f"<alice> pkgdesk: {KNOWN}")
    said = world.desk_says("--with-system-qemu", to="alice")
    assert said.wire.startswith(f"a{BREAK}lice: "), "the alice of here is not highlighted"
    alice.says("yes 2")
    alice.says("pkgdesk: withdraw 2")
    assert world.question(2).state is State.TOLD


def test_a_developer_answers_somebody_behind_the_bridge(world: World, relay: Somebody) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    relay.says(f"<alice> pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    ping = bob.is_pinged("#1", "alice asks")
    assert "alice" not in ping.wire, "the alice of here is not highlighted"
    bob.says("start xenstored before the guest")
    bob.says("done")
    world.desk_says("was that it for #1", to="alice")
    alice.reads_nothing()
    alice.says("yes")
    assert world.question(1).state is State.PROPOSED
    relay.says("<alice> yes")
    assert world.question(1).state is State.ANSWERED


def test_what_is_answered_privately_goes_through_a_bridge_only_when_it_is_shared(
    world: World, relay: Somebody
) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    relay.says(f"<alice> pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.tells("start xenstored before the guest")
    bob.tells("done")
    bob.reads("through a bridge.*`share 1`")
    bob.tells("share 1")
    world.desk_says("start xenstored before the guest", to="alice")
    alice.reads_nothing()


def test_whoever_is_behind_the_bridge_has_no_rights(make_world: Make) -> None:
    world = make_world(
        bridges={RELAY: Bridge("relay")}, operators={"libera": ["bob", "relay"]}, editors={"libera": ["bob"]}
    )
    relay = world.joins("relay", account="relay")
    for order in ("pause", "reload", "ack", "busy 2h"):
        relay.says(f"<bob> pkgdesk: {order}")
    assert not world.orders


def test_who_has_gone_with_the_bridge_is_answered_in_public_and_nowhere_else(
    world: World, relay: Somebody
) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    relay.says(f"<alice> pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    relay.quits()
    bob.says("start xenstored before the guest")
    bob.says("done")
    world.clock.advance("1h")
    assert world.question(1).state is State.ANSWERED
    alice.reads_nothing()


def test_without_its_account_nobody_speaks_for_the_bridge(world: World) -> None:
    impostor = world.joins("relay", account="mallory")
    with capture_logs() as logged:
        impostor.says(f"<alice> pkgdesk: {KNOWN}")
    world.is_silent()
    (told,) = (each for each in logged if each["event"] == "dropped")
    assert (told["log_level"], told["nick"]) == ("warning", "relay")
    assert "mend its `account` in `bridges`" in told["remedy"]
    impostor.says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", to="relay")


def test_what_is_never_answered_is_not_through_a_bridge_either(world: World, relay: Somebody) -> None:
    relay.says(f"<alice> pkgdesk: {KNOWN}", notice=True)
    relay.says(f"<BuildBot> pkgdesk: {KNOWN}".replace("BuildBot", "buildbot"))
    relay.says(f"<{DESK}> pkgdesk: {KNOWN}")
    relay.says("*** alice joined")
    relay.says(f"pkgdesk: {KNOWN}")
    relay.tells(f"<alice> {KNOWN}")
    world.is_silent()
    assert not world.exists(1)


def test_a_flood_of_invented_names_is_bounded(world: World, relay: Somebody) -> None:
    alice = world.joins("alice", account="alice")
    world.act("-- a flood --")
    world.happen(*(relay.line(f"<guest{n}> pkgdesk: status") for n in range(500)))
    assert len(world.turn) <= BRIDGE_BURST
    alice.says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", to="alice")
    world.clock.advance("10s")
    relay.says(f"<carol> pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", to="carol")


def test_a_flood_of_one_name_costs_the_others_behind_the_bridge_nothing(
    world: World, relay: Somebody
) -> None:
    world.act("-- a flood --")
    world.happen(*(relay.line("<mallory> pkgdesk: status") for _ in range(500)))
    assert len(world.turn) <= BURST
    relay.says(f"<carol> pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", to="carol")


# --- RELAYMSG -------------------------------------------------------------------------------------------


def test_who_is_relayed_by_the_network_has_no_account_whatever_is_claimed(make_world: Make) -> None:
    world = make_world(operators={"libera": ["bob"]})
    bridge = world.joins("bridgebot", account="bridgebot")
    ghost = world.knows("bob/discord", account="bob")
    ghost.channels.append(HOME)
    ghost.says("pkgdesk: pause", relayed_by="bridgebot")
    assert not world.orders
    ghost.says(f"pkgdesk: {UNKNOWN}", relayed_by="bridgebot", from_bot=True)
    assert world.question(1).asker.account is None
    ghost.says(f"pkgdesk: {KNOWN}", relayed_by="bridgebot")
    world.desk_says("--with-system-qemu", to="bob/discord")
    bridge.quits()
    ghost.says("pkgdesk: status", relayed_by="bridgebot")
    world.desk_says("", to="bob/discord")
