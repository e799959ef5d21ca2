"""The demo's knowledge base, asked in words that it has not seen, and asked what it does not know.

Two sets of questions that stand nowhere in the base. Of the first, every question has to find its entry; of
both, most have to be answered by the desk alone; and what the base does not know, never. The calibration is
the one that a desk learns from this base after it has started.
"""

from pathlib import Path

import pytest

import bot.demo
from bot.config import load as load_settings
from knowledge.confidence import Band, Thresholds, band
from knowledge.library import learned, load

FOLDER = Path(bot.demo.__file__).parent
DECLARED = load_settings(FOLDER / "config.yaml").facet_kinds
AT_FIRST = load(FOLDER / "knowledge", DECLARED)

ASKED = {
    "architectures": "is there any point in building xen on ppc64el or riscv?",
    "backend-modules": "netback isn't there after booting dom0, who is supposed to modprobe it?",
    "backport-requests": "how do we get an upstream fix into 4.18 stable?",
    "boot-files": "our two xen versions both own /boot/xen.gz, how do others solve this?",
    "build-subsystems": "is there a make target for building the hypervisor on its own?",
    "clang-build": "we build everything with clang, what do I pass to xen's make?",
    "compiler-versions": "our LTS has gcc 4.8, will 4.21 compile with it?",
    "console-logs": "how can I have the guests' console output written to log files?",
    "crash-kernel": "we set crashkernel= for the dom0 kernel but no memory is reserved under xen",
    "cross-build": "what do I set to build arm64 xen from an x86 build server?",
    "debug-build": "which option gives a hypervisor with assertions turned on?",
    "debug-symbols": "the crash has no symbols, is xen-syms packaged somewhere?",
    "disable-stubdom": "the build wants newlib, is there a way to skip stubdoms?",
    "distro-cflags": "how do I get %{optflags} into the xen tools without breaking the hypervisor?",
    "documentation-build": "no man pages in the built package, what build dependency am I missing?",
    "dom0-kernel-config": "what do I enable in our kernel package so that it can run as dom0?",
    "driver-domain": "I want a network driver domain, what packages and services does it need?",
    "efi-boot": "uefi machine: do I need xen.efi in the EFI partition?",
    "embargo-rules": "are we allowed to publish packages before the embargo is lifted?",
    "frontend-modules": "domU can't mount root, is blkfront supposed to be in the initrd?",
    "go-bindings": "why does the package install go files and do we need them?",
    "grub-entries": "which variable in /etc/default/grub holds options for the hypervisor?",
    "hotplug-scripts": "does xl need udev rules to run the vif-bridge script?",
    "hypervisor-kconfig": "my change to the .config of xen disappears during the build",
    "install-directories": "how do I make the libs go to /usr/lib64?",
    "json-library": "is there an alternative to yajl?",
    "library-sonames": "libxenctrl gets a new soname every time, is there a list of stable libs?",
    "libvirt-or-xl": "xendomains gets stopped as soon as libvirtd is started",
    "libxl-api-version": "must packages linked with libxl be rebuilt after a new xen release?",
    "livepatching": "applying a hotpatch fails: build id does not match",
    "microcode": "is ucode=scan enough to load the intel microcode from the initramfs?",
    "ocaml-tools": "is ocaml 4.02 still enough for the bindings?",
    "out-of-tree-build": "can I use O=build with make for xen?",
    "predisclosure-list": "can hobby distros get on the pre-disclosure list?",
    "pv-shim": "make tools compiles xen/ again with a different config, why?",
    "pvgrub": "how do I build a grub image for booting PV domUs?",
    "pvh-guest-kernel": "our cloud kernel doesn't start with type=pvh, which config options are missing?",
    "pygrub-path": "domU config has bootloader = '/usr/bin/pygrub', file not found with 4.19",
    "pygrub-restricted": "how can pygrub be run without root privileges?",
    "python-version": "the build can't find python, we only have /usr/bin/python3",
    "qemu-traditional": "is qemu-xen-traditional still shipped in 4.21?",
    "qemu-unprivileged": "what uid range is needed so that qemu doesn't run as root?",
    "release-schedule": "how many releases are there per year and when?",
    "report-vulnerability": "I think I found a guest escape, where do I send it?",
    "reproducible-build": "diffoscope shows the build time inside xen.gz",
    "rombios": "fedora dropped dev86, is it really required?",
    "run-directory": "systemd warns about /var/run/xenstored, how do I configure /run?",
    "security-advisories": "is there some feed or json with the advisories?",
    "security-support-status": "would a bug in a tech preview feature get an advisory?",
    "source-tarball": "which gpg signature belongs to the xen-4.20.1 tarball?",
    "stable-branches": "should I pull from staging or wait for the next tag?",
    "support-windows": "for how many years will 4.20 get fixes?",
    "sysconfig-directory": "how do I force /etc/sysconfig/xencommons in a mock chroot?",
    "system-ovmf": "we ship ovmf already, how do I point xen's tools at that firmware?",
    "system-qemu": "can the xen build take our packaged qemu instead of downloading its own?",
    "system-seabios": "our tools package should use the seabios we already have",
    "systemd-build": "4.19 no longer installs any unit files, what changed?",
    "systemd-units": "which services should our preset enable for a dom0?",
    "thirty-two-bit": "do 32-bit hosts still work or is x86_64 required?",
    "tools-match-hypervisor": "xl list stops working after updating xen until we reboot, is that expected?",
    "unified-efi": "can shim load a signed hypervisor together with kernel and initrd?",
    "vendor-version": "how do I get -1.fc43 into what xl info prints?",
    "xen-units-skipped": "all xen services are skipped on our non-xen kernel, is that a bug?",
    "xendomains": "which setting makes guests start automatically with the host?",
    "xenstored-restart": "our %post does systemctl try-restart for all services, is that ok for xenstored?",
    "xenstored-variants": "what is the difference in packaging between oxenstored and xenstored?",
    "xl-or-xend": "is xm still there or did xl replace it?",
    "xsa-patches": "there are xsa patches for 4.18 and unstable, what do I use for 4.17?",
    "xsm-flask": "what is the xenpolicy file in /boot good for?",
}

