"""What people say in chat, without what is for that moment only: whom they speak to, greetings, thanks.

    hi all, quick question: how do I build the tools without cloning QEMU? thanks in advance
        -> how do I build the tools without cloning QEMU?
    alice: ok, configure with --with-system-qemu :)
        -> configure with --with-system-qemu

A name at the beginning or end of what is said, behind a greeting or between commas is left out with its
marks; anywhere else it stands in a sentence that needs one, and `somebody` takes its place. In a path, a link
or an option a name is none. Addresses of mail are nobody's business either. The patterns were tuned on public
logs of support channels. What is cut out leaves a blank, so that no two words become one, and every pattern
is bounded, so that hostile input costs no more than its length. Pure; imports `knowledge.words`.
"""

import re
from collections.abc import Callable, Iterable

from knowledge.words.text import clip, invisible, stem, tokens

READ = 4000
"""Characters of what was said that are read."""

SOMEBODY = ("somebody", "someone", "they", "…")
"""What may take a name's place; the first that is nobody's name does."""

ADDRESS = "(address)"
"""What takes the place of an address of mail."""

_LONGEST_WORD = 200  # what is longer is a paste
_NICK = r"[\w\[\]\\`^{}|-]{1,100}"
_USER = r"@[^\s:@,;]{1,100}:(?:localhost|[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6})(?::[0-9]{1,5})?"
_NAMED = re.compile(rf"{_USER}|(?<![\w/.=@:$~%#-])@?{_NICK}+(?![/=@$~%]|[.:][^\s.:])")
_SEVERAL = re.compile(rf"\s*@?({_NICK}+)((?:\s*[/&+,]\s*@?{_NICK}+){{1,5}})\s*[:,]")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_LINK = re.compile(r"(?:\b(?:see|here|at|this|like)\s*:?\s*)?[<(\[]?\s*\bhttps?://\S+", re.IGNORECASE)
_FACE = re.compile(
    r"(?<!\S)(?:[:;=][-^'o]?[)(DPpOo/\\|3*]{1,3}|xD|\^\^|\^_\^|-_-|lo+l|haha|hehe)(?=\s|$|[.,!?])"
)
_GREETINGS = """
    hi hello hey hiya howdy morning evening thanks thank thx ty cheers sorry welcome ping you
"""
_GREETED = frozenset(_GREETINGS.split())
_FIRST_WORDS = """
    i i'm im you u try use do don't run install just it the what what's how why where which yes no see look
    have set add check read is are can could
"""
_SPOKEN_TO = frozenset(_FIRST_WORDS.split())
"""Words with which one speaks to somebody whom one has just named."""


