"""What people paste into a question: the material of a line, the directory that make is in, and names that
only their surroundings give away.

A line's material is told by what every program of its sort prints: `make[3]:`, `+++ b/…`, `error:`,
`name+0x12/0x30`, `daemon[123]:`. Forms of names (groups are the sorts of `routing.reading.mentions`):

    compiler   in function `NAME':   undefined reference to `NAME'   cannot find -lNAME   'NAME' undeclared
    make       *** [Makefile:12: NAME] Error 1        no rule to make target 'NAME'       FAILED: NAME
    trace      NAME+0x12/0x30 [MODULE]   #3 0x… in NAME (…)   File "…", line 3, in NAME   by 0x…: NAME (F:3)
    patch      a/{OLD => NEW}/b
    log        PROGRAM[123]: …

Each expression is linear in the length of the text: what repeats is possessive or bounded, and begins only
where a word begins. A leaf: imports nothing of the house.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Material(StrEnum):
    """What sort of text something stands in."""

    PROSE = "prose"
    COMPILER = "compiler"
    MAKE = "make"
    TRACE = "trace"
    PATCH = "patch"
    LOG = "log"
    LINK = "link"


class Form(NamedTuple):
    """An expression that finds names, and a word without which it need not be tried."""

    kind: Material
    marker: str
    found: re.Pattern[str]


# --- lines --------------------------------------------------------------------------------------------

_PATCH = ("diff --git ", "--- ", "+++ ", "@@ ", "Index: ", "rename ", "copy from ", "copy to ", "similarity ")
_STAT = re.compile(r"\S \| +(?:\d++ [+-]*|Bin\b)|^ (?:create|delete) mode \d|\S => \S")
_BUILDING = re.compile(
    r"g?make\[\d++\]|make(?:\.exe)?: |ninja: |\[\d++/\d++\] |configure: |CMake |FAILED: "
    r"|\s{1,8}(?:CC|LD|AR|AS|GEN|CXX|CPP|HOSTCC|HOSTLD|DESCEND|INSTALL|UPD|CHK|OBJCOPY|MODPOST|LINK)"
    r"(?: \[M\])?\s{1,8}\S"
)
_TOOLS = ("cc", "++", "clang", "ld", "ar", "rustc", "libtool", "ocamlopt", "ocamlc")
_TRACED = ("+0x", "[<ffff", '", line ', "panicked at ", " BUG at ", "failed at ", "WARNING: CPU")
_FRAME = re.compile(r"\s{0,40}(?:#\d++ |at \S+:\d|\S+:\d++ \+0x)|==\d++==")
_DIED = re.compile(r" at \S++ line \d")
_DIAGNOSED = (
    *(
        "rror: ",
        "arning: ",
        "note: ",
        "ERROR: ",
        "ARNING: ",
        "In file included",
        ", character",
        "cannot find -l",
    ),
    *(
        "undefined reference",
        "multiple definition",
        "n function",
        "No such file",
        "ld: ",
        "-->",
        ":(.",
        ": error ",
    ),
)
_PLACED = re.compile(r"(?:\s{2,40}from )?[\w./+-]++:\d++(?::\d++:? |[:,]$)")
_LOGGED = re.compile(
    r"\((?:XEN|d\d{1,5}(?:v\d{1,5})?)\)|\[ {0,8}\d++\.\d++\]|[\w./-]++\[\d++\]: "
    r"|(?:[A-Z][a-z]{2} +)?[A-Z][a-z]{2} +\d++ \d\d:\d\d:\d\d |\d{4}-\d\d-\d\d[T ]\d\d:\d\d|<\d>"
    r"|(?!(?:gcc|g\+\+|cc1?|clang|ld|as|error|warning|note|configure): )[a-z][\w-]++: "
    r"(?:[a-z]++: )?(?:error|warning|info|debug|fatal|ERROR|WARNING)\b"
)


def material(line: str) -> Material:
    """What sort of material a line is; `PROSE` where nothing gives it away."""
    if line.startswith(_PATCH) or (
        (" | " in line or " mode " in line or " => " in line) and _STAT.search(line)
    ):
        return Material.PATCH
    if _BUILDING.match(line) or (" -" in line and _compiles(line)):
        return Material.MAKE
    if (
        (_has(line, _TRACED) and ", character" not in line)
        or _FRAME.match(line)
        or (" line " in line and _DIED.search(line))
    ):
        return Material.TRACE
    if _LOGGED.match(line):
        return Material.LOG
    return Material.COMPILER if _has(line, _DIAGNOSED) or _PLACED.match(line) else Material.PROSE


def _has(line: str, markers: tuple[str, ...]) -> bool:
    for marker in markers:  # noqa: SIM110 - a generator takes three times as long
        if marker in line:
            return True
    return False


def _compiles(line: str) -> bool:
    """`gcc -c x.c`, `x86_64-linux-gnu-gcc-13 -o x`: a command of a build."""
    program, _, told = line.lstrip().partition(" ")
    return told.startswith("-") and program.rstrip("-.0123456789").endswith(_TOOLS)


# --- directories --------------------------------------------------------------------------------------

_ENTERING = re.compile(r"(Entering|Leaving) directory [`'‘\"]([^\s'’\"`]{1,1000})['’\"`]")


class Directories:
    """Where make was while it printed: which directory a relative name that follows is in."""

    __slots__ = ("entered", "spans", "starts")

    def __init__(self, text: str) -> None:
        self.starts: list[int] = []
        self.entered: list[str] = []
        self.spans: list[tuple[int, int]] = []
        """Of the directories as they are written."""
        if " directory " not in text:
            return
        within: list[str] = []
        for match in _ENTERING.finditer(text):
            directory = match[2].rstrip("/")
            self.spans.append(match.span(2))
            if match[1] == "Entering":
                within.append(directory)
            elif within:
                within.pop()
            elif not self.starts:  # it was entered before what was pasted
                self.starts.append(0)
                self.entered.append(directory)
            self.starts.append(match.end())
            self.entered.append(within[-1] if within else "")

    def at(self, place: int) -> str:
        """The directory in force at this place of the text, or ""."""
        found = bisect_right(self.starts, place)
        return self.entered[found - 1] if found else ""


# --- names --------------------------------------------------------------------------------------------

_FORMS = (
    Form(
        Material.TRACE,
        "+0x",
        re.compile(
            r"(?<![\w.$])(?P<identifier>[A-Za-z_]\w{0,150}+)[\w.@]{0,60}+\+0x[0-9a-f]++"
            r"(?:/0x[0-9a-f]++(?: \[(?P<module>\w++)\])?)?",
            re.ASCII,
        ),
    ),
    Form(
        Material.TRACE,
        "#",
        re.compile(
            r"^\s{0,40}+#\d++ {1,4}(?:0x[0-9a-f]++ in )?(?P<identifier>[A-Za-z_]\w*+)[^\S\n]", re.ASCII | re.M
        ),
    ),
    Form(
        Material.TRACE,
        ", line ",
        re.compile(
            r'File "(?P<path>[^"\n<>]{1,500})", line \d++(?!, char)(?:, in (?P<identifier>[A-Za-z_]\w*+))?',
            re.ASCII,
        ),
    ),
    Form(
        Material.TRACE,
        " line ",
        re.compile(r" at (?P<path>(?=[\w.-]{0,100}/)[\w./+-]{2,500}+) line \d", re.ASCII),
    ),
    Form(
        Material.TRACE,
        " 0x",
        re.compile(
            r"\b(?:at|by) 0x[0-9A-F]++: (?P<identifier>[A-Za-z_]\w*+) \((?P<path>[\w./+-]++)", re.ASCII
        ),
    ),
    Form(
        Material.TRACE,
        "RIP",
        re.compile(r"\bRIP: [^\n]{0,60}?(?P<identifier>[A-Za-z_]\w{2,150}+)\+", re.ASCII),
    ),
    Form(Material.COMPILER, " -l", re.compile(r"cannot find -l(?P<library>[\w+-]++)", re.ASCII)),
    Form(
        Material.COMPILER,
        "n function",
        re.compile(r"(?<![\w./+-])(?P<path>[\w+-][\w./+-]*+): [Ii]n function", re.ASCII),
    ),
    Form(Material.COMPILER, ":(.", re.compile(r"(?<![\w./+-])(?P<path>[\w+-][\w./+-]*+):\(\.", re.ASCII)),
    Form(Material.MAKE, "*** [", re.compile(r"\*\*\* \[(?:[^\]\s:]++:\d++: )?(?P<target>[^\]\s:]{2,500})\]")),
    Form(Material.MAKE, "FAILED: ", re.compile(r"FAILED: (?P<path>[\w./+-]++)", re.ASCII)),
    Form(Material.MAKE, " -C ", re.compile(r"\bmake(?: -[\w=-]++)* -C ?(?P<directory>[\w./+-]++)", re.ASCII)),
    Form(
        Material.LOG,
        "]: ",
        re.compile(
            r"(?<![\w./+-])(?!g?make\[|kernel\[)(?P<command>[A-Za-z_][\w./+-]{1,80}+)\[\d++\]: ", re.ASCII
        ),
    ),
)

RENAMED = re.compile(r"(?<![\w./+-])([\w./+-]*+)\{([\w./+-]*+) => ([\w./+-]*+)\}([\w./+-]*+)", re.ASCII)
"""A file's two names as git tells them in one."""

