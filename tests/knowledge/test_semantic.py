"""The sentence model: what it gives, and that a folder of whatever content is told and never a crash."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.semantic import (
    MANIFEST,
    NETWORKS,
    ModelError,
    SentenceModel,
    default_folder,
    load,
    manifest,
)

QUESTION = "how do i build the tools without cloning qemu"
FILES = ("config.json", "tokenizer.json", NETWORKS[0])


@pytest.fixture
def folder(tiny: SentenceModel, tmp_path: Path) -> Path:
    """A model of one's own, to be damaged."""
    return Path(shutil.copytree(tiny.folder, tmp_path / "model"))


def refused(folder: Path) -> str:
    """What is said about a model that cannot be used, on one line."""
    with pytest.raises(ModelError) as caught:
        load(folder)
    said = str(caught.value)
    assert said.isprintable()
    return said


def without_manifest(folder: Path) -> Path:
    (folder / MANIFEST).unlink()
    return folder


def vouched(folder: Path) -> Path:
    """As if the files had been installed as they are now."""
    content = {name: (folder / name).read_bytes() for name in FILES}
    (folder / MANIFEST).write_bytes(manifest("forged", "nowhere", content))
    return folder


# --- what it gives ------------------------------------------------------------------------------------


def test_rows_have_length_one_and_are_as_the_published_network_says(tiny: SentenceModel) -> None:
    import numpy
    from tiny_bert import vectors

    texts = [QUESTION, "a host that is offline", "Debian?", "xen " * 30]
    rows = tiny.embed(texts)
    assert (rows.shape, rows.dtype) == ((4, tiny.dimensions), numpy.float32)
    assert numpy.allclose(numpy.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert (rows * vectors(texts)).sum(axis=1).min() > 0.98  # eight bits and seven instead of 64


def test_a_text_s_row_is_the_same_whoever_else_is_embedded(tiny: SentenceModel) -> None:
    import numpy

    texts = [QUESTION, "xen", "offline debian host ? " * 20, "qemu"]
    together = tiny.embed(texts)
    for text, row in zip(texts, together, strict=True):
        assert numpy.array_equal(tiny.embed([text])[0], row)


def test_no_texts_are_no_rows(tiny: SentenceModel) -> None:
    assert tiny.embed([]).shape == (0, tiny.dimensions)


@pytest.mark.parametrize("nothing", ["", "   \n\t", "\0\1\2", "\u200b"])
def test_a_text_without_words_is_like_nothing(tiny: SentenceModel, nothing: str) -> None:
    assert not tiny.embed([nothing]).any()


def test_of_a_long_text_the_beginning_counts(tiny: SentenceModel) -> None:
    import numpy

    begun = QUESTION + " offline" * 200
    assert numpy.array_equal(*tiny.embed([begun, begun + " xen debian" * 6_000]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=300))
def test_any_text_has_a_row(tiny: SentenceModel, text: str) -> None:
    import numpy

    length = numpy.linalg.norm(tiny.embed([text])[0])
    assert length == pytest.approx(1, abs=1e-5) or length == 0


def test_half_a_surrogate_pair_has_a_row(tiny: SentenceModel) -> None:
    assert tiny.embed(["xen \ud800 debian"]).any()


def test_words_are_known_whole(tiny: SentenceModel) -> None:
    assert "qemu" in tiny.words
    assert "debian" in tiny.words
    assert "##s" not in tiny.words
    assert "[CLS]" not in tiny.words
    assert "qmeu" not in tiny.words
    assert "" not in tiny.words
    assert {"qemu", "debian"} <= tiny.words


def test_threads_may_share_a_model(tiny: SentenceModel) -> None:
    import numpy

    texts = [f"{QUESTION} {'xen ' * number}" for number in range(20)]
    expected = tiny.embed(texts)
    wrong = []

    def ask(seed: int) -> None:
        order = random.Random(seed).sample(range(20), 20)
        rows = tiny.embed([texts[each] for each in order])
        wrong.extend(each for each, row in zip(order, rows, strict=True) if (row != expected[each]).any())

    threads = [threading.Thread(target=ask, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert numpy.isfinite(expected).all()


# --- a folder as it is found --------------------------------------------------------------------------


def test_a_folder_as_it_was_fetched_needs_no_manifest(folder: Path, tiny: SentenceModel) -> None:
    found = load(without_manifest(folder))
    assert (found.name, found.origin) == ("model", "")
    assert found.fingerprint == tiny.fingerprint
    assert (found.embed([QUESTION]) == tiny.embed([QUESTION])).all()


def test_a_network_that_gives_a_vector_for_each_token_is_averaged(folder: Path, tiny: SentenceModel) -> None:
    """As Hugging Face exports them: three inputs, and what is averaged is left to the reader."""
    import onnx
    from onnx import TensorProto, helper

    network = folder / NETWORKS[0]
    model = onnx.load(network)
    tokens = model.graph.node[-1].input[0]
    del model.graph.node[-1], model.graph.output[:]
    model.graph.node.append(helper.make_node("Identity", [tokens], ["last_hidden_state"]))
    shape = ["batch", "tokens", tiny.dimensions]
    model.graph.output.append(helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, shape))
    for name in ("attention_mask", "token_type_ids"):
        model.graph.input.append(helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]))
    network.unlink()
    onnx.save(model, folder / "onnx" / "model.onnx")
    found = load(without_manifest(folder))
    assert (found.embed([QUESTION]) * tiny.embed([QUESTION])).sum() == pytest.approx(1, abs=1e-4)
    assert found.fingerprint != tiny.fingerprint


