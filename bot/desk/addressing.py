"""To whom a line is said, read from its words alone.

In support channels 44 % of lines name their addressee at the start, some with an abbreviated nick; more name
them in passing ("thanks dave"). A line of a pinged person that is said to somebody else is no reply, and a
line that only mentions somebody in mid-sentence still is. Nicks are compared folded, as whole words.

    address = [ "@" ] nick ( ":" | "," | ";" ) | "@" nick | user [ ":" | "," | ";" ]
    user    = "@" local ":" server              of Matrix; the colon inside ends no address

A server's name has a dot or a port, or is `localhost`; any other is taken for one only where a mark that ends
an address follows it, since `@dave:yes` is said to dave. Whoever is called by a user id may be called by the
local part of it as well.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from routing.presence import fold

_NICK = r"[A-Za-z0-9_\[\]\\`^{}|-]+"
_WORD = re.compile(_NICK)
_ADDRESS = re.compile(rf"@?({_NICK})\s*([:,;])(?=\s|$)\s*")
_AT = re.compile(rf"@({_NICK})(?=\s|$|[:,;])")
_SERVER = r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{0,229}[A-Za-z0-9])(?::[0-9]{1,5}(?![0-9]))?"
_LOCAL = r"@[^\s:@,;]{1,254}"
_USER = rf"{_LOCAL}:{_SERVER}"
_USERS = re.compile(_USER)
_USER_ADDRESS = re.compile(rf"({_USER})(?:\s*[:,;](?=\s|$)\s*|[.!?]*(?:\s+|$))")
_MARKED_ADDRESS = re.compile(rf"({_LOCAL}:[A-Za-z0-9-]{{1,63}})\s*[:,;](?=\s|$)\s*")
_SURELY_SERVER = re.compile(r"(?:\[.*|localhost|.*[.:].*)", re.DOTALL)
_ABBREVIATED = 2
_VOCATIVE_AFTER = frozenset(
    {"hi", "hello", "hey", "thanks", "thank", "thx", "ty", "cheers", "morning", "evening", "night", "welcome"}
    | {"sorry", "ping", "poke", "cc", "so", "and", "ok", "okay", "yes", "no", "yeah", "right"}
)
_CHATTER = frozenset(
    {
        "hi",
        "hello",
        "hey",
        "morning",
        "evening",
        "night",
        "all",
        "folks",
        "everyone",
        "bye",
        "cya",
        "brb",
        "bbl",
    }
    | {
        "back",
        "re",
        "lol",
        "haha",
        "hmm",
        "hm",
        "oh",
        "ah",
        "ok",
        "okay",
        "k",
        "wb",
        "yay",
        "meh",
        "afk",
        "o",
    }
    | {"lunch", "good", "here", "gn", "gm", "to", "the"}
)
_PROMISE = re.compile(
    r"(?:(?:hm+|ok(?:ay)?|sure|hi|hello)\W+)*(?:let me (?:look|check|see|think|find|know)\b|"
    r"(?:looking|checking|on it|hold on|wait|(?:just )?(?:one |a )?(?:sec|second|moment|minute|min))"
    r"(?: (?:into|at) (?:it|this|that)| now| please)*\W*$|"
    r"(?:i['’]?ll|i will|will|gonna|going to) (?:have a |take a )?(?:look|check|see|get back)\b)",
    re.IGNORECASE,
)
_PROMISED_IN = 10
_NO_REPLY = re.compile(
    r"(?:sorry\W+)?(?:"
    r"(?P<passes>(?:i have )?no (?:idea|clue)|dunno|no time|(?:i['’]?m |i am |too )?busy(?: right)?(?: now)?|"
    r"i (?:don['’]?t|do not) know|not (?:mine|my (?:area|code|thing)))|(?:i['’]?m )?not sure)"
    rf"(?:\W+(?:but |maybe |perhaps )*(?:ask|try) (?P<who>{_USER}|@?{_NICK}))?(?:\W+sorry)?[\s.!…]*",
    re.IGNORECASE,
)
_ACTION = "* "
NUMBERED = re.compile(r"#([0-9]{1,9})\b[\s,:;.–-]*(.*)", re.DOTALL)
"""`#42: …`, which is said about a question: its number, and the rest."""


def address(text: str) -> tuple[str | None, str]:
    """The nick or user id that the line begins by naming (`nick: …`, `nick, …`, `@nick …`), and the rest."""
    if text.startswith("@"):
        user = _USER_ADDRESS.match(text)
        if user is None or not _is_user(user[1]):
            user = _MARKED_ADDRESS.match(text)
        if user is not None:
            return user[1], text[user.end() :]
    found = _ADDRESS.match(text)
    if found:
        return found[1], text[found.end() :]
    found = _AT.match(text)
    return (found[1], text[found.end() :].lstrip(" :,;")) if found else (None, text)


def local(nick: str) -> str:
    """What somebody is called for short: of a user id the local part, of a nick all."""
    return nick[1:].partition(":")[0] if nick.startswith("@") and ":" in nick else nick


def _is_user(name: str) -> bool:
    return bool(_SURELY_SERVER.fullmatch(name.partition(":")[2]))


def _users(text: str) -> list[str]:
    """What may be user ids in `text`, folded."""
    return list(map(fold, _USERS.findall(text))) if "@" in text else []


def names(text: str, nick: str) -> bool:
    """Whether `nick`, or for a user id its local part, stands in `text` as a whole word."""
    users = _users(text)
    if fold(nick) in users:
        return True
    wanted = fold(local(nick))
    return any(fold(word) == wanted for word in _WORD.findall(_without(text, filter(_is_user, users))))


def _without(text: str, users: Iterable[str]) -> str:
    """`text` without these user ids (folded)."""
    gone = set(users)
    return _USERS.sub(lambda user: "" if fold(user[0]) in gone else user[0], text) if gone else text


def is_promise(text: str) -> bool:
    """Whether a line only says that an answer will come: "let me look", "one moment"."""
    return bool(_PROMISE.match(text)) and len(text.split()) <= _PROMISED_IN


@dataclass(frozen=True, slots=True)
class NoReply:
    """A pinged person's line that is no reply: whether they pass the question on, and to whom they point."""

    passes: bool
    who: str | None = None


