"""What the lines of an IRC server mean to the desk."""

from datetime import UTC, datetime, timedelta

import pytest
from irc_networks import CHANNEL, now
from irc_script import ALL_CAPS, CAPS, SERVER, scripted

from bot.desk.events import (
    AccountChanged,
    AwayChanged,
    Event,
    Heard,
    Joined,
    Left,
    Renamed,
    RosterLost,
    Vouched,
)
from routing.presence import Venue, Visibility

ALICE = ":alice!~a@host.example"


async def heard_of(*lines: str, caps: str = CAPS, isupport: str = "WHOX CHANTYPES=#") -> list[Event]:
    """The events that come of what a server says after we came in and saw alice."""
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(caps, isupport=isupport)
        server.says(f"{ALICE} PRIVMSG {CHANNEL} :the beginning")
        begun = await world.ears.heard("the beginning")
        server.says(*lines)
        server.says(f"{ALICE} PRIVMSG {CHANNEL} :the end")
        await world.ears.heard("the end")
        return world.ears.events[world.ears.events.index(begun) + 1 : -1]


def said(event: Event) -> Heard:
    assert isinstance(event, Heard)
    return event


# --- who said it ----------------------------------------------------------------------------------------


async def test_an_account_is_believed_on_the_line_that_bears_it_and_on_no_other() -> None:
    first, second, third = await heard_of(
        f"@account=alice {ALICE} PRIVMSG {CHANNEL} :tagged",
        f"{ALICE} PRIVMSG {CHANNEL} :not tagged",
        f"@account=* {ALICE} PRIVMSG {CHANNEL} :tagged as nobody",
    )
    assert said(first).speaker.account == "alice"
    assert said(second).speaker.account is None
    assert said(third).speaker.account is None


async def test_without_the_capability_a_tag_proves_nothing() -> None:
    (heard,) = await heard_of(f"@account=alice {ALICE} PRIVMSG {CHANNEL} :hi", caps="server-time")
    assert said(heard).speaker.account is None


async def test_without_account_tags_what_the_server_tells_of_accounts_is_what_lines_are_worth() -> None:
    bob, word, taken, later = await heard_of(
        f":bob!~b@h JOIN {CHANNEL} bob :Bob",
        f":bob!~b@h PRIVMSG {CHANNEL} :it is me",
        ":irc.script.test CAP pkgdesk DEL :account-notify",
        ":bob!~b@h ACCOUNT *",
        f":bob!~b@h PRIVMSG {CHANNEL} :is it?",
        caps="account-notify extended-join cap-notify",
    )
    assert isinstance(bob, Joined)
    assert bob.speaker.account == "bob"
    assert (said(word).vouched, said(later).vouched) == (Vouched.STATE, Vouched.NOTHING)
    assert isinstance(taken, AccountChanged)


@pytest.mark.parametrize("tag", ["bot", "draft/bot", "inspircd.org/bot"])
async def test_other_bots_are_marked(tag: str) -> None:
    bot, person = await heard_of(
        f"@{tag} :b!~b@h PRIVMSG {CHANNEL} :beep", f"{ALICE} PRIVMSG {CHANNEL} :I am no bot"
    )
    assert said(bot).from_bot
    assert not said(person).from_bot


async def test_a_notice_is_marked() -> None:
    notice, *_ = await heard_of(f"{ALICE} NOTICE {CHANNEL} :psst")
    assert said(notice).notice


async def test_who_is_relayed_is_marked_with_who_relays_them() -> None:
    relayed, forged = await heard_of(
        f"@draft/relaymsg=bridge :bob/discord!~b@h PRIVMSG {CHANNEL} :hello from there",
        f"@+draft/relaymsg=bridge {ALICE} PRIVMSG {CHANNEL} :what anybody may put on a line",
    )
    assert (said(relayed).speaker.nick, said(relayed).relayed_by) == ("bob/discord", "bridge")
    assert said(relayed).speaker.account is None
    assert said(forged).relayed_by is None


async def test_what_servers_say_is_not_said_by_anybody() -> None:
    assert not await heard_of(
        ":irc.script.test NOTICE pkgdesk :*** Looking up your hostname",
        f":irc.script.test PRIVMSG {CHANNEL} :hello",
        f"PRIVMSG {CHANNEL} :nobody says this",
        f"{ALICE} PRIVMSG $$* :to everybody",
        f"{ALICE} PRIVMSG somebody-else :not to us",
    )


