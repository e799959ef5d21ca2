"""Why there is no connection, in words for the operator, with what to do about it.

Certificates: the codes are those of X509_verify_cert_error_string(3) of OpenSSL.
"""

import errno
import os
import re
import socket
import ssl
from dataclasses import dataclass

from bot.transports.certificate import Unusable
from bot.transports.irc.settings import IrcServer

_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """`why` and a `remedy`, which is empty where waiting is one. `lasting`: it will not pass by itself."""

    why: str
    remedy: str = ""
    lasting: bool = False


TLS_PORT = "look at `port` and `tls`: most networks speak TLS on 6697, and none on 6667"
HUNG_UP = "look at `port` and `tls`: who expects TLS hangs up so, and so does who is no server of IRC"
SILENT = "look at `port` and `tls`: who expects TLS may wait for it, and so may who is no server of IRC"

_OWN_AUTHORITY = (
    "where the network has a certificate authority of its own, or the server one that it signed itself, name "
    "the file of that certificate as `ca_file`"
)
_CERTIFICATES = {
    9: ("is not valid yet", "look at this machine's clock"),
    10: (
        "has expired",
        "look at this machine's clock; else only the network can renew it: try another server of it",
    ),
    18: ("is signed by itself", _OWN_AUTHORITY),
    19: ("is of an authority that is not trusted here", _OWN_AUTHORITY),
    20: ("is of an authority that is not known here", _OWN_AUTHORITY),
    21: ("comes without that of its authority", _OWN_AUTHORITY),
    62: ("is for another name", "write `host` as the network names its servers"),
    64: ("is for another address", "write the server's name as `host`, not its address"),
}
_REFUSALS = {
    errno.ECONNREFUSED: "look at `host` and `port`: nobody listens there, or a firewall refuses",
    errno.ENETUNREACH: "look at this machine's network",
    errno.EHOSTUNREACH: "look at `host`, at this machine's network, and for a firewall between",
}


def trouble(error: Exception, server: IrcServer) -> Trouble:
    """What an attempt to connect to `server` came to."""
    match error:
        case Unusable():
            remedy = f"mend the file, or what `{error.setting}` names (`pkgdesk check` looks at it)"
            return Trouble(f"{error.setting}: {error}", remedy, lasting=True)
        case ssl.SSLCertVerificationError():
            known = _CERTIFICATES.get(error.verify_code)
            why, remedy = known or (f"is not accepted: {error.verify_message}", _OWN_AUTHORITY)
            return Trouble(f"the server's certificate {why}", remedy, lasting=True)
        case ssl.SSLError() if error.reason in _NO_TLS:
            return Trouble(f"what answers on port {server.port} speaks no TLS", TLS_PORT, lasting=True)
        case ssl.SSLError():
            return Trouble(f"TLS: {(error.reason or str(error)).replace('_', ' ').lower()}")
        case socket.gaierror() if error.errno == socket.EAI_AGAIN:
            return Trouble("names cannot be resolved now", "look at this machine's network and DNS")
        case socket.gaierror():
            return Trouble("there is no such host", "look at `host` for a slip, and at this machine's DNS")
        case ConnectionAbortedError() if error.errno is None:  # asyncio's word for a handshake without end
            return Trouble(f"TLS was not answered in time on port {server.port}", TLS_PORT)
        case ConnectionError() if error.errno is None:
            return Trouble("it hung up at once", HUNG_UP)
        case TimeoutError() if error.errno is None:
            return Trouble("no answer in time", "look at `host` and `port`, and for a firewall between")
    # asyncio repeats each address that it tried, as Python writes it.
    codes = dict.fromkeys(re.findall(r"\[Errno (\d+)\] Connect call failed", str(error)))
    refused = ", ".join(os.strerror(int(code)).lower() for code in codes)
    number = int(next(iter(codes), 0)) or (error.errno if isinstance(error, OSError) else 0)
    return Trouble(refused or str(error) or type(error).__name__, _REFUSALS.get(number or 0, ""))
