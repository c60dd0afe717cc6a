"""From vectors to the body of a reply, without holding up the event loop.

A small reply is written at once. A large one is written a slice at a time and the loop runs in between: writing JSON
holds the interpreter's lock, so a thread would hold up the loop for up to its switch interval of 5 ms a time, where a
slice takes about one.
"""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from onevec import encodings
from onevec.server.messages import Reply
from onevec.spaces import VectorSpace
from onevec.types import EmbedRequest, EmbedResult, Encoding
from onevec.wires import Outgoing, Wire

SLICE: Mapping[Encoding, int] = {Encoding.FLOAT: 32_768, Encoding.BASE64: 524_288}
"""Components that are written in about a millisecond."""

OTHER_SLICE = 131_072
"""The same for the encodings in whole numbers."""


async def answer(
    wire: Wire, result: EmbedResult, asked: EmbedRequest, int8_scale: float | None, reply_id: str
) -> Reply:
    """The reply to what was asked.

    Its header `x-vector-space` tells what the vectors may be compared with, and `x-pair-vectors` how an image and its
    text became one, where that is not the model's own rule. Where a cache was asked, `x-cache-hits` and
    `x-cache-misses` count the inputs that it had and those that were computed, and `x-cached-tokens` tells what the
    former would have cost.
    """
    encoding = asked.encoding or Encoding.FLOAT
    count, dimensions = result.vectors.shape
    rows = max(1, SLICE.get(encoding, OTHER_SLICE) // dimensions)
    as_it_came = encoding is Encoding.BASE64 and result.base64 is not None  # nothing to compute, only to copy
    codes = await _sliced(result, encoding, int8_scale, rows) if count > rows and not as_it_came else None
    body = wire.encode_reply(Outgoing(result, asked, int8_scale, reply_id, codes))
    more = tuple((name.encode(), value.encode("latin-1")) for name, value in wire.reply_headers(result).items())
    pairs = ((b"x-pair-vectors", result.pairs.encode("ascii")),) if result.pairs else ()
    return Reply(200, body, headers=((b"x-vector-space", _header(result.space)), *pairs, *_cached(result), *more))


def _cached(result: EmbedResult) -> tuple[tuple[bytes, bytes], ...]:
    """What a cache had a part in."""
    if result.hits is None:
        return ()
    misses, tokens = len(result.vectors) - result.hits, result.usage.cached_tokens
    told = ((b"x-cache-hits", b"%d" % result.hits), (b"x-cache-misses", b"%d" % misses))
    return (*told, (b"x-cached-tokens", b"%d" % tokens)) if tokens else told


async def _sliced(result: EmbedResult, encoding: Encoding, int8_scale: float | None, rows: int) -> list[Any]:
    """Each vector as the JSON that it becomes, some rows at a time."""
    written: list[Any] = []
    for start in range(0, len(result.vectors), rows):
        codes = encodings.encode(result.vectors[start : start + rows], encoding, int8_scale=int8_scale)
        written += [orjson.Fragment(orjson.dumps(code, option=orjson.OPT_SERIALIZE_NUMPY)) for code in codes]
        await asyncio.sleep(0)
    return written


@lru_cache(maxsize=1024)
def _header(space: VectorSpace) -> bytes:
    return space.header.encode("ascii")
