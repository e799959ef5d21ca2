"""The demo's map: Xen's subsystems, placeholders for people, and plain questions that find their way."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from immutables import Map

import bot.demo
from routing.candidates import SURE, owners, rank
from routing.choose import Route, choose
from routing.evidence import gather
from routing.formats.native import read_map
from routing.presence import Load, Member, Roster, Venue

MAP = read_map(Path(bot.demo.__path__[0]) / "map.yaml")
XEN = Venue("demo", "#xen")
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
THERE = Roster(
    members=Map(
        {("demo", who): Member("demo", who, who, who, venues=frozenset({"#xen"})) for who in MAP.people}
    ),
    accounts=Map({("demo", who): Map({who: who}) for who in MAP.people}),
)


def asked(text: str, *before: str) -> Route:
    return choose(
        MAP,
        rank(gather(MAP, text)),
        roster=THERE,
        load=Load(),
        at=NOON,
        asked_in=XEN,
        open_venues=(XEN,),
        asker=frozenset(),
        asked=frozenset(before),
        patience=timedelta(hours=1),
        threshold=SURE,
    )


def test_the_people_are_plainly_placeholders() -> None:
    assert list(MAP.people) == ["bob", "carol", "dave"]
    for who, person in MAP.people.items():
        assert person.name == f"{who.title()} Placeholder"
        assert person.accounts == {"demo": who}
        assert person.email == f"{who}@example.org"
        assert person.hours is None
        assert person.reads_back == (who == "dave")
    assert MAP.rest == "THE REST"
    assert MAP.mail == "xen-devel@lists.example.org"


def test_somebody_stands_behind_every_section() -> None:
    assert all(section.maintainers for section in MAP.sections.values())
    assert MAP.sections["LIBXENLIGHT"].maintainers == ("bob", "carol")
    assert [section.name for section in MAP.enclosing("LIBXENLIGHT")] == ["TOOLSTACK"]


@pytest.mark.parametrize(
    ("text", "section", "person"),
    [
        (
            "tools/libs/light/libxl_create.c:123:5: error: implicit declaration of function",
            "LIBXENLIGHT",
            "bob",
        ),
        ("libxl_create.c:123:5: error: 'foo' undeclared", "LIBXENLIGHT", "bob"),
        ("/builddir/xen-4.19.0/tools/xenstored/core.c:12: undefined reference", "XENSTORE", "carol"),
        ("libvirt question: which libxl soname should I depend on?", "LIBXENLIGHT", "bob"),
        ("xenstroed does not start after the update", "XENSTORE", "carol"),
        ("does the stub domain still need newlib?", "STUB DOMAINS", "carol"),
        ("which kernel drivers does a guest need, netfront and blkfront?", "LINUX DRIVERS", "dave"),
        ("xen.efi has no relocations with our objcopy", "EFI", "dave"),
        ("are live patches signed?", "LIVEPATCH", "bob"),
        ("how do I pass CFLAGS to configure?", "BUILD SYSTEM", "bob"),
        ("which XSAs concern 4.17?", "SECURITY", "carol"),
        ("when is the next point release?", "RELEASE", "carol"),
        ("can the device model be the distribution's QEMU?", "QEMU-DM", "bob"),
        ("xen/arch/x86/cpuid.c:7: warning", "X86", "bob"),
        ("the xl.cfg of pygrub", "TOOLSTACK", "carol"),
        ("setup.py of the bindings fails with python3", "PYTHON BINDINGS", "dave"),
        ("tools/golang/xenlight/helpers.gen.go:12: undefined", "GOLANG BINDINGS", "bob"),
        ("checkpolicy: syntax error in the flask policy", "XSM/FLASK", "carol"),
        ("kdump does not start after a crash", "KEXEC", "bob"),
        ("xen/arch/arm/domain_build.c:40: error", "ARM", "carol"),
        ("pod2man breaks on one of the man pages", "DOCUMENTATION", "dave"),
        ("docs/misc/efi.pandoc is out of date", "EFI", "dave"),
    ],
)
def test_plain_questions_find_their_way(text: str, section: str, person: str) -> None:
    found = asked(text)
    assert found.section == section
    assert found.person == MAP.people[person]
    assert found.place is not None
    assert found.place.venue == XEN


def test_a_libxl_question_climbs_as_the_story_tells() -> None:
    text = "libxl: domain creation fails with -9"
    assert asked(text).reason == "you maintain LIBXENLIGHT (libxl)"
    second, third, last = asked(text, "bob"), asked(text, "bob", "carol"), asked(text, "bob", "carol", "dave")
    assert (second.person, second.role) == (MAP.people["carol"], "maintainer")
    assert (third.person, third.role) == (MAP.people["dave"], "the rest")
    assert (last.person, last.mail) == (None, "xen-devel@lists.example.org")


def test_what_nothing_points_at_is_for_the_rest() -> None:
    assert asked("how are you today?").person == MAP.people["dave"]


@pytest.mark.parametrize(
    ("what", "section"),
    [
        ("tools/xl/", "TOOLSTACK"),
        ("xenstore", "XENSTORE"),
        ("docs/misc/livepatch.pandoc", "LIVEPATCH"),
        ("docs/man/xl.1.pod.in", "TOOLSTACK"),
        ("docs/hypervisor-guide/index.rst", "DOCUMENTATION"),
        ("automation/", "THE REST"),
    ],
)
def test_who_owns_what(what: str, section: str) -> None:
    assert owners(MAP, what)[0].section == section
