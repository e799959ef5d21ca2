"""Secrets and addresses of people: what must not become public with a base, anywhere in the text of a file.

Well-known tokens are known by their beginnings, passwords by the word before them, keys by their armour. All
patterns are bounded, so that a text of one letter costs no more than another. What is found is never
repeated: complaints go to logs and channels. Pure; imports nothing of the house but its own package.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.composing import Severity

MOST = 50
"""Findings of each kind in one text."""


@dataclass(frozen=True, slots=True)
class Leak:
    """What stands at `offset` and should not."""

    rule: str
    offset: int
    message: str
    suggestion: str
    severity: Severity


_TAKE_OUT = "take it out and revoke it; what was committed stays in the history"

_TOKENS = (
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,255}|\bgithub_pat_[A-Za-z0-9_]{22,255}")),
    ("a GitLab token", re.compile(r"\bgl(?:pat|dt|rt|ptt|agent)-[A-Za-z0-9_-]{20,255}")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,255}")),
    ("a Google key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}")),
    ("a Stripe key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,255}")),
    ("a PyPI token", re.compile(r"\bpypi-AgE[A-Za-z0-9_-]{50,500}")),
    ("an npm token", re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    ("a Matrix access token", re.compile(r"\bsyt_[A-Za-z0-9+/=_-]{1,255}_[A-Za-z]{20}_[A-Za-z0-9]{6}\b")),
    (
        "a JSON web token",
        re.compile(r"\beyJ[A-Za-z0-9_-]{8,400}\.eyJ[A-Za-z0-9_-]{8,400}\.[A-Za-z0-9_-]{0,400}"),
    ),
)
_IN_TOKENS = (
    *(
        "PRIVATE KEY",
        "AKIA",
        "ASIA",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "gldt-",
    ),
    *("glrt-", "glptt-", "glagent-", "xox", "AIza", "k_live_", "pypi-", "npm_", "syt_", "eyJ"),
)
_IN_URL = re.compile(r"://[^\s/@:\"'<>]{0,100}:([^\s/@\"']{1,200})@")
_ASSIGNED = re.compile(
    r"(?i)(passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|credentials?)"
    r"[\"'`]?[ \t]{0,3}([:=])[ \t]{0,3}[\"'`]?([^\s\"'`,;]{4,200})"
)
_PLACEHOLDER = re.compile(
    r"(?i)[<$%{\[(*.…/~@-].*|.*(?:…|\.\.\.|\*\*|xxx).*|.*(?:example|changeme|change-me|placeholder|redacted).*"
    r"|(?:your|my|the|some)[-_].*|yes|no|none|null|true|false|prompt|file|empty|secret|password|passwd|token"
)
_WORDS = ("passw", "passphrase", "secret", "token", "api", "access", "credential")
_PASSWORDS = ("passwd", "password", "passphrase")
_LONG_ENOUGH, _MIXED_ENOUGH = 16, 3.0  # characters, and bits for each: names and words stay below

_NO_DOMAINS = """
    service socket timer target mount automount path slice scope conf png svg jpg html rpm deb xz gz patch
    example invalid test localhost local
"""
_OFFICES = """
    abuse admin announce bugs build contact devel help hostmaster info list maintainers noreply no-reply
    office packagers packaging postmaster predisclosure press press-team privacy release root secretary
    security support sysadmin team users webmaster git hg svn