def test_the_fingerprint_is_that_of_the_content(folder: Path, tiny: SentenceModel) -> None:
    assert load(folder).fingerprint == tiny.fingerprint
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "more": 1}))
    assert load(vouched(folder)).fingerprint != tiny.fingerprint


# --- what cannot be used ------------------------------------------------------------------------------


def test_no_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == f"{tmp_path}/none: there is no such folder: pkgdesk model install"
    (tmp_path / "file").write_text("")
    assert "is no folder" in refused(tmp_path / "file")
    assert refused(Path("a\0b"))


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert refused(folder).startswith(f"{folder / name}: is missing: make it anew: pkgdesk model install")


@pytest.mark.parametrize("name", FILES)
def test_one_bit_that_differs(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    assert refused(folder).startswith(f"{folder / name}: is not what was installed: its SHA-256")


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_off(folder: Path, name: str) -> None:
    os.truncate(folder / name, 100)
    assert f"{folder / name}: has 100 bytes, and {MANIFEST} says" in refused(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format": 2, "name": "x", "origin": "", "files": {}}',
        b'{"format": 1, "name": 5, "origin": "", "files": {}}',
        b'{"format": 1, "name": "x", "origin": "", "files": []}',
    ],
)
def test_a_manifest_that_is_none(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)
    assert refused(folder).startswith(f"{folder / MANIFEST}: is no ")


def test_a_file_that_the_manifest_does_not_know(folder: Path) -> None:
    said = json.loads((folder / MANIFEST).read_text())
    del said["files"]["tokenizer.json"]
    (folder / MANIFEST).write_text(json.dumps(said))
    assert f"{folder / 'tokenizer.json'}: is not in {MANIFEST}" in refused(folder)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_file_that_is_none(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert refused(folder).startswith(f"{folder / name}: is no file")
    (folder / name).unlink()
    (folder / name).mkdir()
    assert refused(folder).startswith(f"{folder / name}: is no file")
    (folder / name).rmdir()
    (folder / name).symlink_to(Path(name).name)
    assert refused(folder).startswith(f"{folder / name}: cannot be read")


def test_a_file_that_is_far_too_large_is_not_read(folder: Path) -> None:
    os.truncate(folder / "config.json", 1 << 40)
    assert "config.json: is too large: 1099511627776 bytes" in refused(folder)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("config.json", b"{", "is no JSON"),
        ("config.json", b"[" * 50_000, "is no JSON"),
        ("config.json", b"{}", "says nothing usable about hidden_size: None"),
        ("config.json", b'{"hidden_size": 1e99}', "says nothing usable about hidden_size: 1e+99"),
        ("config.json", b'{"hidden_size": 33, "max_position_embeddings": 64}', "gives vectors of 32 numbers"),
        (
            "config.json",
            b'{"hidden_size": 32, "max_position_embeddings": 1}',
            "says nothing usable about max_",
        ),
        ("tokenizer.json", b"", "cannot be used as a tokenizer"),
        ("tokenizer.json", b"{}", "cannot be used as a tokenizer"),
        ("tokenizer.json", b"\xff" * 50, "cannot be used as a tokenizer"),
        ("tokenizer.json", b"[" * 200_000, "cannot be used as a tokenizer"),
        (NETWORKS[0], b"", "cannot be used as a network"),
        (NETWORKS[0], b"\x08\x09" * 500, "cannot be used as a network"),
        (NETWORKS[0], os.urandom(5_000), "cannot be used as a network"),
    ],
)
def test_files_that_somebody_vouches_for_and_that_are_wrong(
    folder: Path, name: str, content: bytes, said: str
) -> None:
    (folder / name).write_bytes(content)
    assert said in refused(vouched(folder))