_PEOPLE = r"(?:all|guys|everyone|everybody|folks|people|ppl|there|again|you|y'all|mates?|channel)"
_ANYBODY = r"(?:any(?:one|body|1)|some(?:one|body|1)|you|u)"
_ASKS = r"(?=(?:how|what|what's|whats|why|where|which|when|who|whether)\b)"
_LITTLE = r"(?:quick|simple|stupid|dumb|silly|small|short|little|easy|basic|noob|newbie|general)"
_OPENINGS = tuple(
    re.compile(rf"{each}(?:[\s,:;!–]|[.-]+(?=\s))*", re.IGNORECASE)
    for each in (
        rf"(?:hi+|hello|hey+|hiya|yo|howdy|greetings|good (?:morning|evening|afternoon|day)|morning)\b"
        rf"(?:\s+{_PEOPLE}\b){{0,3}}",
        rf"{_PEOPLE}\s*[,:!]",
        rf"(?:just )?(?:a |one )?(?:{_LITTLE},? ){{1,2}}question\b(?:\s+(?:for|to) {_PEOPLE}\b)?[?]?",
        rf"i(?:'ve| have)?(?: got)? (?:a|one)(?: {_LITTLE}){{0,2}} question\b[^.,:?!]{{0,40}}[.,:?!-]",
        r"(?:my )?question(?: is)?\s*:",
        r"(?:ok(?:ay)?|btw|um+|uh+|er+m?|hm+|ah+|oh+|so|well|anyway|fyi|fwiw)\b(?=[\s,:!–-]|\.\s)",
        r"(?:right|and|sure|sorry|please|excuse me|no problem|np)\s*[,.:!–]",
        r"sorry (?:to|for) (?:bother|interrupt|disturb)[^.,:?!]{0,30}[.,:?!-]",
        rf"(?:(?:does|do|would|has|if) )?{_ANYBODY}(?: here)? knows?\s+{_ASKS}",
        rf"(?:please )?(?:(?:can|could|would|will) )?{_ANYBODY}(?: please| plz| pls)? "
        rf"(?:help|tell|explain|show)(?: to)?(?: me| us)?(?: please| plz)?\s+{_ASKS}",
        rf"(?:please )?(?:help|tell|explain|show)(?: to)? (?:me|us)\s+{_ASKS}",
        rf"i(?:'m| am| was)? ?wonder(?:ing)?\s+{_ASKS}",
    )
)
_THANKS = r"(?:thanks?|thank you|thx|ty|cheers|tia)"
_IDLE = re.compile(
    rf"(?:(?:many |big )?{_THANKS}(?: (?:in advance|a lot|so much|very much|a bunch|again|anyway|all|guys|"
    rf"everyone|folks|you|for (?:your|the|any) (?:help|time|answers?)))*|"
    rf"any(?:one|body)?(?: (?:got|have|has))?(?: an?y?)? ?(?:ideas?|help|suggestions?|hints?|pointers?|"
    rf"clues?|advice|tips?|thoughts?)(?: (?:is|are|would be|will be|much|greatly|please|welcome|"
    rf"appreciated|on this|about (?:this|that|it)))*|"
    rf"(?:please |pls |plz )?(?:(?:can|could|would|will) )?(?:{_ANYBODY} )?(?:please |pls |plz )?help"
    rf"(?: me| us)?(?: out)?(?: with (?:this|that|it))?(?: please| pls| plz)?|"
    rf"{_ANYBODY}(?: here| there)?|(?:are )?you (?:still )?(?:there|around|here)|"
    rf"hope (?:that|this|it) helps|(?:good|best of) luck|(?:you(?:'re| are) )?welcome|no problem|np|yw|"
    rf"(?:hi|hello|hey|bye|good (?:morning|evening|night)|morning)(?: {_PEOPLE})*|lo+l|ok(?:ay)?|please|"
    rf"sorry)",
    re.IGNORECASE,
)
_ENDING = re.compile(rf"[\s,;:–-]+(?:please|pls|plz|{_THANKS}(?: in advance| a lot)?)[\s.!]*$", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=\S)")
_LOOKED_BACK = 100
_LETTER = re.compile(r"[^\W_]")
_MARK = re.compile(r"\s*(?:[:,;>&/+)\]–—-]+|$)")
_FOLLOWS = re.compile(r"\s+([\w']{1,20})")
_LAST = re.compile(r"[\w']+(?=[\s,]*$)")
_ENDS = re.compile(r"[\s.!?…)]*$|\s*[.!?…]+\s")
_COMMA = re.compile(r"\s*,")
_MARKS = re.compile(r"\s+(?=[,;?!](?:\s|$))")
_EMPTY = re.compile(r"[(\[<]\s*[)\]>]")
_LEADING = re.compile(r"^(?:[\s,;:!–—)\]}>]|[.?…-]+(?=\s|$))+")
_AGAIN = re.compile(r"([?!])[?!]+")


