"""What `onevec embed` writes for programs: JSON, JSON lines, npy."""

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import orjson

from onevec.encodings import encode
from onevec.responses import EmbeddingResponse
from onevec.types import Encoding

OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE


def _codes(response: EmbeddingResponse) -> Any:
    return encode(response.vectors, response.encoding, int8_scale=response.int8_scale)


def as_json(_inputs: Sequence[str], response: EmbeddingResponse) -> bytes:
    """One OpenAI-shaped object, with the space and what is known of the cost beside it."""
    body = response.as_dict() | ({} if response.cost is None else {"cost": response.cost})
    body["data"] = [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(_codes(response))]
    return orjson.dumps(body, option=OPTIONS)


def as_jsonl(inputs: Sequence[str], response: EmbeddingResponse) -> bytes:
    """An object a text: its index, the text, its vector."""
    rows = zip(inputs, _codes(response), strict=True)
    return b"".join(
        orjson.dumps({"index": i, "text": text, "embedding": row}, option=OPTIONS) for i, (text, row) in enumerate(rows)
    )


def as_npy(_inputs: Sequence[str], response: EmbeddingResponse) -> bytes:
    """An array (n, d), of integers where the encoding has them."""
    codes = response.vectors if response.encoding is Encoding.BASE64 else _codes(response)
    buffer = io.BytesIO()
    np.save(buffer, codes, allow_pickle=False)
    return buffer.getvalue()


EXPORTS: Mapping[str, Callable[[Sequence[str], EmbeddingResponse], bytes]] = {
    "json": as_json,
    "jsonl": as_jsonl,
    "npy": as_npy,
}


def write(content: bytes, output: Path | None) -> None:
    """To a file, whole or not at all, or to standard output."""
    if output is None:
        if content.startswith(b"\x93NUMPY") and sys.stdout.isatty():
            raise click.UsageError("npy is binary: send it to a file with -o")
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    partial = output.with_name(f".{output.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(output)