_QUOTED = re.compile(r"[`'‘\"“]([A-Za-z_./][\w./:+-]{1,200}+)(?:\([^\n()]{0,100}+\))?['’`\"”]", re.ASCII)
_BEFORE = (
    *(
        "unction",
        "reference to",
        "definition of",
        "declaration of",
        "type name",
        "member named",
        "identifier",
    ),
    *(
        "target",
        "needed by",
        "symbol",
        "modpost:",
        "package",
        "ependency",
        "module named",
        "types for",
        "field",
    ),
    *("variable", "macro", "struct", "cannot find", "lookup error:", "program", "header", "named"),
)
_AFTER = (
    *(" undeclared", " defined but", " was not declared", " may be used", " is used un", " has no member"),
    *(
        " redeclared",
        " does not name",
        " undefined",
        " not found",
        ", needed by",
        " failed",
        " is deprecated",
    ),
    *(" is not defined", " has incompatible", " makes ", " from incompatible"),
)


def named(text: str) -> Iterator[tuple[Material, str, str, int, int]]:
    """Names that only their surroundings give away: material, sort, name, and where it stands."""
    for form in _FORMS:
        if form.marker in text:
            for match in form.found.finditer(text):
                for sort, name in match.groupdict().items():
                    if name:
                        yield form.kind, sort, name, *match.span(sort)
    if " => " in text:
        for match in RENAMED.finditer(text):
            for middle in (match[3], match[2]):
                renamed = f"{match[1]}{middle}{match[4]}".replace("//", "/")
                yield Material.PATCH, "path", renamed, *match.span()
    if "'" in text or "`" in text or '"' in text or "‘" in text:
        for match in _QUOTED.finditer(text):
            start, end = match.span()
            before = text[max(0, start - 20) : start].rstrip()
            if before.endswith(_BEFORE) or text.startswith(_AFTER, end):
                making = before.endswith(("target", "needed by"))
                kind = Material.MAKE if making else Material.COMPILER
                yield kind, "target" if making else "quoted", match[1], *match.span(1)
