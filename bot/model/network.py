"""The int8 network of a model: as it was found, made of a float network, or built from weights.

Must not be imported but where the extra is there; `bot.model.command` does that, and says so where it is not.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from bot.model.errors import WrongSource
from bot.model.graph import Shape, Weights, bert
from bot.model.sources import Found
from knowledge.semantic import MOST_NETWORK_BYTES, runtime


def build(found: Found, scratch: Path, progress: Callable[[int, int], None]) -> bytes:
    """The bytes of the network. `progress` is told the layers that are built, where it is. Raises
    WrongSource."""
    if found.network is None:
        assert found.weights is not None
        return bert(Shape.read(found.config), Weights(found.weights), progress)
    if found.network.stat().st_size > MOST_NETWORK_BYTES:
        raise WrongSource(f"{found.network}: is too large for what it should be")
    if found.quantized:
        return found.network.read_bytes()
    runtime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    small = scratch / "quantized.onnx"
    logging.disable(logging.WARNING)  # it recommends what changes nothing here
    try:
        # As in `bot.model.graph`: a scale for each column, seven bits.
        quantize_dynamic(
            found.network, small, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
        )
        return small.read_bytes()
    except Exception as error:  # whatever the tools stumble over in somebody's file
        if isinstance(error, OSError) and error.filename == str(small):
            raise
        said = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise WrongSource(f"{found.network}: cannot be quantized ({said:.200})") from error
    finally:
        logging.disable(logging.NOTSET)
