"""The report on the whole base: `pkgdesk kb report`."""
