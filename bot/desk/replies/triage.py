"""What triagers are told and tell, and the words of those who put a question off or are asked once more."""

from collections.abc import Sequence
from datetime import datetime

from bot.desk.fitting import cut
from bot.desk.replies.words import moment, number
from routing.sections import Section

_NAME = 40
"""Characters of a section's name in a line that holds several."""


def numbered(sections: Sequence[str], room: int = 100) -> str:
    """`(1) XENSTORE, (2) LIBXL`, each within `room` bytes, as far as that can be."""
    most = max(10, min(_NAME, room - 6))
    return ", ".join(f"({place}) {cut(name, most)}" for place, name in enumerate(sections, 1))


def picks(sections: Sequence[str]) -> str:
    """The words that choose among sections."""
    return ", ".join([*(f"`{place}`" for place in range(1, len(sections) + 1)), "`none`"])


def which_section(sections: Sequence[str]) -> str:
    """To a triager whose number stands for nothing."""
    return f"which one: {numbered(sections)}? Say {' or '.join(picks(sections).split(', '))}."


def nobody_of(section: Section) -> str:
    """That nobody looks after a section, or hardly; empty where somebody does."""
    if section.orphan or section.obsolete:
        return f"which nobody looks after ({cut(section.status, 30)})"
    return f"for which nobody has much time ({cut(section.status, 30)})" if section.odd_fixes else ""


def placed(question: int, who: str, section: Section) -> str:
    """To the asker: in which section somebody has placed their question."""
    next_ = f", {nobody_of(section)}, so I ask around it" if section.unattended else "; I ask there next"
    return f"{number(question)}: {cut(who, _NAME)} says that it is about {section.name}{next_}."


def placed_by_you(question: int, section: str, *, now: bool) -> str:
    """To the one who placed it; `now`: it waits for nobody else."""
    when = "now" if now else "once it goes further"
    return f"thank you; I ask about {number(question)} at {section} {when}."


def none_of_them(question: int, who: str, onward: str | None) -> str:
    """To the asker: that it is none of those it seemed to be about, and where it goes then."""
    then = f"I ask at {onward} next" if onward else "I look further"
    return f"{number(question)}: {cut(who, _NAME)} says that it is none of those; {then}."


def none_by_you(question: int, onward: str | None) -> str:
    return f"thank you; I go on with {number(question)}{f' at {onward}' if onward else ''}."


# --- later ------------------------------------------------------------------------------------------------


def put_off(question: int, who: str, until: datetime) -> str:
    """To the asker."""
    return f"{number(question)}: {cut(who, _NAME)} will look at it on {moment(until)}."


def put_off_by_you(question: int, until: datetime) -> str:
    return f"thank you; I come back to you about {number(question)} on {moment(until)}."


def too_late(question: int, latest: datetime) -> str:
    """To somebody who would put it off for longer than anybody may wait."""
    return (
        f"that is too long for {number(question)}: I can wait until {moment(latest)}. "
        "`not me` lets me ask the next one."
    )


def until_when(question: int, why: str = "") -> str:
    """To somebody who puts it off and does not say until when, or not so that it can be read."""
    head = f"{why}. " if why else ""
    return f"{head}Until when do you put {number(question)} off? `later 2h`, `later 3d`, `later friday`."
