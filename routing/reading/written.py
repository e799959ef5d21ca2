"""What a written name means: a path, a file, an identifier, or nothing of the kind; and commands as they are
typed.

    path   = [root] name {"/" name} ["/"]     a file's name has a known ending, or is known as it is
    line   = [prompt] command {("|" | "&&" | ";") command}      prompt = "$ " | "# " | "[root@dom0 ~]# " …

Of names with one slash prose is full (`and/or`, `x86/ARM`, `I/O`): they are sure where the last of them is a
file's, or the first one that source trees use. A leaf but for `links`, `pasted` and `knowledge.words`.
"""

import re
from collections.abc import Iterator
from posixpath import normpath
from typing import NamedTuple

from knowledge.words.text import STOP_WORDS
from routing.reading.links import is_host, shown
from routing.reading.pasted import Material


class Meant(NamedTuple):
    """`sort`: "path", "file", "identifier" or "command"; `text`: as somebody would look it up."""

    sort: str
    text: str
    sure: bool


def _words(several: str) -> frozenset[str]:
    return frozenset(several.split())


_ENDINGS = _words(
    """
    a ac adoc am asl asm awk bat bb bbclass bin build c cc cfg cmake cmi cmo cmx cmxa common conf cpp cs css
    csv cxx dat def desktop diff dockerfile dsl dtb dts dtsi dtso ebuild efi el example expect gitignore go
    grub2 gz h hh hpp hs html hxx i idl ids in inc include ini init inl ipp java js json ko kt l ld lds lo lua
    m m4 mak make map md mk ml mli mod nix o opic orig pandoc patch pc pl pm po pod policy pot pro proto ps1
    py pyc pyi pyx rb rej rs rst rules s sed service sh size so socket spec sql src sub svg swift sym t target
    tc tcl te template tex texi toml ts txt ui vim xml xsl y yaml yml
    """
)
"""Endings of files that source trees and their builds are made of."""
_KNOWN = _words(
    """
    Makefile makefile GNUmakefile Kconfig Kbuild MAINTAINERS CODEOWNERS Dockerfile COPYING README configure
    """
)
_ROOTS = _words(
    """
    arch automation contrib crypto debian doc docs Documentation drivers hw include lib libs mm qapi samples
    scripts src stubdom subprojects sys tcg test tests tools util utils xen
    """
)
"""First directories of source trees that are no words of prose beside a slash."""
_OF_A_SYSTEM = (
    "/etc/",
    "/usr/",
    "/var/",
    "/dev/",
    "/proc/",
    "/sys/",
    "/boot/",
    "/bin/",
    "/sbin/",
    "/lib",
    "/run/",
)
_OF_A_BUILD = ("/usr/src/", "/var/lib/", "/usr/local/src/")
_IDIOMS = _words(
    """
    and/or either/or he/she his/her yes/no on/off client/server tcp/ip true/false dev/null
    """
)

_LEAD = re.compile(r"(?:~[\w-]*+/|\.{1,3}/)+")
_VERSION = re.compile(r"v?\d++\.\d")
_SONAME = re.compile(r"\.so(?:\.\d++)+$|\.[1-8]$", re.ASCII)
_EDITED = re.compile(r"[sy]/[^/]++/[^/]*+/")
_NUMBERS = re.compile(r"[\d./:x-]++$")
_ENDS_KNOWN = re.compile(r"\.([A-Za-z]\w{0,11})$", re.ASCII)


def meant(token: str, kind: Material, directory: str = "") -> Meant | None:
    """What a token with a slash, a backslash or a dot means, or the known name of a file.

    `directory`: the one that relative names are in, where a build printed them.
    """
    token = token.rstrip(".-,~+@")
    if "\\" in token:
        token = _slashes(token)
    token = token.partition("@")[0]
    if len(token) < 3 or token[0] == "-" or "+0x" in token or _EDITED.match(token):
        return None
    if "/" not in token:
        told = _file(token)
        if (
            told is not None
            and told.sort == "file"
            and directory
            and kind in (Material.MAKE, Material.COMPILER)
        ):
            return Meant("path", f"{directory}/{told.text}", told.sure)
        return told
    return _path(token, kind, directory)


def is_identifier(name: str) -> bool:
    """Whether a word with an underscore is one of a program."""
    return (
        len(name) > 3 and "_" in name.strip("_") and not name[0].isdigit() and sum(map(str.isalpha, name)) > 1
    )