# --- where and what -------------------------------------------------------------------------------------


async def test_a_line_to_us_is_private_and_so_is_one_to_us_among_some_of_a_channel() -> None:
    """What is said to its operators must not be repeated to all of it."""
    private, plus, at = await heard_of(
        f"{ALICE} PRIVMSG pkgdesk :a word with you",
        f"{ALICE} PRIVMSG +{CHANNEL} :pkgdesk: among the voiced",
        f"{ALICE} PRIVMSG @{CHANNEL} :pkgdesk: among the operators",
        f"{ALICE} PRIVMSG @{CHANNEL} :to the operators",
    )
    for each in (private, plus, at):
        assert said(each).venue == Venue("net", "alice", Visibility.PRIVATE)


async def test_a_channel_is_as_visible_as_it_is_configured() -> None:
    async with scripted(channels=[{"name": CHANNEL, "visibility": "members"}, "#open"]) as world:
        server = await world.connection()
        await server.negotiates()
        await server.hears("CAP END")
        server.welcomes()
        server.says(f"{ALICE} PRIVMSG {CHANNEL.upper()} :here", f"{ALICE} PRIVMSG #open :there")
        assert (await world.ears.heard("here")).venue.visibility is Visibility.MEMBERS
        assert (await world.ears.heard("there")).venue.visibility is Visibility.PUBLIC


async def test_an_action_is_read_as_words_and_other_ctcp_not_at_all() -> None:
    (action,) = await heard_of(
        f"{ALICE} PRIVMSG {CHANNEL} :\x01ACTION asks \x02pkgdesk\x02 about qemu\x01",
        f"{ALICE} PRIVMSG pkgdesk :\x01VERSION\x01",
        f"{ALICE} PRIVMSG pkgdesk :\x01DCC SEND x 1 2 3\x01",
        f"{ALICE} NOTICE pkgdesk :\x01PING 1\x01",
        f"{ALICE} PRIVMSG pkgdesk :\x01",
    )
    assert said(action).text == "* alice asks pkgdesk about qemu"


async def test_ctcp_is_not_answered() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        server.passed.clear()
        server.says(f"{ALICE} PRIVMSG pkgdesk :\x01VERSION\x01", f"{ALICE} PRIVMSG pkgdesk :\x01PING 1\x01")
        await server.alive()
        assert server.passed == []


async def test_a_quoted_line_end_stays_what_it_is() -> None:
    (heard,) = await heard_of(f"{ALICE} PRIVMSG {CHANNEL} :a\x10nTOPIC {CHANNEL} :x\x10r")
    assert said(heard).text == f"anTOPIC {CHANNEL} :xr"


async def test_ids_of_messages_and_relations_are_kept() -> None:
    one, two, three = await heard_of(
        f"@msgid=abc-1 {ALICE} PRIVMSG {CHANNEL} :one",
        f"@msgid=abc-2;+draft/reply=abc-1 {ALICE} PRIVMSG {CHANNEL} :two",
        f"@msgid=a\\nb\\sc {ALICE} PRIVMSG {CHANNEL} :three",
    )
    assert (said(one).id, said(one).message) == ("net/abc-1", "abc-1")
    assert said(two).relates_to == "abc-1"
    assert said(three).message is None
    assert said(three).id.startswith("net/boot/1/")


async def test_our_echo_in_private_belongs_to_the_talk_with_them() -> None:
    (echo,) = await heard_of(":pkgdesk!~d@h PRIVMSG alice :hello", caps=ALL_CAPS)
    assert said(echo).own
    assert said(echo).venue == Venue("net", "alice", Visibility.PRIVATE)


# --- history --------------------------------------------------------------------------------------------


async def test_what_stands_in_a_batch_of_history_is_replayed() -> None:
    events = await heard_of(
        f":irc.script.test BATCH +h1 chathistory {CHANNEL}",
        f"@batch=h1;time=2020-01-01T00:00:00.000Z {ALICE} PRIVMSG {CHANNEL} :long ago",
        f"@batch=h1 {ALICE} QUIT :long ago",
        ":irc.script.test BATCH +h2 some/thing",
        f"@batch=h2 {ALICE} PRIVMSG {CHANNEL} :now",
        "@batch=h1 :irc.script.test BATCH +h3 some/thing",
        f"@batch=h3 {ALICE} PRIVMSG {CHANNEL} :long ago as well",
        ":irc.script.test BATCH -h1",
    )
    assert [(said(event).text, said(event).replayed) for event in events] == [
        ("long ago", True),
        ("now", False),
        ("long ago as well", True),
    ]
    assert events[0].at == datetime(2020, 1, 1, tzinfo=UTC)


