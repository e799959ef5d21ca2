"""The sentence model: texts become vectors that point the same way where they mean the same.

A model is a folder as Hugging Face lays it out: `config.json`, `tokenizer.json` and an ONNX file of a network
of the BERT kind (Devlin et al., 2019), whose vectors of the single tokens are averaged and brought to length
1 (Reimers & Gurevych, 2019). The cosine of two texts is then the scalar product of their rows.

Texts go through the network one at a time. On one thread that is as fast as batches are, which spend the gain
on padding; and an int8 network scales its numbers by the largest of a batch, so that in a batch a text's
vector would depend on its neighbours. So the vector of a text is the same whoever else is embedded, and a
cache may hold it.

A folder that `pkgdesk model install` made carries a manifest with the size and SHA-256 of every file, and is
refused where a file differs; of any folder the files are read once, and what was hashed is what is loaded.

numpy, onnxruntime and tokenizers come with an extra: they are imported in `load` and in what it gives, and a
base installation that never calls it does not miss them. Imports of ours: how a path is printed, and the
gate.
"""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from knowledge.composing import one_line
from knowledge.gate import GATE

Matrix: TypeAlias = Any
"""numpy.ndarray of float32, a row for each text; named so because numpy need not be installed."""

MANIFEST = "pkgdesk-model.json"
CONFIG, TOKENIZER = "config.json", "tokenizer.json"
NETWORKS = ("onnx/model_quantized.onnx", "onnx/model.onnx", "model_quantized.onnx", "model.onnx")
"""Where the network may lie, the fastest first."""

FORMAT = 1
"""Of the manifest; another one is refused."""

MOST_BYTES = {MANIFEST: 1 << 20, CONFIG: 1 << 20, TOKENIZER: 1 << 26}
MOST_NETWORK_BYTES = 1 << 30
"""What is larger is no model of this kind, and is not read."""

TOKENS = 128
"""Tokens of a text that count, some 90 words: all-MiniLM-L6-v2 was trained on texts cut there, and the time
for a text grows with its tokens. A longer one says what it is about before that."""

CHARACTERS = 4_000
"""Characters of a text that are looked at for `TOKENS`; a paste of 65,000 need not be read to its end."""

_TRIAL = "How do I build the tools without cloning QEMU?"
_BAR = "\u2581"
_REMEDY = "make it anew: pkgdesk model install --force"


class ModelError(Exception):
    """The model cannot be used: one line with the place, what is wrong, and the remedy."""

    def __init__(self, said: str) -> None:
        super().__init__(one_line(said))


def _silent(_: str) -> None:
    """For who wants no notes."""


@dataclass(frozen=True, slots=True, eq=False)
class SentenceModel:
    """A loaded model. Never changes, and may be used by several threads; each embeds on its own thread.

    `fingerprint`: SHA-256 (hex) over the files, of which every vector depends.
    """

    folder: Path
    name: str
    origin: str
    """Where it was installed from; empty for a folder that was not installed."""
    fingerprint: str
    dimensions: int
    size: int
    """Bytes of the files."""
    words: frozenset[str] = field(repr=False)
    """What the vocabulary holds whole, in lower case; other words are read in pieces."""
    _bare: int = field(repr=False)
    """Tokens of a text that has none of its own: the marks for begin and end."""
    _tokens: Callable[[str], list[int]] = field(repr=False)
    _vector: Callable[[list[int]], Matrix] = field(repr=False)
    note: Callable[[str], None] = field(default=_silent, repr=False)
    """Is told of a text with which the network fails, whoever then does without: a line each."""

    def embed(self, texts: Sequence[str]) -> Matrix:
        """A row for each text, (len(texts), dimensions), of length 1. The row of a text without words (empty,
        or control characters) is all zeros: it is like nothing. Of a long one the beginning counts.

        Raises `ModelError` where the network fails with a text, after it has told `note`."""
        import numpy

        rows = numpy.zeros((len(texts), self.dimensions), numpy.float32)
        try:
            for row, text in zip(rows, texts, strict=True):
                with GATE:
                    tokens = self._tokens(text)
                    if len(tokens) > self._bare:
                        row[:] = self._vector(tokens)
            if not numpy.isfinite(rows).all():
                raise ValueError("a vector of what are no numbers")
        except BaseException as error:
            complaint = _broken(self.folder, "fails with a text", error)
            self.note(str(complaint))
            raise complaint from error
        return rows


def default_folder(environ: Mapping[str, str]) -> Path:
    """Where a user's model lies (XDG Base Directory Specification: a relative path there is ignored)."""
    data = Path(environ.get("XDG_DATA_HOME", ""))
    if not data.is_absolute():
        data = Path(environ.get("HOME") or "/") / ".local" / "share"
    return data / "pkgdesk" / "sentence-model"


