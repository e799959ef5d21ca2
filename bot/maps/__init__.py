"""Maps and histories on disk: which files they are, and reading them."""