def test_a_tokenizer_whose_words_the_network_has_not(folder: Path) -> None:
    said = json.loads((folder / "tokenizer.json").read_text())
    said["model"]["vocab"] = {word: number + 10_000 for word, number in said["model"]["vocab"].items()}
    (folder / "tokenizer.json").write_text(json.dumps(said))
    assert "cannot be used as a network" in refused(vouched(folder))


@pytest.mark.parametrize("place", ["/etc/hostname", "../../../../etc/hostname", "here.bin"])
def test_a_network_that_reads_other_files(folder: Path, place: str) -> None:
    from onnx import TensorProto, helper

    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1, 32], data_location=1)
    for key, value in (("location", place), ("offset", "0"), ("length", "128")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    given = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["one", "tokens"])
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 32])
    graph = helper.make_graph([helper.make_node("Identity", ["w"], ["y"])], "g", [given], [output], [tensor])
    opsets = [helper.make_opsetid("", 20)]
    content = helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
    (folder / NETWORKS[0]).write_bytes(content)
    (folder / "here.bin").write_bytes(bytes(128))
    assert "cannot be used as a network" in refused(vouched(folder))


@pytest.mark.parametrize("kind", ["inputs", "nan", "zero"])
def test_a_network_that_is_none_of_sentences(folder: Path, kind: str) -> None:
    from onnx import TensorProto, helper

    value = {"inputs": 1.0, "nan": float("nan"), "zero": 0.0}[kind]
    name = "pixels" if kind == "inputs" else "input_ids"
    given = helper.make_tensor_value_info(name, TensorProto.INT64, ["one", "tokens"])
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 32])
    constant = helper.make_tensor("w", TensorProto.FLOAT, [1, 32], [value] * 32)
    graph = helper.make_graph(
        [helper.make_node("Identity", ["w"], ["y"])], "g", [given], [output], [constant]
    )
    opsets = [helper.make_opsetid("", 20)]
    content = helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
    (folder / NETWORKS[0]).write_bytes(content)
    said = refused(vouched(folder))
    assert ("inputs pixels" if kind == "inputs" else "gives vectors that have no direction") in said


DAMAGED = """\
import random, sys
from pathlib import Path
from knowledge.semantic import ModelError, load, manifest
folder, name = Path(sys.argv[1]), sys.argv[2]
whole = (folder / name).read_bytes()
others = {each: (folder / each).read_bytes() for each in sys.argv[3:]}
for seed in range(40):
    chance = random.Random(seed)
    content = bytearray(whole)
    for _ in range(chance.choice([1, 3, 30])):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.3:
        del content[chance.randrange(len(content)):]
    (folder / name).write_bytes(content)
    (folder / "pkgdesk-model.json").write_bytes(manifest("x", "", {**others, name: bytes(content)}))
    try:
        load(folder).embed(["how do i build the tools", "", "xen " * 300])
    except ModelError as error:
        assert str(error).isprintable(), error
print("survived")
"""


@pytest.mark.parametrize("name", FILES)
def test_no_damage_that_somebody_vouches_for_crashes_the_process(folder: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DAMAGED, str(folder), name, *FILES],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("survived\n", "", 0)


# --- what it is asked that it cannot read ---------------------------------------------------------------


def longer(folder: Path) -> Path:
    """The tokenizer has a word more than the network."""
    said = json.loads((folder / "tokenizer.json").read_text())
    said["model"]["vocab"]["alpine"] = max(said["model"]["vocab"].values()) + 1
    (folder / "tokenizer.json").write_text(json.dumps(said))
    return vouched(folder)


def test_a_tokenizer_with_a_single_word_that_the_network_has_not(folder: Path) -> None:
    assert "cannot be used as a network" in refused(longer(folder))


def test_positions_that_the_network_has_not(folder: Path) -> None:
    said = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**said, "max_position_embeddings": 100}))
    assert "cannot be used as a network" in refused(vouched(folder))


