"""One person, several accounts: `link` on one, what it tells on the other, and what that tells on the first.

    @ on A   link               a code, for whichever account of theirs says it
    @ on B   link CODE          it was theirs: a second code, for A alone
    @ on A   link CODE2         the two accounts are one person's

So each side has shown that it reads what only the other was told, and says it from an account that its
network proved on that very line. One code is enough for nobody: who is talked into saying a stranger's code
has given nothing away until they pass on the second. A code holds for `VALID`, once, and is void as soon as
it is said where others read it. A wrong, an old and somebody else's code have the same answer; of wrong ones
an account has `TRIES` in an hour.

Linked accounts are one person's in all that rests on who somebody is: their questions and prompts, their
rights, where they are pinged and told, their vote. `unlink` takes effect at once, whichever of them says it,
and the others are told. What stands in `bot.desk.links` is decided here alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.desk import replies
from bot.desk.case import Case, complain, say, speaker_of
from bot.desk.codes import hashed
from bot.desk.effects import (
    ClosePrompts,
    Effect,
    Forget,
    Link,
    SaveCode,
    SaveFacet,
    SaveTries,
    Unlink,
    VoidCode,
)
from bot.desk.events import Heard
from bot.desk.facts import Facts
from bot.desk.links import MOST, Account
from bot.desk.model import CONTROL, Speaker
from bot.desk.reference import Reference
from bot.desk.said import Said
from routing.presence import Venue, Visibility

VALID = timedelta(minutes=15)
TRIES = 5
TRIES_IN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must be known to decide on one of these commands: the hash of the `code` said, and whose `tries`
    count."""

    code: str | None = None
    tries: str | None = None


def wanted(heard: Heard, said: Said) -> Wanted:
    """What of the store a line concerns."""
    if said.command != "link":
        return Wanted()
    code = said.args.get("code")
    tries = heard.speaker.key if heard.speaker.account else None
    return Wanted(hashed(code) if code is not None else None, tries)


def link(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """`link`: a code; `link CODE`: the next step of it."""
    code = case.facts.code
    if not heard.venue.private:
        void: list[Effect] = [VoidCode(code.account.key)] if code is not None else []
        told = replies.link_privately(spent="code" in said.args)
        return [*void, *(complain(case, heard, told) if said.named else [])]
    account = _account(heard)
    if account is None:
        return _refused(case, heard)
    if "code" not in said.args:
        return _first(case, heard, account)
    tries, since = case.facts.tries
    fresh = since is not None and abs(case.at - since) < TRIES_IN
    if fresh and tries >= TRIES:
        return [*complain(case, heard, replies.link_too_often())]
    theirs = code is not None and code.said_by in {None, account.key} and case.at < code.expires
    if code is None or not theirs or code.account.key == account.key:
        counted = SaveTries(account.key, tries + 1 if fresh else 1, since if fresh and since else case.at)
        return [counted, *say(case, heard.venue, replies.no_such_code(), to=heard.speaker)]
    both = {each.key for each in (*case.reference.links.of(account), *case.reference.links.of(code.account))}
    if account.key in {each.key for each in case.reference.links.of(code.account)}:
        told = replies.linked_already(_written(code.account))
        return [VoidCode(code.account.key), *say(case, heard.venue, told, to=heard.speaker)]
    if len(both) > MOST:
        return [
            VoidCode(code.account.key),
            *say(case, heard.venue, replies.too_many_linked(MOST), to=heard.speaker),
        ]
    if code.said_by is None:
        return _second(case, heard, account, code.account)
    return _linked(case, heard, account, code.account)


def links(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """To which accounts the speaker's is linked."""
    account = _account(heard)
    if not heard.venue.private:
        return [*complain(case, heard, replies.link_privately())] if said.named else []
    if account is None:
        return _refused(case, heard)
    others = [_written(each) for each in case.reference.links.beside(account)]
    return [*say(case, heard.venue, replies.links(others), to=heard.speaker)]


def unlink(case: Case, heard: Heard, said: Said) -> list[Effect]:
    """The speaker's account is theirs alone again."""
    account = _account(heard)
    if not heard.venue.private:
        return [*complain(case, heard, replies.link_privately())] if said.named else []
    if account is None:
        return _refused(case, heard)
    others = case.reference.links.beside(account)
    if not others:
        return [*complain(case, heard, replies.links([]))]
    return [
        Unlink(account),
        VoidCode(account.key),
        *say(case, heard.venue, replies.unlinked([_written(each) for each in others]), to=heard.speaker),
        *_told(case, others, replies.unlinked_from(_written(account))),
    ]


def on_every_side(effects: Iterable[Effect], facts: Facts, reference: Reference) -> list[Effect]:
    """The effects with those that close or forget something of one account done for all of its person's."""
    found: list[Effect] = []
    for effect in effects:
        found.append(effect)
        match effect:
            case ClosePrompts(speaker=key, question=int(number)) if number in facts.questions:
                keys = _keys(reference, facts.questions[number].asker)
                found += [ClosePrompts(other, number) for other in keys if key in keys and other != key]
            case SaveFacet(account=key, facet=facet, value=None):
                group = reference.links.groups.get(key, ())
                found += [SaveFacet(each.key, facet, None) for each in group if each.key != key]
            case Forget(question=number, asker=key) if number in facts.questions:
                keys = _keys(reference, facts.questions[number].asker)
                found += [replace(effect, asker=other) for other in keys if key in keys and other != key]
    return found


def _keys(reference: Reference, speaker: Speaker) -> tuple[str, ...]:
    return (speaker.key, *(account.key for account in reference.beside(speaker)))


def _first(case: Case, heard: Heard, account: Account) -> list[Effect]:
    drawn = case.facts.drawn
    return [
        SaveCode(account, drawn.hash, None, case.at + VALID),
        *say(case, heard.venue, replies.link_code(drawn.mark, VALID), to=heard.speaker),
    ]


def _second(case: Case, heard: Heard, account: Account, first: Account) -> list[Effect]:
    """The first code was said by somebody else's account: it is spent, and its owner is to say the second."""
    drawn = case.facts.drawn
    return [
        VoidCode(first.key),
        SaveCode(account, drawn.hash, first.key, case.at + VALID),
        *say(case, heard.venue, replies.link_back(drawn.mark, _written(first), VALID), to=heard.speaker),
    ]


def _linked(case: Case, heard: Heard, account: Account, other: Account) -> list[Effect]:
    known = case.reference.links
    theirs = (*known.beside(account), *known.of(other))
    return [
        VoidCode(other.key),
        Link(account, other),
        *say(case, heard.venue, replies.linked([_written(each) for each in theirs]), to=heard.speaker),
        *_told(case, theirs, replies.linked_with(_written(account))),
    ]


def _told(case: Case, accounts: Iterable[Account], text: str) -> list[Effect]:
    """Whoever is there under one of the other accounts hears of it: it may not have been them."""
    effects: list[Effect] = []
    for account in accounts:
        for member in case.roster.with_account(*account)[:1]:
            venue = Venue(member.network, member.nick, Visibility.PRIVATE)
            effects += say(case, venue, text, to=speaker_of(member))
    return effects


def _account(heard: Heard) -> Account | None:
    speaker = heard.speaker
    if not speaker.account or speaker.network == CONTROL:
        return None
    return Account(speaker.network, speaker.account)


def _refused(case: Case, heard: Heard) -> list[Effect]:
    if heard.venue.network == CONTROL:
        return [*complain(case, heard, replies.no_such_command("link"))]
    return [*complain(case, heard, replies.link_needs_account())]


def _written(account: Account) -> str:
    return replies.account(account.network, account.name)
