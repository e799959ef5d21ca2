"""Folds what networks say about who is where into a roster.

A session begins when a nick is first seen and ends with QUIT, with the last PART from where we can see them,
or with our own disconnect; it goes on through a change of nick. A nick that shares no venue with us is not
seen to go, so its session ends after some silence; unless the network looks out for it on our behalf, and
then it ends when the network says so. Its name is made of the event that began it, which is unique
for ever: whoever takes the nick later has another session.

An account is what the network itself told of a nick, since it last appeared and since we came. Each event
says what it vouches for (`Vouched`). An event that says there is none takes away what was known; one that
says nothing leaves it, and whether a line may be believed to come from that account depends on whether the
network would have told of a change: it does so for those alone who share a venue with us.

Pure: a function from a roster and an event to a roster. Must not import transports or the store.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from immutables import Map

from bot.desk.events import (
    AccountChanged,
    AwayChanged,
    Event,
    Heard,
    Joined,
    Left,
    Reacted,
    Renamed,
    RosterLost,
    Sighted,
    Vouched,
)
from routing.people import Person
from routing.presence import Member, Roster, fold

UNSEEN_FOR = timedelta(minutes=10)
"""How long the session of a nick that shares no venue with us outlives its last line."""

GONE_FOR = timedelta(hours=1)
"""How long a nick that left is remembered as somebody who may be spoken to."""

SPOKE_FOR = timedelta(days=3)
"""How long it is remembered when an account last spoke."""

SPOKE_STEP = timedelta(seconds=1)
"""How exactly it is known when somebody spoke: many lines at once cost no more than one."""

_GONE_KEPT = 500

Seen = TypeVar("Seen", bound=Event)


def fold_event(roster: Roster, event: Event) -> Roster:
    """The roster after `event`."""
    match event:
        case Heard(own=False, replayed=False, late=False, relayed_by=None) | Reacted():
            return _spoke(roster, event)
        case Joined():
            return _joined(roster, event)
        case Left(venue=None):
            return _gone(roster, event.network, event.nick, event.at)
        case Left():
            return _parted(roster, event)
        case Renamed():
            return _renamed(roster, event)
        case AccountChanged():
            member = roster.member(event.network, event.nick)
            return _put(roster, replace(member, account=event.account)) if member else roster
        case AwayChanged():
            member = roster.member(event.network, event.nick)
            return _put(roster, replace(member, away=event.away)) if member else roster
        case Sighted():
            return _sighted(roster, event)
        case RosterLost(venue=None):
            return _network_lost(roster, event.network)
        case RosterLost():
            return _venue_lost(roster, event)
    return roster


def forgotten(roster: Roster, at: datetime) -> Roster:
    """The roster without those who share no venue with us and have been silent for `UNSEEN_FOR` (who bears
    their nick now is not known), and without what was heard too long ago to matter. To be called every so
    often; it looks at everybody."""
    for member in roster.members.values():
        if _faded(member, at):
            roster = _drop(roster, member.network, member.nick)
    if any(at - spoke > SPOKE_FOR for spoke in roster.spoke.values()):
        fresh = {who: spoke for who, spoke in roster.spoke.items() if at - spoke <= SPOKE_FOR}
        roster = replace(roster, spoke=Map(fresh))
    return roster


def out_of_sight(roster: Roster, people: Iterable[Person], network: str) -> tuple[str, ...]:
    """The accounts on `network` of those people who are in no venue of ours there: whom to look out for."""
    accounts = (person.accounts[network] for person in people if network in person.accounts)
    return tuple(
        account
        for account in accounts
        if not any(member.venues for member in roster.with_account(network, account))
    )


def _faded(member: Member, at: datetime) -> bool:
    if member.venues or member.watched:
        return False
    return at - (member.spoke_at or member.seen_at or at) > UNSEEN_FOR


def recognise(roster: Roster, event: Seen) -> Seen:
    """The event with its speaker's session filled in from the roster after it; and their account, where the
    line says nothing of it but the network vouches for what the roster holds. A line from the past was said
    by nobody who bears that nick now: without an account it has a session of its own."""
    speaker = getattr(event, "speaker", None)
    if speaker is None:
        return event
    if isinstance(event, Heard) and (event.replayed or event.late):
        return replace(event, speaker=replace(speaker, session="" if speaker.account else event.id))
    member = roster.member(speaker.network, speaker.nick)
    if member is None:
        return event
    account = speaker.account
    if isinstance(event, Heard) and event.vouched is Vouched.STATE and member.venues:
        account = member.account
    known: Any = replace(speaker, account=account, session=member.session)
    return event if known == speaker else replace(event, speaker=known)


def _seeing(roster: Roster, network: str, at: datetime) -> Roster:
    """Whoever is seen or heard shows that we see the network: there may be nobody but us in its channels."""
    if network in roster.since:
        return roster
    return replace(roster, since=roster.since.set(network, at))


def _spoke(roster: Roster, event: Heard | Reacted) -> Roster:
    speaker = event.speaker
    vouched = event.vouched if isinstance(event, Heard) else Vouched.LINE
    roster = _seeing(roster, speaker.network, event.at)
    member = roster.member(speaker.network, speaker.nick)
    # Whoever shares no venue with us may have given the nick away unseen: another account is somebody else.
    expired = member is not None and (
        _faded(member, event.at)
        or (not member.venues and not member.watched and speaker.account != member.account)
    )
    if member is not None and not expired:
        account = speaker.account if vouched is Vouched.LINE else member.account
        before = member.spoke_at
        if account == member.account and before is not None and timedelta() <= event.at - before < SPOKE_STEP:
            return roster
        if account and (vouched is not Vouched.NOTHING) and (speaker.account or member.venues):
            roster = _spoken(roster, speaker.network, account, event.at)
        return _put(roster, replace(member, account=account, spoke_at=event.at))
    if speaker.account:
        roster = _spoken(roster, speaker.network, speaker.account, event.at)
    if expired:
        roster = _drop(roster, speaker.network, speaker.nick)
    return _put(
        roster,
        Member(
            network=speaker.network,
            nick=speaker.nick,
            session=event.id,
            account=speaker.account,
            spoke_at=event.at,
            seen_at=event.at,
        ),
    )


def _spoken(roster: Roster, network: str, account: str, at: datetime) -> Roster:
    return replace(roster, spoke=roster.spoke.set((network, fold(account)), at))


def _sighted(roster: Roster, event: Sighted) -> Roster:
    member = roster.member(event.network, event.nick)
    if member is not None and member.venues:
        return roster  # what is told of members of a venue is told elsewhere, and in order
    if member is not None and member.account != event.account:
        roster = _drop(roster, event.network, event.nick)
        member = None
    if event.account is None:
        return _drop(roster, event.network, event.nick)
    if member is not None:
        return _put(roster, replace(member, away=event.away, watched=True))
    return _put(
        roster,
        Member(
            network=event.network,
            nick=event.nick,
            session=event.id,
            account=event.account,
            away=event.away,
            seen_at=event.at,
            watched=True,
        ),
    )


def _joined(roster: Roster, event: Joined) -> Roster:
    speaker, key = event.speaker, event.venue.key
    member = roster.member(speaker.network, speaker.nick)
    if member is not None and _come_anew(member, event):
        roster = _drop(roster, speaker.network, speaker.nick)
        member = None
    if member is not None and member.nick != speaker.nick:
        # Another spelling of the same nick; every place has to know it.
        roster = _renamed(roster, Renamed(event.id, event.at, speaker.network, member.nick, speaker.nick))
        member = roster.member(speaker.network, speaker.nick)
    roster = _seeing(roster, speaker.network, event.at)
    if member is None:
        member = Member(
            network=speaker.network,
            nick=speaker.nick,
            session=event.id,
            account=speaker.account,
            away=event.away,
            seen_at=event.at,
        )
    else:
        # Who joins one more channel does not say whether they are away, nor does a bare list of names.
        told = event.vouched is Vouched.LINE
        away = event.away if event.present and told else member.away
        member = replace(member, account=speaker.account if told else _still(member, event), away=away)
    member = replace(member, venues=member.venues | {key[1]})
    there = roster.venues.get(key, Map())
    roster = replace(roster, venues=roster.venues.set(key, there.set(fold(member.nick), member.nick)))
    return _put(roster, member)


def _come_anew(member: Member, event: Joined) -> bool:
    """Whether somebody joins where they are already: their leaving was missed, and who it is now is open."""
    there = not event.present and event.venue.key[1] in member.venues
    return there and (event.speaker.account is None or event.speaker.account != member.account)


def _still(member: Member, event: Joined) -> str | None:
    """The account of a member of whom the event says nothing. Of who comes into sight with it only now, no
    change was told before, so what was known of them by other means is not what the network vouches for."""
    return None if event.vouched is Vouched.STATE and not member.venues else member.account


def _parted(roster: Roster, event: Left) -> Roster:
    member = roster.member(event.network, event.nick)
    if member is None or event.venue is None:
        return roster
    left = member.venues - {event.venue.key[1]}
    if not left:
        return _gone(roster, event.network, event.nick, event.at)
    roster = _out_of(roster, event.venue.key, fold(event.nick))
    return _put(roster, replace(member, venues=left))


def _renamed(roster: Roster, event: Renamed) -> Roster:
    member = roster.member(event.network, event.nick)
    if member is None:
        # Nobody has the new nick now but them: whoever was known by it has gone unseen.
        same = fold(event.new_nick) == fold(event.nick)
        return roster if same else _drop(roster, event.network, event.new_nick)
    roster = _drop(roster, event.network, event.nick)
    if fold(event.new_nick) != fold(event.nick):
        roster = _drop(roster, event.network, event.new_nick)
    moved = replace(member, nick=event.new_nick)
    for venue in moved.venues:
        key = (event.network, venue)
        there = roster.venues.get(key, Map())
        roster = replace(roster, venues=roster.venues.set(key, there.set(fold(moved.nick), moved.nick)))
    return _put(roster, moved)


def _gone(roster: Roster, network: str, nick: str, at: datetime) -> Roster:
    if roster.member(network, nick) is None:
        return roster
    return _remembered(_drop(roster, network, nick), network, (fold(nick),), at)


def _remembered(roster: Roster, network: str, nicks: Iterable[str], at: datetime) -> Roster:
    """The roster with these (folded) among those who left a short while ago; of too many the oldest go."""
    gone = roster.gone
    with gone.mutate() as changed:
        for nick in nicks:
            changed[network, nick] = at
        gone = changed.finish()
    if len(gone) > _GONE_KEPT:
        fresh = [(left, key) for key, left in gone.items() if at - left <= GONE_FOR]
        gone = Map({key: left for left, key in sorted(fresh, reverse=True)[: _GONE_KEPT // 2]})
    return replace(roster, gone=gone)


def _network_lost(roster: Roster, network: str) -> Roster:
    return Roster(
        members=_without(roster.members, network),
        venues=_without(roster.venues, network),
        accounts=_without(roster.accounts, network),
        gone=_without(roster.gone, network),
        since=roster.since.delete(network) if network in roster.since else roster.since,
        spoke=roster.spoke,
    )


def _venue_lost(roster: Roster, event: RosterLost) -> Roster:
    if event.venue is None:
        return roster
    network, venue = event.venue.key
    there = roster.venues.get(event.venue.key)
    if there is None:
        return roster
    # Whoever is in no other venue is out of sight; of the others only this place is forgotten. Thousands may
    # go at once, so the tables are changed in place and made into a roster at the end.
    alone = frozenset({venue})
    lost: list[str] = []
    with roster.members.mutate() as members, roster.accounts.mutate() as accounts:
        for nick in there:
            key = (network, nick)
            member = members[key]
            if member.venues != alone:
                members[key] = replace(member, venues=member.venues - alone)
                continue
            lost.append(nick)
            del members[key]
            if member.account:
                account = (network, fold(member.account))
                others = accounts[account].delete(nick)
                if others:
                    accounts[account] = others
                else:
                    del accounts[account]
        roster = replace(
            roster,
            members=members.finish(),
            accounts=accounts.finish(),
            venues=roster.venues.delete(event.venue.key),
        )
    return _remembered(roster, network, lost[:_GONE_KEPT], event.at)


Value = TypeVar("Value")


def _without(table: Map[tuple[str, str], Value], network: str) -> Map[tuple[str, str], Value]:
    return Map({key: value for key, value in table.items() if key[0] != network})


def _put(roster: Roster, member: Member) -> Roster:
    """The roster with this state of a member, under its account and no other."""
    key = (member.network, fold(member.nick))
    before = roster.members.get(key)
    accounts = roster.accounts
    if before is not None and before.account and before.account != member.account:
        accounts = _unlist(accounts, member.network, before)
    if member.account and (before is None or before.account != member.account or before.nick != member.nick):
        account = (member.network, fold(member.account))
        nicks: Map[str, str] = accounts.get(account, Map())
        accounts = accounts.set(account, nicks.set(key[1], member.nick))
    return replace(roster, members=roster.members.set(key, member), accounts=accounts)


def _drop(roster: Roster, network: str, nick: str) -> Roster:
    key = (network, fold(nick))
    member = roster.members.get(key)
    if member is None:
        return roster
    for venue in member.venues:
        roster = _out_of(roster, (network, venue), key[1])
    accounts = _unlist(roster.accounts, network, member) if member.account else roster.accounts
    return replace(roster, members=roster.members.delete(key), accounts=accounts)


def _out_of(roster: Roster, venue: tuple[str, str], nick: str) -> Roster:
    there = roster.venues.get(venue)
    if there is None or nick not in there:
        return roster
    return replace(roster, venues=roster.venues.set(venue, there.delete(nick)))


def _unlist(
    accounts: Map[tuple[str, str], Map[str, str]], network: str, member: Member
) -> Map[tuple[str, str], Map[str, str]]:
    account = (network, fold(member.account or ""))
    nicks = accounts.get(account)
    if nicks is None or fold(member.nick) not in nicks:
        return accounts
    left = nicks.delete(fold(member.nick))
    return accounts.set(account, left) if left else accounts.delete(account)
