"""The network of BERT as an ONNX graph with int8 weights, from the weights that Hugging Face publishes.

What it computes is BERT's encoder (Devlin et al., 2019; Vaswani et al., 2017) after layer normalisation as
published, then the average over the tokens. One text at a time goes in (see `knowledge.semantic`), so that
there is neither padding nor a mask, and the type of all tokens is 0.

A product with weights W becomes an integer product: x is quantized as a whole when it comes
(DynamicQuantizeLinear), W once here, each column by its own scale; the scales are multiplied back. W takes
seven bits, -63 … 63: processors without VNNI add pairs of products in 16 bits with saturation, which twice
127 * 255 would exceed, and vectors would depend on the machine. Measured on all-MiniLM-L6-v2: a cosine of
.994 to the vectors in full precision (with one scale for all columns .96 at eight bits and .87 at seven), and
the same ranking. Embeddings of words are looked up and have eight bits, a scale for each word.

Only operators of the standard are used, and onnxruntime fuses them when it loads: with its own fused ones for
attention and normalisation a question took no less time. Must not be imported but where the extra is there.
"""

import json
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors import SafetensorError, safe_open

from bot.model.errors import WrongSource

OPSET, IR_VERSION = 20, 9
"""The first opset with Gelu; every onnxruntime that the extra allows knows both."""

_TOP = 63
_TOP_OF_WORDS = 127

Array = Any
"""numpy.ndarray; its element types change under way."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a network, as its config.json says them."""

    hidden: int
    heads: int
    layers: int
    intermediate: int
    positions: int
    words: int
    types: int
    epsilon: float

    @classmethod
    def read(cls, path: Path) -> "Shape":
        """Raises WrongSource."""
        try:
            said = json.loads(path.read_bytes()[: 1 << 20])
            for key, wanted in (
                ("model_type", "bert"),
                ("hidden_act", "gelu"),
                ("position_embedding_type", "absolute"),
            ):
                if said.get(key, wanted) != wanted:
                    raise WrongSource(
                        f"{path}: {key} is {said[key]!r:.40}, and only networks with {wanted} can be built: "
                        "take a folder that has an ONNX file"
                    )
            shape = cls(
                said["hidden_size"],
                said["num_attention_heads"],
                said["num_hidden_layers"],
                said["intermediate_size"],
                said["max_position_embeddings"],
                said["vocab_size"],
                said.get("type_vocab_size", 2),
                float(said.get("layer_norm_eps", 1e-12)),
            )
            *sizes, _ = astuple(shape)
            if not all(isinstance(each, int) and 0 < each <= 1 << 20 for each in sizes):
                raise ValueError("a size is none")
            if shape.hidden % shape.heads:
                raise ValueError("hidden_size is no multiple of num_attention_heads")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise WrongSource(f"{path}: does not describe a network ({error!r:.80})") from error
        return shape


class Weights:
    """The tensors of a safetensors file, each looked up by its name and with the shape that it must have."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            file: Any = safe_open(path, "numpy")
            names = set(file.keys())
        except (SafetensorError, OSError) as error:
            raise WrongSource(f"{path}: is no file of weights ({error}): fetch it anew") from error
        self._file = file
        self._before = "bert." if "bert.embeddings.word_embeddings.weight" in names else ""

    def __call__(self, name: str, *shape: int) -> Array:
        try:
            tensor = self._file.get_tensor(self._before + name).astype(numpy.float32)
        except (SafetensorError, TypeError, AttributeError) as error:
            raise WrongSource(f"{self._path}: {name} cannot be read ({error})") from error
        if tensor.shape != shape:
            raise WrongSource(f"{self._path}: {name} is {tensor.shape}, and config.json says {shape}")
        if not numpy.isfinite(tensor).all():
            raise WrongSource(f"{self._path}: {name} holds what are no numbers: fetch it anew")
        return tensor


class _Graph:
    """Nodes and constants in the order in which they are made; an operand is the name of an output."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Array) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(value), name))
        return name

    def numbers(self, *values: int) -> str:
        return self.constant(numpy.array(values, numpy.int64))

    def __call__(self, kind: str, *operands: str, **attributes: Any) -> str:
        return self.several(kind, 1, *operands, **attributes)[0]

    def several(self, kind: str, outputs: int, *operands: str, **attributes: Any) -> list[str]:
        names = [f"n{len(self.nodes)}_{number}" for number in range(outputs)]
        self.nodes.append(helper.make_node(kind, operands, names, **attributes))
        return names

    def affine(self, x: str, weights: Array, bias: Array) -> str:
        """x W + b, where W has an input in each row."""
        scale = numpy.maximum(numpy.abs(weights).max(axis=0) / _TOP, 1e-12).astype(numpy.float32)
        small = numpy.rint(weights / scale).astype(numpy.int8)
        x, x_scale, x_zero = self.several("DynamicQuantizeLinear", 3, x)
        zero = self.constant(numpy.zeros(scale.shape, numpy.int8))
        product = self("MatMulInteger", x, self.constant(small), x_zero, zero)
        product = self("Cast", product, to=TensorProto.FLOAT)
        product = self("Mul", product, self("Mul", x_scale, self.constant(scale)))
        return self("Add", product, self.constant(bias))


