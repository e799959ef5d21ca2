"""Which homeserver of the configuration is meant."""

from bot.config import Settings, no_network


def one_of(name: str | None, settings: Settings) -> str:
    """The name of the one that is meant, which need not be said where there is only one. Raises LookupError,
    in words for people."""
    found = tuple(settings.matrix)
    if name is None:
        if len(found) == 1:
            return found[0]
        if not found:
            raise LookupError("none of its networks is a Matrix homeserver (`type: matrix`)")
        raise LookupError(f"it has several Matrix homeservers; say which: {', '.join(found)}")
    if name not in settings.networks:
        raise LookupError(no_network(name, found))
    if name not in found:
        raise LookupError(f"networks.{name}: it is no Matrix homeserver (`type: matrix`)")
    return name
