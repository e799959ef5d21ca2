"""What was said in a venue while the desk was away: which of it is still to be handled.

A network that keeps history gives back the lines of that time (and may give back more). Of these a line is
still to be handled, once, marked late, if it was said

    after the last line there that the desk had read, and not too long ago,
    by a person: no bot, no notice, not the desk itself,
    privately only under an account: whoever bears a nick by now may be somebody else,

and, where it may be a question to the desk, if since then nobody has dealt with it:

    neither the desk nor anybody else spoke to its speaker (by name, or in reply to that message),
    its speaker did not take it back (`never mind`, or thanks after somebody else had spoken),
    nor say the same again: then the later of the two counts.

Where a bridge says the lines of others, all of this is judged by who said them. Everything else can only
matter to a desk that waits for its speaker, and the desk finds that out by itself. Nothing here knows of any
particular network; times, what may be a question and whose a line is come in.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.desk.addressing import address, is_chatter, is_to_other
from bot.desk.events import Heard
from bot.desk.thanks import is_thanks, only_thanks
from routing.presence import fold

MOST_VENUES = 1000

MOST_ASKED = 100
"""Lines of one venue that may be questions; of more the last count, for that is no conversation."""

_NEVER_MIND = re.compile(
    r"\b(?:never ?mind|nvm|nm|forget (?:it|that)|ignore (?:that|me|my)|(?:i )?(?:found|solved|fixed|got) it|"
    r"figured (?:it|that) out|wrong (?:channel|window))\b",
    re.IGNORECASE,
)
_SHORT = 8
"""Words of a line that takes something back; what is longer may say more."""


def _as_it_is(line: Heard) -> Heard:
    return line


@dataclass(frozen=True, slots=True)
class MayAsk:
    """How lines are judged. `asks`: whether one, as it reads, may be a question to the desk; `whose`: it as
    that of whoever said it, for bridges bring lines of others; None where it is nobody's."""

    asks: Callable[[Heard], bool]
    whose: Callable[[Heard], Heard | None] = _as_it_is


def unheard(
    lines: Sequence[Heard],
    *,
    since: datetime,
    now: datetime,
    within: timedelta,
    may_ask: MayAsk,
) -> list[Heard]:
    """Those of `lines` that are still to be handled, in their order, as they are to be handled: late, now.

    `lines`: of one venue, in the order in which they were said; replayed ones, with our own among them, and
    whatever was said live since. `since`: up to when the desk had read that venue. `within`: how old a line
    may be.
    """
    told = [(line, said) for line in lines if (said := may_ask.whose(line)) is not None]
    originals, lines = [line for line, _ in told], [said for _, said in told]
    oldest = max(since, now - within)
    seen: set[str] = set()
    chosen: list[tuple[int, Heard]] = []
    for at, line in enumerate(lines):
        if line.replayed and line.at >= oldest and line.id not in seen and _counts(line):
            seen.add(line.id)
            chosen.append((at, line))
    asked = [at for at, line in chosen if may_ask.asks(line)]
    folded = [fold(line.text) for line in lines] if asked else []
    done = set(asked[:-MOST_ASKED])
    done |= {at for at in asked[-MOST_ASKED:] if _dealt_with(lines, folded, at)}
    left = [originals[at] for at, _ in chosen if at not in done]
    return [replace(line, at=now, late=True, said_at=line.at) for line in left]


def _is_to_me(line: Heard) -> bool:
    """Whether a line is said to the desk by name, or privately."""
    return line.venue.private or fold(address(line.text)[0] or "") == fold(line.me)


to_me = MayAsk(_is_to_me)


def _counts(line: Heard) -> bool:
    said_by_person = not (line.own or line.notice or line.from_bot)
    return said_by_person and (line.speaker.account is not None or not line.venue.private)


def _dealt_with(lines: Sequence[Heard], folded: Sequence[str], at: int) -> bool:
    """Whether nothing is left to be said to whoever asked `lines[at]`."""
    asked, others = lines[at], False
    # Whoever is named is named by two letters at the least; most lines need no second look.
    head = fold(asked.speaker.nick)[:2]
    for line, text in zip(lines[at + 1 :], folded[at + 1 :], strict=True):
        if line.notice or line.from_bot:
            continue
        if not line.own and _same_speaker(asked, line):
            if line.id != asked.id and (_takes_back(line.text, others) or _same_words(asked, line)):
                return True
        elif _replies_to(line, asked) or (head in text and _speaks_to(line, asked)):
            return True
        else:
            others = True
    return False


def _replies_to(line: Heard, asked: Heard) -> bool:
    in_thread = asked.message is not None and asked.message in {line.relates_to, line.thread}
    return in_thread or (line.own and line.venue.private)


def _speaks_to(line: Heard, asked: Heard) -> bool:
    """Whether a line of somebody else, or of ours, is to the speaker of `asked` and says anything."""
    nick = asked.speaker.nick
    empty = is_chatter(line.text, (nick,)) or only_thanks(line.text, (nick,))
    return not empty and is_to_other(line.text, (fold(nick),))


def _same_speaker(one: Heard, other: Heard) -> bool:
    """By account where both have one; whoever merely bears the nick may only take back what was said under
    it, and that does no harm."""
    if one.speaker.bridged or other.speaker.bridged:
        return one.speaker.session == other.speaker.session
    if one.speaker.account is not None and other.speaker.account is not None:
        return fold(one.speaker.account) == fold(other.speaker.account)
    return fold(one.speaker.nick) == fold(other.speaker.nick)


def _takes_back(text: str, others: bool) -> bool:
    if len(text.split()) > _SHORT:
        return False
    return bool(_NEVER_MIND.search(text)) or (others and is_thanks(text))


def _same_words(one: Heard, other: Heard) -> bool:
    return one.text.casefold().split() == other.text.casefold().split()


class Bookmarks:
    """Up to when each venue of one network was read. Direct conversations share one mark, named by the empty
    string: whoever writes there for the first time may do so while the desk is away."""

    def __init__(self) -> None:
        self._marks: dict[str, datetime] = {}

    def get(self, venue: str) -> datetime | None:
        """Up to when `venue` was read; None where it never was."""
        return self._marks.get(fold(venue))

    def read(self, venue: str, at: datetime) -> None:
        """Everything in `venue` up to `at` has been read."""
        venue = fold(venue)  # a channel that is made anew is spelt as whoever made it did
        known = self._marks.get(venue)
        if known is None and len(self._marks) >= MOST_VENUES:
            del self._marks[min(self._marks, key=self._marks.__getitem__)]
        if known is None or at > known:
            self._marks[venue] = at

    @property
    def token(self) -> str:
        """All of it in one word, for the store."""
        marks = {venue: at.isoformat(timespec="milliseconds") for venue, at in sorted(self._marks.items())}
        return json.dumps(marks, ensure_ascii=False)

    def resume(self, token: str) -> None:
        """Take in what a `token` says; what says nothing is passed over."""
        for venue, at in _marks(token):
            self.read(venue, at)


def _marks(token: str) -> Iterator[tuple[str, datetime]]:
    try:
        told = json.loads(token)
    except ValueError:
        return
    for venue, at in told.items() if isinstance(told, dict) else ():
        try:
            moment = datetime.fromisoformat(at)
        except (TypeError, ValueError):
            continue
        if moment.tzinfo is not None:
            yield venue, moment.astimezone(UTC)
