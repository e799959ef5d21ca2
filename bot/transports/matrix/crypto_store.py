"""The keys of one device, in a folder that nobody else can read.

    FOLDER/                    0700
      pickle.key               0600: what the rest is encrypted with; made at the first start
      cross-signing.json       0600: the account's own keys (`bot.transports.matrix.cross_signing`)
      device-ABCDEFGHIJ.keys   0600: SQLite: the keys of one device, and what it knows of others

These are no rows of the desk: they belong to one device on one server, are changed within the handling of
what that server sends, and must never be copied or restored, since a ratchet that goes back gives its keys
away (Olm and Megolm specifications, "Ratchet"). So they are not in the desk's database.

A store that cannot be used is told as `KeysUnusable`, with the place and a remedy, and left as it is.
"""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import vodozemac

from bot.transports.matrix.crypto_files import (
    ANEW,
    FINGERPRINT,
    claim,
    path_of,
    private,
    read_private,
    remove,
    write_private,
)
from bot.transports.matrix.sealing import KeysUnusable

VERSION = "1"
PICKLE_KEY = "pickle.key"

MOST_SESSIONS = 20_000
"""Room keys that are kept; of older ones no line will come any more."""

MOST_AT_HAND = 1000

MOST_MESSAGES = 20_000
"""Messages from device to device of which it is kept that they were handled."""

