"""A player of the demo on Matrix: as `bot.demo.player`, which tells how, by another client; apart from it,
since a player on IRC needs no client of HTTP, which takes a while to import."""

from bot.demo.matrix_client import MatrixClient
from bot.demo.player import arguments_for, played


def main() -> None:
    said = arguments_for("homeserver")
    played(lambda tell: MatrixClient(said.homeserver, said.nick, said.channel, tell))


if __name__ == "__main__":
    main()