ASKED_SHORTLY = {
    "architectures": "can we add armhf to the supported archs of the xen package?",
    "backend-modules": "modules-load.d complains about netbk and blkbk, can I shorten that list?",
    "backport-requests": "there's a commit in staging that 4.19 lacks, whom do I poke?",
    "boot-files": "is it fine to package xen.gz as a symlink?",
    "build-subsystems": "hypervisor and tools are two source packages here, how do I build just one?",
    "clang-build": "how do I switch the compiler to clang?",
    "compiler-versions": "what's the oldest gcc that still builds 4.20?",
    "console-logs": "guest consoles should be logged, how?",
    "crash-kernel": "how do I set up kdump on a xen dom0?",
    "cross-build": "cross compile for arm64, what about CROSS_COMPILE?",
    "debug-build": "do you recommend CONFIG_DEBUG for our testing repo?",
    "debug-symbols": "where does xen-syms go?",
    "disable-stubdom": "is stubdom needed at all?",
    "distro-cflags": "where do I put RPM_OPT_FLAGS?",
    "documentation-build": "do I need pandoc for the man pages?",
    "dom0-kernel-config": "does dom0 need a special kernel?",
    "driver-domain": "is xendriverdomain.service needed in dom0?",
    "efi-boot": "how do I boot xen with UEFI?",
    "embargo-rules": "what can we tell users about an embargoed XSA?",
    "frontend-modules": "which drivers go into the guest's initramfs?",
    "go-bindings": "can I disable golang?",
    "grub-entries": "grub doesn't show a xen entry after installing the hypervisor",
    "hotplug-scripts": "what calls /etc/xen/scripts/vif-bridge?",
    "hypervisor-kconfig": "can I set CONFIG_ options for the hypervisor from debian/rules?",
    "install-directories": "what's the right --libexecdir for fedora?",
    "json-library": "yajl is orphaned in our distro, does xen work with json-c?",
    "library-sonames": "how should the libxen libraries be split, which have a stable soname?",
    "libvirt-or-xl": "do libvirtd and xendomains conflict?",
    "libxl-api-version": "what LIBXL_API_VERSION does libvirt need?",
    "livepatching": "does xen support live patching?",
    "microcode": "early microcode loading with xen, how?",
    "ocaml-tools": "how do I build without ocaml?",
    "out-of-tree-build": "out of tree build of xen possible?",
    "predisclosure-list": "how do we apply for the predisclosure list?",
    "pv-shim": "do I need the pv shim?",
    "pvgrub": "where do I get pvgrub64.bin from?",
    "pvh-guest-kernel": "CONFIG_XEN_PVH, is that all for PVH guests?",
    "pygrub-path": "pygrub is gone from /usr/bin, bug?",
    "pygrub-restricted": "what does bootloader_restrict do?",
    "python-version": "setup.py fails with no module named distutils",
    "qemu-traditional": "when did qemu-traditional go away?",
    "qemu-unprivileged": "how do I get qemu to run as non-root user?",
    "release-schedule": "when is the next xen release?",
    "report-vulnerability": "how to report a security bug?",
    "reproducible-build": "how do we make the xen package reproducible?",
    "rombios": "configure: cannot find bcc, do I need rombios?",
    "run-directory": "can xen use /run/xen?",
    "security-advisories": "where do I see new XSAs?",
    "security-support-status": "is FLASK security supported?",
    "source-tarball": "which key signs the tarballs?",
    "stable-branches": "stable-4.20 or RELEASE-4.20.2, what do distros use?",
    "support-windows": "is 4.18 still supported?",
    "sysconfig-directory": "xencommons ends up in /etc/default, why?",
    "system-ovmf": "uefi guests with packaged edk2, what configure switch?",
    "system-qemu": "can I use debian's qemu-system-xen?",
    "system-seabios": "which bios.bin does hvmloader load?",
    "systemd-build": "do we still need libsystemd-dev?",
    "systemd-units": "which systemd services do I have to enable after installing xen?",
    "thirty-two-bit": "should we still build xen for i386?",
    "tools-match-hypervisor": "can I use 4.20 tools with a 4.19 hypervisor?",
    "unified-efi": "how does secure boot work with xen?",
    "vendor-version": "what is XEN_VENDORVERSION for?",
    "xen-units-skipped": "who mounts /proc/xen?",
    "xendomains": "how do I autostart domUs?",
    "xenstored-restart": "can xenstored be restarted without reboot?",
    "xenstored-variants": "should the default be oxenstored?",
    "xl-or-xend": "users ask for xm, can we still provide it?",
    "xsa-patches": "which xsa patch goes to 4.18?",
    "xsm-flask": "how do I enable XSM?",
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
    "livepatch-build crashes with a segfault on our objects",
    "xen.efi hangs after ExitBootServices on a Dell laptop",
    "grub says out of memory when loading xen.gz with multiboot2",
    "hvmloader asserts when a guest has more than 128 vcpus",
    "pygrub cannot read an xfs filesystem with bigtime",
    "the ocaml bindings crash with OCaml 5.3 in a finaliser",
    "undefined reference to fdt_check when linking libxl on arm64",
    "netback drops packets with jumbo frames on our bridge",
    "guest clock drifts after live migration",
    "xentop shows 100% cpu for an idle domain",
    "which scheduler should we choose for latency sensitive guests?",
    "how do I resize a guest's disk online?",
    "qcow2 image is corrupted after xl destroy",
    "vhd files cannot be opened with tapdisk",
    "rpmlint complains about executable stacks in hvmloader",
    "is there an ansible role for setting up xen hosts?",
    "xl create fails: failed to free memory for the domain",
    "serial console stays silent on our new Intel board",
    "the spice display is black with cirrus graphics",
    "xenconsoled eats cpu when a guest prints in a loop",
    "how many vcpus can one guest have?",
    "what licence are the public headers under?",
    "my guest gets no ip address from dhcp on the bridge",
    "how do I convert a kvm guest to xen?",
    "xl migrate needs which ports open in the firewall?",
    "how do I snapshot a domU?",
    "qemu refuses -xen-domid",
    "ld: unrecognised emulation mode: i386pep",
    "python bindings: xc.domain_getinfo returns an empty list",
    "what does XSA-444 fix?",
    "grub: invalid magic number loading xen.gz",
    "32bit PV guest crashes in the shim",
    "checkpolicy: syntax error in xen.te",
    "stable-4.19 is broken with gcc 15",
    "4.20.1 tarball checksum mismatch on our mirror",
    "json-c parse error in xl create",
    "proc-xen.mount: mount point busy",
    "xendomains hangs at shutdown",
    "xendomains: guest names with spaces are not saved",
    "vif-bridge fails with brctl not found",
    "vif-bridge: could not find bridge device xenbr0",
    "xencommons hangs at Starting xenstored",
    "xen-livepatch apply times out",
    "xen-shim: out of memory with 256 vcpus",
    "crash kernel hangs in early boot under xen",
    "ucode=scan hangs the boot on an AMD server",
    "xen-ucode: operation not permitted",
    "qemu-xen-traditional guest shows a black screen",
    "ovmf guest drops to the uefi shell",
    "hvmloader: failed to load bios",
    "xenlight go binding: nil pointer in DomainInfo",
    "CONFIG_DEBUG build hits an assertion in sched",
    "configure: error: Could not find zlib",
    "/run/xen/xl.sock permission denied",
    "tarball signature: BAD signature",
    "predisclosure mail bounced",
)

