"""`pkgdesk ctl`: the client of the control socket, and what it does where no desk runs."""
