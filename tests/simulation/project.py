"""A small project in files, as an operator would write them: knowledge, a map, and a desk on networks."""

from pathlib import Path

from bot.config import Settings, load

PASSWORD = "sesame"
ACCOUNT = NICK = "pkgdesk"
CHANNELS = ("#packagers", "#devel")

_ENTRIES = {
    "system-qemu": """
phrasings:
  - How do I build the tools without cloning QEMU?
  - the build downloads qemu, no network on build host
answers:
  - short: Configure with `--with-system-qemu`; nothing is fetched then.
    text: |
      - With a path, that binary becomes the device model.
      - It has to be built with support for it.
section: BUILD SYSTEM
""",
    "system-seabios": """
phrasings:
  - How do I build the tools without cloning SeaBIOS?
  - build with the distribution's own seabios
answers:
  - short: Configure with `--with-system-seabios=PATH`.
section: BUILD SYSTEM
""",
    "python-version": """
phrasings:
  - Which python version do the tools need?
  - minimum python for the tools
answers:
  - short: Python 3.6 or newer.
section: BUILD SYSTEM
""",
    "live-patch": """
phrasings:
  - How do I make a live patch for the hypervisor?
answers:
  - short: Use livepatch-build-tools on the tree that you shipped.
section: XENSTORE
""",
}

_SECTIONS = """
sections:
  XENSTORE:
    maintainers: [bob]
    reviewers: [carol]
    keywords: [xenstored]
    files: [tools/xenstored/]
    mail: xenstore@lists.example.org
  BUILD SYSTEM:
    maintainers: [carol]
    keywords: [makefile, configure]
    files: [configure, config/]
  THE REST:
    maintainers: [dave]
rest: THE REST
triagers: [trudy]
mail: devel@lists.example.org
"""


def written(folder: Path, networks: tuple[str, ...], accounts: tuple[str, ...]) -> Settings:
    """The project in `folder`, and the settings of its desk. `accounts`: the networks where it has one."""
    knowledge = folder / "knowledge"
    knowledge.mkdir()
    for name, text in _ENTRIES.items():
        (knowledge / f"{name}.yaml").write_text(f"id: {name}\n{text.lstrip()}", "utf-8")
    people = "".join(
        f"  {nick}:\n    name: {nick.title()} Example\n    budget: 40\n    accounts: "
        f"{{{', '.join(f'{network}: {nick}' for network in networks)}}}\n"
        for nick in ("bob", "carol", "dave", "trudy")
    )
    (folder / "map.yaml").write_text(f"people:\n{people}{_SECTIONS.lstrip()}", "utf-8")
    password = folder / "password"
    password.write_text(PASSWORD, "utf-8")
    password.chmod(0o600)
    lines = ["networks:"]
    for network in networks:
        lines += [
            f"  {network}:",
            "    host: localhost",
            f"    port: {port(network, networks)}",
            "    tls: no",
            f"    nick: {NICK}",
            f"    channels: [{', '.join(repr(each) for each in CHANNELS)}]",
        ]
        if network in accounts:
            lines.append(f"    sasl: {{account: {ACCOUNT}, password_file: password}}")
    lines += [
        "knowledge: knowledge",
        "map: map.yaml",
        "database: desk.sqlite",
        "watch: no",
        "desk: {open_questions: 50}",
    ]
    (folder / "config.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    return load(folder / "config.yaml")


def port(network: str, networks: tuple[str, ...]) -> int:
    return 6667 + networks.index(network)
