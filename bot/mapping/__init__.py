"""Maintainers maps on the command line and on disk: reading, asking, learning, and whether they are well."""
