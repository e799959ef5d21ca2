"""One event with all that is known around it, and how the desk's lines are made.

`Case` is what every part of the pure desk receives: the instant, the facts, the reference, the finding. The
functions here say where somebody can be reached and turn sentences into outbox lines. Visibility is decided
here and nowhere else: text goes to its own venue or to one that is no more visible.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.desk import replies
from bot.desk.effects import Effect, OpenPrompt, SaveDraft, SaveQuestion, Say
from bot.desk.events import Heard
from bot.desk.facts import Facts
from bot.desk.fitting import size
from bot.desk.model import (
    NOT_WITHDRAWN,
    Conditions,
    Finding,
    Line,
    Ping,
    Purpose,
    Question,
    Role,
    Speaker,
)
from bot.desk.reference import Reference
from bot.desk.settings import DeskSettings
from bot.desk.showing import AtHand, shown
from routing.people import Person
from routing.presence import Member, Roster, Venue, Visibility, fold

_OPENING = 3
"""Bytes that may have to stand before a line's first character, so that no other bot obeys it."""


@dataclass(frozen=True, slots=True)
class Case:
    """What `decide` knows: nothing else may enter a decision. `at` is the event's time, UTC. `told`: the
    questions of which the speaker is being told already, because they were seen. `said_at`: when the
    line at hand was said, where that was while the desk was away; `at_hand`: that line, or what else somebody
    did, where there is one."""

    at: datetime
    facts: Facts
    reference: Reference
    finding: Finding | None = None
    told: frozenset[int] = frozenset()
    said_at: datetime | None = None
    at_hand: AtHand | None = None

    @property
    def settings(self) -> DeskSettings:
        return self.reference.settings

    @property
    def roster(self) -> Roster:
        return self.facts.roster

    def room(self, venue: Venue, addressee: Speaker | None) -> int:
        """How many bytes of text fit one line to `addressee` in `venue`: what the network leaves of it, with
        the name that it puts before our lines there, and no more than the settings say."""
        address = 0 if addressee is None or venue.private else size(addressee.nick) + 2
        room, limit = self.facts.rooms.get(venue.network), self.settings.line_bytes
        if room is not None:
            limit = min(limit, room - size(venue.name) - _OPENING)
        return max(40, limit - address - size(self.lead()))

    def lead(self, *, asked: bool = True) -> str:
        """What the first line to whoever said the line at hand begins with: when that was, where it was while
        the desk was away. `asked`: whether it is a question."""
        return replies.while_away(self.said_at, self.at, asked=asked) if self.said_at is not None else ""

    def about(self, venue: Venue) -> set[str]:
        """Who is in `venue`, or has left the network a short while ago: to them something may be said there.
        Folded."""
        lately = {nick for network, nick in self.roster.gone if network == venue.network}
        return {*self.roster.folded(venue), *lately}

    def after(self, effects: Iterable[Effect]) -> "Case":
        """The case as it is once these effects are there: one event can do two things to one question."""
        questions, prompts, told = dict(self.facts.questions), list(self.facts.prompts), set(self.told)
        drafts = dict(self.facts.drafts)
        for effect in effects:
            match effect:
                case SaveQuestion(question):
                    questions[question.number] = question
                case OpenPrompt(prompt):
                    prompts.append(prompt)
                case SaveDraft(draft):
                    drafts[draft.number] = draft
                case Say(line) if line.question is not None:
                    told.add(line.question)
        facts = replace(self.facts, questions=questions, prompts=tuple(prompts), drafts=drafts)
        return replace(self, facts=facts, told=frozenset(told))


def wished(facts: Facts, person: Person) -> Person:
    """Somebody as they wish to be asked; what they said themself goes before the map."""
    wishes = facts.wishes.get(person.id)
    return person if wishes is None else wishes.on(person)


def say(
    case: Case,
    venue: Venue,
    lines: str | list[str],
    *,
    to: Speaker | None = None,
    purpose: Purpose = Purpose.REPLY,
    question: int | None = None,
    unbroken: tuple[str, ...] = (),
    conditions: Conditions | None = None,
) -> list[Say]:
    """Lines for the outbox, each already short enough, and how they are shown. By default what tells about a
    question is not said any more once that is withdrawn; the reply to whom addresses the desk is."""
    if conditions is None and question is not None and purpose is not Purpose.REPLY:
        conditions = Conditions(question=question, states=NOT_WITHDRAWN)
    known = case.facts.questions.get(question) if question is not None else None
    how = shown(venue, to, purpose, about=question, question=known, at_hand=case.at_hand, at=case.at)
    return [
        Say(
            Line(
                venue=venue,
                text=text,
                purpose=purpose,
                addressee=to,
                question=question,
                unbroken=unbroken,
                conditions=conditions or Conditions(),
                queued_at=case.at,
                reply_to=how.reply_to,
                thread=how.thread,
                notify=how.notify,
            )
        )
        for text in ([lines] if isinstance(lines, str) else lines)
    ]


def complain(case: Case, heard: Heard, text: str) -> list[Say]:
    """Tell whoever said `heard` that it was of no use."""
    return [replace(each, complaint=True) for each in say(case, heard.venue, text, to=heard.speaker)]


