"""`pkgdesk` of the nursery, at the terminal that is its standard input: it is made that of a session of its
own, as `login` does."""

import fcntl
import os
import runpy
import termios

if __name__ == "__main__":
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    runpy.run_module("bot.cli", run_name="__main__", alter_sys=True)
