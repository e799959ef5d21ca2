"""The dialects of MAINTAINERS: what Linux, U-Boot, QEMU and Xen mean by the same file.

Each project has its own `get_maintainer.pl`, all of one descent. Where they differ is the table below;
whatever reads a map or answers from it asks the table and no name of a project. Imports nothing of the house.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Rules:
    """How one project reads its file.

    `any_tag`: whatever single character stands before a colon is a tag, not capitals only. `comments`: lines
    that begin with `#` are passed over. `braces`: `{a,b}` in a pattern is either,
    where something stands before it. `rest_yields`: the maintainers
    of THE REST, while it is Supported, are left out where another section names a maintainer; its reviewers
    are not. `once`: a person is named once for the
    same name or the same address. `label`: as many characters of a section's name stand beside an address.
    `reviewed`: reviewers are told with their section, too. `profiles`: `P:` is a document; elsewhere it may
    be the name of the person whose bare address follows. `buried`: nobody is sent to those whose section is
    "Buried alive".

    What a list says of itself (`subscribers-only`, `moderated`) holds in all of them: Xen's own script passes
    over it, but who is not subscribed would write there in vain.
    """

    any_tag: bool = False
    comments: bool = False
    braces: bool = False
    rest_yields: bool = False
    once: bool = True
    label: int = 20
    reviewed: bool = True
    profiles: bool = False
    buried: bool = False


class Dialect(StrEnum):
    LINUX = "linux"
    XEN = "xen"
    QEMU = "qemu"
    U_BOOT = "u-boot"

    @property
    def rules(self) -> Rules:
        return _RULES[self]


_RULES = {
    Dialect.LINUX: Rules(comments=True, label=50, profiles=True, buried=True),
    Dialect.U_BOOT: Rules(comments=True, label=50),
    Dialect.QEMU: Rules(any_tag=True),
    Dialect.XEN: Rules(braces=True, rest_yields=True, once=False, reviewed=False),
}

_SPOKEN = {
    Dialect.XEN: re.compile(r"@lists\.xen(?:project)?\.org|@xenproject\.org|^V:\s*xen-", re.MULTILINE),
    Dialect.QEMU: re.compile(r"@nongnu\.org|qemu-project|@qemu\.org", re.MULTILINE),
    Dialect.U_BOOT: re.compile(r"@lists\.denx\.de|u-boot", re.MULTILINE),
    Dialect.LINUX: re.compile(r"@vger\.kernel\.org|@lists\.infradead\.org|@lists\.linux\.dev", re.MULTILINE),
}
"""Where each project's mail goes: every tree's own lists outnumber those of the others by far."""


def dialect_of(text: str) -> Dialect:
    """The dialect that a file is written in, by whose lists it names most often; Linux' where it names
    nobody's."""
    spoken = {dialect: sum(1 for _ in marks.finditer(text)) for dialect, marks in _SPOKEN.items()}
    best = max(spoken, key=lambda dialect: spoken[dialect])
    return best if spoken[best] else Dialect.LINUX