def no_reply(text: str) -> NoReply | None:
    """How a line reads that says only that its speaker does not know or cannot ("no idea, ask dave", "busy
    now"); None where it says anything more. Bare "not sure" passes nothing on yet."""
    found = _NO_REPLY.fullmatch(text.strip())
    return None if found is None else NoReply(bool(found["passes"] or found["who"]), found["who"])


def is_chatter(text: str, nicks: Iterable[str] = ()) -> bool:
    """Whether a line says nothing: greetings, interjections, a smiley, an action; `nicks` do not count."""
    if text.startswith(_ACTION):
        return True
    full = {fold(nick) for nick in nicks}
    named = full | {local(nick) for nick in full}
    text = _without(text, [user for user in _users(text) if user in full])
    rest = _WORD.sub(lambda word: "" if fold(word[0]) in named else word[0], text)
    words = re.findall(r"[^\W_]+", rest.casefold())
    return all(word in _CHATTER for word in words)


def is_to_other(text: str, known: Collection[str]) -> bool:
    """Whether the line is said to one of those in `known` (folded nicks): by name at its start (abbreviated
    where a colon follows), by `@name`, by name as its last word, or by name after a greeting or thanks. A
    name in mid-sentence is talk about them, not to them."""
    if next(iter(known), "").startswith("@"):
        users = _users(text)
        if any(user in known for user in users):
            return True
        text, known = _without(text, filter(_is_user, users)), {local(nick) for nick in known}
    start, _ = address(text)
    if start is not None:
        wanted = fold(start)
        if wanted in known:
            return True
        colon = text.lstrip("@")[len(start) :].lstrip().startswith(":")
        if colon and len(wanted) >= _ABBREVIATED and any(nick.startswith(wanted) for nick in known):
            return True
    if any(fold(nick) in known for nick in _AT.findall(text)):
        return True
    words = [fold(word.strip("-")) for word in _WORD.findall(text)]
    if not words:
        return False
    if words[0] in known and (len(words) == 1 or _names_first(text)):
        return True
    if len(words) > 1 and words[-1] in known and words[-2] in _VOCATIVE_AFTER | {words[0]} | _CHATTER:
        return True
    if re.search(rf"[,;]\s*{_NICK}\s*[.!?]*$", text) and words[-1] in known:
        return True
    return any(word in known and words[i] in _VOCATIVE_AFTER for i, word in enumerate(words[1:3]))


def _names_first(text: str) -> bool:
    """`dave - yes`, `dave: …`, `dave/carol: …`, `dave ^`: a name that is set apart at the start."""
    return bool(
        re.match(rf"{_NICK}\s*(?:[-–—]+>?|[/&+]\s*{_NICK}\s*[:,]|\^+|\.{{2,}}|[?!]|[:,;])(?:\s|$)", text)
    )
