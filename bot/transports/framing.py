"""Lines out of bytes, at a bounded price.

    line = anything up to LF, without it and without the CRs before it

A line longer than the cap is dropped whole: its bytes are not kept while they arrive, so that a peer who
never sends an LF costs nothing. What is not UTF-8 is read as Latin-1, which always succeeds. A line in which
there are whole characters of UTF-8, and only the last one is incomplete, was cut by a server: it loses that
one. No I/O.
"""

IRC_LINE = 8191 + 512
"""The longest line of IRC: tags of a server and of a client, and the rest (IRCv3 message-tags)."""


class Framing:
    """Feed it bytes as they come; it gives the lines that they complete. `dropped`: lines that were too
    long, so far, the one that is coming in included."""

    def __init__(self, cap: int = IRC_LINE) -> None:
        self.dropped = 0
        self._cap = cap
        self._part = bytearray()
        self._dropping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that end in `data`, in order, without the empty ones."""
        *ends, rest = data.split(b"\n")
        lines = []
        for end in ends:
            line = self._take(end).rstrip(b"\r")
            if line:
                lines.append(line)
            self._part.clear()
            self._dropping = False
        self._keep(rest)
        return lines

    def _take(self, end: bytes) -> bytes:
        self._keep(end)
        return b"" if self._dropping else bytes(self._part)

    def _keep(self, piece: bytes) -> None:
        if not self._dropping and len(self._part) + len(piece) > self._cap:
            self._dropping = True
            self.dropped += 1
            self._part.clear()
        elif not self._dropping:
            self._part += piece


def decode(line: bytes) -> str:
    """The text of a line, whatever its bytes are."""
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        whole = line[: error.start]
        if error.reason == "unexpected end of data" and not whole.isascii():
            return whole.decode()
        return line.decode("latin-1")