def load(folder: Path) -> SentenceModel:
    """The model in a folder. Raises `ModelError`, whatever the folder holds."""
    files = _files(folder)
    name, origin = _verified(folder, files)
    with GATE:
        return _loaded(folder, name, origin, files)


def runtime() -> Any:
    """The module `onnxruntime`, which must not be imported but after this. Raises ImportError.

    By itself it would send to its makers what it is used for, look up names for that, and keep an identity
    of the machine in the user's cache: a desk asks nobody.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # it looks when it is imported
    import onnxruntime

    return onnxruntime


def _loaded(folder: Path, name: str, origin: str, files: Mapping[str, bytes]) -> SentenceModel:
    try:
        import numpy
        import tokenizers

        onnxruntime = runtime()
    except ImportError as error:
        raise ModelError(
            f"{folder}: what the sentence model needs is not installed or does not work "
            f"({_first_line(error)}): pip install 'pkgdesk[semantic]'"
        ) from error
    onnxruntime.set_default_logger_severity(4)  # what is wrong is in its exceptions, and the log is ours
    network = next(each for each in NETWORKS if each in files)
    config = _config(folder, files[CONFIG])
    try:
        tokenizer = tokenizers.Tokenizer.from_buffer(files[TOKENIZER])
        tokenizer.no_padding()
        longest = min(TOKENS, config["max_position_embeddings"])
        tokenizer.enable_truncation(longest)
        highest = max(tokenizer.get_vocab().values())
        encode: Callable[[str], list[int]] = _encoder(tokenizer)
        bare = len(encode(""))
    except BaseException as error:
        raise _broken(folder / TOKENIZER, "cannot be used as a tokenizer", error) from error
    try:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.enable_mem_pattern = False  # plans for every length there is: memory for no gain
        session = onnxruntime.InferenceSession(
            files[network], options, providers=["CPUExecutionProvider"], enable_fallback=0
        )  # (to fall back on the same would be no use, and it prints that it does)
        vector = _network(session, numpy)
        trial = vector(encode(_TRIAL))
        vector([highest] * longest)  # fails where the tables of the network are shorter than is said
    except BaseException as error:
        raise _broken(folder / network, "cannot be used as a network", error) from error
    width = config["hidden_size"]
    if trial.shape != (width,):
        shape = " x ".join(map(str, trial.shape))
        raise _broken(folder / network, f"gives vectors of {shape} numbers, and {CONFIG} says {width}")
    if not numpy.isclose(numpy.linalg.norm(trial), 1, atol=1e-3):  # nan neither
        raise _broken(folder / network, "gives vectors that have no direction")
    return SentenceModel(
        folder=folder,
        name=name,
        origin=origin,
        fingerprint=fingerprint(files),
        dimensions=width,
        size=sum(map(len, files.values())),
        words=_words(tokenizer.get_vocab()),
        _bare=bare,
        _tokens=encode,
        _vector=vector,
    )


def fingerprint(files: Mapping[str, bytes]) -> str:
    """What tells a model from every other one, of its files by their names."""
    digest = hashlib.sha256()
    for name in sorted({CONFIG, TOKENIZER, *NETWORKS} & files.keys()):
        digest.update(f"{name} {hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return digest.hexdigest()


def manifest(name: str, origin: str, files: Mapping[str, bytes]) -> bytes:
    """The manifest for a folder that holds these files, as `load` verifies it; `origin` is for people."""
    said = {
        each: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for each, content in sorted(files.items())
    }
    whole = {"format": FORMAT, "name": name, "origin": origin, "files": said}
    return (json.dumps(whole, indent=2) + "\n").encode()


# --- reading the folder -------------------------------------------------------------------------------


def _files(folder: Path) -> dict[str, bytes]:
    """The files of a model by their names; the network is the first that is there."""
    try:
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise ModelError(f"{folder}: is no folder: name the one that holds the model's {CONFIG}")
    except FileNotFoundError as error:
        raise ModelError(f"{folder}: there is no such folder: pkgdesk model install") from error
    except (OSError, ValueError) as error:
        raise _broken(folder, "cannot be looked into", error, "let its files be read by this user") from error
    found = {}
    for name in (MANIFEST, CONFIG, TOKENIZER):
        content = _content(folder, name)
        if content is not None:
            found[name] = content
        elif name != MANIFEST:
            raise _broken(folder / name, "is missing")
    for name in NETWORKS:
        content = _content(folder, name)
        if content is not None:
            return {**found, name: content}
    raise _broken(folder / NETWORKS[0], "is missing")


def _content(folder: Path, name: str) -> bytes | None:
    """The bytes of a file; None where there is none."""
    path, most = folder / name, MOST_BYTES.get(name, MOST_NETWORK_BYTES)
    try:
        # Not to wait for a writer, should it be a pipe.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise _broken(path, "is no file")
            if status.st_size > most:
                raise _broken(path, f"is too large: {status.st_size} bytes, where {most} are the most")
            return file.read(most)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError as error:
        raise _broken(path, "is no file") from error
    except (OSError, ValueError) as error:
        raise _broken(path, "cannot be read", error, "let it be read by this user") from error


def _verified(folder: Path, files: dict[str, bytes]) -> tuple[str, str]:
    """The model's name and origin. The manifest is taken out of `files`, and they are compared with it."""
    raw = files.pop(MANIFEST, None)
    if raw is None:  # a folder as it was fetched
        return folder.resolve().name, ""
    path = folder / MANIFEST
    said = _object(path, raw)
    listed, name, origin = (said.get(key) for key in ("files", "name", "origin"))
    named = isinstance(name, str) and isinstance(origin, str)
    if said.get("format") != FORMAT or not isinstance(listed, dict) or not named:
        raise _broken(path, f"is no manifest of format {FORMAT}")
    for each, content in files.items():
        expected = listed.get(each)
        if not isinstance(expected, dict):
            raise _broken(folder / each, f"is not in {MANIFEST}")
        if expected.get("bytes") != len(content):
            wanted = expected.get("bytes")
            raise _broken(folder / each, f"has {len(content)} bytes, and {MANIFEST} says {wanted!r:.20}")
        if expected.get("sha256") != hashlib.sha256(content).hexdigest():
            raise _broken(folder / each, f"is not what was installed: its SHA-256 is not that in {MANIFEST}")
    return one_line(str(name)[:200]), one_line(str(origin)[:1000])


