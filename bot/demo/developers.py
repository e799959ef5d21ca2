"""The developers that one meets in the demo: what each says to what they hear, and after how many seconds.

    bob     asks back, and answers when the asker has replied
    carol   answers, but for every second question, which is for bob
    dave    says that he has seen it, and takes his time

They know nothing but what is said in the channel and to them privately, and react to pings as people do: in
plain words, and where they were asked. Pure: a line in, lines out.
"""

import re
from dataclasses import dataclass, field, replace

from bot.demo.actor import DESK

_PING = re.compile(r"(?:(?P<to>\w+): )?(?P<asker>\S+) asks (?:in \S+ )?#(?P<number>\d+): “(?P<text>.*)” — ")
_RELAYED = re.compile(r"(?P<asker>\S+) on #\d+: ")
_STOCK = (
    (
        r"livepatch|live patch",
        "build the payload from exactly the tree and .config of the running hypervisor: its build id counts",
    ),
    (
        r"segv|sigsegv|crash|dies|oops|panic",
        "that was mended on staging lately; if the next point release still does it, send us the backtrace",
    ),
    (
        r"\bgcc|clang|c23|compil",
        "newer compilers default to C23: put -std=gnu17 into CFLAGS until the next point release",
    ),
    (
        r"\bmake\b|build|configure|install",
        "start from a clean tree, `git clean -xdf`, and look at the first error, not at the last",
    ),
    (
        r"xenstore",
        "raise the quotas in the xenstored unit, and restart the guest, not the daemon",
    ),
    (
        r"boot|efi|grub",
        "let GRUB load xen.gz with multiboot2, and leave xen.efi for machines without GRUB",
    ),
    (
        r"network|vif|bridge|hotplug",
        "the script runs when the backend appears; run it by hand with sh -x and it tells you what it misses",
    ),
)
_NOT_IN_STOCK = "no version that is still supported does that; try the newest point release of your branch"


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is said, so many seconds later; in the channel, or `privately` to the desk, which passes it on."""

    after: float
    text: str
    privately: bool = False


@dataclass(slots=True)
class Developer:
    """One of them, by name, with what they remember: of each question its asker and text, which one waits for
    its asker's reply, and how many pings there were."""

    name: str
    _waiting: dict[str, str] = field(default_factory=dict)
    _pings: int = 0

    def hears(self, who: str, what: str, *, privately: bool = False) -> tuple[Utterance, ...]:
        """The reaction to a line of `who` in the channel, or privately."""
        said = self._reaction(who, what)
        if not privately:
            return said
        # To the desk alone nobody is called by name.
        return tuple(replace(each, text=re.sub(r"^\S+: ", "", each.text), privately=True) for each in said)

    def _reaction(self, who: str, what: str) -> tuple[Utterance, ...]:
        if who == DESK:
            ping = _PING.match(what)
            if ping is not None and (ping["to"] or self.name) == self.name:
                self._pings += 1
                return self._pinged(ping["asker"], ping["text"])
            relayed = _RELAYED.match(what)
            if relayed is None:
                return ()
            who = relayed["asker"]
        text = self._waiting.pop(who, None)
        return (Utterance(4.0, f"{who}: {_answer(text)}"),) if text is not None else ()

    def _pinged(self, asker: str, text: str) -> tuple[Utterance, ...]:
        match self.name:
            case "bob":
                self._waiting[asker] = text
                return (Utterance(4.0, f"{asker}: which version is that, and on which distribution?"),)
            case "carol" if self._pings % 2 == 0:
                return (Utterance(3.0, "not me → bob"),)
            case "dave":
                return (Utterance(6.0, "ack"), Utterance(18.0, f"{asker}: {_answer(text)}"))
        return (Utterance(5.0, f"{asker}: {_answer(text)}"),)


def _answer(text: str) -> str:
    return next((answer for words, answer in _STOCK if re.search(words, text.casefold())), _NOT_IN_STOCK)
