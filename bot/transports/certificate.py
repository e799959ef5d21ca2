"""The files of certificates: what is wrong with them, and their place in TLS.

Of two kinds: those of the authorities to trust (`ca_file`), and a client certificate (`certificate`) with its
key (`certificate_key`); what cannot be used is blamed on the setting that names it.

A private key is never shown: what is said about it holds none of it. One with a passphrase cannot be used,
for there is nobody to type it (`SSLContext.load_cert_chain` would ask on the terminal).

Must not import anything of ours.
"""

import hashlib
import re
import ssl
import stat
from collections.abc import Mapping
from pathlib import Path

HASHES = ("sha256", "sha512")
"""Those by which networks know certificates: Debian's InspIRCd the first, Libera the second."""

_PEM = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

CA_FILE, CERTIFICATE, KEY = "ca_file", "certificate", "certificate_key"


class Unusable(ValueError):
    """A file cannot be used; the message says why. `setting`: which one names it."""

    def __init__(self, setting: str, why: str) -> None:
        super().__init__(why)
        self.setting = setting


def context(authorities: Path | None) -> ssl.SSLContext:
    """What verifies servers: by the authorities in a file, or by those of the system. Raises `Unusable`."""
    if authorities is None:
        return ssl.create_default_context()
    _readable(CA_FILE, authorities)
    try:
        return ssl.create_default_context(cafile=authorities)
    except (ssl.SSLError, OSError, ValueError):
        raise Unusable(CA_FILE, f"{authorities} holds no certificate in PEM") from None


def load(secured: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    """Have `secured` show the certificate in a file, whose private key is in `key`, or in the same file.
    Raises `Unusable`."""
    _readable(CERTIFICATE, certificate)
    if key is not None:
        _readable(KEY, key)
    of_key = CERTIFICATE if key is None else KEY
    asked = False

    def passphrase() -> str:
        nonlocal asked
        asked = True
        return ""

    try:
        secured.load_cert_chain(certificate, key, passphrase)
    except (ssl.SSLError, OSError, ValueError) as error:
        if asked:
            raise Unusable(
                of_key,
                f"the private key in {key or certificate} has a passphrase, and nobody is there to type it: "
                "write it without one (`openssl pkey`), readable for the desk alone",
            ) from None
        if "MISMATCH" in str(getattr(error, "reason", "")):
            raise Unusable(
                of_key, f"the private key in {key or certificate} is not that of the certificate"
            ) from None
        raise _missing(certificate, key) from None


def complaint(certificate: Path, key: Path | None) -> Unusable | None:
    """Why the certificate cannot be used; None where it can."""
    try:
        load(context(None), certificate, key)
    except Unusable as error:
        return error
    return None


def fingerprints(certificate: Path) -> Mapping[str, str]:
    """By what services know the certificate in a file: hash -> its value in hex. Raises `Unusable`."""
    _readable(CERTIFICATE, certificate)
    found = _PEM.search(certificate.read_text("ascii", "replace"))
    try:
        der = ssl.PEM_cert_to_DER_cert(found[0] if found else "")
    except ValueError:
        raise Unusable(CERTIFICATE, f"{certificate} holds no certificate in PEM") from None
    return {name: hashlib.new(name, der).hexdigest() for name in HASHES}


def _readable(setting: str, path: Path) -> None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # one of another kind might never end
            raise Unusable(setting, f"{path} is not a regular file")
        path.read_bytes()
    except OSError as error:
        raise Unusable(setting, f"cannot read {path}: {(error.strerror or str(error)).lower()}") from None


def _missing(certificate: Path, key: Path | None) -> Unusable:
    """Which of the two parts is not there."""
    if b"-----BEGIN CERTIFICATE-----" not in certificate.read_bytes():
        return Unusable(CERTIFICATE, f"{certificate} holds no certificate in PEM")
    if key is not None:
        return Unusable(KEY, f"{key} holds no private key in PEM")
    return Unusable(CERTIFICATE, f"{certificate} holds no private key: name its file in certificate_key")
