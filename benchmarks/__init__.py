"""What pkgdesk costs and how well it finds, measured beside its peers: `python -m benchmarks`.

Not part of what is installed. Nothing in the house imports it.
"""
