"""Secrets: keys, tokens and passwords anywhere in the text of a file.

Well-known tokens are known by their beginnings, keys by their armour, passwords by the word or the command
before them. What surely is one is an error. Where a sentence could read so (`password: sha512`), only a value
that nobody would say counts, and is worth a look. All patterns are bounded, so that a text of one letter
costs no more than another. Pure; imports nothing of the house but its own package.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator

from knowledge.composing import Severity
from knowledge.lint.leak import MOST, Leak

_TAKE_OUT = "take it out and revoke it; what was committed stays in the history"
_LOOK = "take it out and change it if it is one; where it is none, write <…> or say it otherwise"

_B64 = "[A-Za-z0-9+/]"
_TOKENS = (
    (
        "a private key",
        ("PRIVATE KEY", "PuTTY-User-Key"),
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-[0-9]:",
    ),
    ("an AWS access key", ("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    ("a GitHub token", ("gh", "github_pat_"), r"\bgh[pousr]_[A-Za-z0-9]{30,255}|\bgithub_pat_\w{22,255}"),
    ("a GitLab token", ("gl",), r"\bgl(?:pat|dt|rt|ptt|agent|cbt|soat|ft|imt)-[\w-]{20,255}"),
    (
        "a Slack token",
        ("xox", "xapp-"),
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,255}|\bxapp-[0-9]-[A-Za-z0-9-]{40,255}",
    ),
    (
        "the address of a webhook",
        ("hooks.slack.com/", "/api/webhooks/"),
        r"\bhooks\.slack\.com/services/T\w{6,15}/B\w{6,15}/\w{20,40}"
        r"|\bdiscord(?:app)?\.com/api/webhooks/[0-9]{15,22}/[\w-]{50,90}",
    ),
    ("a Telegram token", (":AA",), r"\b[0-9]{8,12}:AA[\w-]{32,34}(?![\w-])"),
    ("a Google key", ("AIza", "GOCSPX-"), r"\bAIza[\w-]{35}|\bGOCSPX-[\w-]{28}"),
    ("a Stripe key", ("k_live_",), r"\b[rs]k_live_[A-Za-z0-9]{16,255}"),
    ("a SendGrid key", ("SG.",), r"\bSG\.[\w-]{22}\.[\w-]{43}"),
    ("a Twilio key", ("SK",), r"\bSK[0-9a-f]{32}\b"),
    ("a Mailgun key", ("key-",), r"\bkey-[0-9a-f]{32}\b"),
    ("a PyPI token", ("pypi-",), r"\bpypi-AgE[\w-]{50,500}"),
    ("an npm token", ("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a Docker Hub token", ("dckr_",), r"\bdckr_(?:pat|oat)_[\w-]{20,255}"),
    ("a DigitalOcean token", ("_v1_",), r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    ("a Hugging Face token", ("hf_",), r"\bhf_[A-Za-z]{30,40}\b|\bhf_(?=\w{0,39}[0-9])[A-Za-z0-9]{30,40}\b"),
    (
        "a key of a language model",
        ("sk-",),
        r"\bsk-(?:(?:proj|ant|svcacct|admin|or)-[\w-]{20,255}|[A-Za-z0-9]{48}\b)",
    ),
    ("an Azure key", ("AccountKey",), rf"\bAccountKey={_B64}{{86}}=="),
    ("a Vault token", ("hvs.", "hvb."), r"\bhv[sb]\.[\w-]{24,255}"),
    ("an age key", ("AGE-SECRET-KEY",), r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b"),
    (
        "a WireGuard key",
        ("PrivateKey", "PresharedKey"),
        rf"\bP(?:rivate|reshared)Key[ \t]{{0,3}}=[ \t]{{0,3}}{_B64}{{43}}=",
    ),
    ("a Grafana token", ("glsa_",), r"\bglsa_[A-Za-z0-9]{32}_[0-9a-f]{8}\b"),
    ("a Shopify token", ("shp",), r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    ("an Atlassian token", ("ATATT3",), r"\bATATT3[\w=-]{50,255}"),
    ("a Matrix access token", ("syt_",), r"\bsyt_[A-Za-z0-9+/=_-]{1,255}_[A-Za-z]{20}_[A-Za-z0-9]{6}\b"),
    ("a JSON web token", ("eyJ",), r"\beyJ[\w-]{8,400}\.eyJ[\w-]{8,400}\.[\w-]{0,400}"),
    (
        # crypt(5): the methods that are in use
        "the hash of a password",
        ("$",),
        r"\$(?:1|5|6|apr1)\$(?:rounds=[0-9]{1,9}\$)?[./\w]{1,16}\$[./\w]{22,86}"
        r"|\$2[aby]\$[0-9]{2}\$[./\w]{53}|\$g?y\$[./\w]{1,20}\$[./\w]{1,86}\$[./\w]{43}",
    ),
    (
        "the credentials of a request",
        ("uthorization",),
        r"(?i)\bauthorization:[ \t]{0,3}(?:basic|bearer|token)[ \t]{1,3}"
        r"(?=[^\s\"']{0,400}[0-9])[\w+/=.~-]{12,400}",
    ),
)
_KNOWN = tuple((what, parts, re.compile(pattern)) for what, parts, pattern in _TOKENS)

_IN_URL = re.compile(r"://[^\s/@:\"'<>]{0,100}:([^\s/@\"']{1,200})@")
_ASSIGNED = re.compile(
    r"(?i)(passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|credentials?)"
    r"[\"'`]?[ \t]{0,3}([:=])[ \t]{0,3}[\"'`]?([^\s\"'`,;]{4,200})"
)
_COMMANDS = (
    ("sshpass", r"\bsshpass[ \t]{1,3}-p[ \t]{0,3}"),
    ("curl", r"\bcurl\b[^\n|;]{0,200}?[ \t](?:-u|--user)[ \t=]{1,3}[\"']?[^\s:\"']{1,64}:"),
    ("mysql", r"\b(?:mysql\w{0,10}|mariadb[\w-]{0,10})\b[^\n|;]{0,200}?[ \t]-p"),
    ("erv", r"(?i)\bnickserv[ \t]{1,3}:?identify[ \t]{1,3}"),
    ("erv", r"(?i)\bnickserv[ \t]{1,3}:?identify[ \t]{1,3}[^\s\"']{1,32}[ \t]{1,3}"),  # behind an account
    ("login", r"\blogin[ \t]{1,3}[^\s]{1,64}[ \t]{1,3}password[ \t]{1,3}"),  # netrc(5)
    ("sasl_password", r"\bsasl_password[ \t]{1,3}"),
)
_TYPED = tuple((word, re.compile(before + r"[\"'`]?([^\s\"'`]{4,100})")) for word, before in _COMMANDS)
_SPOKEN = re.compile(
    r"(?i)(?:\b(?:password|passwd|passphrase)[ \t]{1,3}(?:is|was)|(?<![\w-])--pass(?:word|phrase)?)[ \t]{1,3}"
    r"[\"'`]?([^\s\"'`]{4,100})"
)
_PLACEHOLDER = re.compile(
    r"(?i)[<$%{\[(*.…/~@-].*|.*(?:…|\.\.\.|\*\*|xxx).*|.*(?:example|changeme|change-me|placeholder|redacted).*"
    r"|(?:your|my|the|some)[-_].*|yes|no|none|null|true|false|prompt|file|empty|secret|pass|pw|pwd|password|passwd"
    r"|passphrase|token|foo|bar"
)
_CONSTANT = re.compile(r"[A-Z]+(?:_[A-Z]+)*")  # what is to be put in its place is often written so
_NAMED = re.compile(  # methods and the like, which stand behind such words in sentences, too
    r"(?i)(?:sha|md|base|argon|bcrypt|scrypt|pbkdf|oauth|openid|fido|u2f|totp|utf|ascii|latin|aes|rsa|ed|rfc|pkcs|x"
    r"|pam|ldapv?|sasl|krb|kerberos|v|py|python|qt|gtk|libx?)-?[0-9][\w.-]{0,20}|[0-9][0-9.,:-]*[a-z%]{0,5}"
)
_WORDS = ("passw", "passphrase", "secret", "token", "api", "access", "credential")
_PASSWORDS = ("passwd", "password", "passphrase")
_LONG_ENOUGH, _MIXED_ENOUGH = 16, 3.0  # characters, and bits for each: names and words stay below


def secrets(text: str) -> Iterator[Leak]:
    """The secrets in a text, in no particular order."""
    for what, parts, pattern in _KNOWN:
        if any(part in text for part in parts):  # which is much faster than a pattern
            yield from _found(pattern, text, f"this looks like {what}")
    if "://" in text:
        yield from _found(_IN_URL, text, "there is a password in this URL")
    for word, pattern in _TYPED:
        if word in text:
            yield from _found(pattern, text, "this looks like a password in a command", unspeakable=True)
    folded = text.lower()
    if "pass" in folded:
        for found in _several(_SPOKEN, text):
            if _is_unspeakable(found[1]):
                yield _perhaps(found.start(1))
    told = 0
    for found in _ASSIGNED.finditer(text) if any(word in folded for word in _WORDS) else ():
        word, sign, value = found[1].lower(), found[2], found[3]
        if told < MOST and (sure := _is_password(word, sign, value)) is not None:
            told += 1
            message = f"this looks like a {_named(word)} with its value"
            yield _secret(found.start(3), message) if sure else _perhaps(found.start(3))


def _several(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for number, found in enumerate(pattern.finditer(text)):
        if number == MOST:
            return
        yield found


def _found(pattern: re.Pattern[str], text: str, message: str, *, unspeakable: bool = False) -> Iterator[Leak]:
    """What a pattern finds; where it has a group, that is the secret, and no placeholder."""
    for found in _several(pattern, text):
        if not pattern.groups:
            yield _secret(found.start(), message)
        elif not _is_placeholder(found[1]) and (not unspeakable or _is_unspeakable(found[1])):
            yield _secret(found.start(1), message)


def _secret(offset: int, message: str) -> Leak:
    return Leak("secret", offset, message, _TAKE_OUT, Severity.ERROR)


def _perhaps(offset: int) -> Leak:
    return Leak("secret", offset, "this may be a password", _LOOK, Severity.WARNING)


def _named(word: str) -> str:
    return "password" if word in _PASSWORDS else word.replace("_", " ").replace("-", " ")


def _is_placeholder(value: str) -> bool:
    return bool(_PLACEHOLDER.fullmatch(value) or _CONSTANT.fullmatch(value))


def _is_password(word: str, sign: str, value: str) -> bool | None:
    """Whether a value behind such a word is one that opens something: surely (True), perhaps (False), or no
    such (None). Behind `password=` it is anything that is no placeholder, else only what no person would
    say."""
    value = value.rstrip(".)]}!?")
    if len(value) < 4 or _is_placeholder(value) or len(set(value)) == 1:
        return None
    if word in _PASSWORDS and sign == "=":
        return True
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    if mixed and len(value) >= _LONG_ENOUGH and _entropy(value) >= _MIXED_ENOUGH:
        return True
    return False if word in _PASSWORDS and _is_unspeakable(value) else None


def _is_unspeakable(value: str) -> bool:
    """Whether a value is nothing that stands in a sentence: letters with a digit among them, and neither a
    placeholder, a path, a call nor the name of a method."""
    value = value.rstrip(".,:;)]}!?")
    if len(value) < 6 or _is_placeholder(value) or _NAMED.fullmatch(value) or not value[0].isalnum():
        return False
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and not set("/()=<>") & set(value)


def _entropy(text: str) -> float:
    """Bits for each character, by how often each comes in the text (Shannon)."""
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values())
