"""The table of rules: what each finds, why that matters, and what to do.

The documentation and `pkgdesk kb lint --rules` tell this table. An **error** is what is wrong for sure, or
must not become public: it keeps an entry from being published. A **warning** is worth a look. Pure.
"""

from dataclasses import dataclass

from knowledge.composing import Severity

_E, _W = Severity.ERROR, Severity.WARNING


@dataclass(frozen=True, slots=True)
class Rule:
    """`name` is what `--only`, `--ignore` and `# lint: allow` call it."""

    name: str
    severity: Severity
    finds: str
    why: str
    remedy: str


_TABLE = (
    Rule(
        "unreadable",
        _E,
        "A file that is no YAML that could be read, or that the desk passes over (then a warning).",
        "Nothing of it is in the base.",
        "Mend the place that is named; what is no entry belongs outside the folder.",
    ),
    Rule(
        "invalid-entry",
        _E,
        "A key that is missing, unknown, or holds what it must not.",
        "The whole entry is left out.",
        "Write what the sentence asks for; docs/reference/entry-files.md lists every key.",
    ),
    Rule(
        "short-too-long",
        _E,
        "A `short` of more than 300 bytes.",
        "It does not fit a line of IRC, and the entry is left out.",
        "End it after the sentence that answers, and write the rest into `text`.",
    ),
    Rule(
        "duplicate-id",
        _E,
        "An id that another file has, too.",
        "The second one is left out.",
        "Rename id and file, or make one entry of the two.",
    ),
    Rule(
        "broken-see",
        _E,
        "A `see` that leads to no entry.",
        "Whoever follows it finds nothing.",
        "Name an entry that is there, or take it out.",
    ),
    Rule(
        "unknown-facet",
        _E,
        "A facet in `applies`, or a value of one, that the configuration does not declare.",
        "No question is ever about it, so that the answer is never chosen for it.",
        "Write a declared one, or declare it under `facets`. Only looked at with a configuration.",
    ),
    Rule(
        "unknown-section",
        _E,
        "A `section` that the map does not have.",
        "Nobody owns the entry.",
        "Write a section of the map. Only looked at with a configuration.",
    ),
    Rule(
        "contradiction",
        _E,
        "Two answers of an entry that say different things for the very same facets; or two entries with the "
        "same phrasing that answer differently though both may hold.",
        "Which of them is told is decided by their order, not by what is right.",
        "Keep the right one, or say in `applies` what each is for.",
    ),
    Rule(
        "never-told",
        _E,
        "An answer that is never chosen: another that holds wherever it does goes before it (of equally "
        "specific ones the newer does), or its constraint holds for no version.",
        "Somebody wrote it for a case in which something else is told.",
        "Limit the other answer so that it leaves the case out.",
    ),
    Rule(
        "overlap",
        _W,
        "Two answers that hold for some facets in common, though neither is the narrower one, and say "
        "different things.",
        "A narrower answer before a wider one is deliberate; this may have been missed.",
        "Limit one of them where the other begins.",
    ),
    Rule(
        "near-duplicate",
        _W,
        "An entry that asks for nearly the same as another, says nearly the same, or gives the same answer.",
        "They compete for the same questions, and one of them will be forgotten when things change.",
        "Make one entry of them, with the phrasings of both; versions become variants (`applies`).",
    ),
    Rule(
        "phrasing-finds-another",
        _W,
        "A phrasing that, asked as it stands, finds another entry first, by words alone.",
        "Whoever asks in these very words gets something else.",
        "Say in it what sets its entry apart, or move it to the entry that it finds.",
    ),
    Rule(
        "vague-phrasing",
        _W,
        "A phrasing that says nothing to be found by, or only one word that many entries have.",
        "It finds nothing, or anything.",
        "Say what it is about.",
    ),
    Rule(
        "duplicate-phrasing",
        _W,
        "A phrasing that stands in its entry twice, but for case and punctuation.",
        "The second one adds nothing.",
        "Take one out, or say it as somebody else would.",
    ),
    Rule(
        "title-is-phrasing",
        _W,
        "A title that is one of the phrasings.",
        "A title is for what no phrasing says as well.",
        "Take the title out (the first phrasing stands in), or name in it what the entry is about.",
    ),
    Rule(
        "says-nothing",
        _W,
        "A `short` that is a placeholder (`TODO`, `see text`), or repeats the question.",
        "It is all that the channel reads.",
        "Say the answer in a sentence.",
    ),
    Rule(
        "sees-itself",
        _W,
        "A `see` that leads to its own entry, or stands there twice.",
        "It leads nowhere else.",
        "Take it out.",
    ),
    Rule(
        "review-due",
        _W,
        "An entry past its `review_after`, or whose verification lies ahead or is missing.",
        "What was right once may not be so any more.",
        "Check it against its source and write today's date into `verified`.",
    ),
    Rule(
        "overtaken",
        _W,
        "An entry that was verified for a version and also holds for newer ones, of which the base (or "
        "another entry's `verified`) names one of a later series. Before its `review_after` is over, one "
        "release may follow.",
        "Nobody has looked whether it still holds there.",
        "Check it with the newer version and write that into `verified`, or end `applies` before it.",
    ),
    Rule(
        "source-not-url",
        _W,
        "A `source` that is no URL with http or https and a host. One that could run something, like "
        "`javascript:`, one with a password or with blanks is an error.",
        "It is shown as a link.",
        "Write the address of a page that says the same.",
    ),
    Rule(
        "secret",
        _E,
        "What looks like a private key, an access token, the hash of a password or a password, anywhere in "
        "the file. What only may be one (`password: …` with a digit in it) is a warning.",
        "The base is public.",
        "Take it out, and revoke it: what was in git stays in its history. An example is written with "
        "`<…>` or `…`.",
    ),
    Rule(
        "email-address",
        _E,
        "An address of a person, anywhere in the file; that of a mailing list or an office (`security@…`) is "
        "a warning, and so is somebody at a machine in front of a path (`bob@host:/path`). Addresses in "
        "example.org and of nobody (`you@domain.com`, `git@host:path`) are none.",
        "Entries are public and are kept; people did not ask for that, lists mostly did.",
        "Name the person as the map does, or the list where it is read on the web.",
    ),
    Rule(
        "unknown-allowance",
        _W,
        "A comment `# lint: allow …` that names no rule.",
        "It allows nothing.",
        "Write the name of a rule: `pkgdesk kb lint --rules` lists them.",
    ),
)

RULES: dict[str, Rule] = {rule.name: rule for rule in _TABLE}
"""Every rule by its name, in the order in which they are explained."""
