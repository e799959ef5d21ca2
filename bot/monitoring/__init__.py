"""Watching a running desk: its vitals, whether it is well, its figures, and a page for programs that ask."""
