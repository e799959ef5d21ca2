"""Readers of maintainers maps: each turns one format's text into sections and people."""
