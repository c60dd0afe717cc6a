"""What a success looks like: its body, its items, its vectors, its usage. One table for every contract."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from onevec.conformance import reading
from onevec.conformance.asks import ALONE, PLAIN, embed
from onevec.conformance.reading import Rule, is_number, is_text, is_whole
from onevec.conformance.rows import Check, Finding, Heard, UnknownError, each, must, should

SAME = 0.9999
"""Cosine of two vectors of one text: kernels that differ with the size of a batch stay above it, in bfloat16 too."""

AGAIN = replace(PLAIN, turn=1)

LARGE = embed(input=["a river", "a stone", "a violin", "an equation"] * 24, encoding_format="float")
"""96 texts, of which four are different."""

FIELDS: Mapping[str, Rule] = {
    "object": ('"list"', lambda value: value == "list"),
    "data": ("a list", lambda value: isinstance(value, list)),
    "model": ("the name of the model", is_text),
}
ITEM: Mapping[str, Rule] = {
    "object": ('"embedding"', lambda value: value == "embedding"),
    "index": ("a whole number", is_whole),
    "embedding": ("the vector", lambda value: value is not None),
}
COUNTS: Mapping[str, Rule] = {
    "prompt_tokens": ("a whole number", is_whole),
    "total_tokens": ("a whole number", is_whole),
}


def is_answered(heard: Heard) -> None:
    """Whether it is a success, whatever it holds."""
    reading.status(heard, 200)


def is_json(heard: Heard) -> Iterator[Finding]:
    """What the reply calls itself."""
    found = reading.success(heard).headers.get("content-type", "nothing")
    if found.partition(";")[0].strip().lower() != "application/json":
        yield heard.finding("header content-type", "application/json", found)


def is_object(heard: Heard) -> None:
    """What the body is."""
    reading.json_object(heard, reading.success(heard))


def has_fields(heard: Heard) -> Iterator[Finding]:
    """The fields of the body."""
    yield from reading.wrong_fields(heard, reading.document(heard), FIELDS)


def has_items(heard: Heard) -> Iterator[Finding]:
    """The fields of each item."""
    for number, item in enumerate(reading.items(heard)):
        yield from reading.wrong_fields(heard, item, ITEM, f"$.data[{number}]")


def counts(heard: Heard) -> Iterator[Finding]:
    """An item for each input."""
    found = len(reading.items(heard))
    if found != reading.inputs(heard):
        yield heard.finding("$.data", f"{reading.inputs(heard)} items", f"{found} items")


def indexes(heard: Heard) -> Iterator[Finding]:
    """Each item at the place that its index names."""
    for number, item in enumerate(reading.items(heard)):
        index = item.get("index", number)
        if is_whole(index) and index != number:
            yield heard.finding(f"$.data[{number}].index", str(number), index)


def are_numbers(heard: Heard) -> Iterator[Finding]:
    """Rows of numbers, all as long as the first."""
    rows = [item.get("embedding") for item in reading.items(heard)]
    first = len(rows[0]) if isinstance(rows[0], list) else 0
    for number, row in enumerate(rows):
        place = f"$.data[{number}].embedding"
        if not isinstance(row, list) or not row:
            yield heard.finding(place, "a list of numbers", row)
        elif len(row) != first:
            yield heard.finding(place, f"{first} numbers, as the first has", f"{len(row)} numbers")
        else:
            bad = next((i for i, value in enumerate(row) if not is_number(value)), None)
            if bad is not None:
                yield heard.finding(f"{place}[{bad}]", "a number", row[bad])


def are_finite(heard: Heard) -> Iterator[Finding]:
    """No NaN, nothing that float32 cannot hold."""
    for number, item in enumerate(reading.items(heard)):
        row: Any = item.get("embedding")
        for i, value in enumerate(row if isinstance(row, list) else ()):
            if is_number(value) and not abs(value) <= reading.LARGEST:
                yield heard.finding(f"$.data[{number}].embedding[{i}]", "a finite number", value)


def are_distinct(heard: Heard) -> Iterator[Finding]:
    """A vector for each text, none of them nothing."""
    vectors = reading.floats(heard)
    for number, row in enumerate(vectors):
        if not row.any():
            yield heard.finding(f"$.data[{number}].embedding", "a vector", "zeros only")
    for number in range(1, len(vectors)):
        if (vectors[number] == vectors[0]).all():
            yield heard.finding(f"$.data[{number}].embedding", "another vector for another text", "that of $.data[0]")


def repeats(heard: Sequence[Heard]) -> Iterator[Finding]:
    """The same vectors for the same request."""
    yield from same(heard[1], reading.floats(heard[1]), reading.floats(heard[0]), "the vector of the request before")


def same(heard: Heard, found: reading.Floats, wanted: reading.Floats, what: str) -> Iterator[Finding]:
    """A finding for each row that is another than the wanted one, which `what` describes."""
    reading.same_length(found, wanted)
    for number, cosine in enumerate(np.diag(reading.cosines(found, wanted))):
        if cosine < SAME:
            yield heard.finding(f"$.data[{number}].embedding", what, f"a vector with a cosine of {cosine:.4f} to it")


def _beside(heard: Sequence[Heard]) -> reading.Floats:
    """Cosines of the vectors of a batch (rows) with those of its texts alone (columns)."""
    batch, alone = reading.floats(heard[0]), np.concatenate([reading.floats(one) for one in heard[1:]])
    reading.same_length(batch, alone)
    return reading.cosines(batch, alone)


def in_order(heard: Sequence[Heard]) -> Iterator[Finding]:
    """Each text's own vector in its place: nearer to what it has alone than to what any other has."""
    cosines = _beside(heard)
    if np.ptp(cosines) <= 1 - SAME:
        raise UnknownError("the vectors of different texts are alike, so that their places cannot be told")
    for number, nearest in enumerate(cosines.argmax(axis=1)):
        if cosines[number, nearest] > cosines[number, number] + 1 - SAME:
            expected, found = f"the vector of input {number}", f"that of input {nearest}"
            yield heard[0].finding(f"$.data[{number}].embedding", expected, found)


