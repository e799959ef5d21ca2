"""E-mail addresses anywhere in the text of a file: those of people, and those of lists and offices.

Pure, and bounded whatever the text; imports nothing of the house but its own package.
"""

import re
from collections.abc import Iterator

from knowledge.composing import Severity
from knowledge.lint.leak import MOST, Leak

_NO_DOMAINS = """
    service socket timer target mount automount path slice scope conf png svg jpg html rpm deb xz gz tgz zip
    patch example invalid test localhost local lan internal intranet home corp
"""
_OFFICES = """
    abuse admin announce bugs build contact devel help hostmaster info list maintainers noreply no-reply
    office packagers packaging postmaster predisclosure press press-team privacy release root secretary
    security support sysadmin team users webmaster git hg svn
"""
_NOBODYS = re.compile(  # whom examples name, and where those are
    r"(?:user(?:name)?|usr|name|nick(?:name)?|login|account|e-?mail|you|someone|somebody|foo|bar|baz"
    r"|(?:your|my)[._-]?(?:e-?mail|name|user|login|account|address)|j(?:ohn|ane|)\.?doe|first(?:name)?\.last(?:name)?"
    r")@.*|.*@(?:.*\.)?(?:(?:your|my|sample|some|the)-?(?:domain|company|host|server)"
    r"|domain|host(?:name)?|server|foo|bar|baz|somewhere)\.[a-z]{2,6}|.*\.(?:tld|server|host|here)"
)
_CHECKED_OUT = frozenset({"git", "hg", "svn"})  # who is named in front of a repository
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


def addresses(text: str) -> Iterator[Leak]:
    """The e-mail addresses in a text, in their order."""
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
    remote = _REMOTE_PATH.match(text, found.end()) is not None
    if (remote and local in _CHECKED_OUT) or _NOBODYS.fullmatch(f"{local}@{domain}"):
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
        Severity.WARNING if remote else Severity.ERROR,
    )


def _in_url(text: str, offset: int) -> bool:
    """Whether what stands there belongs to a URL: archives name mails by ids that look like addresses, and
    ssh has users."""
    begin = max(0, offset - 300)
    before = text[begin:offset]
    return "://" in before[max(map(before.rfind, " \t\n\r\"'<(")) + 1 :]
