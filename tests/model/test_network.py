"""The int8 network: built from weights, made of a float network, and what cannot be built."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.model.errors import WrongSource
from bot.model.sources import local
from knowledge.semantic import load

pytestmark = pytest.mark.usefixtures("tiny_source")


@pytest.fixture
def source(tiny_source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_source, tmp_path / "tiny"))


def built(source: Path) -> bytes:
    from bot.model.network import build

    return build(local(source, source), source, lambda *_: None)


def refused(source: Path) -> str:
    with pytest.raises(WrongSource) as caught:
        built(source)
    return str(caught.value)


def test_the_same_weights_give_the_same_bytes(source: Path) -> None:
    assert built(source) == built(source)


def test_layers_are_told(source: Path) -> None:
    from bot.model.network import build

    told = []
    build(local(source, source), source, lambda *each: told.append(each))
    assert told == [(1, 2), (2, 2)]


def test_weights_may_be_named_as_in_a_larger_model(source: Path) -> None:
    from safetensors.numpy import save_file
    from tiny_bert import weights

    expected = built(source)
    save_file({f"bert.{name}": each for name, each in weights().items()}, source / "model.safetensors")
    assert built(source) == expected


def test_a_float_network_is_quantized(source: Path) -> None:
    """One layer over looked-up vectors, a vector for each token, as exporters write it."""
    import numpy
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tiny_bert import CONFIG

    (source / "model.safetensors").unlink()
    rng = numpy.random.default_rng(3)
    size, words = 32, CONFIG["vocab_size"]
    constants = [
        numpy_helper.from_array(rng.normal(size=shape).astype(numpy.float32), name)
        for name, shape in (("words", (words, size)), ("dense", (size, size)))
    ]
    names = ("input_ids", "attention_mask", "token_type_ids")
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["words", "input_ids"], ["embedded"]),
            helper.make_node("MatMul", ["embedded", "dense"], ["last_hidden_state"]),
        ],
        "float",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in names],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", size])],
        constants,
    )
    (source / "onnx").mkdir()
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, source / "onnx" / "model.onnx")
    exact = load(source)
    content = built(source)
    assert b"MatMulInteger" in content
    (source / "onnx" / "model.onnx").unlink()
    (source / "onnx" / "model_quantized.onnx").write_bytes(content)
    texts = ["how do i build the tools", "xen on debian"]
    assert (exact.embed(texts) * load(source).embed(texts)).sum(axis=1).min() > 0.99


def test_a_float_network_that_is_none(source: Path) -> None:
    (source / "model.safetensors").unlink()
    (source / "onnx").mkdir()
    for content in (b"", b"\x08\x09" * 100, b"nonsense" * 100):
        (source / "onnx" / "model.onnx").write_bytes(content)
        assert f"{source}/onnx/model.onnx: cannot be quantized" in refused(source)


def changed_config(**changes: Any) -> Callable[[Path], None]:
    def change(source: Path) -> None:
        path = source / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


def changed_weights(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def written(source: Path) -> None:
        from safetensors.numpy import save_file
        from tiny_bert import weights

        tensors = weights()
        change(tensors)
        save_file(tensors, source / "model.safetensors")

    return written


def content(name: str, raw: bytes) -> Callable[[Path], None]:
    return lambda source: (source / name).write_bytes(raw) and None


NORM = "embeddings.LayerNorm.bias"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed_config(model_type="roberta"), "model_type is 'roberta', and only networks with bert"),
        (changed_config(hidden_act="relu"), "hidden_act is 'relu'"),
        (changed_config(hidden_size=33), "hidden_size is no multiple of num_attention_heads"),
        (changed_config(hidden_size="32"), "a size is none"),
        (changed_config(num_hidden_layers=-1), "a size is none"),
        (changed_config(num_hidden_layers=3), "encoder.layer.2.attention.self.query.weight cannot be read"),
        (
            changed_config(vocab_size=9),
            "embeddings.word_embeddings.weight is (23, 32), and config.json says (9",
        ),
        (content("config.json", b"[]"), "does not describe a network"),
        (content("config.json", b"{}"), "does not describe a network"),
        (content("model.safetensors", b""), "is no file of weights"),
        (content("model.safetensors", b"\xff" * 1000), "is no file of weights"),
        (changed_weights(lambda each: each.pop(NORM)), f"{NORM} cannot be read"),
        (changed_weights(lambda each: each[NORM].fill(float("nan"))), f"{NORM} holds what are no numbers"),
    ],
)
def test_what_cannot_be_built(source: Path, change: Callable[[Path], None], said: str) -> None:
    change(source)
    assert said in refused(source)


QUANTIZING = """\
import sys
from pathlib import Path
from bot.model.errors import WrongSource
from bot.model.network import build
from bot.model.sources import Found
here = Path(sys.argv[1])
try:
    build(Found("x", "", here, here, network=here), here.parent, print)
except WrongSource:
    print("tried")
"""


def test_who_quantizes_leaves_nothing_in_the_user_s_home(tmp_path: Path) -> None:
    """As with loading: the quantizer is of the same library."""
    source, home = tmp_path / "model.onnx", tmp_path / "home"
    source.write_bytes(b"no network")
    home.mkdir()
    homes = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "ORT_DISABLE_TELEMETRY": "0"}
    done = subprocess.run(
        [sys.executable, "-c", QUANTIZING, str(source)],
        env={**os.environ, **homes},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "tried\n"
    assert list(home.iterdir()) == []
