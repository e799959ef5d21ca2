"""Real servers for tests: InspIRCd and Atheme's services as Debian has them, in processes of their own.

    server = InspircdProcess()                   # skips the test, and says why, where it is not installed
    services = AthemeProcess(server)
    server.start(); services.start()             # services: returns when they are linked
    services.register("pkgdesk", "sesame")       # an account; SASL works without TLS here
    services.stop(); services.start()            # they keep the accounts; after `crash` they may not
    server.crash(); server.stop()

Nothing here belongs to an event loop, so that one server can serve a whole module (a fixture of its scope).
Neither runs as root.
"""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

import pytest
from irc_people import PATIENCE

SERVICES = ("NickServ", "ChanServ", "SaslServ")
NOBODY = 65534

_MODULES = """
    alias botmode callerid cap chanhistory chghost cloaking deaf delayjoin globops hidechans hideoper ircv3
    ircv3_accounttag ircv3_batch ircv3_capnotify ircv3_chghost ircv3_ctctags ircv3_echomessage
    ircv3_invitenotify ircv3_labeledresponse ircv3_msgid ircv3_servertime knock messageflood monitor muteban
    namesx permchannels rline sajoin sapart sasl services_account servprotect setname spanningtree
    ssl_gnutls sslinfo svshold topiclock uhnames uninvite
"""
_INSPIRCD = """
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
<pid file="{folder}/pid">
<server name="{name}" description="a server for tests" id="{sid}" network="TestNet">
<admin name="nobody" nick="nobody" email="nobody@localhost">
<bind address="127.0.0.1" port="{port}" type="clients">
<bind address="127.0.0.1" port="{tls_port}" type="clients" sslprofile="tests">
<bind address="127.0.0.1" port="{link_port}" type="servers">
<sslprofile name="tests" provider="gnutls" certfile="{folder}/cert.pem" keyfile="{folder}/key.pem"
    hash="sha256" requestclientcert="yes">
<chanhistory maxlines="50" bots="yes" prefixmsg="yes">
<cloak mode="full" key="abcdefghijklmnopqrstuvwxyz0123456789">
<sasl target="services.localhost" requiressl="no">
<link name="services.localhost" ipaddr="127.0.0.1" port="{link_port}" allowmask="127.0.0.1"
    sendpass="linkpw" recvpass="linkpw">
<uline server="services.localhost" silent="yes">
<connect name="all" allow="*" timeout="30" pingfreq="120" localmax="1000" globalmax="1000"
    hardsendq="1048576" softsendq="1048576" recvq="{recvq}" threshold="{threshold}" commandrate="{rate}"
    fakelag="{fakelag}" usednsbl="no" resolvehostnames="no" useident="no">
<class name="all" commands="*" privs="*" usermodes="*" chanmodes="*" snomasks="*">
<type name="all" classes="all">
<oper name="god" password="god" host="*@*" type="all">
<options defaultmodes="not" nosnoticestack="no">
<performance clonesonconnect="no" netbuffersize="10240" somaxconn="128">
<limits maxnick="30">
<security hidebans="no">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="ircd.log">
"""
_LINKED = """
<link name="{name}" ipaddr="127.0.0.1" port="{link_port}" allowmask="127.0.0.1"
    sendpass="peers" recvpass="peers">
"""
_ATHEME_MODULES = """
    protocol/inspircd backend/opensex crypto/pbkdf2v2
    nickserv/main nickserv/register nickserv/identify nickserv/ghost nickserv/group nickserv/cert
    nickserv/info nickserv/status nickserv/enforce nickserv/logout nickserv/drop
    nickserv/set_password
    chanserv/main chanserv/register chanserv/flags chanserv/op chanserv/voice chanserv/invite chanserv/quiet
    chanserv/kick chanserv/ban chanserv/unban_self chanserv/status
    operserv/main saslserv/main saslserv/plain saslserv/external
"""
_ATHEME = """
serverinfo {{ name = "services.localhost"; desc = "services for tests"; numeric = "00A"; recontime = 1;
    netname = "TestNet"; hidehostsuffix = "users.test"; adminname = "nobody"; adminemail = "nobody@localhost";
    registeremail = "nobody@localhost"; mta = "/bin/true"; loglevel = {{ error; info; network; }};
    maxlogins = 50; maxusers = 0; maxnicks = 10; maxchans = 50; auth = none; casemapping = rfc1459; }};
uplink "{name}" {{ host = "127.0.0.1"; port = {link_port};
    send_password = "linkpw"; receive_password = "linkpw"; }};
nickserv {{ nick = "NickServ"; user = "NickServ"; host = "services."; real = "Nickname Services";
    maxnicks = 10; expire = 0; }};
chanserv {{ nick = "ChanServ"; user = "ChanServ"; host = "services."; real = "Channel Services"; }};
operserv {{ nick = "OperServ"; user = "OperServ"; host = "services."; real = "Operator Services"; }};
saslserv {{ nick = "SaslServ"; user = "SaslServ"; host = "services."; real = "SASL"; }};
database {{ db_save_blocking = yes; }};
general {{ commit_interval = 1; }};
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Daemon:
    """A process in a folder that is gone afterwards. Where the tests are root, it is somebody else."""

    def __init__(self, program: str, package: str) -> None:
        found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
        if found is None:
            pytest.skip(f"{package} is not installed")
        self._program = found
        # Not pytest's own folder: the server does not run as root, and must be able to read its files.
        self.folder = Path(tempfile.mkdtemp(prefix=f"pkgdesk-{program}-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it; returns when it can be used."""
        as_nobody: dict[str, Any] = {}
        if os.geteuid() == 0:
            for path in [self.folder, *self.folder.iterdir()]:
                os.chown(path, NOBODY, NOBODY)
            as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [self._program, *self._arguments()],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **as_nobody,
            )

    def _arguments(self) -> list[str]:
        raise NotImplementedError

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def crash(self) -> None:
        """End it at once: it can neither say goodbye nor write anything down."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)

    def freeze(self) -> None:
        """Have it do nothing, and say nothing, while its connections stand."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _died(self) -> str:
        said = (self.folder / "output").read_text("utf-8", "replace")[-2000:]
        return f"{self._program} has ended: {said}"


