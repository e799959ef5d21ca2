"""The demo: a server, players and a story, all real processes over real sockets on this machine."""
