"""What can go wrong with installing a sentence model. Must not import anything of ours."""


class NotInstalled(Exception):
    """One line: the place, what is wrong, and the remedy."""


class WrongSource(NotInstalled):
    """It lies with what was asked for, not with the network or the disk."""
