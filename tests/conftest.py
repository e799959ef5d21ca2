"""What holds for all tests: where nothing may be skipped (PKGDESK_NO_SKIP), a skipped test has failed; what
they write is kept in memory, where there is enough of it; nobody's own sentence model is used, nor a cache.
And the models and the homeserver that tests may use.
"""

import contextlib
import gc
import importlib
import logging
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import nursery
import pytest
import pytest_asyncio
import structlog
from dear_first import dear_first
from hypothesis import settings

from knowledge.semantic import ModelError, SentenceModel, load

HERE = Path(__file__).parent
MODEL = HERE.parent / ".venv" / "sentence-model"
"""Where `make test` puts the real one."""

MEMORY = Path("/dev/shm")
ROOM = 1 << 30
"""Bytes that have to be free there: all tests together leave a tenth of that."""

MORE = os.environ.get("PKGDESK_EXAMPLES")
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("longer", max_examples=int(MORE or 100), deadline=None)
settings.load_profile("longer" if MORE else "repeatable")
"""A test takes over the profile when its module is imported. The same examples on every run, however long one
takes; PKGDESK_EXAMPLES: so many of them, and others each time."""


def pytest_configure() -> None:
    """Temporary files are in memory. A commit waits for the disk, which all workers share: that was half of
    the time of a test of the desk. TMPDIR says another place; who kills processes has one `on_disk`."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    there = os.statvfs(MEMORY)
    if not there.f_flag & os.ST_NOEXEC and there.f_bavail * there.f_frsize >= ROOM:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # it is chosen anew


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """In a checkout in which no test has run yet each worker would rewrite the assertions of every module, as
    all the others do just then. Each begins at another of them, and what it has done is kept for all."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None or session.config.args != session.config.getini("testpaths"):
        return
    modules = sorted(HERE.rglob("test_*.py"))
    share = len(modules) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    begin = int(worker.removeprefix("gw")) * share
    path = sys.path.copy()
    for module in modules[begin:] + modules[:begin]:
        sys.path[:] = [str(module.parent), *path]
        with contextlib.suppress(Exception, pytest.skip.Exception):  # whoever collects it is told
            importlib.import_module(module.stem)
    sys.path[:] = path


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = dear_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def pytest_collection_finish() -> None:
    """Thousands of tests stay until the end. Whoever collects garbage would go through all of them each time,
    which takes most of a second; five times where `pkgdesk eval` measures memory."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    nursery.ends()


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command that is tried in this process sets the log up, on a stream that ends with its test. Whatever
    the next test logs would go there."""
    root = logging.getLogger()
    handlers, level, ours = root.handlers[:], root.level, logging.getLogger("bot").level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("bot").setLevel(ours)
    structlog.reset_defaults()


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder where a commit takes its time, in which a process can be killed."""
    with tempfile.TemporaryDirectory(prefix="pkgdesk-", dir="/var/tmp") as folder:
        yield Path(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("PKGDESK_NO_SKIP"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and PKGDESK_NO_SKIP is set: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for each in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
            patch.setenv(each, str(tmp_path_factory.mktemp(each.lower())))
        patch.delenv("CACHE_DIRECTORY", raising=False)
        yield


@pytest.fixture(scope="session")
def model() -> SentenceModel:
    """all-MiniLM-L6-v2 as it is installed."""
    try:
        return load(MODEL)
    except ModelError as error:
        pytest.skip(f"without the real sentence model: {error}")


@pytest.fixture(scope="session")
def tiny_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights, laid out as Hugging Face does it; not to be changed."""
    for each in ("numpy", "onnx", "onnxruntime", "safetensors", "tokenizers"):
        pytest.importorskip(each, reason="without the extra pkgdesk[semantic]")
    folder: Path = importlib.import_module("tiny_bert").write(tmp_path_factory.mktemp("source") / "tiny")
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_source: Path, tmp_path_factory: pytest.TempPathFactory) -> SentenceModel:
    """It again, installed; its folder is not to be changed."""
    installing, network, sources = (
        importlib.import_module(f"bot.model.{each}") for each in ("installing", "network", "sources")
    )
    made: SentenceModel = installing.install(
        tmp_path_factory.mktemp("installed") / "tiny",
        lambda scratch: sources.local(tiny_source, scratch),
        lambda found, scratch: network.build(found, scratch, lambda *_: None),
    )
    return made


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Synapse, shared by all tests of this run (`matrix_homeservers.Shared`)."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with importlib.import_module("matrix_homeservers").shared(folder / "homeservers") as server:
        yield server


@pytest_asyncio.fixture
async def town(homeserver: Any) -> AsyncIterator[Any]:
    """A town there of one's own (`matrix_town.Town`)."""
    async with importlib.import_module("matrix_town").Town(homeserver) as town:
        yield town