class InspircdProcess(Daemon):
    """InspIRCd. `threshold`: at how many lines at once it ends a client's connection (Debian's default: 10;
    with `fakelag` it delays them instead, up to `recvq` bytes); `rate`: thousandths of a line that a line is
    worth. `peers`: other servers that may be linked with (`link`). `settings`: more of its configuration."""

    def __init__(
        self,
        *,
        threshold: int = 1000,
        fakelag: bool = True,
        rate: int = 1000,
        recvq: int = 8192,
        name: str = "irc.test.localhost",
        sid: str = "42X",
        settings: str = "",
    ) -> None:
        super().__init__("inspircd", "inspircd")
        self.name = name
        self.port, self.tls_port, self.link_port = free_port(), free_port(), free_port()
        make_certificate(self.folder)
        self._text = _INSPIRCD.format(
            folder=self.folder,
            name=name,
            sid=sid,
            port=self.port,
            tls_port=self.tls_port,
            link_port=self.link_port,
            recvq=recvq,
            threshold=threshold,
            rate=rate,
            fakelag="yes" if fakelag else "no",
        )
        modules = "".join(f'<module name="{each}">\n' for each in _MODULES.split())
        self._text = f"{modules}{self._text}{settings}"

    @property
    def certificate(self) -> Path:
        """Of the TLS port: for this machine, signed by itself; the key lies beside it in `key.pem`."""
        return self.folder / "cert.pem"

    def knows(self, other: "InspircdProcess") -> None:
        """Before both are started: either may be linked to the other, by an operator's `CONNECT name`."""
        self._text += _LINKED.format(name=other.name, link_port=other.link_port)

    def start(self) -> None:
        (self.folder / "inspircd.conf").write_text(self._text, "utf-8")
        super().start()
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE).close()
            except OSError:
                assert self.running, self._died()
                assert time.monotonic() < end, "it does not listen"
                time.sleep(0.005)
            else:
                return

    def _arguments(self) -> list[str]:
        return ["--nofork", "--config", str(self.folder / "inspircd.conf")]

    def stop(self) -> None:
        """End it, and remove all that it had."""
        if self.running:
            self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)


