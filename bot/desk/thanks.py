"""What somebody says who was helped: thanks, that they will try it, or that it worked.

Measured on 13,101 lines in which people of support channels answered whoever helped them:

    thanks, cheers, ta          thanks: 928 short lines, most of them before anything can have been tried
    thanks, I'll try that       politeness, 103 of those: nothing is known yet
    that worked, thanks!        it worked: 25 lines. Two of them answered a question, the others meant that
    yes                         221 lines, of which 167 answer a question. Of 45 others that were read one, at
                                the most, said that the answer was right: it is assent to what was said last

So a line says that it worked only where nothing else is in it: `it works with vlc`, `mine works`, `it works
for me though` do not. What is missed so is asked, which costs a line; what is taken for a yes and is none
ends a question. Must not import anything but the words of chat.
"""

import re
from collections.abc import Iterable

from bot.desk.addressing import NUMBERED, address, is_chatter

SHORT = 8
"""Words of thanks that may confirm something; what is longer says more than that."""

_THANKS = re.compile(
    r"\b(thanks|thank\s+you|thx|tnx|ty|cheers|ta(?=\W*$|,| very | \S+\W*$)|(?:that|it)\s+work(?:s|ed)|solved|"
    r"perfect)\b",
    re.IGNORECASE,
)
_ONLY_THANKS = re.compile(
    r"\b(?:(?:many|big)\s+)?(?:thanks|thank\s+you|thx|tnx|ty|cheers|ta)\b"
    r"(?:\s+(?:a lot|a bunch|a ton|so much|very much|again|anyway)\b)?",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(?:but|not|no|nope|nah|cannot|still|however|except|unless|before|until|when|if|yet|never|nothing|"
    r"none|neither|hardly|barely|unfortunately|sadly|so[ -]so|wish|worse|useless|"
    r"(?:do|does|did|is|was|has|ca|wo)nt|fail(?:s|ed)?|broke|breaks|stop(?:s|ped) working)\b|n['’]t\b",
    re.IGNORECASE,
)
_WILL_TRY = re.compile(
    r"\b(?:try|trying|test|testing|checking|reading|look(?:ing)? (?:into|at|it|up)|"
    r"will (?:check|do|see|have|look)|going to|gonna|let me|lemme|i['’]?ll|i will|later|see (?:if|whether)|"
    r"hope(?:fully)?|should|might|maybe|(?:give|giving) (?:it|that|this) a)\b",
    re.IGNORECASE,
)
_IT = r"(?:(?:that|this|it|everything)(?:['’]?s| is| has| did)?(?: (?:now|all|finally|indeed|seems? to))?)"
_WORKED = re.compile(
    rf"\b(?:{_IT} work(?:s|ed|ing)?|work(?:s|ed)|"
    rf"(?:{_IT} )?(?:solved|fixed|sorted|resolved)(?: (?:it|that|this))?(?: the problem)?|{_IT} helped|"
    rf"(?:{_IT} )?did (?:it|the trick)|{_IT} work|(?:that|this|it)(?: was|['’]?s| is) it)\b",
    re.IGNORECASE,
)
_FILLERS = (
    "yes yep yeah yup y ok okay ah oh aha ooh wow yay woo hey hi cool nice great good sweet awesome perfect "
    "excellent brilliant wonderful bingo now again fine well perfectly nicely a lot so much very many really "
    "for me mate man guys all too just like charm treat indeed finally then there here and the your help "
    "thanks thank you thankyou thx tnx ty cheers ta"
)
_BESIDE = frozenset(_FILLERS.split())
"""What may stand beside it."""

_LETTERS = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_NAME = re.compile(r"[A-Za-z0-9_\[\]\\`^{}|-]+")
_FIRST, _LAST = re.compile(r"^\S+\s+"), re.compile(r"\s+\S+$")


def is_brief(text: str) -> bool:
    """Whether there is no room in it for more than thanks."""
    return len(text) <= SHORT * 25 and len(text.split()) <= SHORT


def is_thanks(text: str) -> bool:
    """Whether a line says that all is well: "thanks, that works", but not "thanks, but it still fails"."""
    return bool(_THANKS.search(text)) and not text.rstrip().endswith("?") and not _BUT.search(text)


def only_thanks(text: str, nicks: Iterable[str] = ()) -> bool:
    """Whether a line is thanks and nothing else ("thanks a lot!"); `nicks` do not count."""
    rest, found = _ONLY_THANKS.subn(" ", text)
    return bool(found) and is_chatter(rest, nicks)


def is_polite(text: str, nicks: Iterable[str] = ()) -> bool:
    """Whether a line says nothing but thanks, or that it will be tried."""
    trying = is_brief(text) and bool(_ONLY_THANKS.search(text)) and is_thanks(text) and will_try(text)
    return trying or only_thanks(text, nicks)


def will_try(text: str) -> bool:
    """Whether thanks are those of somebody who has not tried it yet: "thanks, will try"."""
    return bool(_WILL_TRY.search(text))


def may_confirm(text: str) -> bool:
    """Whether a line may confirm what its speaker was told, and asked about: brief thanks, or that it worked,
    to whomever it is said, and of whichever question. Whatever is taken to say so is among these."""
    numbered = NUMBERED.match(text)
    about = (text, numbered[2]) if numbered is not None else (text,)
    said = (*about, *(address(each)[1] for each in about))
    return any((may_say_it_worked(each) or is_thanks(each)) and is_brief(each) for each in said) and not all(
        map(will_try, said)
    )


def may_say_it_worked(text: str) -> bool:
    """The same as `says_it_worked`, where the first word or the last may be anybody's name."""
    if not is_brief(text) or "?" in text or _BUT.search(text) or will_try(text):
        return False
    named = text.strip(" .,:;!)(")
    return any(map(_only_worked, (named, _FIRST.sub("", named), _LAST.sub("", named))))


def says_it_worked(text: str, names: Iterable[str] = ()) -> bool:
    """Whether a line says that it worked, and nothing else: "yes, that was it, thanks bob". `names` of those
    who talk do not count."""
    known = {name.casefold() for name in names}
    called = _NAME.sub(lambda word: "" if word[0].casefold() in known else word[0], text)
    return may_say_it_worked(text) and _only_worked(called)


def _only_worked(text: str) -> bool:
    rest, found = _WORKED.subn(" ", text, count=1)
    return bool(found) and {*_LETTERS.findall(rest.casefold())} <= _BESIDE