def _config(folder: Path, raw: bytes) -> dict[str, int]:
    said = _object(folder / CONFIG, raw)
    found = {}
    for key, least in (("hidden_size", 1), ("max_position_embeddings", 8)):
        value = said.get(key)
        if not isinstance(value, int) or not least <= value <= 1 << 16:
            raise _broken(folder / CONFIG, f"says nothing usable about {key}: {value!r:.40}")
        found[key] = value
    return found


def _object(path: Path, raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _broken(path, "is no JSON", error) from error
    if not isinstance(value, dict):
        raise _broken(path, "is no JSON object")
    return value


def _broken(path: Path, what: str, why: BaseException | None = None, remedy: str = _REMEDY) -> ModelError:
    """The complaint. A signal to end, and memory that is out, are no fault of the file's."""
    if isinstance(why, KeyboardInterrupt | SystemExit | GeneratorExit | MemoryError):
        raise why
    reason = f" ({_first_line(why)})" if why is not None else ""
    return ModelError(f"{path}: {what}{reason}: {remedy}")


def _first_line(error: BaseException) -> str:
    """What an error says, in at most 200 characters."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return (next(iter(str(error).splitlines()), "") or type(error).__name__)[:200]


# --- from a text to its vector ------------------------------------------------------------------------


def _encoder(tokenizer: Any) -> Callable[[str], list[int]]:
    def encode(text: str) -> list[int]:
        whole = text[:CHARACTERS].encode("utf-8", "replace").decode()  # half a surrogate pair is no text
        ids: list[int] = tokenizer.encode(whole).ids
        return ids

    return encode


def _network(session: Any, numpy: Any) -> Callable[[list[int]], Matrix]:
    """The network as a function from tokens to a vector of length 1. One that is not averaged in the network
    itself (as Hugging Face exports them) is averaged here."""
    wanted = {each.name for each in session.get_inputs()}
    known = {"input_ids", "attention_mask", "token_type_ids"}
    if "input_ids" not in wanted or wanted - known:
        raise ValueError(
            f"inputs {', '.join(sorted(wanted))}, of which only {', '.join(sorted(known))} are known"
        )
    outputs = [each.name for each in session.get_outputs()]
    output = "sentence_embedding" if "sentence_embedding" in outputs else outputs[0]

    def vector(tokens: list[int]) -> Matrix:
        ids = numpy.array([tokens], numpy.int64)
        given = {"input_ids": ids}
        if "attention_mask" in wanted:
            given["attention_mask"] = numpy.ones_like(ids)
        if "token_type_ids" in wanted:
            given["token_type_ids"] = numpy.zeros_like(ids)
        row = session.run([output], given)[0][0]
        if row.ndim == 2:
            row = row.mean(axis=0)
        return row / max(numpy.linalg.norm(row), 1e-12)

    return vector


def _words(vocabulary: Iterable[str]) -> frozenset[str]:
    """The whole words of a vocabulary. Pieces of words begin with ## and marks with a bracket; or else whole
    words begin with a bar, and pieces do not."""
    pieces = list(vocabulary)
    barred = [each.removeprefix(_BAR) for each in pieces if each.startswith(_BAR)]
    return frozenset(each for each in (barred or pieces) if each.isalpha())
