"""`pkgdesk map`: asking a map, looking after it, learning for it."""
