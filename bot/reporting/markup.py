"""HTML that cannot be broken out of: whatever is put into an element is escaped, unless it is an element.

A leaf: it imports nothing of ours.
"""

import html
from collections.abc import Iterable

_VOID = frozenset(["line", "meta", "rect"])


class Raw(str):
    """Finished HTML, told apart from text by its type."""

    __slots__ = ()


def element(name: str, /, *inner: str | int | Raw, **attributes: str | int | float) -> Raw:
    """`<name attributes>inner</name>`; of attributes' names `_` at the end is dropped, others become `-`."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
    )
    if name in _VOID:
        return Raw(f"<{name}{said}/>")  # an SVG of HTML wants them closed
    return Raw(f"<{name}{said}>{joined(inner)}</{name}>")


def joined(inner: Iterable[str | int | Raw]) -> Raw:
    """One after the other."""
    return Raw("".join(each if isinstance(each, Raw) else html.escape(str(each)) for each in inner))
