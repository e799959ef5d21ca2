"""Mail addresses as MAINTAINERS lines write them, and ids for the people behind them.

    Alice Example <alice@example.org>          "Robert O. Example" <bob@example.org> (tools only)
    devel@lists.example.org (moderated for non-subscribers)

A person is an address, whatever names it comes with. Their id is what stands before the `@`; where several
share that, the domain is added. So an id does not depend on the order of the file, and stays the same until
somebody of the same name comes. Imports of the house what a mailing list is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from routing.sections import MailingList

_NAMED = re.compile(r"([^<]+)<([^<>\s]+@[^<>\s]*)>")
_BRACKETED = re.compile(r"\s*<([^<>]+@[^<>\s]*)>")
_BARE = re.compile(r"([^\s<>,]+@[^\s<>,()]+)")
_NOTE = re.compile(r"\(([^()]*)\)?\s*$")
_BETWEEN = re.compile(r",\s*(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")
_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9_.-]+")
LONGEST_ID = 64
"""Characters; as `routing.sections` has it."""


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    email: str

    @property
    def person(self) -> str:
        """The same for all spellings of an address."""
        return self.email.lower()


def read_address(text: str) -> Address | None:
    """None where there is none."""
    if found := _NAMED.match(text):
        return Address(found[1].strip().strip('"').replace('\\"', '"').strip(), found[2].strip())
    found = _BRACKETED.match(text) or _BARE.search(text)
    return Address("", found[1].rstrip(".;")) if found else None


def read_addresses(text: str) -> tuple[Address, ...]:
    """The addresses of one line: nearly always one."""
    if text.count("@") < 2 or "," not in text:
        one = read_address(text)
        return (one,) if one else ()
    return tuple(filter(None, map(read_address, _BETWEEN.split(text))))


def left_over(text: str) -> str | None:
    """What stands among the addresses of a line and is none, as `Bo` in `Bo, Al <al@example.org>, Zed <…>`,
    where quotes are missing; None where nothing is."""
    if text.count("@") < 2:
        return None
    return next((part.strip() for part in _BETWEEN.split(text) if part.strip() and "@" not in part), None)


def read_list(text: str) -> MailingList | None:
    """None where there is no address."""
    noted = _NOTE.search(text)
    address = read_address(text[: noted.start()] if noted else text)
    if address is None:
        return None
    return MailingList(address.email, address.name, noted[1].strip() if noted else "")


def ids(people: Iterable[str]) -> dict[str, str]:
    """An id for each address (in lower case, each once)."""
    wanted: dict[str, list[str]] = {}
    for email in people:
        local, _, _ = email.rpartition("@")
        wanted.setdefault(_id(local), []).append(email)
    found: dict[str, str] = {}
    for short, emails in wanted.items():
        for email in emails:
            found[email] = short if len(emails) == 1 else _id(email.replace("@", "-"))
    taken: set[str] = set()
    for email, one in found.items():
        again, unique = 1, one
        while unique.lower() in taken:
            again += 1
            unique = f"{one[: LONGEST_ID - 6]}-{again}"
        taken.add(unique.lower())
        found[email] = unique
    return found


def _id(text: str) -> str:
    written = _NOT_OF_AN_ID.sub("-", text).strip("-._")
    return written[:LONGEST_ID].rstrip("-._") or "somebody"


_NETWORKS = {"libera.chat": "libera", "oftc.net": "oftc", "freenode.net": "freenode"}


def read_channel(uri: str) -> str | None:
    """`irc://irc.libera.chat/xendevel` as `libera #xendevel`; None for what names no channel."""
    word = next(iter(uri.split()), "")
    try:
        parts = urlsplit(word)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme in ("irc", "ircs", "irc6"):
        channel = parts.path.strip("/") or (f"#{parts.fragment}" if parts.fragment else "")
        channel = channel.partition(",")[0]
        if not host or not channel:
            return None
        network = next((name for end, name in _NETWORKS.items() if host.endswith(end)), host)
        return f"{network} {channel if channel[0] in '#&+!' else f'#{channel}'}"
    room = parts.fragment.strip("/").partition("?")[0] if host == "matrix.to" else ""
    return f"matrix {room}" if room[:1] in ("#", "!") else None