@pytest.mark.parametrize("kind", ["raises", "nan", "shape"])
def test_a_network_that_fails_with_a_text_is_told_as_any_other_fault(tiny: SentenceModel, kind: str) -> None:
    import numpy

    def vector(tokens: list[int]) -> object:
        if kind == "raises":
            raise RuntimeError("out of bounds\nhere")
        return numpy.full(tiny.dimensions + (kind == "shape"), numpy.nan)

    notes: list[str] = []
    with pytest.raises(ModelError) as caught:
        replace(tiny, _vector=vector, note=notes.append).embed(["xen"])
    said = str(caught.value)
    assert said.startswith(f"{tiny.folder}: fails with a text (")
    assert said.endswith("): make it anew: pkgdesk model install --force")
    assert notes == [said]


def test_a_signal_while_a_text_is_read_is_no_fault_of_the_model(tiny: SentenceModel) -> None:
    def vector(tokens: list[int]) -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(tiny, _vector=vector).embed(["xen"])


# --- nobody is asked ----------------------------------------------------------------------------------

QUIET = """\
import os, sys
from pathlib import Path
from knowledge.semantic import load
load(Path(sys.argv[1])).embed(["how do i build the tools"])
"""


def test_who_loads_a_model_leaves_nothing_in_the_user_s_home(tiny: SentenceModel, tmp_path: Path) -> None:
    """onnxruntime would keep an identity of the machine there, and send what it is used for."""
    homes = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "ORT_DISABLE_TELEMETRY": "0"}
    subprocess.run(
        [sys.executable, "-c", QUIET, str(tiny.folder)], env={**os.environ, **homes}, timeout=60, check=True
    )
    assert list(tmp_path.iterdir()) == []


# --- the end of the process ---------------------------------------------------------------------------

ENDING = """\
import sys, threading
from pathlib import Path
from knowledge.semantic import load
model = load(Path(sys.argv[1]))
begun = threading.Event()
def embed():
    while True:
        model.embed(["how do i build the tools " * 10] * 4)
        begun.set()
for _ in range(3):
    threading.Thread(target=embed, daemon=True).start()
begun.wait()
sys.exit(int(sys.argv[2]))
"""


@pytest.mark.parametrize("code", range(5))
def test_a_process_ends_as_it_wants_to_while_others_still_embed(tiny: SentenceModel, code: int) -> None:
    """Without the gate it aborts, every time."""
    done = subprocess.run(
        [sys.executable, "-c", ENDING, str(tiny.folder), str(code)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


# --- without the extra --------------------------------------------------------------------------------

MISSING = """\
import sys
sys.modules.update(dict.fromkeys(["numpy", "onnxruntime", "tokenizers"]))
from pathlib import Path
from knowledge import embeddings, semantic
try:
    semantic.load(Path(sys.argv[1]))
except semantic.ModelError as error:
    print(error)
"""


def test_without_the_extra_the_module_can_be_imported_and_loading_says_what_to_install(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MISSING, str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith(f"{folder}: what the sentence model needs is not installed")
    assert done.stdout.endswith(": pip install 'pkgdesk[semantic]'\n")


def test_nothing_of_the_extra_is_imported_before_a_model_is_loaded() -> None:
    code = "import knowledge.semantic, knowledge.embeddings, sys; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# --- where it lies ------------------------------------------------------------------------------------


def test_the_user_s_own_folder() -> None:
    own = Path("pkgdesk/sentence-model")
    assert default_folder({"XDG_DATA_HOME": "/data", "HOME": "/of/bob"}) == "/data" / own
    assert default_folder({"HOME": "/of/bob"}) == Path("/of/bob/.local/share") / own
    assert default_folder({"XDG_DATA_HOME": "data", "HOME": "/of/bob"}) == Path("/of/bob/.local/share") / own


# --- the real one -------------------------------------------------------------------------------------

ALIKE = (
    ("how do i build without network", "building on a host that is offline", "what is the capital of france"),
    ("libvirt cannot connect to the hypervisor", "virsh fails to reach xen", "my printer is out of paper"),
    ("where is the source code hosted", "which repository holds the sources", "how do i cook rice"),
)


@pytest.mark.parametrize(("text", "near", "far"), ALIKE)
def test_the_real_model_knows_what_means_the_same(
    model: SentenceModel, text: str, near: str, far: str
) -> None:
    rows = model.embed([text, near, far])
    assert rows[0] @ rows[1] > 0.4 > 0.2 > rows[0] @ rows[2]


def test_the_real_model_is_the_official_one(model: SentenceModel) -> None:
    assert (model.name, model.dimensions) == ("all-MiniLM-L6-v2", 384)
    tokenizer = (model.folder / "tokenizer.json").read_bytes()
    pinned = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
    assert hashlib.sha256(tokenizer).hexdigest() == pinned
    assert "linux" in model.words
    assert "linxu" not in model.words
