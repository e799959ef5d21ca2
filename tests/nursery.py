"""Processes of pkgdesk that need not import anything: forked from one that has imported all of it.

    done = nursery.ran("check", "--strict", cwd=folder)
    desk = nursery.started("run", cwd=folder, stderr=write_end)
    desk.kill()
    desk.wait(10.0)

Half of the processor time of a test that starts `pkgdesk` was the same thousand modules, read once more. What
runs is the same as of `python -m bot.cli`: a process of its own, with its own folder, environment, standard
streams and signals, that can be killed, whose `__main__` is `bot/cli.py`, and which ends when its threads
have. What is not shown by it: that a command imports what it needs, and that nothing hinders the interpreter
from clearing up at last. The documentation's examples, `test_wheel`, and some of `test_cli` show that, by
real starts.

Each test process has a nursery of its own, which ends with it.
"""

import asyncio
import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import resource
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
_MOST = 1 << 20
"""Bytes of a message between a nursery and whoever it is for."""

_AT_START = ("PYTHON", "LC_", "LANG", "MALLOC", "LD_")
"""Variables that begin so are read when an interpreter starts: who changes them gets one of their own."""

_SELDOM = ("bot.demo", "bot.cli", "bot.model", "bot.store.migrations.")
"""What is not imported ahead: what is run as `__main__`, and what the desk's own commands do not use."""


# --- who asks for processes -------------------------------------------------------------------------------