def member_of(roster: Roster, speaker: Speaker, venue: Venue | None = None) -> Member | None:
    """The speaker as they are seen now: by account where they had one, else by the session alone. Whoever
    merely bears the same nick is somebody else. `venue`: prefer the nick that is in it. Whoever is behind a
    bridge is where the bridge is."""
    if speaker.bridged:
        bridge = roster.with_session(speaker.network, speaker.bridge) if speaker.bridge else None
        if bridge is None:
            return None
        return replace(bridge, nick=speaker.nick, session=speaker.session, account=None)
    if speaker.account:
        found = roster.with_account(speaker.network, speaker.account)
        inside = [m for m in found if venue is not None and fold(venue.name) in m.venues]
        return next(iter(inside or found), None)
    return roster.with_session(speaker.network, speaker.session) if speaker.session else None


def speaker_of(member: Member) -> Speaker:
    return Speaker(member.network, member.nick, member.account, member.session)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a speaker can be told something now, and by which name."""

    venue: Venue
    speaker: Speaker


def reach(case: Case, speaker: Speaker, home: Venue, *sources: Venue) -> Reach | None:
    """Where `speaker` can now be told what was said in `sources`, about a question of `home`.

    In `home` itself if they are there and what comes from those may be read there; else privately; else
    privately on another network, where they have another account; None if they are provably nowhere, or
    nowhere where it may be read. A session that has ended is nowhere.
    """
    member = member_of(case.roster, speaker, home)
    there = member is not None and not home.private and fold(home.name) in member.venues
    if member is not None and there and all(carries(case, source, home) for source in sources):
        return Reach(home, speaker_of(member))
    if speaker.bridged:
        return None  # no private line goes through a bridge
    own = [member] if member is not None else []
    others = (case.roster.with_account(*account) for account in case.reference.beside(speaker))
    sealed = any(source.sealed for source in sources)
    for each in (*own, *(other for members in others for other in members)):
        private = Venue(each.network, each.nick, Visibility.PRIVATE, sealed)
        if all(carries(case, source, private) for source in sources):
            return Reach(private, speaker_of(each))
    return None


def asker_reach(case: Case, question: Question, *sources: Venue) -> Reach | None:
    """Where the asker of `question` can be told something that was said in `sources`, or, without those, of
    the question itself."""
    return reach(case, question.asker, question.venue, *(sources or (question.venue,)))


def privately(heard: Heard, *, sealed: bool = False) -> Venue:
    """Where the speaker can be told privately what must not be read where they said it."""
    speaker = heard.speaker
    return Venue(heard.venue.network, speaker.nick, Visibility.PRIVATE, sealed or heard.venue.sealed)


def nudge(case: Case, question: Question) -> list[Say]:
    """A word to an asker who was only ever heard privately and has not been for a while: that there is
    something for them, and no more. Whoever bears the nick by now may be somebody else, and only a line from
    the account brings the rest."""
    asker, account = question.asker, question.asker.account
    seen_leaving = (asker.network, fold(asker.nick)) in case.roster.gone
    if not question.venue.private or account is None or seen_leaving or member_of(case.roster, asker):
        return []
    text = replies.come_back(account)
    return say(case, question.venue, text, purpose=Purpose.TELL, question=question.number)


def visible(case: Case, question: Question, heard: Heard) -> bool:
    """Whether the speaker may learn that this question exists. A direct conversation is known by a nick, and
    whoever bears that now may be somebody else: only the speaker counts there."""
    return (not question.venue.sealed or carries(case, question.venue, heard.venue)) and concerned(
        case, question, heard
    )


def concerned(case: Case, question: Question, heard: Heard) -> bool:
    """The same, though where they speak nothing of its text may be told: it was said in an encrypted room."""
    asked_in = question.venue
    here = not asked_in.private and case.reference.same_place(asked_in, heard.venue)
    if asked_in.visibility is Visibility.PUBLIC or here:
        return True
    if not heard.venue.private:
        return False
    person = case.reference.person_of(heard.speaker)
    return (
        question.asker.is_same(heard.speaker)
        or (person is not None and person.id in case.facts.asked(question.number))
        or case.reference.role_of(heard.speaker) is Role.OPERATOR
    )


def belongs(case: Case, heard: Heard, ping: Ping, question: Question) -> bool:
    """Whether a line of whoever was pinged may be about it without naming it: said since, where they were
    pinged, where the question was asked, or privately."""
    if heard.said_at is not None and heard.said_at < ping.at:
        return False
    places = (ping.venue, question.venue)
    return heard.venue.private or any(case.reference.same_place(place, heard.venue) for place in places)


def carries(case: Case, said_in: Venue, read_in: Venue) -> bool:
    """Whether what is said in one venue may be read in the other: in the same, from where all may read it, or
    privately, where only those concerned do. What is encrypted from end to end stays so, and stays on its
    network."""
    there = said_in.key == read_in.key
    if said_in.sealed:  # with one person there may be two conversations, and one of them in clear
        return read_in.sealed and (there or (read_in.private and read_in.network == said_in.network))
    if there:
        return True
    if case.reference.same_place(said_in, read_in):
        return True
    return said_in.visibility is Visibility.PUBLIC or read_in.private


def stands(case: Case, question: Question, heard: Heard) -> str:
    """How a question of the speaker's own stands, with its text only where that may be read."""
    if visible(case, question, heard):
        return replies.where_it_stands(question)
    return replies.not_asked_here(question.number)


def reachable_note(case: Case, question: Question, text: str) -> list[Effect]:
    """`text` told to the asker where they are; nothing where they are not."""
    there = asker_reach(case, question)
    if there is None:
        return []
    return [
        *say(
            case,
            there.venue,
            text,
            to=there.speaker,
            purpose=Purpose.TELL,
            question=question.number,
        )
    ]
