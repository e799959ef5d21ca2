"""Addresses in a text: which of them show a file of a tree, and which.

Forges and viewers put the path behind what they call the view, and most of them the branch or tag before it:

    cgit            …/tree/PATH?h=BRANCH        plain, log, blame, diff, commit
    gitweb          ?p=REPOSITORY;a=blob;f=PATH
    GitHub          /OWNER/NAME/blob/REF/PATH   tree, raw, blame, edit, commits; raw.*: /OWNER/NAME/REF/PATH
    GitLab          /-/blob/REF/PATH            tree, raw, blame, commits
    Forgejo, Gitea  /src/branch/REF/PATH        tag, commit
    Gitiles         /+/REF/PATH
    Elixir          /TREE/REF/source/PATH       ident/NAME
    Debian sources  /src/PACKAGE/VERSION/PATH

A branch with a slash in its name leaves a part of itself before the path; whoever knows the tree takes the
longest tail that it has. A leaf: imports nothing of the house.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

_PAGE = re.compile(r"(?<![a-z])(?:https?|git|ssh|ftps?|ircs?|git\+ssh)://[^\s<>\"'`|]++", re.ASCII)
_MAILBOX = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.-]++(?::[\w./~-]++)?", re.ASCII)
_HOST = re.compile(r"(?:[a-z][a-z+]{1,9}://)?(?:[^/@\s]{1,80}@)?([^/\s]++)(/\S*+)?", re.IGNORECASE)
_AT_REF = re.compile(
    r"/(?:-/(?:blob|tree|raw|blame|commits)|(?:blob|raw|blame|edit|commits)"
    r"|src/(?:branch|tag|commit)|\+)/[^/]++/(.+)"
)
_TREE = re.compile(r"/tree/(.+)")
_CGIT = re.compile(r"/(?:tree|plain|log|blame|diff|commit)/(.+)")
_GITWEB = re.compile(r"(?:^|[;&?])f=([^;&#]++)")
_SOURCE = re.compile(r"/source/(.+)")
_IDENT = re.compile(r"/ident/(\w++)$")
_SOURCES = re.compile(r"/src/[^/]++/[^/]++/(.+)")
_RAW = re.compile(r"/[^/]++/[^/]++/[^/]++/(.+)")
_TOP = frozenset(
    ("com", "org", "net", "io", "de", "dev", "edu", "gov", "info", "eu", "uk", "fr", "nl", "jp", "us")
)


def addresses(text: str) -> Iterator[re.Match[str]]:
    """What is an address, of a page, of a repository or of a person: nothing in it is a word of the text."""
    if "://" in text:
        yield from _PAGE.finditer(text)
    if "@" in text:
        yield from _MAILBOX.finditer(text)


def is_host(name: str) -> bool:
    """Whether `name` looks like that of a host: `xenbits.xen.org`. A file's name may look so, too."""
    head, dot, top = name.rpartition(".")
    return bool(dot) and top.lower() in _TOP and bool(head) and "_" not in name


def shown(address: str) -> tuple[str, bool] | None:
    """The path that a page shows, and True; or the identifier that it is about, and False; else None."""
    match = _HOST.match(address.rstrip(".,;:!?)]}>"))
    if match is None or not match[2]:
        return None
    host, place = match[1].lower(), match[2]
    place = place.partition("#")[0]
    place, _, query = place.partition("?")
    if "f=" in query and (asked := _GITWEB.search(query)):
        return _path(asked[1])
    if host.startswith("raw."):
        found = _RAW.match(place)
    elif "github" in host and (tree := _TREE.search(place)):
        found = re.match(r"[^/]++/(.+)", tree[1])
    elif host.startswith("elixir."):
        if ident := _IDENT.search(place):
            return ident[1], False
        found = _SOURCE.search(place)
    elif host.startswith("sources."):
        found = _SOURCES.match(place)
    else:
        found = _AT_REF.search(place) or _CGIT.search(place)
    return _path(found[1]) if found else None


def _path(written: str) -> tuple[str, bool] | None:
    path = unquote(written).strip("/")
    return (path, True) if path and path.isprintable() and " " not in path else None