def bert(shape: Shape, weights: Weights, progress: Callable[[int, int], None]) -> bytes:
    """The file of the network: `input_ids` (1, tokens) to `sentence_embedding` (1, hidden), not yet of length
    1. `progress` is told how many of the layers are done. Raises WrongSource."""
    graph, hidden, width = _Graph(), shape.hidden, shape.hidden // shape.heads

    def dense(name: str, inputs: int, outputs: int) -> tuple[Array, Array]:
        return weights(f"{name}.weight", outputs, inputs).T, weights(f"{name}.bias", outputs)

    def normalised(x: str, name: str) -> str:
        scale, bias = weights(f"{name}.weight", hidden), weights(f"{name}.bias", hidden)
        operands = graph.constant(scale), graph.constant(bias)
        return graph("LayerNormalization", x, *operands, axis=-1, epsilon=shape.epsilon)

    x = _embedded(graph, shape, weights)
    x = normalised(x, "embeddings.LayerNorm")
    apart, together = graph.numbers(0, -1, shape.heads, width), graph.numbers(0, -1, hidden)
    for number in range(shape.layers):
        layer = f"encoder.layer.{number}"
        parts = [
            dense(f"{layer}.attention.self.{each}", hidden, hidden) for each in ("query", "key", "value")
        ]
        root = numpy.float32(width**-0.5)  # of the scaled product, put into the query once
        parts[0] = (parts[0][0] * root, parts[0][1] * root)
        matrix, bias = (numpy.concatenate(each, axis=-1) for each in zip(*parts, strict=True))
        heads = [
            graph("Transpose", graph("Reshape", each, apart), perm=order)
            for each, order in zip(
                graph.several("Split", 3, graph.affine(x, matrix, bias), axis=-1, num_outputs=3),
                ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]),
                strict=True,
            )
        ]
        attention = graph("Softmax", graph("MatMul", heads[0], heads[1]), axis=-1)
        mixed = graph("Transpose", graph("MatMul", attention, heads[2]), perm=[0, 2, 1, 3])
        mixed = graph("Reshape", mixed, together)
        mixed = graph.affine(mixed, *dense(f"{layer}.attention.output.dense", hidden, hidden))
        x = normalised(graph("Add", mixed, x), f"{layer}.attention.output.LayerNorm")
        inner = graph.affine(x, *dense(f"{layer}.intermediate.dense", hidden, shape.intermediate))
        inner = graph("Gelu", inner)
        inner = graph.affine(inner, *dense(f"{layer}.output.dense", shape.intermediate, hidden))
        x = normalised(graph("Add", inner, x), f"{layer}.output.LayerNorm")
        progress(number + 1, shape.layers)
    output = helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["one", hidden])
    graph.nodes.append(
        helper.make_node("ReduceMean", [x, graph.numbers(1)], [output.name], keepdims=0)  # over the tokens
    )
    given = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["one", "tokens"])
    whole = helper.make_graph(graph.nodes, "bert", [given], [output], graph.constants)
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(whole, opset_imports=opsets, ir_version=IR_VERSION, producer_name="pkgdesk")
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def _embedded(graph: _Graph, shape: Shape, weights: Weights) -> str:
    """The vectors of words, positions and the one type, added."""
    words = weights("embeddings.word_embeddings.weight", shape.words, shape.hidden)
    scale = numpy.maximum(numpy.abs(words).max(axis=1, keepdims=True) / _TOP_OF_WORDS, 1e-12)
    small = graph.constant(numpy.rint(words / scale).astype(numpy.int8))
    word = graph("Cast", graph("Gather", small, "input_ids"), to=TensorProto.FLOAT)
    word = graph("Mul", word, graph("Gather", graph.constant(scale.astype(numpy.float32)), "input_ids"))
    position = weights("embeddings.position_embeddings.weight", shape.positions, shape.hidden)
    position = position + weights("embeddings.token_type_embeddings.weight", shape.types, shape.hidden)[0]
    many = graph("Slice", graph("Shape", "input_ids"), graph.numbers(1), graph.numbers(2))
    first = graph("Slice", graph.constant(position), graph.numbers(0), many, graph.numbers(0))
    return graph("Add", word, first)
