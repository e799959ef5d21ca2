"""Who is where, under which nick and account, and away or not: our reading of a server's lines beside that of
ircstates, which was written by others, after every line of drawn transcripts.

A small network is drawn that behaves as networks do: it tells only what those who share a channel with us
do, and each thing once. Its lines are read by `bot.transports.irc.hearing` and `bot.roster` together, and
by ircstates; then both must have the same people in the same channels.

Intended differences, and how they are compared:

- We ourselves stand in ircstates' channels and not in our roster: left out.
- A nick that only spoke to us in private is in our roster for a while, in no channel: left out.
- ircstates has no account where nobody said anything (None) and "" where there is none; we have None for
  both. It does not read account-tag, so there we may know more: what we know must then be true.
- Where nothing is told of changes (no account-notify), both keep what was told; that we do not believe it of
  a line is tested in test_irc_identity.
- ircstates knows the mappings ascii and rfc1459 only, and fails on others and on lines that make no sense;
  the ranks of members and the modes of channels, which it follows, are nothing to us. So none of these is
  drawn, or compared.
"""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from irc_ear import TAGGING, TELLING, Ear
from ircstates.server import Server
from irctokens.line import tokenise

CHANNELS = ("#packaging", "#b[x]", "&c")
NAMES = ("al", "bo[", "cy{d}", "Dee", "e-e", "x" * 70)
RANKS = ("", "@", "+", "@+", "~&@%+")
PARTS = ("a.example b.example", "Ping timeout", "")


@dataclass
class Person:
    """Somebody on the drawn network."""

    nick: str
    account: str | None = None
    away: bool = False
    channels: set[str] = field(default_factory=set)


