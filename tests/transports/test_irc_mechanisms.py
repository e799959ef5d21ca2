"""The mechanisms of SASL: what is said, which is chosen, and that nothing gives a secret away."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramMechanism

from bot.transports.irc.mechanisms import (
    CHUNK,
    LONGEST,
    Broken,
    External,
    Gathering,
    Name,
    Plain,
    Scram,
    chosen,
    chunks,
    made,
    possible,
)

KNOWN = ScramMechanism().make_auth_info("sesame", iteration_count=4096, salt=b"0123456789abcdef")


def server(password: str = "sesame") -> Any:
    known = KNOWN if password == "sesame" else ScramMechanism().make_auth_info(password, iteration_count=4096)
    return ScramMechanism().make_server(lambda _: known)


def talk(client: Scram, other: Any) -> None:
    """The whole of SCRAM up to the server's proof."""
    other.set_client_first(client.answer(b"").decode())
    other.set_client_final(client.answer(other.get_server_first().encode()).decode())
    assert client.answer(other.get_server_final().encode()) == b""


def test_scram_proves_the_password_to_a_server_that_proves_that_it_knows_it() -> None:
    client = Scram("pkgdesk", "sesame")
    assert not client.convinced
    talk(client, server())
    assert client.convinced


def test_a_server_that_does_not_know_the_password_is_an_impostor() -> None:
    client, other = Scram("pkgdesk", "sesame"), server()
    other.set_client_first(client.answer(b"").decode())
    client.answer(other.get_server_first().encode())
    with pytest.raises(Broken, match="did not prove") as broken:
        client.answer(b"v=" + base64.b64encode(bytes(32)))
    assert broken.value.impostor
    assert not client.convinced


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"\xff",
        b"r=other,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=4096",
        b"r=,s=,i=",
        b"e=other-error",
        b"r=nonce1,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=1",
        b"r=nonce1,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=4097000",
        b"r=nonce1,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=" + b"9" * 5000,
    ],
)
def test_what_makes_no_sense_ends_scram_and_is_cheap(first: bytes) -> None:
    client = Scram("pkgdesk", "sesame", nonce="nonce")
    client.answer(b"")
    with pytest.raises(Broken) as broken:
        client.answer(first)
    assert not broken.value.impostor
    assert "sesame" not in str(broken.value)


def test_scram_refused_at_the_end_is_no_imposture() -> None:
    client, other = Scram("pkgdesk", "sesame"), server("another")
    other.set_client_first(client.answer(b"").decode())
    client.answer(other.get_server_first().encode())
    with pytest.raises(Broken) as broken:
        client.answer(b"e=invalid-proof")
    assert not broken.value.impostor


def test_nothing_comes_after_the_end_of_scram() -> None:
    client = Scram("pkgdesk", "sesame")
    talk(client, server())
    with pytest.raises(Broken, match="after the end"):
        client.answer(b"v=")


@pytest.mark.parametrize("password", ["tab\there", "\u0627x"])
def test_a_password_that_scram_does_not_take_is_told_without_it(password: str) -> None:
    with pytest.raises(Broken, match="characters") as broken:
        made("SCRAM-SHA-256", "pkgdesk", password)
    assert password not in str(broken.value)
    assert made("PLAIN", "pkgdesk", password).answer(b"") == f"\0pkgdesk\0{password}".encode()


@pytest.mark.parametrize("name", ["PLAIN", "SCRAM-SHA-256"])
def test_a_password_that_is_no_text_is_told_without_it(name: Name) -> None:
    with pytest.raises(Broken) as broken:
        made(name, "pkgdesk", "se\udcffsame")
    assert "udcff" not in str(broken.value)
    assert broken.value.__cause__ is None


def test_without_a_password_only_the_certificate_is_left() -> None:
    assert made("EXTERNAL", "pkgdesk", None).answer(b"") == b""
    with pytest.raises(Broken, match="no password"):
        made("PLAIN", "pkgdesk", None)


@pytest.mark.parametrize("attempt", [Plain("pkgdesk", "sesame"), Scram("pkgdesk", "sesame"), External()])
def test_no_attempt_shows_what_it_knows(attempt: Plain | Scram | External) -> None:
    assert "sesame" not in f"{attempt!r} {attempt}"


@pytest.mark.parametrize(
    ("wished", "password", "certificate", "able"),
    [
        (None, True, True, {"EXTERNAL", "SCRAM-SHA-256", "PLAIN"}),
        (None, True, False, {"SCRAM-SHA-256", "PLAIN"}),
        (None, False, True, {"EXTERNAL"}),
        ("plain", True, True, {"PLAIN"}),
        ("scram-sha-256", True, True, {"SCRAM-SHA-256"}),
        ("external", False, True, {"EXTERNAL"}),
        ("external", True, False, set()),
    ],
)
def test_only_what_there_is_something_for_can_be_used(
    wished: str | None, password: bool, certificate: bool, able: set[str]
) -> None:
    assert possible(wished, password=password, certificate=certificate) == able


@pytest.mark.parametrize(
    ("offered", "failed", "first"),
    [
        ("PLAIN,EXTERNAL,SCRAM-SHA-256", [], "EXTERNAL"),
        ("plain,scram-sha-256", [], "SCRAM-SHA-256"),
        ("PLAIN", [], "PLAIN"),
        ("ECDSA-NIST256P-CHALLENGE", [], None),
        ("PLAIN,EXTERNAL,SCRAM-SHA-256", ["EXTERNAL"], "SCRAM-SHA-256"),
        ("", [], "EXTERNAL"),
        ("", ["EXTERNAL"], "PLAIN"),
        ("", ["EXTERNAL", "PLAIN", "SCRAM-SHA-256"], None),
        (",,", [], "EXTERNAL"),
    ],
)
def test_the_best_of_what_is_offered_is_chosen(offered: str, failed: list[Name], first: str | None) -> None:
    able = possible(None, password=True, certificate=True)
    assert chosen(able, offered, failed) == first


@given(st.binary(max_size=2000))
def test_what_is_cut_into_lines_is_put_together_again(message: bytes) -> None:
    lines = chunks(message)
    assert all(0 < len(line) <= CHUNK for line in lines)
    gathering = Gathering()
    assert [gathering.take(line) for line in lines] == [None] * (len(lines) - 1) + [message]


@pytest.mark.parametrize(("size", "lines"), [(0, 1), (1, 1), (297, 1), (298, 2), (301, 2), (600, 3)])
def test_a_full_line_is_followed_by_another(size: int, lines: int) -> None:
    assert len(chunks(bytes(size))) == lines


@pytest.mark.parametrize("chunk", ["not base64", "é", "====", "*"])
def test_what_is_not_base64_is_not_taken(chunk: str) -> None:
    with pytest.raises(Broken, match="base64"):
        Gathering().take(chunk)


def test_a_message_without_an_end_is_not_kept() -> None:
    gathering = Gathering()
    for _ in range(LONGEST // CHUNK):
        assert gathering.take("A" * CHUNK) is None
    with pytest.raises(Broken, match="no end"):
        gathering.take("A" * CHUNK)
