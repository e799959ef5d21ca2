"""The value of a document that holds nothing out of the ordinary, fast.

Nearly every document is like that, and a base has thousands. So the parser's events are first only put
together; where anything at all is unusual, be it wrong or not, that is given up as `Unusual`, and
`knowledge.composing`, which keeps the place of everything and finds the words, has the say. What comes
back here is what it would have made.

A leaf: it knows PyYAML and imports nothing of the house but `knowledge.composing`.
"""

from typing import Any, TypeAlias

import yaml

from knowledge.composing import UNSTORABLE, Limits, Value

_Collection: TypeAlias = "dict[str, Value] | list[Value]"

_SCALAR, _MAPPING, _SEQUENCE = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
_CLOSING = frozenset({yaml.MappingEndEvent, yaml.SequenceEndEvent})
_DOCUMENT, _END = yaml.DocumentStartEvent, yaml.StreamEndEvent
_BETWEEN = frozenset({yaml.StreamStartEvent, _DOCUMENT, yaml.DocumentEndEvent})


class Unusual(Exception):
    """The document is to be read in the slow way."""


def plain_value(content: str, limits: Limits, loader: type[Any]) -> Value:
    """The value of the one document in `content`. Raises `Unusual`."""
    try:
        parser = loader(content)
        try:
            return _value(parser.get_event, limits, escapes="\\" in content)
        finally:
            parser.dispose()
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise Unusual from error


def _value(get_event: Any, limits: Limits, *, escapes: bool) -> Value:
    found: list[Value] = []
    top: _Collection = found
    key: str | None = None  # of the mapping at the top, one that waits for its value
    stack: list[_Collection] = []
    events, most = 0, limits.nodes  # of events there are more, so that none too many nodes pass
    while (kind := type(event := get_event())) is not _END:
        events += 1
        if events > most:
            raise Unusual
        if kind is _SCALAR:
            text = event.value
            if event.anchor is not None or event.tag is not None or (escapes and UNSTORABLE.search(text)):
                raise Unusual
            value: Value = text if text or event.style else None
            if isinstance(top, list):
                top.append(value)
            elif key is not None:
                top[key], key = value, None
            elif value is None or text in top:
                raise Unusual
            else:
                key = text
        elif kind is _MAPPING or kind is _SEQUENCE:
            inner: _Collection = {} if kind is _MAPPING else []
            if len(stack) >= limits.depth or event.anchor is not None or event.tag is not None:
                raise Unusual
            if isinstance(top, list):
                top.append(inner)
            elif key is not None:
                top[key] = inner
            else:
                raise Unusual
            stack.append(top)
            top, key = inner, None
        elif kind in _CLOSING:
            top = stack.pop()
        elif kind not in _BETWEEN or (kind is _DOCUMENT and (found or event.version or event.tags)):
            raise Unusual
    if not found:
        raise Unusual
    return found[0]
