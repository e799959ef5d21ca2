"""What must not become public: keys, tokens, passwords, addresses of people. All here are made up."""

import pytest

from knowledge.lint.secrets import leaks
from knowledge.lint.texts import Lines

RANDOM = "q7Zk29XvB4mT81LpQe56"
HEX = "9f86d081884c7d659a2feaa0c55ad015"


def found(text: str) -> list[tuple[str, str]]:
    return [(leak.rule, leak.severity.value) for leak in leaks(text)]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN " + "OPENSSH PRIVATE KEY-----",
        "-----BEGIN " + "PGP PRIVATE KEY BLOCK-----",
        "set AKIA" + "QWERTYUIOPASDFGH as the key",
        "ghp_" + RANDOM * 2,
        "glpat-" + RANDOM,
        "xoxb-" + RANDOM,
        "eyJ" + RANDOM + ".eyJ" + RANDOM + "." + RANDOM,
        "syt_Ym90_" + "AbCdEfGhIjKlMnOpQrSt_1a2b3c",
        "git clone https://bob:" + "hunter2@host.example/repo",
        "--password=" + "hunter2",
        "PASSWORD = '" + "hunter2'",
        "api_key: " + HEX,
        "token=" + HEX,
    ],
)
def test_what_looks_like_a_secret_is_told_and_never_repeated(text):
    assert found(f"short: {text}\n") == [("secret", "error")]
    [leak] = leaks(text)
    assert all(each not in leak.message + leak.suggestion for each in (RANDOM, HEX, "hunter2"))


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN CERTIFICATE-----",
        "password=<yours>",
        "password=$PASSWORD",
        "--password=…",
        "password: required by the server",
        "password=prompt",
        "token: is refreshed every hour",
        "secret=changeme",
        "the token=value pair",
        "PasswordAuthentication=no",
        "commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "https://bob:<password>@host.example/",
        "https://example.org/a:b/c@d",
    ],
)
def test_what_merely_speaks_of_secrets_is_let_alone(text):
    assert found(f"short: {text}\n") == []


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("bob.placeholder@company.org", "error"),
        ("mailto:bob@company.org", "error"),
        ("Bob <bob@company.org>", "error"),
        ("xen-devel@lists.company.org", "warning"),
        ("security@company.org", "warning"),
        ("pkg-xen-devel@company.org", "warning"),
        ("123456@bugs.debian.org", "warning"),
        ("git@company.org:xen.git", "warning"),
        ("rsync -a out bob@build.company.org:/srv/x", "warning"),
        ("ask bob@build.company.org: he knows", "error"),
        ("bob@example.org", None),
        ("bob@sub.example.com", None),
        ("getty@tty1.service", None),
        ("xendomains@.service", None),
        ("root@localhost", None),
        ("icon@2x.png", None),
        ("https://lore.company.org/xen-devel/20261001.123-1-bob@company.org/", None),
        ("ssh://bob@company.org/repo", None),
        ("security@.", None),
        ("@bob", None),
    ],
)
def test_addresses_of_people_are_errors_those_of_lists_worth_a_look(text, severity):
    assert found(f"short: Ask {text} about it.") == ([("email-address", severity)] if severity else [])


def test_the_place_is_where_it_stands():
    text = "one\r\ntwo bob@company.org\n"
    [leak] = leaks(text)
    assert Lines(text).at(leak.offset) == (2, 5)


@pytest.mark.parametrize("piece", ["@", "a@", "eyJ-", "password=", "a://a:", "x@aa.", "api", "-----BEGIN A "])
def test_a_text_of_one_thing_is_bounded(piece):
    assert len(list(leaks(piece * (65536 // len(piece))))) <= 50