def sources(name: str) -> tuple[str, ...]:
    """What a product of a build may be made from: `x.o` of `x.c`, `x.S` …; anything of itself and `.in`.
    For a name that the tree does not have itself; the likeliest first."""
    stem, _, ending = name.rpartition(".")
    if name.endswith("/"):
        return ()
    made = tuple(f"{stem}.{source}" for source in _MADE_FROM.get(ending, ())) if stem else ()
    return (*made, f"{name}.in")


_MADE_FROM = {
    **dict.fromkeys(("o", "lo", "opic", "i", "s", "d"), ("c", "S", "cc", "cpp", "rs")),
    **dict.fromkeys(("cmx", "cmo", "cmi", "cma", "cmxa"), ("ml", "mli")),
    **dict.fromkeys(("dtb", "dtbo"), ("dts", "dtso")),
    "pyc": ("py",),
    "ko": ("c",),
    **{section: (f"{section}.pod", f"{section}.pod.in", f"{section}.md") for section in "12345678"},
}


def _slashes(token: str) -> str:
    """With slashes where it is a path of Windows; else up to the backslash, which a quotation left there."""
    several = token.count("\\") > 1 and "/" not in token
    return token.replace("\\", "/") if several or _ends_known(token) else token.partition("\\")[0]


def _ends_known(name: str) -> bool:
    match = _ENDS_KNOWN.search(name)
    if match is None:
        return False
    ending = match[1]
    return ending in _ENDINGS or ending == "S" or (len(ending) > 1 and ending.lower() in _ENDINGS)


def _file(name: str) -> Meant | None:
    """A name without a slash: of a file, or with dots between as programs have it, or of nothing."""
    if "." not in name:
        return Meant("file", name, True) if name in _KNOWN else None
    if name[0] == ".":
        return Meant("file", name, True) if len(name) > 4 and name[1:].isalpha() else None
    if _is_shorthand(name) or ".." in name:
        return None
    if _ends_known(name):
        return Meant("file", name, True)
    if _SONAME.search(name) and not name[0].isdigit():
        return Meant("file", name, ".so." in name) if name.count(".") > 1 else None
    if _VERSION.match(name) or is_host(name):
        return None
    stem, _, ending = name.rpartition(".")
    if "_" in name:
        return Meant("identifier", name, False)
    plain = ending.isalnum() and ending.islower() and len(ending) < 8 and not ending.isdigit()
    return Meant("file", name, False) if plain and len(stem) > 2 and stem[-1] != "." else None


def _is_shorthand(name: str) -> bool:
    """`e.g`, `i.e`, `a.m`: letters with dots between, but for the names that a compiler's examples have."""
    return len(name) == 3 and name[2] not in "chosS"


def _path(token: str, kind: Material, directory: str) -> Meant | None:
    absolute = token[0] == "/"
    if directory and not absolute and kind in (Material.MAKE, Material.COMPILER):
        token, absolute = f"{directory}/{token}", True
    elif not absolute:
        token = _LEAD.sub("", token, count=1) if token[0] in ".~" else token
    if "//" in token or "/./" in token or "/../" in token:
        token = normpath(token).replace("//", "/") + ("/" if token.endswith("/") else "")
        token = _LEAD.sub("", token, count=1) if token[0] == "." else token
    if kind is Material.PATCH and token[:2] in ("a/", "b/"):
        token = token[2:]
    parts = token.strip("/").split("/")
    last = parts[-1]
    named = last in _KNOWN or _ends_known(last)
    if len(parts) == 1:
        if token.endswith("/") and last and not _NUMBERS.match(last):
            return Meant("path", token, last in _ROOTS or kind is not Material.PROSE)
        return Meant("file", last, True) if named and not token.endswith("/") else None
    if token.lower().strip("/") in _IDIOMS or _NUMBERS.match(token):
        return None
    if not named and all(len(part) < 3 for part in parts):
        return None
    if not absolute and is_host(parts[0]) and not (named and len(parts) == 2 and _ends_known(parts[0])):
        page = shown(f"https://{token}")
        return Meant("path", page[0], True) if page is not None and page[1] else None
    return Meant("path", token, _is_sure(token, parts, kind, named=named))


def _is_sure(token: str, parts: list[str], kind: Material, *, named: bool) -> bool:
    if token.startswith(_OF_A_SYSTEM) and not token.startswith(_OF_A_BUILD):
        return False
    if named or parts[0] in _ROOTS:
        return True
    if token[0] == "/" or token[-1] == "/":
        return len(parts) > 2
    return kind not in (Material.PROSE, Material.LOG)