"""
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
_REMOTE_PATH = re.compile(r":[\w/~.$]")  # behind whom and where: a file there, as rsync names it
_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-")
_LONGEST_LOCAL = 64  # RFC 5321, 4.5.3.1.1
_NO_ENDINGS = frozenset(_NO_DOMAINS.split())
_EXAMPLES = re.compile(r"(?:.*\.)?example\.(?:org|com|net|edu)")
_ROLES = frozenset(_OFFICES.split())
_OF_LISTS = re.compile(
    r".*[-.](?:admins?|announce(?:ments?)?|applications|bugs|ci|commits?|dev|devel|developers|discuss|help|list"
    r"|maintainers?|owner|packagers|packaging|patches|policy|private|request|security|support|team|users?|wg)"
)
_LIST_HOSTS = re.compile(r"(?:lists?|listserv|bugs|groups|vger)\..*|googlegroups\.com|groups\.io")


def leaks(text: str) -> Iterator[Leak]:
    """What must not become public in a text, in no particular order."""
    yield from _secrets(text)
    yield from _addresses(text)


def _secrets(text: str) -> Iterator[Leak]:
    if any(part in text for part in _IN_TOKENS):  # which is much faster than a pattern
        for what, pattern in _TOKENS:
            for number, found in enumerate(pattern.finditer(text)):
                if number == MOST:
                    break
                yield _secret(found.start(), f"this looks like {what}")
    if "://" in text:
        for number, found in enumerate(_IN_URL.finditer(text)):
            if number == MOST:
                break
            if not _PLACEHOLDER.fullmatch(found[1]):
                yield _secret(found.start(1), "there is a password in this URL")
    told = 0
    folded = text.lower()
    for found in _ASSIGNED.finditer(text) if any(word in folded for word in _WORDS) else ():
        if told < MOST and _is_password(found[1].lower(), found[2], found[3]):
            told += 1
            yield _secret(found.start(3), f"this looks like a {_named(found[1])} with its value")


def _secret(offset: int, message: str) -> Leak:
    return Leak("secret", offset, message, _TAKE_OUT, Severity.ERROR)


def _named(word: str) -> str:
    return "password" if word.lower() in _PASSWORDS else word.lower().replace("_", " ").replace("-", " ")


def _is_password(word: str, sign: str, value: str) -> bool:
    """Whether a value behind such a word is one that opens something: behind `password=` anything that is no
    placeholder, else only what no person would say."""
    value = value.rstrip(".)]}!?")
    if len(value) < 4 or _PLACEHOLDER.fullmatch(value) or len(set(value)) == 1:
        return False
    if word in _PASSWORDS and sign == "=":
        return True
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return mixed and len(value) >= _LONG_ENOUGH and _entropy(value) >= _MIXED_ENOUGH


def _entropy(text: str) -> float:
    """Bits for each character, by how often each comes in the text (Shannon)."""
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values())


def _addresses(text: str) -> Iterator[Leak]:
    at = text.find("@")
    told = 0
    while at >= 0 and told < MOST:
        if (leak := _address(text, at)) is not None:
            told += 1
            yield leak
        at = text.find("@", at + 1)


def _address(text: str, at: int) -> Leak | None:
    """The e-mail address around an @, if there is one."""
    start = at
    while start > 0 and at - start < _LONGEST_LOCAL and text[start - 1] in _LOCAL:
        start -= 1
    local = text[start:at].strip(".").lower()
    found = _DOMAIN.match(text, at + 1, at + 300) if local else None
    if found is None:
        return None
    domain = found[0].lower()
    if domain.rsplit(".", 1)[1] in _NO_ENDINGS or _EXAMPLES.fullmatch(domain) or _in_url(text, start):
        return None
    if local.partition("+")[0] in _ROLES or _OF_LISTS.fullmatch(local) or _LIST_HOSTS.fullmatch(domain):
        return Leak(
            "email-address",
            start,
            "this is the e-mail address of a list or an office",
            "link to its page instead, or write `# lint: allow email-address` where it is to be public",
            Severity.WARNING,
        )
    return Leak(
        "email-address",
        start,
        "this looks like the e-mail address of a person",
        "take it out, and name the person as the map does, or the list that is read there",
        Severity.WARNING if _REMOTE_PATH.match(text, found.end()) else Severity.ERROR,
    )


def _in_url(text: str, offset: int) -> bool:
    """Whether what stands there belongs to a URL: archives name mails by ids that look like addresses, and
    ssh has users."""
    begin = max(0, offset - 300)
    before = text[begin:offset]
    return "://" in before[max(map(before.rfind, " \t\n\r\"'<(")) + 1 :]
