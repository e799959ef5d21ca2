"""IRC: one transport, its sessions, and what each of them keeps track of."""
