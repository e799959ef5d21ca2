"""`pkgdesk matrix`: logging in to the homeservers of the configuration, and looking at them."""
