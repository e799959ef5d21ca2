"""What monitoring can fail with, apart from the libraries that it needs."""


class NotServed(Exception):
    """The page cannot be served. The text is one line: what is wrong, and what to do about it."""
