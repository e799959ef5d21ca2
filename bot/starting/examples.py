"""Names that stand in what `pkgdesk init` writes, in samples and in the documentation.

They are nobody's to use: a desk that bears them on a network of other people has not been looked at yet.
Must not import anything of ours.
"""

NICK = "example-desk"
"""Of the desk."""

CHANNEL = "#example-packagers"
"""Where it is to sit."""

CHANNELS = frozenset((CHANNEL, "#example-security"))
"""Every such channel."""