class Network:
    """What is true, and the lines that tell it."""

    def __init__(self, data: st.DataObject, caps: frozenset[str], mapping: str) -> None:
        self._data = data
        self.caps = caps
        self.mapping = mapping
        self.people = {self.fold(name): Person(name, channels=set(CHANNELS[:2])) for name in NAMES[:4]}
        self.people["dee"].away = True
        self.ours: set[str] = set()

    def fold(self, name: str) -> str:
        odd = str.maketrans("[]\\~", "{}|^") if self.mapping == "rfc1459" else {}
        return name.lower().translate(odd)

    def spelt(self, name: str) -> str:
        """A name of a channel as some line may write it: another spelling of the same."""
        odd = str.maketrans("[]{}", "{}[]") if self.mapping == "rfc1459" else {}
        return self._data.draw(st.sampled_from([name, name.swapcase(), name.translate(odd)]))

    def lines(self) -> list[str]:
        """One thing happens; what we are told of it."""
        happen = self._data.draw(
            st.sampled_from(
                (
                    *(self._comes, self._comes, self._goes, self._quits, self._is_renamed, self._logs),
                    *(self._is_away, self._is_told_of, self._talks, self._splits, self.we_come, self._we_go),
                )
            )
        )
        return happen()

    # --- others --------------------------------------------------------------------------------------------

    def _somebody(self) -> Person:
        name = self._data.draw(st.sampled_from(NAMES))
        return self.people.setdefault(self.fold(name), Person(name))

    def _seen(self, who: Person) -> bool:
        return not who.channels.isdisjoint(self.ours)

    def _comes(self) -> list[str]:
        who, channel = self._somebody(), self._data.draw(st.sampled_from(CHANNELS))
        if channel in who.channels:
            return []
        who.channels.add(channel)
        return self._join(who, channel)

    def _join(self, who: Person, channel: str) -> list[str]:
        if channel not in self.ours:
            return []
        more = f" {who.account or '*'} :Real name" if "extended-join" in self.caps else ""
        come = [f":{who.nick}!u@host.example JOIN {self.spelt(channel)}{more}"]
        return come + ([f":{who.nick}!u@host.example AWAY :out"] if who.away else [])

    def _goes(self) -> list[str]:
        who, channel = self._somebody(), self._data.draw(st.sampled_from(CHANNELS))
        if channel not in who.channels:
            return []
        who.channels.discard(channel)
        name = self.spelt(channel)
        how = [f":{who.nick}!u@h PART {name} :bye", f":op!o@h KICK {name} {who.nick} :out"]
        return [self._data.draw(st.sampled_from(how))] if channel in self.ours else []

    def _quits(self) -> list[str]:
        who = self._somebody()
        del self.people[self.fold(who.nick)]
        return [f":{who.nick}!u@h QUIT :{self._data.draw(st.sampled_from(PARTS))}"] if self._seen(who) else []

    def _splits(self) -> list[str]:
        """Part of the network is gone, and comes back, perhaps without services, perhaps as somebody else."""
        gone = [self._somebody(), self._somebody()]
        told = [":irc.example BATCH +n netsplit a.example b.example"]
        back = []
        for who in {self.fold(each.nick): each for each in gone}.values():
            told += [f"@batch=n :{who.nick}!u@h QUIT :a.example b.example"] if self._seen(who) else []
            who.account = self._data.draw(st.sampled_from([who.account, None, "mallory"]))
            who.away = False
            for channel in sorted(who.channels):
                back += self._join(who, channel)
        return [*told, ":irc.example BATCH -n", *back]

    def _is_renamed(self) -> list[str]:
        who = self._somebody()
        new = self._data.draw(st.sampled_from(NAMES + tuple(name.swapcase() for name in NAMES)))
        if self.fold(new) in self.people and self.people[self.fold(new)] is not who:
            return []
        old = who.nick
        del self.people[self.fold(old)]
        self.people[self.fold(new)] = who
        who.nick = new
        return [f":{old}!u@h NICK :{new}"] if self._seen(who) else []

    def _logs(self) -> list[str]:
        who = self._somebody()
        who.account = self._data.draw(st.sampled_from([None, "al", "bob[", "BO{"]))
        told = "account-notify" in self.caps and self._seen(who)
        return [f":{who.nick}!u@h ACCOUNT {who.account or '*'}"] if told else []

    def _is_away(self) -> list[str]:
        who = self._somebody()
        who.away = not who.away
        return [f":{who.nick}!u@h AWAY{' :out' if who.away else ''}"] if self._seen(who) else []

    def _is_told_of(self) -> list[str]:
        who, channel = self._somebody(), self._data.draw(st.sampled_from(CHANNELS))
        if not self._seen(who) or channel not in self.ours:
            return []
        lines = [f":{who.nick}!u@h CHGHOST new host.example", f":{who.nick}!u@h SETNAME :Other"]
        lines += [f":op!o@h MODE {self.spelt(channel)} +m"]
        if channel in who.channels:
            lines += [f":op!o@h MODE {self.spelt(channel)} {sign} {who.nick}" for sign in ("+o", "-v")]
        return [self._data.draw(st.sampled_from(lines))]

    def _talks(self) -> list[str]:
        who, channel = self._somebody(), self._data.draw(st.sampled_from(CHANNELS))
        tag = f"@account={who.account} " if who.account and "account-tag" in self.caps else ""
        target = self.spelt(channel) if channel in who.channels & self.ours else "pkgdesk"
        return [
            f"{tag}:{who.nick}!u@h {self._data.draw(st.sampled_from(['PRIVMSG', 'NOTICE']))} {target} :hi"
        ]

    # --- ourselves -----------------------------------------------------------------------------------------

    def we_come(self) -> list[str]:
        """Into a channel, where we are told who is there."""
        channel = self._data.draw(st.sampled_from(CHANNELS))
        if channel in self.ours:
            return []
        self.ours.add(channel)
        inside = [who for who in self.people.values() if channel in who.channels]
        names = [self._data.draw(st.sampled_from(RANKS)) + self._named(who) for who in inside]
        asked = []
        for who in inside:
            flags, account = "G" if who.away else "H", who.account or "0"
            asked += [
                f":irc.example 354 pkgdesk 152 {channel} {who.nick} {flags} {account}",
                f":irc.example 354 pkgdesk 735 u 255.255.255.255 h * {who.nick} {flags} {account} :Real",
            ]
        return [
            f":pkgdesk!d@h JOIN {channel}{' * :d' if 'extended-join' in self.caps else ''}",
            f":irc.example 353 pkgdesk = {channel} :{' '.join(['pkgdesk', *names])}",
            f":irc.example 366 pkgdesk {channel} :End",
            *asked,
            f":irc.example 315 pkgdesk {channel} :End",
        ]

    def _named(self, who: Person) -> str:
        return f"{who.nick}!u@host.example" if self._data.draw(st.booleans()) else who.nick

    def _we_go(self) -> list[str]:
        channel = self._data.draw(st.sampled_from(CHANNELS))
        if channel not in self.ours:
            return []
        self.ours.discard(channel)
        name = self.spelt(channel)
        how = [f":pkgdesk!d@h PART {name}", f":op!o@h KICK {name} pkgdesk :out"]
        return [self._data.draw(st.sampled_from(how))]


