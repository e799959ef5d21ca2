"""The demo's knowledge base: every way of asking is answered, other questions are not."""

from pathlib import Path

import pytest

import bot.demo
from knowledge.confidence import Band, band
from knowledge.facets import FacetKind
from knowledge.files import parse_entry, to_yaml
from knowledge.library import load

FOLDER = Path(bot.demo.__file__).parent / "knowledge"
DECLARED = (
    FacetKind("xen", words=("hypervisor",), bare=True),
    FacetKind("toolstack", choices={"xl": (), "libvirt": ("virsh", "virt-manager")}),
)
SNAPSHOT = load(FOLDER, DECLARED)
SECTIONS = {
    "BUILD SYSTEM", "LIBXENLIGHT", "XENSTORE", "QEMU-DM", "STUB DOMAINS", "LINUX DRIVERS", "EFI", "LIVEPATCH",
    "TOOLSTACK", "SECURITY", "RELEASE",
}  # fmt: skip

PARAPHRASES = {
    "system-qemu": "can the xen build take our packaged qemu instead of downloading its own?",
    "system-seabios": "our tools package should use the seabios we already have",
    "system-ovmf": "we ship ovmf already, how do I point xen's tools at that firmware?",
    "disable-stubdom": "the build wants newlib, is there a way to skip stubdoms?",
    "xl-or-xend": "is xm still there or did xl replace it?",
    "libxl-api-version": "must packages linked with libxl be rebuilt after a new xen release?",
    "xenstored-variants": "what is the difference in packaging between oxenstored and xenstored?",
    "frontend-modules": "domU can't mount root, is blkfront supposed to be in the initrd?",
    "dom0-kernel-config": "what do I enable in our kernel package so that it can run as dom0?",
    "hotplug-scripts": "does xl need udev rules to run the vif-bridge script?",
    "security-advisories": "is there some feed or json with the advisories?",
    "support-windows": "for how many years will 4.20 get fixes?",
    "livepatching": "applying a hotpatch fails: build id does not match",
    "efi-boot": "uefi machine: do I need xen.efi in the EFI partition?",
    "debug-symbols": "the crash has no symbols, is xen-syms packaged somewhere?",
}

NOT_KNOWN = (
    "why does my HVM guest hang when the passed-through GPU resets",
    "xl migrate fails with a broken pipe between two hosts",
    "how do I limit a guest's disk bandwidth with credit2?",
    "dom0 runs out of memory while ballooning, what is the right dom0_mem?",
    "Windows guest has no network after installing the PV drivers",
    "does xen support nested virtualization on AMD?",
    "qemu crashes with a VNC client connected to the guest",
    "the build of xen fails with gcc 15: array subscript out of bounds in the shadow code",
    "oxenstored uses a lot of memory after a thousand domain restarts",
    "libvirt cannot attach a usb device to a running domain",
    "xen panics early on boot with an AMD EPYC and x2apic",
    "why is suspend to ram broken in dom0 with kernel 6.12?",
    "xenstored.service times out at boot",
    "tools/libs/light fails to compile with -Werror=maybe-uninitialized",
)


def test_the_base_is_whole():
    assert SNAPSHOT.problems == ()
    assert {entry.id for entry in SNAPSHOT.entries} == set(PARAPHRASES)


@pytest.mark.parametrize("entry", SNAPSHOT.entries, ids=lambda entry: entry.id)
def test_an_entry_is_complete(entry):
    assert len(entry.phrasings) >= 3
    assert entry.section in SECTIONS
    assert entry.verified
    assert entry.review_after
    for answer in entry.answers:
        assert answer.text
        assert answer.source.startswith("https://")
    assert parse_entry(to_yaml(entry), "written.yaml", entry.id) == entry


@pytest.mark.parametrize("entry", SNAPSHOT.entries, ids=lambda entry: entry.id)
def test_every_phrasing_is_answered_by_its_entry(entry):
    for phrasing in entry.phrasings:
        matches = SNAPSHOT.index.search(phrasing).matches
        assert matches[0].entry == entry
        assert band(matches) is Band.ANSWER, phrasing


@pytest.mark.parametrize(("id_", "question"), PARAPHRASES.items(), ids=PARAPHRASES.keys())
def test_another_way_of_asking_finds_it_first(id_, question):
    assert SNAPSHOT.index.search(question).matches[0].entry.id == id_


@pytest.mark.parametrize("question", NOT_KNOWN)
def test_what_is_not_known_is_not_answered(question):
    assert band(SNAPSHOT.index.search(question).matches) is not Band.ANSWER


def test_the_version_decides_between_xm_and_xl():
    def answer(text: str) -> tuple[str, bool]:
        match = SNAPSHOT.index.search(text).matches[0]
        return match.holds_for, match.contested

    assert answer("Should we still ship xend and xm?") == ("xen ≥ 4.5", True)
    assert answer("Should we still ship xend and xm with xen 4.4?") == ("xen < 4.5", False)
    assert answer("Should we still ship xend and xm with 4.17.2-3.mga9?") == ("xen ≥ 4.5", False)


def test_the_version_decides_how_long_it_is_supported():
    def answer(text: str) -> str:
        return SNAPSHOT.index.search(text).matches[0].holds_for

    assert answer("when does Xen 4.17 go out of support") == "xen ≥ 4.17 and < 4.20"
    assert answer("when does Xen 4.20 go out of support") == "xen ≥ 4.20"
    assert answer("when does Xen 4.12 go out of support") == "xen < 4.17"