_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE olm (session TEXT PRIMARY KEY, peer TEXT NOT NULL, pickle TEXT NOT NULL, made REAL NOT NULL,
    used REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX olm_peer ON olm (peer);
CREATE TABLE megolm (number INTEGER PRIMARY KEY, room TEXT NOT NULL, session TEXT NOT NULL,
    owner TEXT NOT NULL, peer TEXT NOT NULL, pickle TEXT NOT NULL, first INTEGER NOT NULL,
    UNIQUE (room, session, owner));
CREATE TABLE device (user TEXT NOT NULL, device TEXT NOT NULL, curve TEXT NOT NULL, ed TEXT NOT NULL,
    gone INTEGER NOT NULL, PRIMARY KEY (user, device)) WITHOUT ROWID;
CREATE INDEX device_curve ON device (curve);
CREATE TABLE sealed (room TEXT PRIMARY KEY, lines INTEGER NOT NULL, seconds INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE handled (number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE);
CREATE TABLE unread (number INTEGER PRIMARY KEY, event TEXT NOT NULL UNIQUE, room TEXT NOT NULL,
    session TEXT NOT NULL, sender TEXT NOT NULL, device TEXT NOT NULL, peer TEXT NOT NULL, raw TEXT NOT NULL,
    since REAL NOT NULL, asked INTEGER NOT NULL, told INTEGER NOT NULL, opened TEXT);
CREATE INDEX unread_session ON unread (room, session);
"""


@dataclass(frozen=True, slots=True)
class Device:
    """A device of somebody's, by its two keys: `curve` for talking to it, `ed` for what it signs."""

    user: str
    id: str
    curve: str
    ed: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class RoomKey:
    """What opens the lines of one device in one room, from the line `first` on. `owner` and `peer`: the user
    and the device (by its Curve25519 key) whose lines these are."""

    room: str
    session: str
    owner: str
    peer: str
    key: vodozemac.InboundGroupSession

    @property
    def first(self) -> int:
        return self.key.first_known_index


class CryptoStore:
    """The keys of the device `device` of `user`, in `folder`. Opening one makes what is missing; a store that
    was there before its pickle key was is never opened with another. Raises KeysUnusable, here and anywhere.

    `new`: nothing was kept of the device, so its keys have just been made.
    """

    def __init__(self, folder: Path, user: str, device: str) -> None:
        private(folder)
        self.path = path_of(folder, device)
        self._known: dict[tuple[str, str, str], vodozemac.InboundGroupSession] = {}
        there = self.path.exists()
        self._secret = _pickle_key(folder, there)
        if not there:
            write_private(self.path, "")
        with contextlib.ExitStack() as opened:
            opened.callback(os.close, claim(self.path))
            self._rows = opened.enter_context(contextlib.closing(_opened(self.path)))
            with self._telling():
                self.new = self._begin(user, device)
            self.account = self._account()
            self._open = opened.pop_all()

    def close(self) -> None:
        """Twice does no harm."""
        self._open.close()

    def discard(self) -> None:
        """Close it, and leave no file: of no use are keys that nobody knows."""
        self.close()
        remove(self.path)

    @contextlib.contextmanager
    def changes(self) -> Iterator[None]:
        """All that is changed within is kept, or nothing. Not to be held over an await."""
        with self._telling():
            self._rows.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._rows.execute("ROLLBACK")
                self._known.clear()
                self.account = self._account()
                raise
            self._rows.execute("COMMIT")

    # --- our own account ---------------------------------------------------------------------------------

    def save_account(self) -> None:
        """Keep what the account is now; before anything of it is told."""
        self.keep("account", self.account.pickle(self._secret))

    def about(self, name: str) -> str | None:
        """A value that was kept under the name."""
        with self._telling():
            row = self._rows.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def keep(self, name: str, value: str) -> None:
        with self._telling():
            self._rows.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    # --- from device to device ---------------------------------------------------------------------------

    def sessions(self, peer: str) -> list[tuple[vodozemac.Session, float]]:
        """The sessions with a device, the last used first, each with when it was made (seconds)."""
        with self._telling():
            rows = self._rows.execute(
                "SELECT pickle, made FROM olm WHERE peer = ? ORDER BY used DESC", (peer,)
            ).fetchall()
            return [(vodozemac.Session.from_pickle(row[0], self._secret), row[1]) for row in rows]

    def has_session(self, peer: str) -> bool:
        """Whether there is any with that device."""
        with self._telling():
            row = self._rows.execute("SELECT 1 FROM olm WHERE peer = ? LIMIT 1", (peer,)).fetchone()
        return row is not None

    def save_session(self, peer: str, session: vodozemac.Session, made: float, used: float) -> None:
        """Keep a session; of one device the five last used."""
        with self._telling():
            self._rows.execute(
                "INSERT OR REPLACE INTO olm VALUES (?, ?, ?, ?, ?)",
                (session.session_id, peer, session.pickle(self._secret), made, used),
            )
            self._rows.execute(
                "DELETE FROM olm WHERE peer = ?1 AND session NOT IN "
                "(SELECT session FROM olm WHERE peer = ?1 ORDER BY used DESC LIMIT 5)",
                (peer,),
            )

    def first_time(self, digest: bytes) -> bool:
        """Whether the message was not handled before; from now on it was."""
        with self._telling():
            done = self._rows.execute("INSERT OR IGNORE INTO handled (digest) VALUES (?)", (digest,))
            if done.rowcount and done.lastrowid is not None and done.lastrowid % 500 == 0:
                self._rows.execute("DELETE FROM handled WHERE number <= ?", (done.lastrowid - MOST_MESSAGES,))
            return bool(done.rowcount)

    def devices(self, user: str) -> dict[str, Device]:
        """All that were ever known of a user, by id, the gone ones included."""
        with self._telling():
            rows = self._rows.execute(
                "SELECT user, device, curve, ed, gone FROM device WHERE user = ?", (user,)
            ).fetchall()
        return {row[1]: Device(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows}

    def device_by(self, curve: str) -> Device | None:
        """The device with that key, whosever it is."""
        with self._telling():
            row = self._rows.execute(
                "SELECT user, device, curve, ed, gone FROM device WHERE curve = ? ORDER BY gone", (curve,)
            ).fetchone()
        return None if row is None else Device(row[0], row[1], row[2], row[3], bool(row[4]))

    def save_devices(self, devices: list[Device]) -> None:
        with self._telling():
            self._rows.executemany(
                "INSERT OR REPLACE INTO device VALUES (?, ?, ?, ?, ?)",
                [(each.user, each.id, each.curve, each.ed, each.gone) for each in devices],
            )

    # --- rooms -------------------------------------------------------------------------------------------

    def room_key(self, room: str, session: str, owner: str) -> RoomKey | None:
        """What opens the lines of that session, as far as they are that user's."""
        name = (room, session, owner)
        with self._telling():
            row = self._rows.execute(
                "SELECT peer, pickle FROM megolm WHERE room = ? AND session = ? AND owner = ?", name
            ).fetchone()
            if row is None:
                return None
            if name not in self._known:
                if len(self._known) >= MOST_AT_HAND:
                    self._known.clear()
                self._known[name] = vodozemac.InboundGroupSession.from_pickle(row[1], self._secret)
        return RoomKey(room, session, owner, row[0], self._known[name])

    def save_room_key(self, key: RoomKey) -> bool:
        """Keep it, unless one is known that is another device's, or opens as much; whether it was kept. What
        somebody else claims to be theirs takes nothing away from whoever it belongs to."""
        with self._telling():
            done = self._rows.execute(
                "INSERT INTO megolm (room, session, owner, peer, pickle, first) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (room, session, owner) DO UPDATE SET pickle = excluded.pickle, "
                "first = excluded.first WHERE excluded.first < first AND excluded.peer = peer",
                (key.room, key.session, key.owner, key.peer, key.key.pickle(self._secret), key.first),
            )
            self._known.pop((key.room, key.session, key.owner), None)
            if done.rowcount and done.lastrowid is not None and done.lastrowid % 500 == 0:
                self._rows.execute("DELETE FROM megolm WHERE number <= ?", (done.lastrowid - MOST_SESSIONS,))
            return bool(done.rowcount)

    def sealed(self) -> dict[str, tuple[int, int]]:
        """The encrypted rooms, each with after how many lines, and seconds, it wants a new key."""
        with self._telling():
            rows = self._rows.execute("SELECT room, lines, seconds FROM sealed").fetchall()
        return {row[0]: (row[1], row[2]) for row in rows}

    def seal(self, room: str, lines: int, seconds: int) -> None:
        """The room is encrypted, for ever."""
        with self._telling():
            self._rows.execute("INSERT OR REPLACE INTO sealed VALUES (?, ?, ?)", (room, lines, seconds))

    # --- what cannot be read (bot.transports.matrix.unreadable) ------------------------------------------

    def rows(
        self, query: str, values: Mapping[str, object] | tuple[object, ...] = ()
    ) -> list[tuple[object, ...]]:
        """What a query of the table `unread` gives."""
        with self._telling():
            return list(self._rows.execute(query, values))

    # --- opening -----------------------------------------------------------------------------------------

    def _begin(self, user: str, device: str) -> bool:
        """Whether it is a new one."""
        if not self._rows.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            self.account = vodozemac.Account()
            self._rows.executescript(f"BEGIN IMMEDIATE; {_TABLES}")
            ed = self.account.ed25519_key.to_base64()
            for name, value in (("version", VERSION), ("user", user), ("device", device), (FINGERPRINT, ed)):
                self.keep(name, value)
            self.save_account()
            self._rows.execute("COMMIT")
            return True
        if (version := self.about("version")) != VERSION:
            raise KeysUnusable(self.path, f"has the format {version}", "use the pkgdesk that wrote it")
        for name, mine in (("user", user), ("device", device)):
            if (theirs := self.about(name)) != mine:
                raise KeysUnusable(
                    self.path,
                    f"holds the keys of the {name} {theirs}, not of {mine}",
                    "set another `folder`: each account has one of its own",
                )
        return False

    def _account(self) -> vodozemac.Account:
        pickle = self.about("account")
        if pickle is None:
            raise KeysUnusable(self.path, "is damaged: it holds no account", ANEW)
        with self._telling():
            return vodozemac.Account.from_pickle(pickle, self._secret)

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """What goes wrong with the file is told as that."""
        try:
            yield
        except vodozemac.PickleException:
            key = self.path.with_name(PICKLE_KEY)
            raise KeysUnusable(
                self.path,
                f"cannot be opened with the key in {key}",
                f"put back the key that belongs to it, or {ANEW}",
            ) from None
        except sqlite3.DatabaseError as error:
            raise _unusable(self.path, error) from error


def _pickle_key(folder: Path, needed: bool) -> bytes:
    path = folder / PICKLE_KEY
    text = read_private(path)
    if text is None:
        if needed:
            raise KeysUnusable(path, "is missing, and there are keys that need it", f"put it back, or {ANEW}")
        text = secrets.token_hex(32)
        try:
            write_private(path, text + "\n", new=True)
        except FileExistsError:
            raise KeysUnusable(path, "was made by somebody else just now", "start only one desk") from None
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeysUnusable(path, "holds no key: 64 hexadecimal digits", f"put back the right one, or {ANEW}")
    return key


def _opened(path: Path) -> sqlite3.Connection:
    try:
        rows = sqlite3.connect(path, isolation_level=None, timeout=5.0)
        try:
            rows.execute("PRAGMA journal_mode = WAL")
            rows.execute("PRAGMA synchronous = FULL")
            rows.execute("PRAGMA secure_delete = ON")
        except BaseException:
            rows.close()
            raise
    except sqlite3.DatabaseError as error:
        raise _unusable(path, error) from error
    return rows


def _unusable(path: Path, error: sqlite3.DatabaseError) -> KeysUnusable:
    """What went wrong with the file. That an older one be put in its place is never the remedy: keys go
    forward with each line."""
    if not path.exists():
        return KeysUnusable(path, "is missing: somebody has removed or moved it", ANEW)
    if isinstance(error, sqlite3.OperationalError):
        remedy = "see to it that nothing else uses it and that there is room on the disk"
        return KeysUnusable(path, f"cannot be used: {error}", remedy)
    return KeysUnusable(path, f"is damaged: {error}", ANEW)
