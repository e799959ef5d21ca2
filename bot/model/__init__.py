"""The sentence model, fetched and built once: `pkgdesk model`."""