class Child:
    """A process from the nursery. Its parent is the nursery, which tells how it ended."""

    def __init__(self, told: socket.socket) -> None:
        self._told = told
        message, descriptors, _, _ = socket.recv_fds(told, 64, 1)
        assert message, "the nursery has ended"
        self.pid, self._pidfd = int(message), descriptors[0]
        self.returncode: int | None = None

    def __del__(self) -> None:
        self._told.close()
        with contextlib.suppress(AttributeError):  # there never was one
            os.close(self._pidfd)

    def poll(self) -> int | None:
        return self._ended(0.0)

    def wait(self, timeout: float = PATIENCE) -> int:
        """The exit code; negative where it was ended by a signal."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("pkgdesk", timeout)
        return code

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, within: float) -> int | None:
        if self.returncode is None:
            self._told.settimeout(within)
            with contextlib.suppress(BlockingIOError, TimeoutError):
                self._tells(self._told.recv(64))
        return self.returncode

    def _tells(self, message: bytes) -> None:
        assert message, "the nursery has ended"
        self.returncode = int(message)


class WaitedFor(Child):
    """One that a coroutine waits for, as asyncio has it."""

    async def wait(self) -> int:  # type: ignore[override]
        if self.poll() is None:
            loop = asyncio.get_running_loop()
            ended = loop.create_future()
            mine = os.dup(self._told.fileno())  # there may be several who wait
            loop.add_reader(mine, lambda: ended.done() or ended.set_result(None))
            try:
                await ended
            finally:
                loop.remove_reader(mine)
                os.close(mine)
        code = self.poll()
        assert code is not None
        return code


class _Nursery:
    """Its process, and where orders go."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._orders, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST)
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(theirs.fileno())],
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        self._one_at_a_time = threading.Lock()

    def ends(self) -> None:
        self._orders.close()
        self._process.wait(PATIENCE)

    def order(self, told: list[Any], streams: list[int]) -> socket.socket:
        """Where it is told which process came of it, and how that ended."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with self._one_at_a_time, theirs:
            socket.send_fds(self._orders, [json.dumps(told).encode()], [theirs.fileno(), *streams])
        return ours


_nursery: _Nursery | None = None


def started(
    *words: str,
    program: str | Path = "bot.cli",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    kind: type[Child] = Child,
) -> Any:
    """`pkgdesk` with these words, or another `program`: a module, or a file. The streams are file
    descriptors; those that are not given lead nowhere."""
    global _nursery
    if _nursery is None or _nursery.owner != os.getpid():
        _nursery = _Nursery()
    env = os.environ if env is None else env
    with open(os.devnull, "r+b", buffering=0) as nowhere:  # noqa: PTH123
        streams = [nowhere.fileno() if each is None else each for each in (stdin, stdout, stderr)]
        return kind(_nursery.order([str(program), words, str(cwd or Path.cwd()), dict(env)], streams))


def telling(*words: str, on: str = "stdout", **more: Any) -> tuple[Any, IO[str]]:
    """The same, and what it writes there, as it comes."""
    read, written = os.pipe()
    child = started(*words, **{on: written}, **more)
    os.close(written)
    return child, open(read, encoding="utf-8", errors="replace")  # noqa: PTH123 (it is read to its end)


def ends() -> None:
    """There is no nursery any more, nor a process of it."""
    global _nursery
    if _nursery is not None and _nursery.owner == os.getpid():
        _nursery.ends()
    _nursery = None


def ran(
    *words: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    said: str = "",
    timeout: float = PATIENCE,
    memory: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """The same to its end, `said` on its standard input; `memory`: the bytes that it may have (RLIMIT_AS)."""
    with _kept() as stdin, _kept() as stdout, _kept() as stderr:
        os.write(stdin, said.encode())
        os.lseek(stdin, 0, os.SEEK_SET)
        child: Child = started(*words, cwd=cwd, env=env, stdin=stdin, stdout=stdout, stderr=stderr)
        try:
            if memory is not None:
                resource.prlimit(child.pid, resource.RLIMIT_AS, (memory, memory))
            code = child.wait(timeout)
        finally:
            child.kill()
        return subprocess.CompletedProcess(["pkgdesk", *words], code, _text(stdout), _text(stderr))


@contextlib.contextmanager
def _kept() -> Iterator[int]:
    file = os.memfd_create("kept")
    try:
        yield file
    finally:
        os.close(file)


def _text(file: int) -> str:
    return os.pread(file, os.fstat(file).st_size, 0).decode()


def _read_at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT)} | {
        name: value for name, value in env.items() if name.startswith(_AT_START)
    }


# --- the nursery ------------------------------------------------------------------------------------------


class _Order(NamedTuple):
    program: str
    words: list[str]
    cwd: str
    env: dict[str, str]
    streams: list[int]


def _grown(orders: socket.socket) -> _Order | None:
    """Forks a process for each order. Returns in the forked one with what it is to be, in the nursery when
    nobody can order any more."""
    children: dict[int, tuple[int, socket.socket]] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(orders, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not orders:
                    pid, told = children.pop(key.fd)
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                    with told, contextlib.suppress(OSError):
                        told.send(str(code).encode())
                    continue
                message, descriptors, _, _ = socket.recv_fds(orders, _MOST, 4)
                if not message:
                    for pid, _ in children.values():
                        os.kill(pid, signal.SIGKILL)
                    return None
                told_of = json.loads(message)
                told = socket.socket(fileno=descriptors.pop(0))
                pid = os.fork()
                if pid == 0:
                    told.close()
                    return _Order(*told_of, descriptors)
                for each in descriptors:
                    os.close(each)
                pidfd = os.pidfd_open(pid)
                children[pidfd] = pid, told
                selector.register(pidfd, selectors.EVENT_READ)
                with contextlib.suppress(OSError):
                    socket.send_fds(told, [str(pid).encode()], [pidfd])


def _becomes(order: _Order) -> None:
    """From here on it is as if the program had been started there."""
    file = Path(order.program) if order.program.endswith(".py") else None
    for number, stream in enumerate(order.streams):
        os.dup2(stream, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.chdir(order.cwd)
    if _read_at_start(order.env) != _read_at_start(os.environ):
        start = [str(file)] if file else ["-m", order.program]
        os.execve(sys.executable, [sys.executable, *start, *order.words], order.env)
    os.environ.clear()
    os.environ.update(order.env)
    time.tzset()
    sys.stdin = sys.__stdin__ = TextIOWrapper(open(0, "rb", closefd=False))  # type: ignore[misc] # noqa: SIM115
    sys.stdout = sys.__stdout__ = _writes(1, "strict", os.isatty(1))  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _writes(2, "backslashreplace", True)  # type: ignore[misc]
    sys.path[0:0] = [str(file.parent) if file else order.cwd]
    sys.argv = [order.program, *order.words]
    if file:
        runpy.run_path(order.program, run_name="__main__")
    else:
        runpy.run_module(order.program, run_name="__main__", alter_sys=True)


def _ends(life: Callable[[], None]) -> NoReturn:
    """With the exit code that it gives itself; as the interpreter ends, but that not every object is cleared
    away first. To touch all that it shares with the nursery costs more than most commands do."""
    code: object = None
    try:
        life()
    except SystemExit as end:
        code = end.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _writes(number: int, errors: str, by_lines: bool) -> TextIOWrapper:
    file = open(number, "wb", closefd=False)  # noqa: SIM115
    return TextIOWrapper(file, errors=errors, line_buffering=by_lines)


def _import_all() -> None:
    for package in ("knowledge", "routing", "bot"):
        for each in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not each.name.startswith(_SELDOM):
                with contextlib.suppress(ImportError):  # an extra that is not there
                    importlib.import_module(each.name)


def main() -> None:
    orders = socket.socket(fileno=int(sys.argv[1]))
    gc.disable()
    _import_all()
    threads = list(Path("/proc/self/task").iterdir())
    assert len(threads) == 1, f"a process of {len(threads)} threads must not be forked"
    gc.freeze()
    gc.enable()
    order = _grown(orders)
    if order is not None:
        _ends(partial(_becomes, order))


if __name__ == "__main__":
    main()
