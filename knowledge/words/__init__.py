"""Leaf: words out of text, their repair, and how much they say (no import of anything above)."""
