"""Entries beside each other: who finds whose phrasing, and who says what another does."""

from lint_samples import entry, said, told

from knowledge.facets import FacetKind

SEABIOS = entry(
    "system-seabios",
    phrasing="how do I build with the distribution's seabios",
    answers="  - short: Configure with the system-seabios option, and name the firmware file there.",
)


def base(**more: str) -> dict[str, str]:
    others = {
        f"other-{word}": entry(
            f"other-{word}",
            phrasing=f"where does the {word} keep its files",
            answers=f"  - short: The {word} keeps them below a folder of its own.",
        )
        for word in ("hypervisor", "toolstack", "xenstore", "console", "bootloader")
    }
    return {
        "system-seabios": SEABIOS,
        **others,
        **{name.replace("_", "-"): text for name, text in more.items()},
    }


def test_entries_on_different_things_are_no_neighbours():
    assert said(base()) == []


def test_a_phrasing_of_two_entries_that_answer_differently():
    found = told(base(firmware=entry("firmware", phrasing="How do I build with the distribution's seabios?")))
    assert [(each.problem.place, each.rule) for each in found] == [
        ("firmware.yaml:3:5", "contradiction"),
        ("system-seabios.yaml:3:5", "contradiction"),
    ]
    assert "one of `system-seabios`, too" in found[0].problem.message


def test_versions_that_are_apart_may_share_a_phrasing():
    def version(name: str, constraint: str) -> str:
        answers = f"  - {{short: As {name} does it., applies: {{xen: '{constraint}'}}}}"
        return entry(name, phrasing="how do I boot it from the grub menu", answers=answers)

    assert said(base(old=version("old", "<4.17"), new=version("new", ">=4.17"))) == []
    assert len(said(base(old=version("old", "<4.18"), new=version("new", ">=4.17")))) == 2


def test_an_entry_that_says_nearly_what_another_does_is_told_once():
    twin = SEABIOS.replace("system-seabios\n", "twin-seabios\n").replace("how do I build", "can we build")
    [found] = told(base(twin_seabios=twin))
    assert (found.problem.place, found.rule) == ("twin-seabios.yaml:1:1", "near-duplicate")
    assert "`system-seabios`" in found.suggestion
    allowed = twin.replace("id: twin-seabios", "id: twin-seabios  # lint: allow near-duplicate")
    assert said(base(twin_seabios=allowed)) == []


def test_the_same_answer_under_other_words_is_a_duplicate():
    answers = "  - short: Ask the security team in private."
    one = entry("leak", phrasing="where to report a vulnerability", answers=answers)
    two = entry("whom-to-mail", phrasing="guest escape, whom do I tell about that", answers=answers)
    assert said(base(leak=one, whom_to_mail=two)) == ["whom-to-mail.yaml:1:1 near-duplicate"]


def test_a_phrasing_that_finds_another_entry():
    strayed = entry(
        "kernel",
        phrasing="which kernel is needed\n  - console keep its files",
        answers="  - short: One that knows the interface.",
    )
    [found] = told(base(kernel=strayed))
    assert (found.problem.place, found.rule) == ("kernel.yaml:4:5", "phrasing-finds-another")
    assert "finds `other-console` first" in found.problem.message


def test_a_phrasing_for_what_no_answer_holds_for():
    answers = "  - {short: So., applies: {xen: '>=4.17'}}"
    text = entry("boot", phrasing="does it boot with xen 4.4", answers=answers)
    [found] = told(base(boot=text), kinds=[FacetKind("xen")])
    assert found.rule == "phrasing-finds-another"
    assert "names xen 4.4, and the answers hold for xen ≥ 4.17 only" in found.problem.message


def test_one_word_that_everybody_asks_with_is_vague():
    files = {
        f"n{number}": entry(
            f"n{number}", phrasing=f"qemu and topic{number}", answers=f"  - short: It is {number}."
        )
        for number in range(12)
    }
    files["n0"] = entry("n0", phrasing="qemu", answers="  - short: A machine of its own.")
    assert "n0.yaml:3:5 vague-phrasing" in said(files)


def pair(one: str, other: str, *answers: str) -> list[str]:
    """What is said of two entries that are asked for so, beside five others."""
    told_ = answers or (
        "They lie below the folder of the firmware.",
        "Look into what the firmware brings along.",
    )
    files = {
        name: entry(name, phrasing=asked, answers=f"  - short: {answer}")
        for name, asked, answer in zip(("first", "second"), (one, other), told_, strict=True)
    }
    return [each for each in said(base(**files)) if "near-duplicate" in each]


DUPLICATE = ["second.yaml:1:1 near-duplicate"]


def test_what_two_people_wrote_in_their_own_words_is_a_duplicate():
    one = "where are the blobs of the firmware\n  - firmware blobs are missing"
    assert pair(one, "where do I find the firmware blobs") == DUPLICATE
    assert pair("where are the blobs of the firmware", "where do I find the firmware blobs") == []
    assert pair(one, "where do I find the firmware blobs\n  - who signs the tarballs of releases") == []


def test_what_names_another_thing_or_denies_it_is_no_duplicate():
    def twice(text: str) -> str:
        return f"{text}\n  - please tell, {text}"

    days = [twice(f"which blobs of the firmware changed since {number} days") for number in ("1", "2")]
    assert pair(*days) == []
    assert pair(twice("which blobs are loaded"), twice("which blobs are not loaded")) == []
    assert pair(twice("how to enable lithist blobs"), twice("how to enable dotglob blobs")) == []
    versions = [twice(f"which blobs of the firmware came with {number}") for number in ("4.17", "4.18")]
    assert pair(*versions) == DUPLICATE


def test_that_two_things_are_answered_with_yes_is_no_duplicate():
    asked = ("does it build with musl", "may the console be shared")
    assert pair(*asked, "Yes, since 4.14.", "Yes, since 4.14.") == []
    assert pair(*asked, *["Yes, where the headers of the kernel are installed."] * 2) == DUPLICATE
