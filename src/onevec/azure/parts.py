"""More inputs than the service takes at once, and texts longer than the model: parts, and one result of them.

Asked for with `max_batch_size=` and `overflow=`; without them a call is one request, as it ever was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from azure.core.exceptions import DecodeError

from onevec.azure.calls import Parameters, Plan, Route
from onevec.azure.decoding import decode, written
from onevec.azure.models import EmbeddingItem, EmbeddingsResult, EmbeddingsUsage
from onevec.batching import flatten, split
from onevec.chunking import Fitter, merge_chunks
from onevec.encodings import check_scale
from onevec.errors import InvalidRequestError, InvalidResponseError, UnsupportedParameterError
from onevec.requests import choice
from onevec.types import Encoding, Overflow

COUNTS = ("prompt_tokens", "total_tokens")


def embed_parts(route: Route, inputs: Any, parameters: Parameters) -> Plan[EmbeddingsResult]:
    """One request after another, in order; the result is as of one.

    Raises:
        InvalidRequestError: an argument that does not go together with another.
        ContextLengthExceededError: a text is too long, and `overflow` is ``error``.
        DecodeError: a part came back with other items than it was asked for.
    """
    items = _listed(inputs, route, parameters)
    pieces, starts = flatten(_fitted(items, parameters))
    chunked = len(pieces) > len(items)
    wire = _as_floats(parameters) if chunked else parameters
    results = []
    for cut in split([1] * len(pieces), parameters.max_batch_size or len(pieces)):
        response = yield route.post(wire.body(pieces[cut]), extras=bool(wire.model_extras))
        result = route.result(response, wire.asked)
        results.append(_checked(result, cut, response))
    whole = _joined(results)
    return _merged(whole, pieces, starts, parameters) if chunked else whole.answering(parameters.asked)


def is_wanted(parameters: Parameters) -> bool:
    """Whether a call asked for any of this."""
    return parameters.max_batch_size is not None or parameters.overflow is not None


def _listed(inputs: Any, route: Route, parameters: Parameters) -> list[Any]:
    size = parameters.max_batch_size
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
        raise InvalidRequestError("max_batch_size must be a whole number from 1 on", param="max_batch_size")
    if route.options.stream:
        raise InvalidRequestError(
            "stream=True gives the bytes of one reply: leave out max_batch_size and overflow", param="stream"
        )
    items = [inputs] if isinstance(inputs, (str, Mapping)) else list(inputs)
    if not items:
        raise InvalidRequestError("input is an empty list: there is nothing to embed", param="input")
    return items


def _fitted(items: Sequence[Any], parameters: Parameters) -> list[list[Any]]:
    overflow = choice(Overflow, parameters.overflow, "overflow")
    if overflow is None:
        return [[item] for item in items]
    if parameters.tokenizer is None or parameters.max_input_tokens is None:
        raise UnsupportedParameterError(
            f"overflow={overflow.value!r} needs the model's own tokens: construct the client with "
            "tokenizer='/path/to/tokenizer.json' and max_input_tokens=…",
            param="overflow",
            value=overflow.value,
        )
    fitter = Fitter(parameters.tokenizer, parameters.max_input_tokens, overflow)
    return [fitter.pieces(_text(item, index), index) for index, item in enumerate(items)]


def _text(item: Any, index: int) -> Any:
    if isinstance(item, str):
        return item
    if isinstance(item, (list, tuple)) and all(isinstance(token, int) for token in item):
        return tuple(item)
    raise InvalidRequestError(
        f"overflow is for texts, and input[{index}] is a {type(item).__name__}", loc=("input", index)
    )


def _as_floats(parameters: Parameters) -> Parameters:
    """Chunks are averaged, which codes cannot be; the average is written in the encoding that was asked for here.

    Raises:
        UnsupportedParameterError: int8 or uint8, and no scale is known.
    """
    encoding = choice(Encoding, parameters.encoding_format, "encoding_format")
    check_scale(encoding, parameters.int8_scale)
    if encoding in (None, Encoding.FLOAT, Encoding.BASE64):
        return parameters
    return replace(parameters, encoding_format=Encoding.FLOAT.value)


def _checked(result: EmbeddingsResult, cut: slice, response: Any) -> EmbeddingsResult:
    """The part's result with its items in order and their indices those of the whole."""
    expected = cut.stop - cut.start
    places = sorted(item.index if isinstance(item.index, int) else -1 for item in result.data)
    if places != list(range(expected)):
        raise DecodeError(
            f"{expected} inputs came back as items with indices {places[:8]}: the part cannot be put in order",
            response=response,
        )
    items = [item.copy() for item in sorted(result.data, key=lambda item: item.index)]
    for item in items:
        item.index += cut.start
    result.data = items
    return result


def _joined(results: Sequence[EmbeddingsResult]) -> EmbeddingsResult:
    first = results[0]
    whole = first.copy()
    whole.data = [item for result in results for item in result.data]
    usages: list[Mapping[str, Any]] = [result.usage or {} for result in results]
    # A sum of some is not the usage: a count is given where every part gave it.
    sums = {name: sum(usage[name] for usage in usages) for name in COUNTS if all(name in usage for usage in usages)}
    if len(results) > 1 and "usage" in first:
        others = {name: value for name, value in usages[0].items() if name not in COUNTS}
        whole["usage"] = EmbeddingsUsage({**others, **sums})
    return whole


def _merged(
    whole: EmbeddingsResult, pieces: Sequence[Any], starts: Sequence[int], parameters: Parameters
) -> EmbeddingsResult:
    """The chunks of each text as one vector: their mean weighted by tokens, at length one."""
    tokenizer = parameters.tokenizer
    assert tokenizer is not None  # noqa: S101 - nothing is cut without one
    sizes = [len(piece) if not isinstance(piece, str) else tokenizer.count([piece])[0] for piece in pieces]
    try:
        chunks = decode(whole.data, _as_floats(parameters).asked, len(pieces))
    except InvalidResponseError as exc:
        raise DecodeError(f"the chunks of a text came back as no vectors: {exc.message}", error=exc) from exc
    vectors = merge_chunks(np.ascontiguousarray(chunks), starts, sizes)
    codes = written(vectors, parameters.encoding_format, parameters.int8_scale)
    whole.data = [EmbeddingItem(embedding=code, index=index) for index, code in enumerate(codes)]
    return whole.answering(parameters.asked)