# --- commands -----------------------------------------------------------------------------------------

LONGEST_COMMAND = 80

_PROMPT = re.compile(
    r"^(?:[\[(]?[\w.-]{1,40}@[\w.-]{1,60}+(?:[: ][^\n$#%]{0,100}+)?)?([$#%]) ([^\n]{2,1000})", re.MULTILINE
)
_TICKED = re.compile(r"`([^`\n]{2,200})`")
_APART = re.compile(r"\|\|?|&&?|;|[0-9]?>")
_SET = re.compile(r"[A-Za-z_]\w*+=")
_PROGRAM = re.compile(r"[A-Za-z_][\w.+-]*+$", re.ASCII)
_BEFORE = _words(
    """
    sudo doas env time nice exec nohup fakeroot strace ltrace
    """
)
_PROGRAMS = _words(
    """
    autoreconf bpftool brctl cargo cmake debuild dmesg docker dpkg-buildpackage dtc ethtool gbp gdb
    grub-install grub-mkconfig iptables journalctl losetup lspci make makepkg meson mkimage mock modprobe
    ninja nix-build objdump osc perf pip pkg-config podman pytest python3 qemu-img qemu-nbd
    qemu-system-aarch64 qemu-system-arm qemu-system-i386 qemu-system-riscv64 qemu-system-x86_64 rpmbuild
    systemctl tox virsh virt-install xe xl xm xenstore-ls xenstore-read xenstore-write
    """
)
"""Programs that people name with what they told them to do, without quotes around."""
_TOLD = re.compile(r"[a-z][a-z0-9]*+(?:[-_:][a-z0-9]++)*+$|--?[A-Za-z][\w=./-]*+$|[A-Z][A-Z_]*+=\S*+$")
_MADE = _words(
    """
    all world dist install uninstall clean distclean mrproper check test tests docs tools xen stubdom kernels
    modules menuconfig defconfig olddefconfig oldconfig debball rpmball tags cscope html man help
    """
)
_NO_ARGUMENT = STOP_WORDS | _words(
    """
    sure sense use changes command commands tool toolstack fails crashes says gives always never does did only
    """
)


def typed(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """The commands in a text: where they stand, the command, and whether it is sure to be one."""
    if "$ " in text or "# " in text or "% " in text:
        for match in _PROMPT.finditer(text):
            for command in _commands(match[2]):
                if match[1] == "$" or match.start(1) > match.start() or command.split()[0] in _PROGRAMS:
                    yield *match.span(2), command, True
        text = _PROMPT.sub(_blank, text)
    if text.count("`") > 1:
        for match in _TICKED.finditer(text):
            if " " in match[1].strip() and match[1].count("'") % 2 == 0:
                for command in _commands(match[1].lstrip("$# ")):
                    yield *match.span(1), command, True
        text = _TICKED.sub(_blank, text)
    if not _PROGRAMS.isdisjoint(words := text.split()):
        yield from _in_prose(text, words)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _commands(line: str) -> Iterator[str]:
    """Each command of a line, without what only says how to run it, or where its output goes."""
    for part in _APART.split(line[:1000]):
        words = part.split()
        first = next(
            (n for n, word in enumerate(words) if word not in _BEFORE and not _SET.match(word)), None
        )
        if first is not None:
            program = words[first].rpartition("/")[2]
            told = words[first + 1 :]
            if _PROGRAM.match(program) and (told or program in _PROGRAMS or "-" in program):
                yield " ".join((program, *told))[:LONGEST_COMMAND].rstrip()


def _in_prose(text: str, words: list[str]) -> Iterator[tuple[int, int, str, bool]]:
    """`make -C tools`, `xl create`: a program that is known and what follows it, if that may be told it."""
    end = 0
    for number, program in enumerate(words[:-1]):
        start = text.find(program, end)
        end = start + len(program)
        if program not in _PROGRAMS:
            continue
        told = words[number + 1].rstrip(_PUNCTUATION)
        fits = _TOLD.match(told) and told not in _NO_ARGUMENT
        if fits and (program != "make" or told in _MADE or "-" in told or "=" in told):
            last = text.find(told, end) + len(told)
            if told == "-C" and number + 2 < len(words):
                where = words[number + 2].rstrip(_PUNCTUATION)
                last = text.find(where, last) + len(where)
                told = f"-C {where}"
            yield start, last, f"{program} {told}"[:LONGEST_COMMAND], told[0] == "-"


_PUNCTUATION = ".,;:!?)\"'"
