"""A client certificate: the files it is in, what is wrong with them, and its place in TLS.

A private key is never shown: what is said about it holds none of it. One with a passphrase cannot be used,
for there is nobody to type it (`SSLContext.load_cert_chain` would ask on the terminal).

Must not import anything of ours.
"""

import ssl
import stat
from pathlib import Path


class Unusable(ValueError):
    """The certificate cannot be shown to anybody; the message says what to do about it."""


def load(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    """Have `context` show the certificate in a file, whose private key is in `key`, or in the same file.
    Raises `Unusable`."""
    for path in (certificate, key):
        if path is not None:
            _readable(path)
    asked = False

    def passphrase() -> str:
        nonlocal asked
        asked = True
        return ""

    try:
        context.load_cert_chain(certificate, key, passphrase)
    except (ssl.SSLError, OSError, ValueError) as error:
        if asked:
            raise Unusable(
                f"the private key in {key or certificate} has a passphrase, and nobody is there to type it: "
                "write it without one (`openssl pkey`), readable for the desk alone"
            ) from None
        if "MISMATCH" in str(getattr(error, "reason", "")):
            raise Unusable(f"the private key in {key} is not that of the certificate") from None
        raise Unusable(_missing(certificate, key)) from None


def complaint(certificate: Path, key: Path | None) -> str | None:
    """Why the certificate cannot be used; None where it can."""
    try:
        load(ssl.create_default_context(), certificate, key)
    except Unusable as error:
        return str(error)
    return None


def _readable(path: Path) -> None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # one of another kind might never end
            raise Unusable(f"{path} is not a regular file")
        path.read_bytes()
    except OSError as error:
        raise Unusable(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from None


def _missing(certificate: Path, key: Path | None) -> str:
    """Which of the two parts is not there."""
    if b"-----BEGIN CERTIFICATE-----" not in certificate.read_bytes():
        return f"{certificate} holds no certificate in PEM"
    if key is not None:
        return f"{key} holds no private key in PEM"
    return f"{certificate} holds no private key: name its file in certificate_key"
