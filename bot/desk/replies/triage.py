"""What triagers are told and tell, and the words of those who put a question off or are asked once more."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.desk.fitting import cut
from bot.desk.replies.words import moment, number, span
from routing.sections import Section

_NAME = 40
"""Characters of a section's name in a line that holds several."""

_SEVERAL = 4
"""As many questions are named to somebody who may mean any of them."""


def numbered(sections: Mapping[int, str], room: int = 100) -> str:
    """`(1) XENSTORE, (2) LIBXL`, each within `room` bytes, as far as that can be."""
    most = max(10, min(_NAME, room - 6))
    return ", ".join(f"({place}) {cut(name, most)}" for place, name in sections.items())


def picks(places: Iterable[int], question: int | None = None) -> list[str]:
    """The words that choose among sections; with the `question` that they are said of, where it may be one of
    several."""
    of = "" if question is None else f" {number(question)}"
    return [*(f"`{place}{of}`" for place in places), f"`none{of}`"]


def which_section(sections: Mapping[int, str]) -> str:
    """To a triager whose number stands for nothing; `sections`: the numbers that do."""
    if not sections:
        return "no section has that number. Say `not me → SECTION` or `none`."
    return f"which one: {numbered(sections)}? Say {' or '.join(picks(sections))}."


def which_is_meant(word: str, questions: Sequence[int]) -> str:
    """To a triager who says a bare word while several questions wait for them."""
    return f"which question? Say {' or '.join(f'`{word} {number(each)}`' for each in questions[:_SEVERAL])}."


def nobody_of(section: Section) -> str:
    """That nobody looks after a section, or hardly; empty where somebody does."""
    if section.orphan or section.obsolete:
        return f"which nobody looks after ({cut(section.status, 30)})"
    return f"for which nobody has much time ({cut(section.status, 30)})" if section.odd_fixes else ""


def placed(question: int, who: str, section: Section, *, asked_all: bool = False) -> str:
    """To the asker: in which section somebody has placed their question; `asked_all`: whose people were asked
    about it already."""
    next_ = "; I ask there next"
    if section.unattended:
        next_ = f", {nobody_of(section)}, so I ask around it"
    elif asked_all:
        next_ = ", where I have asked already"
    return f"{number(question)}: {cut(who, _NAME)} says that it is about {section.name}{next_}."


def placed_by_you(question: int, section: str, *, now: bool) -> str:
    """To the one who placed it; `now`: it waits for nobody else."""
    when = "now" if now else "once it goes further"
    return f"thank you; I ask about {number(question)} at {section} {when}."


def learned(question: int, section: str) -> str:
    """To one who says where a question belonged that goes nowhere any more."""
    return f"thank you; {number(question)} stays as it is, but I ask about others like it at {section}."


def placed_with_oneself(question: int, who: str, section: str) -> str:
    """To the asker: the one who placed it looks after that section."""
    return f"{number(question)}: {cut(who, _NAME)} says that it is about {section}, which is theirs."


def yours(question: int, section: str, patience: timedelta) -> str:
    """To the one who placed it in the section that they alone look after."""
    return (
        f"thank you; {section} is yours: just reply, and it is passed on, or `not me {question}`; else "
        f"{number(question)} goes on in {span(patience)}."
    )


def none_of_them(question: int, who: str, onward: str | None, *, shown: bool) -> str:
    """To the asker: that it is none of those it seemed to be about, if any were `shown`, and where it goes
    then."""
    then = f"I ask at {onward} next" if onward else "I look further"
    what = "it is none of those" if shown else "it is no section's"
    return f"{number(question)}: {cut(who, _NAME)} says that {what}; {then}."


def none_by_you(question: int, onward: str | None) -> str:
    return f"thank you; I go on with {number(question)}{f' at {onward}' if onward else ''}."


# --- later ------------------------------------------------------------------------------------------------


def put_off(question: int, who: str, until: datetime) -> str:
    """To the asker."""
    return f"{number(question)}: {cut(who, _NAME)} will look at it on {moment(until)}."


def put_off_by_you(question: int, until: datetime, zone: str) -> str:
    """`zone`: theirs."""
    return f"thank you; I come back to you about {number(question)} on {moment(until, zone)}."


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
