"""The rows of the command table for whoever is asked: developers, and those who direct questions.

The first of them are words about a question, and count bare from whoever was pinged about it; the others say
how somebody wishes to be asked, whenever they say so.
"""

from bot.desk import inquiries, putting_off, responding, wishing
from bot.desk.model import Role
from bot.desk.rows import NUMBER, TEXT, Bare, Command

_TO = r"(?:[\s,;:.–-]*(?:→|->|=>|–>)\s*(?P<person>\S.*)|[\s,;:.–-]*+(?P<words>\S+(?:\s+\S+){0,6}))"
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_DAYS = (
    rf"(?:on )?(?:(?:{_DAY}[a-z,-]*|{_DAY} ?(?:[-–—]|to|through) ?{_DAY}),?|"
    r"week(?:day|end)s?|daily|everyday)"
)
_CLOCK = r"(?:from )?[0-9]{1,2}(?::[0-9]+)?(?: ?[ap]m)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_UNIT = r"(?:m(?:in(?:ute)?)?|h(?:(?:ou)?r)?|d(?:ay)?|w(?:(?:ee)?k)?)s?"
_MOMENT = (
    rf"(?:[0-9]+(?:\.[0-9]+)? ?{_UNIT}(?![a-z])|(?:an?|one) {_UNIT}\b|"
    rf"[0-9]+(?:[:-]| ?[ap]m|[a-z]* (?:of )?{_MONTH})|"
    rf"{_MONTH} [0-9]|(?:(?:all|this|the whole|the rest of the) (?:day|week)|today|tonight|tomorrow|"
    r"noon|midnight|next week|(?:next )?{_DAY})\b)"
)
"""How a moment begins, so that what else may stand behind `busy` is left alone."""


ANSWERING_TABLE: tuple[Command, ...] = (
    Command(
        path="ack",
        args=rf"{NUMBER}?",
        usage="ack [NUMBER]",
        meaning="you have seen the ping and will answer",
        handler=responding.ack,
        role=Role.RESPONDER,
        bare=Bare.PINGED,
    ),
    Command(
        path="answer",
        args=rf"(?:{NUMBER}\s*:?\s+)?{TEXT}",
        usage="answer [NUMBER] TEXT",
        meaning="answers a question, from anywhere",
        handler=responding.answer,
        role=Role.RESPONDER,
    ),
    Command(
        path="not me",
        args=rf"{NUMBER}?{_TO}?",
        usage="not me [NUMBER] [→ PERSON|SECTION]",
        meaning="passes the question on, to the person or section named or the next one",
        handler=responding.not_me,
        role=Role.RESPONDER,
        bare=Bare.PINGED,
        aliases=("notme",),
    ),
    Command(
        path="later",
        args=rf"(?:{NUMBER}\s+)?(?P<text>\S.*)?",
        usage="later [NUMBER] MOMENT",
        meaning="you will look at it then (`later 2d`, `later friday 14:00`), and are asked once more",
        handler=putting_off.later,
        role=Role.RESPONDER,
        bare=Bare.PINGED,
    ),
    Command(
        path="done",
        args=rf"{NUMBER}?",
        usage="done [NUMBER]",
        meaning="your answer is complete: the asker is asked whether that was it",
        handler=responding.done,
        role=Role.RESPONDER,
        bare=Bare.PINGED,
    ),
    Command(
        path="share",
        args=rf"{NUMBER}?",
        usage="share [NUMBER]",
        meaning="lets what you said privately be said where the question was asked",
        handler=responding.share,
        role=Role.RESPONDER,
    ),
    Command(
        path="why me",
        args=rf"{NUMBER}?\??",
        usage="why me [NUMBER]",
        meaning="explains why you were asked, who was left out, and how many of the pings were yours",
        handler=inquiries.why_me,
        role=Role.RESPONDER,
        bare=Bare.PINGED,
        aliases=("why me?",),
    ),
    Command(
        path="busy",
        args=rf"(?P<off>off)|(?P<text>(?:(?:until|till?|for) +\S|{_MOMENT}).{{0,80}})?",
        usage="busy [until MOMENT|SPAN|off]",
        meaning=(
            "you are asked nothing until then: `busy until monday`, `busy 3d`, `busy until 2026-12-01 "
            "14:00`; alone, says until when you are busy"
        ),
        handler=wishing.busy,
        role=Role.RESPONDER,
        bare=Bare.PINGED,
        aliases=("busy?",),
    ),
    Command(
        path="free",
        args=r"",
        usage="free",
        meaning="you are busy no longer",
        handler=wishing.free,
        role=Role.RESPONDER,
        aliases=("not busy",),
    ),
    Command(
        path="hours",
        args=rf"(?P<off>off)|(?P<text>(?:{_DAYS} +)?{_CLOCK} ?(?:[-–—]|(?:to|till?|until) ).{{1,100}})?",
        usage="hours [[DAYS ]FROM-TO ZONE|off]",
        meaning=(
            "you are asked within these hours only: `hours 9-18 Europe/London`, `hours mon-fri 9:30-17 "
            "UTC`; `off` goes back to the map's; alone, tells which hold"
        ),
        handler=wishing.hours,
        role=Role.RESPONDER,
        bare=Bare.PINGED,
        aliases=("hours?",),
    ),
    Command(
        path="budget",
        args=r"(?P<off>off)|(?P<text>[0-9].{0,40})?",
        usage="budget [PINGS a day|off]",
        meaning=(
            "you are asked at most so often within 24 hours: `budget 3 a day`; `off` goes back to the "
            "map's; alone, tells which holds"
        ),
        handler=wishing.budget,
        role=Role.RESPONDER,
        bare=Bare.PINGED,
        aliases=("budget?",),
    ),
    Command(
        path="pings",
        args=r"(?:(?:only )?(?:in )?(?P<to>public|private|off|on)(?:ly)?(?: only)?)?",
        usage="pings [public|private|off|on]",
        meaning=(
            "where you are asked: in channels too, only privately, nowhere, or (`on`) as the map says; "
            "alone, tells which holds"
        ),
        handler=wishing.pings,
        role=Role.RESPONDER,
        bare=Bare.PINGED,
        aliases=("pings?",),
    ),
)
