"""A writer of small ONNX files, enough for a table of token vectors: protocol buffers by hand, after onnx.proto."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

FLOAT, INT64 = 1, 7


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def field(number: int, data: bytes | str) -> bytes:
    data = data.encode() if isinstance(data, str) else data
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name: str, array: np.ndarray, external: str | None = None) -> bytes:
    kind = FLOAT if array.dtype == np.float32 else INT64
    head = b"".join(number(1, n) for n in array.shape) + number(2, kind) + field(8, name)
    if external is None:
        return head + field(9, array.tobytes())
    return head + field(13, field(1, "location") + field(2, external)) + number(14, 1)


def value(name: str, kind: int, axes: Sequence[str | int]) -> bytes:
    dims = b"".join(field(1, field(2, axis) if isinstance(axis, str) else number(1, axis)) for axis in axes)
    return field(1, name) + field(2, field(1, number(1, kind) + field(2, dims)))


def node(operation: str, inputs: Sequence[str], output: str, domain: str = "") -> bytes:
    named = b"".join(field(1, name) for name in inputs)
    return named + field(2, output) + field(4, operation) + (field(7, domain) if domain else b"")


def save_table(
    file: Path,
    table: np.ndarray,
    *,
    output: str = "last_hidden_state",
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
    axes: Sequence[str | int] = ("batch", "sequence"),
    external: str | None = None,
    domain: str = "",
    pooled: bool = False,
) -> None:
    """A model whose token vectors are the rows of a table; other inputs are declared, added up, and change nothing.

    With `pooled` its output is their mean, padding included.
    """
    nodes = [node("Gather", ["table", "input_ids"], "rows", domain)]
    last = "rows"
    for name in inputs[1:]:
        nodes += [
            node("Cast", [name], f"{name}_f") + field(5, field(1, "to") + number(3, FLOAT) + number(20, 2)),
            node("Mul", [f"{name}_f", "zero"], f"{name}_0"),
            node("Unsqueeze", [f"{name}_0", "last_axis"], f"{name}_u"),
            node("Add", [last, f"{name}_u"], f"{last}_{name}"),
        ]
        last = f"{last}_{name}"
    mean = field(5, field(1, "axes") + number(8, 1) + number(20, 7)) + field(5, field(1, "keepdims") + number(20, 2))
    nodes.append(node("ReduceMean", [last], output) + mean if pooled else node("Identity", [last], output))
    graph = b"".join(field(1, data) for data in nodes) + field(2, "table")
    graph += field(5, tensor("table", table, external))
    graph += field(5, tensor("zero", np.zeros(1, np.float32))) + field(5, tensor("last_axis", np.array([2])))
    graph += b"".join(field(11, value(name, INT64, axes)) for name in inputs)
    graph += field(12, value(output, FLOAT, [*axes[: 1 if pooled else 2], table.shape[1]]))
    opsets = field(8, number(2, 17)) + (field(8, field(1, domain) + number(2, 1)) if domain else b"")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(number(1, 8) + field(7, graph) + opsets)
