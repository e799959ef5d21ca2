"""A configuration to begin with on a Matrix homeserver: what it says, and what has to be chosen for it.

Imports of ours: the settings, against which the choices are checked, and the names of the example.
"""

from dataclasses import dataclass

from bot.starting.examples import CHANNEL
from bot.transports.matrix.settings import is_user

NETWORK = "matrix"

SITS = """\
    type: matrix
    # Where clients of the server go, which need not be the part behind the colon of a user id.
    homeserver: $homeserver
    user: $user
    # `pkgdesk matrix login` asks for the password once, and keeps the device that comes of it. Or name a file
    # with one line: the password, or an access token (token_file); then chmod 600 it.
    # login: {password_file: $network.password}
    rooms:
$rooms
    # Whose invitations to other rooms are followed; all others are declined.
    # invitations: {users: ["@alice:$server"]}"""

RIGHTS = """\
  # Who may give the desk orders from the network: user ids.
  operators:
    $network: []
  # Who looks after the knowledge base, likewise.
  editors:
    $network: []"""


@dataclass(frozen=True, slots=True)
class Homeserver:
    """What is known of it: its URL, who the desk is there (a user id), and the rooms to sit in."""

    url: str
    user: str
    rooms: tuple[str, ...] = ()

    @property
    def server(self) -> str:
        """The name of the user's server, as it stands in ids."""
        return self.user.partition(":")[2] if is_user(self.user) else "example.org"

    @property
    def settings(self) -> dict[str, object]:
        """As the configuration has it."""
        return {"type": "matrix", "homeserver": self.url, "user": self.user, "rooms": self.named}

    @property
    def named(self) -> list[str]:
        """The rooms, each once; that of the example where none is known."""
        return list(dict.fromkeys(self.rooms or (f"{CHANNEL}:{self.server}",)))
