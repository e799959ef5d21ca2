"""Patterns with `*` and `?`, as server ACLs (client-server API, "Server ACLs") have them, and ghosts.

Case makes no difference. Each `*` takes as little as it can and is never looked at again, so that no pattern
costs more than its length times that of the name. Pure.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.transports.matrix.raw import row

_MOST = 5_000
"""Patterns of one list that are looked at; an event of the longest kind holds no more than some 20,000."""

_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


def matches(pattern: str, name: str) -> bool:
    """Whether the whole of `name` is what the pattern says."""
    want, have = pattern.lower(), name.lower()
    at = i = mark = 0
    star = -1
    while i < len(have):
        if at < len(want) and want[at] == "*":
            star, mark = at, i
            at += 1
        elif at < len(want) and want[at] in (have[i], "?"):
            at, i = at + 1, i + 1
        elif star >= 0:
            mark += 1
            at, i = star + 1, mark
        else:
            return False
    return not want[at:].strip("*")


def denied(acl: Mapping[str, Any], server: str) -> str | None:
    """Why a room's `m.room.server_acl` keeps a server out, in a few words; None where it does not.

    In the order of the specification: an address where none may be, what is denied, what is allowed, and all
    that is not allowed is denied. Ports make no difference.
    """
    name = _without_port(server)
    if acl.get("allow_ip_literals") is False and (name.startswith("[") or _IPV4.fullmatch(name)):
        return f"its server ACL lets in no server without a name, such as {name}"
    if _any(acl.get("deny"), name):
        return f"its server ACL denies {name}"
    if not _any(acl.get("allow"), name):
        return f"its server ACL does not allow {name}"
    return None


def _any(patterns: object, name: str) -> bool:
    return any(matches(each, name) for each in _texts(patterns))


def _texts(patterns: object) -> Iterable[str]:
    return (each for each in row(patterns)[:_MOST] if isinstance(each, str) and len(each) <= 1024)


def _without_port(server: str) -> str:
    return re.sub(r":[0-9]{1,5}\Z", "", server)
