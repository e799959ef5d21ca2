"""Signatures under JSON, by the examples of the specification (appendices, "Signing JSON")."""

from typing import Any

import pytest

from bot.transports.matrix.signing import SigningKey, canonical, is_signed, signed

KEY = SigningKey.from_base64("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1")


@pytest.mark.parametrize(
    ("value", "signature"),
    [
        ({}, "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"),
        (
            {"one": 1, "two": "Two"},
            "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw",
        ),
    ],
)
def test_it_signs_as_the_specification_does(value: dict[str, Any], signature: str) -> None:
    found = signed(value, "domain", "1", KEY.sign)
    assert found == {**value, "signatures": {"domain": {"ed25519:1": signature}}}
    assert is_signed(found, "domain", "1", KEY.public)
    assert is_signed({**found, "unsigned": {"age": 1}}, "domain", "1", KEY.public)


@pytest.mark.parametrize(
    "change",
    [
        {"one": 2},
        {"signatures": {}},
        {"signatures": {"domain": "K8280"}},
        {"signatures": {"domain": {"ed25519:1": 7}}},
        {"signatures": {"domain": {"ed25519:1": "!!!"}}},
        {"signatures": {"other": {"ed25519:1": "AAAA"}}},
        {"one": 1.5},
        {"one": "\ud800"},
    ],
)
def test_what_was_changed_or_is_garbage_is_not_signed(change: dict[str, Any]) -> None:
    found = {**signed({"one": 1}, "domain", "1", KEY.sign), **change}
    assert not is_signed(found, "domain", "1", KEY.public)
    assert not is_signed(found, "domain", "1", "what?")


def test_a_second_signature_stands_beside_the_first() -> None:
    other = SigningKey(bytes(32))
    found = signed(signed({"a": 1}, "us", "1", KEY.sign), "us", "2", other.sign)
    assert is_signed(found, "us", "1", KEY.public)
    assert is_signed(found, "us", "2", other.public)


def test_the_form_that_is_signed() -> None:
    assert canonical({"ö": [True, None], "a": {"c": 1, "b": '"\n'}}) == (
        '{"a":{"b":"\\"\\n","c":1},"ö":[true,null]}'.encode()
    )
    for wrong in (1.0, float("nan")):
        with pytest.raises(ValueError):
            canonical({"a": wrong})
    assert "YJDBA" not in repr(KEY)