FAR_FROM_ALL = (
    "xenstored dies in tools/xenstored/talloc.c on armhf",
    "xenstored dies with SIGSEGV in tools/xenstored/talloc.c on our armhf builders",
    "libxl_create.c does not compile with gcc 15, incompatible pointers",
    "make -j64 fails in xen/Rules.mk, asm-offsets.h is not there in time",
)
"""What the demo asks so that a person is sought at once: nothing may be offered."""

VAGUE = "which firmware should I package?"


@pytest.fixture(scope="module")
def snapshot():
    return learned(AT_FIRST)


def what(base, question):
    """What the desk would do with a question."""
    index = base.index
    return band(index.search(question).matches, index.calibration.strictly(Thresholds()))


def test_every_entry_is_asked_for():
    ids = {entry.id for entry in AT_FIRST.entries}
    assert set(ASKED) == ids
    assert set(ASKED_SHORTLY) == ids


def test_another_way_of_asking_finds_it_first_from_the_start():
    found = [AT_FIRST.index.search(question).matches[0].entry.id for question in ASKED.values()]
    missed = [id_ for id_, first in zip(ASKED, found, strict=True) if id_ != first]
    assert len(missed) <= 0.05 * len(ASKED), missed


@pytest.mark.parametrize("asked", [ASKED, ASKED_SHORTLY], ids=["at length", "shortly"])
def test_most_are_answered_without_bothering_anybody(asked, snapshot):
    first, answered, missed = 0, 0, []
    for id_, question in asked.items():
        matches = snapshot.index.search(question).matches
        right = bool(matches) and matches[0].entry.id == id_
        first += right
        if right and what(snapshot, question) is Band.ANSWER:
            answered += 1
        else:
            found = [f"{match.entry.id} {match.probability:.2f}" for match in matches[:3]]
            missed.append(f"{id_}: {question} -> {', '.join(found) or 'nothing'}")
    figures = f"{len(asked)} questions, {first} found first, {answered} answered; the others:"
    assert first >= 0.95 * len(asked), "\n".join([figures, *missed])
    assert answered >= 0.75 * len(asked), "\n".join([figures, *missed])


def test_what_is_not_known_is_hardly_ever_answered(snapshot):
    """They name what an entry is about, and ask for something else: a symptom, mostly."""
    for base, most in ((AT_FIRST, 0.12), (snapshot, 0.05)):
        told = [each for each in NOT_KNOWN if what(base, each) is Band.ANSWER]
        assert len(told) <= most * len(NOT_KNOWN), told


@pytest.mark.parametrize("question", FAR_FROM_ALL)
def test_what_is_far_from_all_is_for_a_person(question, snapshot):
    for base in (AT_FIRST, snapshot):
        assert what(base, question) is Band.ROUTE


def test_a_vague_question_is_offered_what_it_may_mean(snapshot):
    matches = snapshot.index.search(VAGUE).matches
    assert what(snapshot, VAGUE) is Band.OFFER
    assert {match.entry.id for match in matches[:2]} == {"system-ovmf", "system-seabios"}
