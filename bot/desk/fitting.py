"""Making text fit lines: measured in bytes of UTF-8, cut between graphemes, where possible between words.

A grapheme is an extended grapheme cluster (UAX #29): a letter with its combining marks, an emoji with its
joiners; cutting inside one shows something nobody wrote.
"""

import regex

_GRAPHEME = regex.compile(r"\X")
_INDENT = "    "
_APART = regex.compile(r"    |\s*(?:[-*•]|[0-9]{1,2}[.)])\s")


def size(text: str) -> int:
    """Bytes of `text` in UTF-8; a lone surrogate counts as its replacement would."""
    return len(text.encode("utf-8", "replace"))


def fit(text: str, limit: int) -> tuple[str, str]:
    """The longest head of `text` of at most `limit` bytes, and the rest without its leading blanks.

    The cut falls at white space if there is any in the head's second half, else between graphemes; the head
    is never empty unless the text is, even where a single grapheme is over the limit.
    """
    if size(text) <= limit:
        return text, ""
    used = end = blank = 0
    for found in _GRAPHEME.finditer(text):
        used += size(found.group())
        if used > limit:
            break
        end = found.end()
        if found.group().isspace():
            blank = end
    if not end:
        first = _GRAPHEME.match(text)
        return (text, "") if first is None else (text[: first.end()], text[_word_after(text, first.end()) :])
    if not text[end : end + 1].isspace() and blank > end // 2:
        end = blank
    return text[:end].rstrip() or text[:end], text[_word_after(text, end) :]


def _word_after(text: str, end: int) -> int:
    """Where the first grapheme from `end` on begins that is not blank; a blank with a mark is none."""
    found = (each.start() for each in _GRAPHEME.finditer(text, end) if not each.group().isspace())
    return next(found, len(text))


def cut(text: str, limit: int) -> str:
    """`text` on one line within `limit` bytes, with `…` where something was left out."""
    line = " ".join(text.split())
    if size(line) <= limit:
        return line
    return fit(line, max(1, limit - 3))[0].rstrip(" ,;:.") + "…"


def pack(pieces: tuple[str, ...], limit: int, separator: str = " · ") -> list[str]:
    """`pieces` joined into as few lines of at most `limit` bytes as their order allows."""
    lines: list[str] = []
    for piece in pieces:
        if lines and size(lines[-1]) + size(separator) + size(piece) <= limit:
            lines[-1] += separator + piece
            continue
        rest = piece
        while rest:
            head, rest = fit(rest, limit)
            lines.append(head)
    return lines


def wrap(text: str, limit: int) -> list[str]:
    """`text` as lines of at most `limit` bytes. As in Markdown a paragraph flows: it ends at a blank line,
    and a line that begins with a list's mark or an indent stands for itself."""
    lines: list[str] = []
    for paragraph in _paragraphs(text):
        rest = paragraph
        while rest:
            head, rest = fit(rest, limit)
            lines.append(head)
    return lines


def _paragraphs(text: str) -> list[str]:
    found: list[str] = []
    flows = False
    for line in text.splitlines():
        stands_apart = _APART.match(line) is not None
        if line.strip() and flows and not stands_apart:
            found[-1] += " " + line.strip()
        elif line.strip():
            found.append(line.strip())
        flows = bool(line.strip()) and not line.startswith(_INDENT)
    return found
