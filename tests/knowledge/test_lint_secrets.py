"""What must not become public: keys, tokens, passwords, addresses of people. All here are made up."""

import pytest

from knowledge.lint.addresses import addresses
from knowledge.lint.leak import Leak
from knowledge.lint.secrets import secrets
from knowledge.lint.texts import Lines

RANDOM = "q7Zk29XvB4mT81LpQe56"
HEX = "9f86d081884c7d659a2feaa0c55ad015"


def leaks(text: str) -> list[Leak]:
    return [*secrets(text), *addresses(text)]


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
        "PuTTY-User-Key-File-" + "3: ssh-ed25519",
        "glcbt-" + RANDOM,
        "xapp-1-A0-" + RANDOM * 3,
        "https://hooks.slack.com/services/T" + "ABCDEFGH/B" + "ABCDEFGHIJ/" + RANDOM,
        "https://discord.com/api/webhooks/" + "123456789012345678/" + RANDOM * 3,
        "1234567890:AA" + "q7Zk29XvB4mT81LpQe56abcdefghijklm",
        "GOCSPX-" + "q7Zk29XvB4mT81LpQe56abcdefgh",
        "SG." + "q7Zk29XvB4mT81LpQe56ab." + RANDOM * 2 + "abc",
        "SK" + HEX,
        "key-" + HEX,
        "dckr_pat_" + RANDOM,
        "dop_v1_" + HEX * 2,
        "hf_" + "q7Zk29XvB4mT81LpQe56abcdefghijklmn",
        "sk-ant-" + RANDOM,
        "sk-" + "q7Zk29XvB4mT81LpQe56" * 2 + "abcdefgh",
        "AccountKey=" + RANDOM * 4 + "abcdef==",
        "hvs." + RANDOM + "abcd",
        "AGE-SECRET-KEY-1" + "QPZRY9X8GF" * 5 + "QPZRY9X8",
        "PrivateKey = " + RANDOM * 2 + "abc=",
        "glsa_" + "q7Zk29XvB4mT81LpQe56abcdefghijkl" + "_0a1b2c3d",
        "shpat_" + HEX,
        "ATATT3" + RANDOM * 3,
        "root:$6$" + "Xy7abcDE$" + RANDOM * 4 + ":19000",
        "bob:$apr1$" + "abcdefgh$" + RANDOM + "ab",
        "$2b$" + "10$" + RANDOM * 2 + "abcdefghijklm",
        "Authorization: Basic " + "Ym9iOmh1bnRlcjJ4eA==",
        "Authorization: Bearer " + RANDOM,
        "sshpass -p " + "hunter2x ssh bob@host",
        "curl -s -u bob:" + "hunter2x https://host.example/",
        "mysql -u root -p" + "hunter2x",
        "/msg NickServ IDENTIFY " + "hunter2x",
        "/msg NickServ identify alice " + "hunter2x",
        "machine host login bob password " + "hunter2x",
        "sasl_password " + "hunter2x",
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
        "https://user:pass@host/",
        "password: sha512",
        "password: base64-encoded",
        "the password is asked for",
        "the password is 16 characters",
        "--password prompt",
        "sshpass -p password ssh",
        "curl -u USER:PASSWORD",
        "curl -u user:password https://example.org/",
        "mysql -u root -p",
        "/msg NickServ IDENTIFY <password>",
        "/msg NickServ identify account password",
        "Authorization: Bearer $TOKEN",
        "machine host login bob password <yours>",
        "access_token=ACCESS_TOKEN",
        "PrivateKey = <base64>",
        "PublicKey = " + RANDOM * 2 + "abc=",
        "bob:*:19000",
        "SHA256:" + RANDOM * 2,
        "the key-value store of sk-learn",
    ],
)
def test_what_merely_speaks_of_secrets_is_let_alone(text):
    assert found(f"short: {text}\n") == []


@pytest.mark.parametrize(
    "text",
    ["password: hunter2x", "the password is Hunter2x!", "--password hunter2x", "'passphrase': 'a1b2c3'"],
)
def test_what_may_be_a_password_is_worth_a_look(text):
    assert found(f"short: {text}\n") == [("secret", "warning")]


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
        ("git@company.org:xen.git", None),
        ("git@company.org", "warning"),
        ("you@company.org", None),
        ("your.name@company.org", None),
        ("yourii@company.org", "error"),
        ("user@host.com", None),
        ("alice@yourdomain.com", None),
        ("root@dom0.lan", None),
        ("alice@homeserver.org", "error"),
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


@pytest.mark.parametrize(
    "piece", ["@", "a@", "eyJ-", "password=", "a://a:", "x@aa.", "api", "-----BEGIN A ", "$6$a", "--pass "]
)
def test_a_text_of_one_thing_is_bounded(piece):
    assert len(list(leaks(piece * (65536 // len(piece))))) <= 50
