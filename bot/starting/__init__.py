"""What `pkgdesk init` begins with: a small configuration, a knowledge base, a map, and what to do next."""
