"""Plain text: what is left of a text when nothing in it can steer a terminal, a client or a bot.

What becomes of which character (Unicode's properties, by the library `regex`):

    line and paragraph ends, tab, every kind of blank           a space
    all other controls (C0, DEL, C1), so also CTCP's mark       gone
    IRC's formatting codes                                      gone, with the colours' digits
    invisible characters: default-ignorable and format ones,
      so bidi controls, zero-width ones, tags, fillers          gone
    lone surrogates, noncharacters                              gone
    combining marks beyond eight on one letter                  gone

Of the invisible ones two stay: U+FE0E and U+FE0F right after a symbol choose how an emoji is drawn, and
U+FE0F between a digit and U+20E3 makes a keycap of the three (UTS #51). What stays is what people see, so a
text of ordinary writing is not changed at all.

Pure.
"""

import regex

MOST_MARKS = 8
"""Combining marks on one letter. No script needs more; stacks of hundreds cover the lines around them."""

# ircdocs, "IRC Formatting": ^C with up to two numbers, ^D with up to two hexadecimal colours, and toggles.
_FORMATTING = regex.compile(
    r"\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?"
    r"|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"
    r"|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
_CONTROL = regex.compile(r"[\x00-\x1f\x7f-\x9f]")
_BREAK = regex.compile(r"[\t\n\v\f\r\x85]")
_BLANK = regex.compile(r"\r\n|[\t\n\v\f\r\x85\u2800\p{Zs}\p{Zl}\p{Zp}]")
_INVISIBLE = regex.compile(
    r"(?V1)(?<!\p{So})(?:\ufe0e|(?<![0-9#*])\ufe0f|\ufe0f(?!\u20e3))|[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}"
    r"[[\p{Default_Ignorable_Code_Point}\p{Cf}]--\p{Prepended_Concatenation_Mark}--[\ufe0e\ufe0f]]]"
)
_STACK = regex.compile(rf"(\p{{M}}{{{MOST_MARKS}}})\p{{M}}+")
_ORDINARY = regex.compile(r"[ -~]*")


def plain(text: str) -> str:
    """`text` as one line in which every character is seen, without blanks at its ends."""
    if not _ORDINARY.fullmatch(text):
        seen: str = _INVISIBLE.sub("", _BLANK.sub(" ", _FORMATTING.sub("", text)))
        text = _STACK.sub(r"\1", seen)
    return text.strip(" ")


def unformatted(text: str) -> str:
    """`text` without IRC's formatting and without controls: what a line said, for reading it. Line ends and
    tabs, which only a broken server lets through, become spaces; all else stays."""
    if text.isprintable():
        return text
    words: str = _CONTROL.sub("", _BREAK.sub(" ", _FORMATTING.sub("", text)))
    return words