def compared(ear: Ear, server: Server, network: Network | None) -> None:
    """`network`: where all of what happened has been told."""
    theirs = {
        server.casefold(user.nickname): (
            {server.casefold(channel) for channel in user.channels},
            user.away is not None,
        )
        for user in server.users.values()
        if user.nickname != "pkgdesk"
    }
    ours = {
        server.casefold(member.nick): (
            {server.casefold(channel) for channel in member.venues},
            member.away,
        )
        for member in ear.roster.members.values()
        if member.venues
    }
    assert ours == theirs
    for member in ear.roster.members.values():
        if not member.venues:
            continue
        account = server.users[server.casefold(member.nick)].account
        if account is not None and "account-tag" not in ear.standing.caps:
            assert server.casefold(member.account or "") == server.casefold(account)
        elif member.account is not None and network is not None:
            true = network.people[network.fold(member.nick)].account
            assert network.fold(member.account) == network.fold(true or "")


def begun(ear: Ear | None, caps: str, mapping: str) -> tuple[Ear, Server]:
    """A connection, the first or another."""
    tokens = (
        "WHOX",
        f"CASEMAPPING={mapping}",
        "CHANTYPES=#&",
        "PREFIX=(qaohv)~&@%+",
        "CHANMODES=b,k,l,imnpst",
    )
    server = Server("net")
    for line in (
        ":irc.example 001 pkgdesk :Welcome",
        f":irc.example 005 pkgdesk {' '.join(tokens)} :are supported by this server",
    ):
        server.parse_tokens(tokenise(line))
    if ear is None:
        return Ear(caps, *tokens, channels=CHANNELS), server
    ear.connects(caps, *tokens)
    return ear, server


@settings(max_examples=100)
@given(st.data())
def test_others_read_the_same_of_who_is_where(data: st.DataObject) -> None:
    caps = data.draw(st.sampled_from([TAGGING, TELLING, "extended-join", "account-notify", ""]))
    mapping = data.draw(st.sampled_from(["ascii", "rfc1459"]))
    network = Network(data, frozenset(caps.split()), mapping)
    ear, server = begun(None, caps, mapping)
    for number in range(data.draw(st.integers(5, 30))):
        for line in network.we_come() if number < 2 else network.lines():
            ear.hears(line)
            server.parse_tokens(tokenise(line))
            if " 354 pkgdesk 152 " not in line:  # what ircstates asks for is answered by the next one
                compared(ear, server, None)
        compared(ear, server, network)
        if data.draw(st.integers(0, 15)) == 15:
            network.ours.clear()
            ear, server = begun(ear, caps, mapping)
