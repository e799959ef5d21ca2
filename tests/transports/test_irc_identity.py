"""Whose a line is: what the server said of a nick, since it appeared, and did not take back. Nothing else."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from irc_ear import TAGGING, TELLING, Ear, message
from irc_people import CHANNEL

from bot.desk.events import AccountChanged, Heard, Joined, RosterLost, Sighted, Vouched
from bot.desk.model import Speaker
from routing.presence import Venue, Visibility

RFC = "CASEMAPPING=rfc1459"
ASCII = "CASEMAPPING=ascii"
WHO = ":irc.example 354 pkgdesk 152"


def present(caps: str = TELLING, *isupport: str) -> Ear:
    """A desk in its channel with rob, who is logged in as bob, and WHOX answered."""
    ear = Ear(caps, "WHOX", *(isupport or (RFC,)))
    ear.joins("rob!u@host.example")
    ear.hears(f"{WHO} {CHANNEL} rob H bob", f":irc.example 315 pkgdesk {CHANNEL} :End")
    return ear


# --- the line, or what was told before ------------------------------------------------------------------


def test_with_the_tag_negotiated_the_line_decides() -> None:
    ear = present(TAGGING)
    assert ear.account("rob", "@account=robert ") == "robert"
    assert ear.account("rob") is None
    member = ear.member("rob")
    assert member is not None
    assert member.account is None, "the server has just said that there is none"


def test_without_it_what_the_server_told_holds_while_it_tells_of_changes() -> None:
    ear = present()
    assert ear.account("rob") == "bob"
    assert ear.account("rob", "@account=mallory ") == "bob", "a tag that was not negotiated proves nothing"
    assert ear.account("somebody") is None


@pytest.mark.parametrize("caps", ["", "account-notify", "extended-join", "away-notify multi-prefix"])
def test_where_it_would_not_tell_of_changes_nothing_but_the_line_counts(caps: str) -> None:
    ear = present(caps)
    assert ear.account("rob") is None
    member = ear.member("rob")
    assert member is not None
    assert member.account == "bob", "as somebody who can be pinged there"


@pytest.mark.parametrize("gone", ["account-notify", "extended-join"])
@pytest.mark.parametrize("how", ["DEL", "ACK"])
def test_what_stops_to_be_told_is_believed_no_more_even_if_it_is_told_again(gone: str, how: str) -> None:
    ear = present()
    ear.hears(f":irc.example CAP pkgdesk {how} :{gone if how == 'DEL' else '-' + gone}")
    assert ear.account("rob") is None
    ear.hears(f":irc.example CAP pkgdesk ACK :{gone}")
    assert ear.account("rob") is None
    ear.connects(TELLING, "WHOX", RFC)
    ear.joins("rob")
    assert ear.account("rob") is None, "WHOX has not answered since"
    ear.hears(f"{WHO} {CHANNEL} rob H bob")
    assert ear.account("rob") == "bob"


def test_when_the_tag_goes_the_line_alone_proves_nothing() -> None:
    ear = present("account-tag message-tags")
    assert ear.account("rob", "@account=bob ") == "bob"
    ear.hears(":irc.example CAP pkgdesk DEL :account-tag")
    assert ear.account("rob", "@account=bob ") is None


def test_capabilities_that_come_after_we_joined_are_too_late() -> None:
    ear = Ear("", "WHOX", RFC)
    ear.joins("rob")
    ear.hears(f":irc.example CAP pkgdesk ACK :{TELLING}", f"{WHO} {CHANNEL} rob H bob")
    assert ear.account("rob") is None


def test_a_line_from_the_past_is_believed_from_its_own_tag_only() -> None:
    ear = present()
    ear.hears(f":irc.example BATCH +h chathistory {CHANNEL}")
    heard = ear.said(f"@batch=h :rob!u@h PRIVMSG {CHANNEL} :long ago")
    assert (heard.speaker.account, heard.vouched) == (None, Vouched.NOTHING)


# --- people come, go, log in and out --------------------------------------------------------------------


def test_who_logs_out_is_believed_no_more_and_who_logs_in_is() -> None:
    ear = present()
    ear.hears(":rob!u@h ACCOUNT *")
    assert ear.account("rob") is None
    (changed,) = ear.hears(":rob!u@h ACCOUNT robert")
    assert isinstance(changed, AccountChanged)
    assert ear.account("rob") == "robert"


def test_a_session_goes_on_when_it_identifies_and_when_it_logs_out() -> None:
    ear = present()
    sessions = {ear.said(f":rob!u@h PRIVMSG {CHANNEL} :hi").speaker.session}
    for told in ("*", "robert", "bob", "*"):
        ear.hears(f":rob!u@h ACCOUNT {told}")
        sessions.add(ear.said(f":rob!u@h PRIVMSG {CHANNEL} :hi").speaker.session)
    assert len(sessions) == 1


def test_an_account_follows_its_nick_and_leaves_none_behind() -> None:
    ear = present()
    ear.hears(":rob!u@h NICK :robert")
    assert ear.account("robert") == "bob"
    assert ear.account("rob") is None


def test_a_nick_that_another_takes_is_another() -> None:
    ear = present()
    before = ear.said(f":rob!u@h PRIVMSG {CHANNEL} :hi").speaker
    ear.hears(":rob!u@h QUIT :bye", f":rob!m@evil.example JOIN {CHANNEL} mallory :Rob")
    after = ear.said(f":rob!m@evil.example PRIVMSG {CHANNEL} :hi").speaker
    assert after.account == "mallory"
    assert not before.is_same(after)


@pytest.mark.parametrize("join", [f"JOIN {CHANNEL} * :Rob", f"JOIN {CHANNEL}"])
def test_after_a_netsplit_who_comes_back_without_services_is_nobody(join: str) -> None:
    ear = present()
    before = ear.said(f":rob!u@h PRIVMSG {CHANNEL} :hi").speaker
    ear.hears(
        ":irc.example BATCH +n netsplit a.example b.example",
        "@batch=n :rob!u@h QUIT :a.example b.example",
        ":irc.example BATCH -n",
        f":rob!m@evil.example {join}",
    )
    after = ear.said(f":rob!m@evil.example PRIVMSG {CHANNEL} :hi").speaker
    assert after.account is None
    assert not before.is_same(after)


@pytest.mark.parametrize(
    "lower",
    [
        f":rob!u@h JOIN {CHANNEL} * :Rob",
        f"{WHO} {CHANNEL} rob H 0",
        ":rob!u@h ACCOUNT *",
        f":rob!u@h PART {CHANNEL}",
        f":op!u@h KICK {CHANNEL} rob :out",
        f":pkgdesk!d@h PART {CHANNEL}",
        f":op!u@h KICK {CHANNEL} pkgdesk :out",
        ":irc.example 005 pkgdesk CASEMAPPING=ascii :are supported",
    ],
)
def test_what_lowers_trust_and_what_follows_never_raises_it(lower: str) -> None:
    ear = present()
    ear.hears(":rob!u@h NICK ro[b]", ":ro[b]!u@h NICK rob")
    ear.hears(f":ro[b]!u@h JOIN {CHANNEL} * :x", lower)
    if "CASEMAPPING" not in lower:
        assert ear.account("rob") is None
    ear.hears(
        f":irc.example 353 pkgdesk = {CHANNEL} :@rob",
        ":rob!u@h AWAY :x",
        ":rob!u2@h2 CHGHOST u3 h3",
        ":rob!u@h SETNAME :bob",
        f":bob!u@h MODE {CHANNEL} +o rob",
    )
    assert ear.account("rob") is None


def test_of_a_channel_that_we_are_not_in_nothing_is_believed() -> None:
    ear = present()
    ear.hears(f":op!u@h KICK {CHANNEL} pkgdesk :out")
    late = [
        f"{WHO} {CHANNEL} rob H bob",
        f":irc.example 353 pkgdesk = {CHANNEL} :rob",
        f":rob!u@h JOIN {CHANNEL} bob :x",
        f":rob!u@h PART {CHANNEL}",
        f":op!u@h KICK {CHANNEL} rob :x",
    ]
    assert ear.hears(*late) == []
    assert ear.account("rob") is None


# --- one name or two ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mapping", "same"), [(RFC, True), (ASCII, False), ("CASEMAPPING=odd", False)])
def test_nicks_are_one_where_the_server_says_so(mapping: str, same: bool) -> None:
    ear = present(TELLING, mapping)
    ear.hears(f":bob[!u@h JOIN {CHANNEL} bob :Bob")
    assert ear.account("BOB{") == ("bob" if same else None)


@pytest.mark.parametrize(("mapping", "same"), [(RFC, True), (ASCII, False)])
def test_accounts_are_one_where_the_server_says_so(mapping: str, same: bool) -> None:
    ear = present(TAGGING, mapping)
    one, other = (
        ear.said(f"@account={account} :{nick}!u@h PRIVMSG {CHANNEL} :hi").speaker
        for nick, account in (("al", "bob["), ("el", "BOB{"))
    )
    assert one.is_same(other) is same


def test_until_it_is_told_two_are_two_and_who_was_known_before_is_known_no_more() -> None:
    ear = Ear(TELLING)
    ear.joins()
    ear.hears(f":bob[!u@h JOIN {CHANNEL} bob :Bob")
    assert (ear.account("bob["), ear.account("bob{")) == ("bob", None)
    events = ear.hears(f":irc.example 005 pkgdesk {RFC} :are supported", f":bob[!u@h PRIVMSG {CHANNEL} :hi")
    assert [type(event) for event in events] == [RosterLost, Heard]
    assert isinstance(events[1], Heard)
    assert events[1].speaker.account is None


def test_where_nobody_was_taken_for_another_nothing_is_lost_when_it_is_told_late() -> None:
    for mapping in (RFC, ASCII):
        ear = Ear(TELLING)
        ear.joins()
        ear.hears(f":bob[!u@h JOIN {CHANNEL} bob :Bob", f":irc.example 005 pkgdesk {mapping} :are supported")
        assert ear.account("bob[") == "bob"


def test_a_nick_is_called_as_it_was_first_until_it_changes_it() -> None:
    ear = present()
    ear.hears(f":bob[!u@h JOIN {CHANNEL} bob :Bob")
    assert ear.said(f":bob{{!u@h PRIVMSG {CHANNEL} :hi").speaker.nick == "bob["
    ear.hears(":bob[!u@h NICK Bob{")
    assert ear.said(f":bob[!u@h PRIVMSG {CHANNEL} :hi").speaker.nick == "Bob{"
    ear.hears(":Bob{!u@h QUIT")
    assert ear.said(f":bob[!u@h PRIVMSG {CHANNEL} :hi").speaker.nick == "bob["


def test_a_channel_is_called_as_it_is_configured() -> None:
    ear = Ear(TELLING, RFC, channels=("#desk[x]",))
    assert ear.said(":al!u@h PRIVMSG #DESK{X} :hi").venue == Venue("net", "#desk[x]")
    ear = Ear(TELLING, ASCII, channels=("#desk[x]",))
    assert ear.said(":al!u@h PRIVMSG #desk{x} :hi").venue.visibility is Visibility.MEMBERS


@pytest.mark.parametrize(
    ("tokens", "target", "venue"),
    [
        ((), "@+#packaging", None),
        (("STATUSMSG=@",), "@#packaging", None),
        (("CHANTYPES=#&+", "STATUSMSG=~&@%+"), "+#packaging", None),
        (("CHANTYPES=#&+", "STATUSMSG=~&@%+"), "&#packaging", None),
        (("CHANTYPES=#&+", "STATUSMSG=~&@%+"), "+local", "+local"),
        (("STATUSMSG=#",), "##packaging", "##packaging"),
        (("PREFIX=",), "@#packaging", None),
        (("CHANTYPES=",), "#packaging", "#packaging"),
    ],
)
def test_targets_are_read_as_the_server_writes_them(
    tokens: tuple[str, ...], target: str, venue: str | None
) -> None:
    ear = Ear(TELLING, RFC, *tokens)
    events = ear.hears(f":al!u@h PRIVMSG {target} :hi")
    assert [event.venue.name for event in events if isinstance(event, Heard)] == ([venue] if venue else [])


def test_what_is_said_to_some_members_only_is_answered_privately_where_it_names_us() -> None:
    ear = Ear(TELLING, RFC, "STATUSMSG=@+")
    heard = ear.said(":al!u@h PRIVMSG @#packaging :pkgdesk: is the embargo lifted?")
    assert (heard.venue.name, heard.venue.visibility) == ("al", Visibility.PRIVATE)
    assert not ear.hears(":al!u@h PRIVMSG @#packaging :who tells pkgdesk?")


def test_joins_and_parts_of_many_channels_at_once_and_very_long_nicks() -> None:
    ear = Ear(TELLING, RFC, "PREFIX=(qaohv)~&@%+", channels=("#a", "#b"))
    long = "x" * 90
    ear.hears(":pkgdesk!d@h JOIN #a,#b * :d", f":{long}!u@h JOIN #a,#b,#c bob :L")
    ear.hears(f":irc.example 353 pkgdesk @ #a :~&@%+{long}!u@h !@+ @ ~y")
    member = ear.member(long)
    assert member is not None
    assert (member.account, member.venues) == ("bob", frozenset({"#a", "#b"}))
    ear.hears(f":{long}!u@h PART #b,#a")
    assert ear.member(long) is None
    assert ear.member("y") is not None


@pytest.mark.parametrize(
    "line",
    [
        f":rob!u@h INVITE pkgdesk {CHANNEL}",
        f":rob!u@h TOPIC {CHANNEL} :x",
        f":rob!u@h MODE {CHANNEL} +o-v rob rob",
        f"@account=x :rob!u@h TAGMSG {CHANNEL}",
        ":rob!u@h CHGHOST new host",
        ":rob!u@h SETNAME :New Name",
        ":rob!u@h CHGHOST",
        ":rob!u@h SETNAME",
        ":rob!u@h WHATEVER x y z",
        ":irc.example 999 pkgdesk x",
        ":rob!u@h NICK",
        ":rob!u@h JOIN",
        ":rob!u@h PART",
        ":rob!u@h KICK",
        ":irc.example 353 pkgdesk",
        ":irc.example 354 pkgdesk 152",
        ":irc.example 352 pkgdesk",
        ":irc.example 335 pkgdesk",
        ":irc.example CAP pkgdesk",
    ],
)
def test_what_says_nothing_of_who_is_there_is_harmless(line: str) -> None:
    ear = present()
    assert ear.hears(line) == []
    assert ear.account("rob") == "bob"


# --- bots -----------------------------------------------------------------------------------------------


def is_bot(ear: Ear, nick: str) -> bool:
    return ear.said(f":{nick}!u@h PRIVMSG {CHANNEL} :beep").from_bot


@pytest.mark.parametrize(
    "mark",
    [
        f"{WHO} {CHANNEL} rob HB 0",
        f":irc.example 352 pkgdesk {CHANNEL} u h irc.example rob G*@B :0 Rob",
        ":irc.example 335 pkgdesk rob :is a bot on Example",
    ],
)
def test_a_nick_that_the_server_calls_a_bot_is_one_until_it_goes(mark: str) -> None:
    ear = present(TELLING, RFC, "BOT=B")
    assert not is_bot(ear, "rob")
    ear.hears(mark)
    assert is_bot(ear, "ROB")
    ear.hears(":rob!u@h NICK robot")
    assert is_bot(ear, "robot")
    assert not is_bot(ear, "rob")
    ear.hears(":robot!u@h QUIT", f":robot!u@h JOIN {CHANNEL} * :x")
    assert not is_bot(ear, "robot")


@pytest.mark.parametrize(
    "end",
    [
        f"{WHO} {CHANNEL} rob H 0",
        f":rob!u@h PART {CHANNEL}",
        f":op!u@h KICK {CHANNEL} rob :x",
        f":pkgdesk!d@h PART {CHANNEL}",
    ],
)
def test_a_mark_ends_with_what_it_was_seen_on(end: str) -> None:
    ear = present(TELLING, RFC, "BOT=B")
    ear.hears(f"{WHO} {CHANNEL} rob HB 0", end)
    assert not is_bot(ear, "rob")


def test_a_mark_ends_with_our_connection_and_needs_the_letter() -> None:
    ear = present(TELLING, RFC, "BOT=B")
    ear.hears(f"{WHO} {CHANNEL} rob HB 0")
    ear.connects(TELLING, RFC, "WHOX")
    ear.joins("rob")
    ear.hears(f"{WHO} {CHANNEL} rob HB 0")
    assert not is_bot(ear, "rob")


# --- in any sequence of lines ---------------------------------------------------------------------------

NICKS = ("al", "AL", "b[", "b{", "pkgdesk")
ACCOUNTS = ("al", "b[", "B{", "*")
CHANNELS = (CHANNEL, "#b[", "#B{")


@dataclass
class Told:
    """What the server said of one nick, in which channels of ours it has been seen."""

    account: str | None = None
    channels: set[str] = field(default_factory=set)


class Oracle:
    """What may be believed, as plainly as it can be said; it knows nothing of rosters."""

    def __init__(self) -> None:
        self.caps: set[str] = set(TELLING.split())
        self.nicks: dict[str, Told] = {}
        self.ours: dict[str, str] = {}
        self.mapping = "untold"
        self.telling: bool | None = None

    def fold(self, name: str, *, channel: bool = False) -> str:
        wide = self.mapping == "rfc1459" or (channel and self.mapping == "untold")
        return name.lower().translate(str.maketrans("[]\\~", "{}|^")) if wide else name.lower()

    def believed(self, line: str) -> str | None:
        """Whose a PRIVMSG is."""
        told = message(line)
        if "account-tag" in self.caps:
            account = told.tags.get("account", "*")
            return None if account == "*" else account
        known = self.nicks.get(self.fold(told.nick))
        telling = self.telling and {"account-notify", "extended-join"} <= self.caps
        return known.account if telling and known and known.channels else None

    def takes_in(self, line: str) -> None:
        told = message(line)
        nick, me = self.fold(told.nick), told.nick.lower() == "pkgdesk"
        channel = self.fold(told[0], channel=True)
        match told.verb:
            case "005" if told[1].partition("=")[2] != self.mapping:
                self._compares(told[1].partition("=")[2])
            case "CAP":
                for name in told[-1].split():
                    if told[1] == "DEL":
                        self.caps.discard(name)
                        self.telling = False if name != "account-tag" else self.telling
                    else:
                        self.caps.add(name)
            case "JOIN" if me:
                self.ours[channel] = told[0]
                if self.telling is None:
                    self.telling = {"account-notify", "extended-join"} <= self.caps
            case "PART" if me:
                self.ours.pop(channel, None)
                for each in list(self.nicks):
                    self._leaves(each, channel)
            case "JOIN" if channel in self.ours:
                known = self.nicks.setdefault(nick, Told())
                if "extended-join" in self.caps:
                    known.account = None if told[1] == "*" else told[1]
                elif not known.channels or channel in known.channels:
                    known.account = None
                known.channels.add(channel)
            case "PART":
                self._leaves(nick, channel)
            case "QUIT" if not me:
                self.nicks.pop(nick, None)
            case "NICK" if not me:
                known = self.nicks.pop(nick, Told())
                self.nicks[self.fold(told[0])] = known
            case "ACCOUNT" if not me and nick in self.nicks:
                self.nicks[nick].account = None if told[0] == "*" else told[0]
            case "354" if self.fold(told[2], channel=True) in self.ours and told[3] != "pkgdesk":
                known = self.nicks.setdefault(self.fold(told[3]), Told())
                known.account = None if told[5] == "0" else told[5]
                known.channels.add(self.fold(told[2], channel=True))
            case "353" if self.fold(told[2], channel=True) in self.ours:
                named = self.nicks.setdefault(self.fold(told[3].lstrip("@")), Told())
                named.channels.add(self.fold(told[2], channel=True))
            case "PRIVMSG" if "account-tag" in self.caps and nick in self.nicks:
                self.nicks[nick].account = self.believed(line)

    def _compares(self, mapping: str) -> None:
        """Otherwise than before: who was one with another may have been either of them."""
        before, self.mapping = self.mapping, mapping
        odd = set("[]\\~{}|^")
        nicks, self.nicks = self.nicks, {}
        merged = set()
        for nick, told in nicks.items():
            if before == "rfc1459" and odd & set(nick):
                continue
            if mapping == "ascii":
                told.channels = {name for name in told.channels if not odd & set(name)}
            if self.fold(nick) in self.nicks:
                merged.add(self.fold(nick))
            self.nicks[self.fold(nick)] = told
        for nick in merged:
            del self.nicks[nick]
        self.ours = {self.fold(name, channel=True): name for name in self.ours.values()}

    def _leaves(self, nick: str, channel: str) -> None:
        known = self.nicks.get(nick)
        if known is not None and channel in known.channels:
            known.channels.discard(channel)
            if not known.channels:
                del self.nicks[nick]


@st.composite
def servers_lines(draw: st.DrawFn) -> list[str]:
    """Whatever a server might say, sensible or not."""
    lines = [f":pkgdesk!d@h JOIN {CHANNEL} * :d"] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 25))):
        nick, other = draw(st.sampled_from(NICKS)), draw(st.sampled_from(NICKS[:-1]))
        channel, account = draw(st.sampled_from(CHANNELS)), draw(st.sampled_from(ACCOUNTS))
        tag = draw(st.sampled_from(["", f"@account={account} "]))
        cap = draw(st.sampled_from(["account-notify", "extended-join", "account-tag"]))
        mapping = draw(st.sampled_from(["ascii", "rfc1459"]))
        kinds = [
            f"{tag}:{nick}!u@h PRIVMSG {channel} :hi",
            f"{tag}:{nick}!u@h PRIVMSG pkgdesk :hi",
            f":{nick}!u@h JOIN {channel} {account} :x",
            f":{nick}!u@h ACCOUNT {account}",
            f":{nick}!u@h PART {channel}",
            f":{nick}!u@h QUIT",
            f":{nick if nick != 'pkgdesk' else 'al'}!u@h NICK {other}",
            f":irc.example 353 pkgdesk = {channel} :@{other}",
            f"{WHO} {channel} {other} H {'0' if account == '*' else account}",
            f":irc.example CAP pkgdesk {draw(st.sampled_from(['DEL', 'ACK']))} :{cap}",
            f":irc.example 005 pkgdesk CASEMAPPING={mapping} :are supported",
            f":{other}!u@h PRIVMSG {channel} :hi",
        ]
        lines.append(draw(st.sampled_from(kinds)))
    return lines


@given(servers_lines())
def test_no_event_carries_an_account_that_the_server_did_not_say_or_took_back(lines: list[str]) -> None:
    ear, oracle = Ear(TELLING, channels=(CHANNEL, "#b[")), Oracle()
    for line in lines:
        for event in ear.hears(line):
            match event:
                case Heard(speaker=Speaker(account=str() as account), own=False):
                    believed = oracle.believed(line)
                    assert believed is not None
                    assert oracle.fold(account) == oracle.fold(believed)
                case (
                    Joined(speaker=Speaker(account=str() as account))
                    | AccountChanged(account=str() as account)
                ):
                    assert oracle.fold(account) in {oracle.fold(each) for each in message(line).parameters}
                case Sighted():
                    raise AssertionError("nobody is looked out for")
        oracle.takes_in(line)