def said(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """The sentences of a line or several, without names, greetings, thanks, faces and addresses of mail."""
    known = folded(names)
    found: list[str] = []
    for line in text[:READ].splitlines():
        line = _FACE.sub(" ", _MAIL.sub(ADDRESS, _visible(line)))
        for sentence in _SENTENCE.split(without_names(line, known)):
            cleaned = _settled(sentence, known)
            if cleaned and not _IDLE.fullmatch(cleaned.rstrip(" .!?,;:")):
                found.append(cleaned)
    return tuple(found)


def without_links(text: str) -> str:
    """The text without what it links to: that is gone before the base is."""
    return _tidy(_LINK.sub(" ", text))


def folded(names: Iterable[str]) -> frozenset[str]:
    """Names as they are compared: of a user id also the part by which people call its owner."""
    found: set[str] = set()
    for name in names:
        if name := name.strip().casefold():
            found.add(name)
            if name.startswith("@") and ":" in name:
                found.add(name[1:].partition(":")[0])
    return frozenset(found - {""})


def without_names(text: str, known: frozenset[str]) -> str:
    """The text without the names in `known`, as `folded` gives them, and without any user ids."""
    instead = next((each for each in SOMEBODY if each not in known), "")
    several = _SEVERAL.match(text)
    if several is not None and {each.casefold() for each in re.findall(_NICK, several.group())} <= known:
        text = text[several.end() :]
    kept: list[str] = []
    begins, before, speaks = 0, "", False
    for found in _NAMED.finditer(text):
        name = found.group()
        if found.start() < begins or not _is_name(name, known):
            continue
        kept.append(text[begins : found.start()])
        before = (before + kept[-1])[-_LOOKED_BACK:].rstrip()
        speaks = speaks or _LETTER.search(kept[-1]) is not None
        begins = found.end()
        if not speaks:
            mark = _MARK.match(text, begins)
            follows = _FOLLOWS.match(text, begins)
            spoken_to = follows is not None and follows[1].casefold() in _SPOKEN_TO
            if mark is not None or spoken_to or name.startswith("@"):
                kept, begins = [" "], mark.end() if mark is not None else begins
                before = ""
                continue
        last = _LAST.search(before)
        ends = _ENDS.match(text, begins) is not None
        if before.endswith(",") and (ends or _COMMA.match(text, begins) is not None):
            kept[-1] = kept[-1].rstrip().removesuffix(",")
            before = before[:-1]
        elif last is not None and last.group().casefold() in _GREETED:
            kept.append(" ")
        else:
            kept.append(f"{instead} " if text[begins : begins + 1].isalnum() else instead)
            before, speaks = f"{before} {instead}", True
    return "".join((*kept, text[begins:]))


def shortened(sentences: Iterable[str], fits: Callable[[str], bool]) -> tuple[str, str]:
    """As many sentences as `fits` says, joined, and the rest; of a first one that does not fit by itself, as
    many words."""
    left = list(sentences)
    head = ""
    while left:
        longer = f"{head} {left[0]}".strip()
        if not fits(longer):
            break
        head = longer
        left.pop(0)
    if head or not left:
        return head, " ".join(left)
    words = left.pop(0).split()
    count = 0
    while count < len(words) and fits(" ".join((*words[: count + 1], "…"))):
        count += 1
    return " ".join((*words[:count], "…")), " ".join((*words[count:], *left))


def content_words(text: str) -> tuple[str, ...]:
    """The words of a text that say what it is about; of several with one stem the first."""
    found: dict[str, str] = {}
    for token in tokens(clip(text)):
        if not token.is_stop:
            found.setdefault(stem(token.text), token.text)
    return tuple(found.values())


def _is_name(name: str, known: frozenset[str]) -> bool:
    if name.startswith("@") and ":" in name:
        return True
    bare = name.removeprefix("@").casefold()
    return bare in known or bare.strip("`") in known


def _settled(sentence: str, known: frozenset[str]) -> str:
    """A sentence without what opens and closes it. What is cut off may bare a name, or another opening."""
    for _ in range(6):
        before = sentence
        sentence = _tidy(without_names(sentence, known))
        for opening in _OPENINGS:
            found = opening.match(sentence)
            if found is not None:
                sentence = sentence[found.end() :]
        sentence = _ENDING.sub("", sentence)
        if sentence == before:
            return sentence
    return _tidy(without_names(sentence, known))


def _visible(text: str) -> str:
    """One line without what a reader does not see; words that nobody reads are cut."""
    line = text if invisible(text) is None else "".join(map(_seen, text))
    return " ".join(
        word if len(word) <= _LONGEST_WORD else f"{word[:_LONGEST_WORD]}…" for word in line.split()
    )


def _seen(character: str) -> str:
    return character if invisible(character) is None else " "


def _tidy(text: str) -> str:
    text = _AGAIN.sub(r"\1", _MARKS.sub("", _EMPTY.sub(" ", " ".join(text.split()))))
    return _LEADING.sub("", text.strip())
