"""What `onevec embed` writes for programs: JSON, JSON lines, npy."""

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import click
import numpy as np
import orjson

from onevec.cli.replacing import replace_file
from onevec.encodings import encode
from onevec.responses import EmbeddingResponse
from onevec.types import Encoding

Inputs: TypeAlias = Sequence[str | Path]
"""What was embedded: texts, and images by their paths."""

OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE


def _codes(response: EmbeddingResponse) -> Any:
    return encode(response.vectors, response.encoding, int8_scale=response.int8_scale)


def as_json(_inputs: Inputs, response: EmbeddingResponse) -> bytes:
    """One OpenAI-shaped object, with the space and what is known of the cost beside it."""
    body = response.as_dict() | ({} if response.cost is None else {"cost": response.cost})
    body["data"] = [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(_codes(response))]
    return orjson.dumps(body, option=OPTIONS)


def as_jsonl(inputs: Inputs, response: EmbeddingResponse) -> bytes:
    """An object an input: its index, the text or the image's path, its vector."""
    rows = zip(inputs, _codes(response), strict=True)
    return b"".join(
        orjson.dumps({"index": i, **_named(one), "embedding": row}, option=OPTIONS) for i, (one, row) in enumerate(rows)
    )


def _named(one: str | Path) -> dict[str, str]:
    # a file's name may be any bytes, and JSON is UTF-8
    return {"image": os.fsencode(one).decode("utf-8", "replace")} if isinstance(one, Path) else {"text": one}


def as_npy(_inputs: Inputs, response: EmbeddingResponse) -> bytes:
    """An array (n, d), of integers where the encoding has them."""
    codes = response.vectors if response.encoding is Encoding.BASE64 else _codes(response)
    buffer = io.BytesIO()
    np.save(buffer, codes, allow_pickle=False)
    return buffer.getvalue()


EXPORTS: Mapping[str, Callable[[Inputs, EmbeddingResponse], bytes]] = {
    "json": as_json,
    "jsonl": as_jsonl,
    "npy": as_npy,
}


def write(content: bytes, output: Path | None) -> None:
    """To a file, whole or not at all; to a device or a pipe; or to standard output."""
    if output is None:
        if content.startswith(b"\x93NUMPY") and sys.stdout.isatty():
            raise click.UsageError("npy is binary: send it to a file with -o")
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        if output.exists() and not output.is_file():  # a device or a pipe: nothing may be put in its place
            output.write_bytes(content)
        else:
            replace_file(output, content)
    except BrokenPipeError:
        raise
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror, str(output)) from exc