async def test_an_old_line_is_replayed_even_without_a_batch() -> None:
    old = (now() - timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
    fresh = (now() - timedelta(seconds=10)).isoformat().replace("+00:00", "Z")
    first, second, third = await heard_of(
        f"@time={old} {ALICE} PRIVMSG {CHANNEL} :ten minutes ago",
        f"@time={fresh} {ALICE} PRIVMSG {CHANNEL} :just now",
        f"@time=nonsense {ALICE} PRIVMSG {CHANNEL} :whenever",
    )
    assert (said(first).replayed, said(second).replayed, said(third).replayed) == (True, False, False)


async def test_a_server_whose_clock_is_slow_does_not_make_everything_old() -> None:
    slow = (now() - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    (heard,) = await heard_of(
        f"@time={slow} :irc.script.test PONG irc.script.test :x",
        f"@time={slow} {ALICE} PRIVMSG {CHANNEL} :now",
    )
    assert not said(heard).replayed


async def test_a_server_whose_clock_is_put_back_is_asked_what_it_shows() -> None:
    """In a busy channel nothing else would ever tell."""
    noon, earlier = "2026-11-23T12:00:00.000Z", "2026-11-23T11:00:00.000Z"
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")
        server.says(f"@time={noon} :pkgdesk!~desk@desk.example JOIN {CHANNEL}")
        server.tells(f"366 pkgdesk {CHANNEL} :End of NAMES list")
        await server.hears("WHO")
        server.tells(f"315 pkgdesk {CHANNEL} :End of WHO list")
        server.says(*(f"@time={earlier} {ALICE} PRIVMSG {CHANNEL} :line {n}" for n in range(3)))
        assert await server.hears("PING") == "PING :clock"
        server.says(f"@time={earlier} {SERVER} PONG irc.script.test :clock")
        server.says(f"@time={earlier} {ALICE} PRIVMSG {CHANNEL} :pkgdesk: at last")
        await server.alive()
        assert not [text for text in server.passed if text.startswith("PING")]
        heard = [event for event in world.ears.events if isinstance(event, Heard)]
        assert [event.replayed for event in heard] == [True, True, True, False]


@pytest.mark.parametrize("year", ["0001", "9999"])
async def test_a_time_that_makes_no_sense_makes_nothing_old(year: str) -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")
        server.says(f"@time={year}-01-01T00:00:00+05:00 :pkgdesk!~desk@desk.example JOIN {CHANNEL}")
        server.says(f"@time={year}-12-31T23:59:59-05:00 {ALICE} PRIVMSG {CHANNEL} :hello")
        await server.alive()
        assert not (await world.ears.heard("hello")).replayed


# --- who is there ---------------------------------------------------------------------------------------


async def test_names_are_read_with_ranks_and_masks() -> None:
    async with scripted() as world:
        server = await world.connection()
        names = ("@+op", "+voice!~v@host", "plain", "[x]")
        await server.lets_in(CAPS, *names, isupport="PREFIX=(qaohv)~&@%+ CHANTYPES=#")
        await world.ears.until(lambda event: isinstance(event, Joined) and event.speaker.nick == "[x]")
        joined = [event for event in world.ears.events if isinstance(event, Joined)]
        assert [event.speaker.nick for event in joined] == ["op", "voice", "plain", "[x]"]
        assert all(event.present for event in joined)


async def test_whox_tells_accounts_and_who_is_away() -> None:
    bob, carol = await heard_of(
        f":irc.script.test 354 pkgdesk 152 {CHANNEL} bob G@ bob-account",
        f":irc.script.test 354 pkgdesk 152 {CHANNEL} carol H 0",
        f":irc.script.test 354 pkgdesk 152 {CHANNEL} pkgdesk H pkgdesk",
        f":irc.script.test 354 pkgdesk 999 {CHANNEL} not-ours H x",
    )
    assert isinstance(bob, Joined)
    assert isinstance(carol, Joined)
    assert (bob.speaker.nick, bob.speaker.account, bob.away, bob.present) == (
        "bob",
        "bob-account",
        True,
        True,
    )
    assert (carol.speaker.nick, carol.speaker.account, carol.away) == ("carol", None, False)


async def test_joins_tell_the_account_where_the_server_does() -> None:
    first, second = await heard_of(
        f":bob!~b@h JOIN {CHANNEL} bob :Bob", f":carol!~c@h JOIN {CHANNEL} * :Carol"
    )
    assert isinstance(first, Joined)
    assert isinstance(second, Joined)
    assert (first.speaker.account, first.present, second.speaker.account) == ("bob", False, None)
    (plain,) = await heard_of(f":bob!~b@h JOIN :{CHANNEL}", caps="server-time")
    assert isinstance(plain, Joined)
    assert plain.speaker.account is None


async def test_comings_and_goings() -> None:
    channel = Venue("net", CHANNEL)
    parted, kicked, quit_, renamed, known, unknown, away, back = await heard_of(
        f":bob!~b@h PART {CHANNEL} :bye",
        f":op!~o@h KICK {CHANNEL} carol :out",
        ":dave!~d@h QUIT",
        f"{ALICE} NICK :alice2",
        ":alice2!~a@h ACCOUNT alice",
        ":alice2!~a@h ACCOUNT *",
        ":alice2!~a@h AWAY :gone fishing",
        ":alice2!~a@h AWAY",
    )
    assert isinstance(parted, Left)
    assert (parted.nick, parted.venue) == ("bob", channel)
    assert isinstance(kicked, Left)
    assert (kicked.nick, kicked.venue) == ("carol", channel)
    assert isinstance(quit_, Left)
    assert (quit_.nick, quit_.venue) == ("dave", None)
    assert isinstance(renamed, Renamed)
    assert (renamed.nick, renamed.new_nick) == ("alice", "alice2")
    assert isinstance(known, AccountChanged)
    assert isinstance(unknown, AccountChanged)
    assert (known.account, unknown.account) == ("alice", None)
    assert isinstance(away, AwayChanged)
    assert isinstance(back, AwayChanged)
    assert (away.away, back.away) == (True, False)


async def test_a_netsplit_is_many_leaving_and_coming() -> None:
    events = await heard_of(
        ":irc.script.test BATCH +n netsplit a.example b.example",
        "@batch=n :bob!~b@h QUIT :a.example b.example",
        "@batch=n :carol!~c@h QUIT :a.example b.example",
        ":irc.script.test BATCH -n",
        f":bob!~b@h JOIN {CHANNEL} bob :Bob",
    )
    assert [type(event) for event in events] == [Left, Left, Joined]


async def test_of_ourselves_only_the_loss_of_a_channel_is_told() -> None:
    events = await heard_of(
        ":pkgdesk!~d@h NICK :pkgdesk2",
        ":pkgdesk2!~d@h ACCOUNT pkgdesk",
        ":pkgdesk2!~d@h AWAY :x",
        f":op!~o@h KICK {CHANNEL} pkgdesk2 :out",
    )
    assert [type(event) for event in events] == [RosterLost]
    assert isinstance(events[0], RosterLost)
    assert events[0].venue == Venue("net", CHANNEL)


@pytest.mark.parametrize(("mapping", "private"), [("rfc1459", True), ("ascii", False)])
async def test_names_are_compared_as_the_server_does(mapping: str, private: bool) -> None:
    async with scripted(nick="desk[x]") as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes("desk[x]", isupport=f"CASEMAPPING={mapping} CHANTYPES=#")
        server.says(f"{ALICE} PRIVMSG DESK{{X}} :to us?", f"{ALICE} PRIVMSG Desk[X] :to us")
        await world.ears.heard("to us")
        assert ("to us?" in world.ears.texts()) is private


async def test_times_come_from_the_clock_that_is_given() -> None:
    noon = datetime(2026, 10, 1, 12, tzinfo=UTC)
    async with scripted(clock=lambda: noon) as world:
        server = await world.connection()
        await server.lets_in()
        server.says(f"{ALICE} PRIVMSG {CHANNEL} :hi")
        assert (await world.ears.heard("hi")).at == noon