def as_alone(heard: Sequence[Heard]) -> Iterator[Finding]:
    """Each text's vector as it is alone; which place it has in the batch is another check's."""
    for number, cosine in enumerate(_beside(heard).max(axis=0)):
        if cosine < SAME:
            expected = f"the vector that input {number} has alone"
            yield heard[0].finding(f"$.data[{number}].embedding", expected, f"a cosine of {cosine:.4f} to it at best")


def large(heard: Heard) -> Iterator[Finding]:
    """All of them, in order: a text that comes again has the same vector again."""
    reading.supported(heard, 400, 413, 422)
    found = len(reading.items(heard))
    if found != reading.inputs(heard):
        raise heard.fault("$.data", f"{reading.inputs(heard)} items", f"{found} items")
    vectors = reading.floats(heard)
    yield from same(heard, vectors, np.tile(vectors[:4], (len(vectors) // 4, 1)), "the vector of the same text before")


def has_usage(heard: Heard) -> Iterator[Finding]:
    """The usage and its figures."""
    body = reading.document(heard)
    if not isinstance(body.get("usage"), dict):
        raise heard.fault("$.usage", "an object", body.get("usage", "nothing"))
    yield from reading.wrong_fields(heard, body["usage"], COUNTS, "$.usage")


def usage(heard: Heard) -> tuple[int, int]:
    """Tokens of the prompt, and in all."""
    found = reading.document(heard).get("usage")
    figures: list[Any] = [found.get(name) for name in COUNTS] if isinstance(found, dict) else [None]
    if not all(map(is_whole, figures)):
        raise UnknownError(f"the reply to {heard.ask} has no usage in whole numbers")
    return figures[0], figures[1]


def was_read(heard: Heard) -> Iterator[Finding]:
    """Some tokens."""
    if usage(heard)[0] == 0:
        yield heard.finding("$.usage.prompt_tokens", "more than 0", 0)


def is_total(heard: Heard) -> Iterator[Finding]:
    """Nothing but the prompt: an embedding has no completion."""
    prompt, total = usage(heard)
    if prompt != total:
        yield heard.finding("$.usage.total_tokens", f"prompt_tokens, which is {prompt}", total)


def adds_up(heard: Sequence[Heard]) -> Iterator[Finding]:
    """A batch costs what its texts cost."""
    batch, alone = usage(heard[0])[0], sum(usage(one)[0] for one in heard[1:])
    if batch != alone:
        yield heard[0].finding("$.usage.prompt_tokens", f"{alone}, the sum of the texts alone", batch)


BODY, ITEMS, TOKENS = "CreateEmbeddingResponse", "Embedding", "Usage"
HOW_TO, CLIENT, STEADY = "How to generate embeddings", "the vendor's client", "comparing vectors"

ANSWERS: tuple[Check, ...] = (
    must("answer.status", "a right request is answered with 200", "Responses", PLAIN, each(is_answered)),
    must("answer.content-type", "a success is application/json", "Responses", PLAIN, each(is_json)),
    must("answer.json", "the body is a JSON object", BODY, PLAIN, each(is_object)),
    must("answer.fields", 'it has object ("list"), data and model', BODY, PLAIN, each(has_fields)),
    must("answer.items", 'each item has object ("embedding"), index and embedding', ITEMS, PLAIN, each(has_items)),
    must("answer.count", "there is one item for each input", HOW_TO, PLAIN, each(counts)),
    must("answer.index", "index is the item's place in the list", ITEMS, PLAIN, each(indexes)),
    must("vector.numbers", "a vector is a list of numbers; all have one length", ITEMS, PLAIN, each(are_numbers)),
    must("vector.finite", "each number is one that float32 can hold", ITEMS, PLAIN, each(are_finite)),
    should("vector.distinct", "different texts have different vectors", STEADY, PLAIN, each(are_distinct)),
    must("batch.order", "the vector of an input is in the input's place", HOW_TO, (PLAIN, *ALONE), in_order),
    should("batch.alone", "a text has the same vector alone and in a batch", STEADY, (PLAIN, *ALONE), as_alone),
    should("batch.repeat", "the same request again has the same vectors", STEADY, (PLAIN, AGAIN), repeats),
    must("batch.large", "96 inputs are answered in order, or refused", HOW_TO, LARGE, each(large)),
    must("usage.fields", "prompt_tokens and total_tokens are whole numbers", TOKENS, PLAIN, each(has_usage)),
    should("usage.positive", "a text has tokens", CLIENT, PLAIN, each(was_read)),
    should("usage.total", "total_tokens is prompt_tokens", CLIENT, PLAIN, each(is_total)),
    should("usage.sum", "a batch has the tokens of its texts", TOKENS, (PLAIN, *ALONE), adds_up),
)
