"""A BERT of random weights, made in a moment and laid out as Hugging Face does it, and what it should give.

`vectors` computes with numpy alone, in double precision, what `bot.model.graph` builds an int8 network for.
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WORDS = (
    "how",
    "do",
    "i",
    "build",
    "the",
    "tools",
    "without",
    "cloning",
    "qemu",
    "on",
    "a",
    "host",
    "that",
    "is",
    "offline",
    "xen",
    "debian",
    "?",
    "##s",
)
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": 32,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
    "type_vocab_size": 2,
    "vocab_size": len(MARKS + WORDS),
    "layer_norm_eps": 1e-12,
}


def weights(seed: int = 1) -> dict[str, Any]:
    """Random tensors under the names that BERT's have."""
    rng = numpy.random.default_rng(seed)
    size, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    made: dict[str, Any] = {}

    def tensor(name: str, *shape: int) -> None:
        made[name] = rng.normal(scale=0.3, size=shape).astype(numpy.float32)

    for name, many in (
        ("word", CONFIG["vocab_size"]),
        ("position", CONFIG["max_position_embeddings"]),
        ("token_type", CONFIG["type_vocab_size"]),
    ):
        tensor(f"embeddings.{name}_embeddings.weight", many, size)
    norms = ["embeddings.LayerNorm"]
    for number in range(CONFIG["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
        for name, outputs, inputs in (
            *((f"attention.self.{each}", size, size) for each in ("query", "key", "value")),
            ("attention.output.dense", size, size),
            ("intermediate.dense", inner, size),
            ("output.dense", size, inner),
        ):
            tensor(f"{layer}.{name}.weight", outputs, inputs)
            tensor(f"{layer}.{name}.bias", outputs)
    for name in norms:
        tensor(f"{name}.bias", size)
        made[f"{name}.weight"] = 1 + rng.normal(scale=0.1, size=size).astype(numpy.float32)
    return made


def tokenizer() -> Tokenizer:
    vocabulary = {word: number for number, word in enumerate(MARKS + WORDS)}
    made = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = BertNormalizer(lowercase=True)
    made.pre_tokenizer = BertPreTokenizer()
    marks = [(each, vocabulary[each]) for each in ("[CLS]", "[SEP]")]
    made.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=marks)
    return made


def write(folder: Path, seed: int = 1) -> Path:
    """The folder, with a model in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    tokenizer().save(str(folder / "tokenizer.json"))
    save_file(weights(seed), folder / "model.safetensors")
    return folder


def failing(folder: Path, word: str) -> Path:
    """The folder, with a model in it that loads, and fails with each text that holds this word."""
    from onnx import TensorProto, helper, numpy_helper

    write(folder)
    (folder / "model.safetensors").unlink()
    size, many = CONFIG["hidden_size"], CONFIG["vocab_size"]
    rows = numpy.arange(many)
    rows[(MARKS + WORDS).index(word)] = many + 10_000
    table = numpy.random.default_rng(1).normal(size=(many, size)).astype(numpy.float32)
    constants = [numpy_helper.from_array(each, name) for each, name in ((rows, "rows"), (table, "table"))]
    nodes = [
        helper.make_node("Gather", ["rows", "input_ids"], ["row"]),
        helper.make_node("Gather", ["table", "row"], ["y"]),
    ]
    given = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["one", "tokens"])
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["one", "tokens", size])
    graph = helper.make_graph(nodes, "failing", [given], [output], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    return folder


def vectors(texts: list[str], seed: int = 1) -> Any:
    """What the model gives in double precision, a row for each text."""
    return numpy.array([_vector(tokenizer().encode(text).ids, weights(seed)) for text in texts])


def _vector(ids: list[int], w: dict[str, Any]) -> Any:
    def affine(x: Any, name: str) -> Any:
        return x @ w[f"{name}.weight"].astype(float).T + w[f"{name}.bias"]

    def normalised(x: Any, name: str) -> Any:
        x = x - x.mean(axis=-1, keepdims=True)
        return x / numpy.sqrt((x**2).mean(axis=-1, keepdims=True)) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def heads(x: Any) -> Any:
        return x.reshape(len(ids), CONFIG["num_attention_heads"], -1).transpose(1, 0, 2)

    words, positions, types = (
        w[f"embeddings.{each}_embeddings.weight"].astype(float) for each in ("word", "position", "token_type")
    )
    x = normalised(words[ids] + positions[: len(ids)] + types[0], "embeddings.LayerNorm")
    for number in range(CONFIG["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        q, k, v = (heads(affine(x, f"{layer}.attention.self.{each}")) for each in ("query", "key", "value"))
        scores = q @ k.transpose(0, 2, 1) / numpy.sqrt(q.shape[-1])
        scores = numpy.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ v
        mixed = affine(mixed.transpose(1, 0, 2).reshape(len(ids), -1), f"{layer}.attention.output.dense")
        x = normalised(mixed + x, f"{layer}.attention.output.LayerNorm")
        inner = affine(x, f"{layer}.intermediate.dense")
        inner = inner * (1 + numpy.vectorize(math.erf)(inner / math.sqrt(2))) / 2
        x = normalised(affine(inner, f"{layer}.output.dense") + x, f"{layer}.output.LayerNorm")
    mean = x.mean(axis=0)
    return mean / numpy.linalg.norm(mean)
