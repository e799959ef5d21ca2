"""A real IRC server for measuring: InspIRCd as Debian has it, on a free port of this machine.

Its limits on floods are off: what is measured is who hears, not who is held back. Otherwise it offers what
the large networks do (message tags, server time, message ids, account tags, echo, labels), because taking
those apart belongs to what a line costs.

It does not run as root, so its folder is one of the system's, readable for whom it runs as.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
MISSING = "inspircd is not installed (Debian: apt install inspircd)"

_MODULES = "/usr/lib/inspircd/modules"
_NOBODY = 65534
_PATIENCE = 15.0
_CONFIGURATION = """\
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" moduledir="{modules}" runtimedir="{folder}">
<server name="irc.bench.localhost" description="bench" id="42B" network="bench">
<admin name="bench" nick="bench" email="bench@localhost">
<pid file="{folder}/pid">
<bind address="127.0.0.1" port="{port}" type="clients">
{wanted}
<connect name="main" allow="*" timeout="30" pingfreq="120" localmax="500" globalmax="500" maxchans="50"
 hardsendq="67108864" softsendq="67108864" recvq="4194304" threshold="1000000" commandrate="1000000"
 fakelag="no" usednsbl="no" resolvehostnames="no" useident="no">
<class name="None" commands=""><type name="None" classes="None">
<options defaultmodes="nt"><performance clonesonconnect="no" netbuffersize="65534" somaxconn="128">
<limits maxnick="30"><security hidebans="no"><log method="file" type="*" level="default" target="ircd.log">
"""
_WANTED = (
    *("services_account", "cap", "ircv3", "ircv3_accounttag", "ircv3_batch", "ircv3_capnotify"),
    *("ircv3_chghost", "ircv3_ctctags", "ircv3_echomessage", "ircv3_labeledresponse", "ircv3_msgid"),
    *("ircv3_servertime", "monitor", "setname", "botmode", "namesx", "uhnames"),
)


def binary() -> str | None:
    """The server's program; None where it is not installed."""
    return shutil.which("inspircd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@asynccontextmanager
async def inspircd() -> AsyncIterator[int]:
    """A server that answers, by its port; ended with the block. Raises FileNotFoundError where it is not
    installed, RuntimeError where it does not come up."""
    program = binary()
    if program is None:
        raise FileNotFoundError(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="pkgdesk-bench-ircd-"))
    port = _free_port()
    wanted = "".join(f'<module name="{name}">' for name in _WANTED)
    text = _CONFIGURATION.format(folder=folder, modules=_MODULES, port=port, wanted=wanted)
    (folder / "inspircd.conf").write_text(text, "utf-8")
    as_nobody: dict[str, Any] = {}
    if os.geteuid() == 0:
        for path in (folder, folder / "inspircd.conf"):
            os.chown(path, _NOBODY, _NOBODY)
        as_nobody = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
    process = await asyncio.create_subprocess_exec(
        *(program, "--nofork", "--config", str(folder / "inspircd.conf")),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **as_nobody,
    )
    try:
        await _answers(port, process, folder)
        yield port
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _answers(port: int, process: asyncio.subprocess.Process, folder: Path) -> None:
    """Returns when the server takes connections."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            while process.returncode is None:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection(HOST, port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)
    log = folder / "ircd.log"
    told = log.read_text("utf-8", "replace")[-1000:] if log.exists() else "it wrote no log"
    raise RuntimeError(f"inspircd did not come up: {told}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
