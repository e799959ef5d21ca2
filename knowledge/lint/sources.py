"""Sources: each is shown as a link, so it has to be one that leads to a page and to nothing else.

Pure; imports `knowledge.complaints`, `knowledge.composing` and `knowledge.entry`.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from knowledge.complaints import shown
from knowledge.composing import Severity
from knowledge.entry import Entry
from knowledge.lint.complaint import Said

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,40}:")
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[^\W_]|[-_.])+")
_WEB = ("http", "https")


def of_sources(entry: Entry) -> Iterator[Said]:
    """What is wrong with the sources of its answers."""
    for position, answer in enumerate(entry.answers):
        if answer.source and (found := _wrong(answer.source)) is not None:
            message, suggestion, severity = found
            name = f"answers[{position}].source"
            yield Said(
                "source-not-url", ("answers", position, "source"), f"{name}: {message}", suggestion, severity
            )


def _wrong(source: str) -> tuple[str, str, Severity] | None:
    """What is wrong, what to write, and how much it matters; None where nothing is."""
    said = shown(source)
    scheme = source.split(":", 1)[0].lower()
    if not _SCHEME.match(source):
        like = f", like https://{source}" if re.match(r"(?:www\.)?[\w-]+(?:\.[\w-]+)+/", source) else ""
        return (
            f"{said} is no URL",
            f"write the address of a page that says the same{like}, or say it in `text`",
            Severity.WARNING,
        )
    if scheme not in _WEB:
        if "://" not in source and scheme not in _DANGEROUS:
            return (
                f"{said} is no URL",
                "write the address of a page that says the same, or say it in `text`",
                Severity.WARNING,
            )
        return (
            f"{said} leads to no page: `{scheme}:` is not http or https",
            "write the https address of a page that says the same",
            Severity.ERROR,
        )
    if any(character.isspace() for character in source):
        return f"{said} has blanks in it", "write one address alone, each blank as %20", Severity.ERROR
    try:
        parts = urlsplit(source)
        host, who, _ = parts.hostname, parts.username is not None, parts.port
    except ValueError as error:
        return f"{said} is no URL: {error}", "copy the address from the browser once more", Severity.ERROR
    if who:
        return (
            f"{said} has a name or a password in front of the host",
            "write the address without what stands before the @, and change the password",
            Severity.ERROR,
        )
    if not host or ("[" not in parts.netloc and not _HOST.fullmatch(host)):
        return f"{said} has no host", "write it as https://host/page", Severity.ERROR
    return None


_DANGEROUS = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "mailto"})
