"""Lint of the knowledge base as people meet it: a folder read for it, and what it finds, printed."""