class AthemeProcess(Daemon):
    """Atheme's services, for one server. `without`: modules that they do without when they next start
    (without `nickserv/enforce` they know no REGAIN)."""

    def __init__(self, server: InspircdProcess, *, without: Collection[str] = ()) -> None:
        super().__init__("atheme-services", "atheme-services")
        self._server = server
        self.without = without

    def start(self) -> None:
        modules = "".join(
            f'loadmodule "modules/{each}";\n' for each in _ATHEME_MODULES.split() if each not in self.without
        )
        settings = _ATHEME.format(name=self._server.name, link_port=self._server.link_port)
        (self.folder / "atheme.conf").write_text(modules + settings, "utf-8")
        super().start()
        with Caller(self._server.port, "linkwatch") as caller:
            caller.says(f"MONITOR + {','.join(SERVICES)}")
            for each in SERVICES:
                caller.reads(rf":\S+ 730 \S+ :.*\b{each}\b")

    def _arguments(self) -> list[str]:
        folder = str(self.folder)
        return [
            *("-n", "-c", f"{folder}/atheme.conf", "-D", folder),
            *("-l", f"{folder}/log", "-p", f"{folder}/pid"),
        ]

    def stop(self) -> None:
        """End it in good order: it writes down its accounts, and the server knows that it is gone."""
        if self._process is not None and self.running:
            self._process.terminate()
            self._process.wait(PATIENCE)

    def remove(self) -> None:
        """End it, and remove all that it had."""
        if self.running:
            self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    def register(self, account: str, password: str, *asked: str) -> None:
        """Make an account, and say `asked` to NickServ as its owner (`CERT ADD …`)."""
        with Caller(self._server.port, account) as caller:
            caller.says(f"PRIVMSG NickServ :REGISTER {password} {account}@example.org")
            caller.reads(r":\S+ 900 ")
            for each in asked:
                seen = caller.count
                caller.says(f"PRIVMSG NickServ :{each}")
                caller.reads(r":NickServ!\S+ NOTICE ", seen)


class Caller:
    """A client for what is done before a test begins: it waits where it stands, outside of any event loop."""

    def __init__(self, port: int, nick: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._file: IO[bytes] = self._socket.makefile("rwb")
        self._lines: list[str] = []
        self.says(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        self.reads(r":\S+ (376|422) ")

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    @property
    def count(self) -> int:
        return len(self._lines)

    def says(self, *lines: str) -> None:
        for each in lines:
            self._file.write(each.encode() + b"\r\n")
        self._file.flush()

    def reads(self, pattern: str, after: int = 0) -> str:
        """The first line from number `after` on that begins so."""
        end = time.monotonic() + PATIENCE
        while True:
            for text in self._lines[after:]:
                if re.match(pattern, text):
                    return text
            after = len(self._lines)
            assert time.monotonic() < end, f"no {pattern}; the last was {self._lines[-3:]}"
            raw = self._file.readline()
            assert raw, f"the server has hung up; before that it said {self._lines[-3:]}"
            text = raw.decode().rstrip("\r\n")
            if text.startswith("PING "):
                self.says("PONG " + text[5:])
            else:
                self._lines.append(text)


def make_certificate(folder: Path, name: str = "") -> Path:
    """A certificate for this machine that is signed by itself: `cert.pem`, and `key.pem`, each with `name`
    before it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    made = folder / f"{name}cert.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", str(folder / f"{name}key.pem"), "-out", str(made)),
        ],
        check=True,
        capture_output=True,
    )
    return made


def trusting(certificate: Path) -> ssl.SSLContext:
    """A server's side of TLS with a self-signed certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context
