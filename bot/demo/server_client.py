"""One client of the demo's server: bytes in, commands out of them; answers and other people's doings back.

    in    lines end with LF or CR (servers exist that run what stands behind a lone CR, so this one does: what
          our own codec lets slip shows here); NUL is dropped; too long a line is refused; bytes that are not
          UTF-8 are read as Latin-1
    out   a client gets the tags of its capabilities; answers to a labelled line bear the label (one answer:
          its own tag; none: ACK; several: a batch)

The thread waits for its socket, or to be woken because somebody else's thread left something to be sent.
"""

import logging
import select
import socket
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from irc.server import IRCClient

from bot.transports.framing import Framing, decode

log = logging.getLogger(__name__)

LINE = 510
"""Bytes of a line without tags and CR LF."""

TAGS = 4096
MOST_UNSENT = 1 << 20
"""Bytes that a client may leave unread before it is thought dead."""

# Which capability a tag needs; client-only tags (+…) need message-tags.
_TAG_CAPS = {
    "time": "server-time",
    "account": "account-tag",
    "label": "labeled-response",
    "batch": "batch",
    "msgid": "message-tags",
    "bot": "message-tags",
}
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\:", " ": "\\s", "\r": "\\r", "\n": "\\n"})


class Client(IRCClient):  # type: ignore[misc]
    """The library's client with a state that people's clients expect. `nick` is None until NICK."""

    def setup(self) -> None:
        self.host = "localhost"
        self.registered = False
        self.negotiating = False
        self.caps: set[str] = set()
        self.account: str | None = None
        self.away: str | None = None
        self.bot = False
        self.credentials: str | None = None
        self._unsent = bytearray()
        self._framing = Framing(TAGS + LINE + 2)
        self._answers: list[tuple[str, Mapping[str, str]]] | None = None
        self._batches = count(1)
        self._parting = ""
        self.user = self.realname = ""
        self._wake, self._woken = socket.socketpair()
        self.request.setblocking(False)
        self._wake.setblocking(False)

    # --- bytes -----------------------------------------------------------------------------------------

    def handle(self) -> None:
        try:
            while not self._parting or self._unsent:
                self._turn()
        except OSError as error:
            self._parting = self._parting or error.strerror or "connection lost"

    def _turn(self) -> None:
        waits = [self.request] if self._unsent else []
        readable, writable, _ = select.select([self.request, self._woken], waits, [])
        if self._woken in readable:
            self._woken.recv(4096)
        if writable:
            with self.server.lock:
                sent = self.request.send(self._unsent)
                del self._unsent[:sent]
        if self.request in readable:
            data = self.request.recv(65536)
            if not data:
                self._parting = self._parting or "connection closed"
                self._unsent.clear()
            for line in self._framing.feed(data.replace(b"\r", b"\n")):
                if not self._parting:
                    with self.server.lock:
                        self._handle_line(decode(line.replace(b"\0", b"")))

    def finish(self) -> None:
        with self.server.lock:
            self.leave(self._parting or "connection lost")
        self._wake.close()
        self._woken.close()

    # --- commands --------------------------------------------------------------------------------------

    def _handle_line(self, line: str) -> None:
        tags, verb, parameters = parse(line)
        label = tags.get("label", "") if "labeled-response" in self.caps else ""
        self._answers = []
        try:
            if verb:
                self._run(line, tags, verb, parameters)
        except Exception:  # a defect costs this command
            log.exception("the command %s failed", verb)
        answers, self._answers = self._answers, None
        self._give(answers, label)

    def _run(self, line: str, tags: Mapping[str, str], verb: str, parameters: list[str]) -> None:
        bare = line.partition(" ")[2] if line.startswith("@") else line
        if len(bare.encode("utf-8", "replace")) > LINE:
            self.numeric("417", "Input line was too long")
            return
        command = self.server.commands.get(verb)
        if command is None:
            self.numeric("421", verb, "Unknown command")
        elif not self.registered and not command.early:
            self.numeric("451", "You have not registered")
        elif len(parameters) < command.needs:
            self.numeric("461", verb, "Not enough parameters")
        else:
            command.run(self, parameters, tags)

    def _give(self, answers: list[tuple[str, Mapping[str, str]]], label: str) -> None:
        if label and len(answers) != 1:
            if not answers:
                answers = [(f":{self.server.servername} ACK", {})]
            else:
                batch = f"b{next(self._batches)}"
                self.tell(f":{self.server.servername} BATCH +{batch} labeled-response", {"label": label})
                for line, tags in answers:
                    self.tell(line, {**tags, "batch": batch})
                self.tell(f":{self.server.servername} BATCH -{batch}")
                return
        for line, tags in answers:
            self.tell(line, {**tags, "label": label} if label else tags)

    # --- answers ---------------------------------------------------------------------------------------

    def tell(self, line: str, tags: Mapping[str, str] | None = None) -> None:
        """Send a line that somebody else caused, with those tags that this client has asked for."""
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        wanted = {
            key: value
            for key, value in {"time": stamp, **(tags or {})}.items()
            if _TAG_CAPS.get(key, "message-tags") in self.caps
        }
        head = "@" + ";".join(f"{key}={value.translate(_ESCAPES)}" for key, value in wanted.items()) + " "
        body = line.replace("\r", " ").replace("\n", " ").encode("utf-8", "replace")[:LINE]
        self._unsent += (head.encode() if wanted else b"") + body.decode(errors="ignore").encode() + b"\r\n"
        if len(self._unsent) > MOST_UNSENT:
            self.part_from("it did not read what it was sent")
            self._unsent.clear()
        self.wake()

    def answer(self, line: str, tags: Mapping[str, str] | None = None) -> None:
        """Send a line in answer to the command that is being run."""
        if self._answers is None:
            self.tell(line, tags)
        else:
            self._answers.append((line, tags or {}))

    def numeric(self, code: str, *parameters: str) -> None:
        """Answer with a numeric; the last parameter may hold blanks."""
        *words, text = parameters
        said = " ".join([f":{self.server.servername}", code, self.nick or "*", *words, f":{text}"])
        self.answer(said)

    def wake(self) -> None:
        """Let the client's thread send what is unsent."""
        try:
            self._wake.send(b".")
        except (BlockingIOError, OSError):
            log.debug("%s is awake already, or gone", self.nick)

    # --- coming and going ------------------------------------------------------------------------------

    @property
    def mask(self) -> str:
        return f"{self.nick}!{self.user}@{self.host}"

    def stamp(self) -> dict[str, str]:
        """The tags of what this client says or does."""
        tags = {"msgid": self.server.message_id()}
        if self.account is not None:
            tags["account"] = self.account
        if self.bot:
            tags["bot"] = ""
        return tags

    def tell_others(self, line: str, others: Iterable[Any], cap: str | None = None) -> None:
        """Tell those of `others` who have the capability, if one is needed."""
        tags = self.stamp()
        for other in others:
            if other is not self and (cap is None or cap in other.caps):
                other.tell(line, tags)

    def part_from(self, reason: str) -> None:
        """End the connection when everything is sent."""
        self._parting = self._parting or reason

    def leave(self, reason: str) -> None:
        """Be nowhere any more, and let those who saw it know."""
        if self.registered:
            self.tell_others(f":{self.mask} QUIT :{reason}", self.server.sharing(self))
        for channel in list(self.channels.values()):
            self.server.step_out(self, channel)
        if self.nick is not None and self.server.client(self.nick) is self:
            self.server.forget(self.nick)


def parse(line: str) -> tuple[dict[str, str], str, list[str]]:
    """A client's line as tags, command in capitals, and parameters; the command is empty where there is none.

    Only the escapes of tags that this server uses are undone: labels and ids have none.
    """
    tags: dict[str, str] = {}
    if line.startswith("@"):
        head, _, line = line[1:].partition(" ")
        tags = {key: value for key, _, value in (tag.partition("=") for tag in head.split(";"))}
    line = line.lstrip(" ")
    if line.startswith(":"):
        line = line.partition(" ")[2].lstrip(" ")
    middle, colon, trailing = line.partition(" :")
    verb, *parameters = middle.split(" ") or [""]
    words = [word for word in parameters if word]
    return tags, verb.upper(), [*words, trailing] if colon else words
