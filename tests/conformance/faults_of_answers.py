"""ANSWERS: what can be wrong with a success, in whatever encoding its vectors come."""

import base64

import numpy as np

from .broken import Fault
from .planting import (
    ERROR,
    PAGE,
    body,
    fails,
    field,
    floats,
    instead,
    one_text,
    other_header,
    plain,
    three_texts,
    usage,
    vectors,
)

ENCODINGS = ("base64", "int8", "uint8", "binary", "ubinary")


def swap(found):
    data = found["data"]
    if len(data) > 1:
        data[0]["embedding"], data[1]["embedding"] = data[1]["embedding"], data[0]["embedding"]


def flatten(found):
    for item in found["data"]:
        item["embedding"] = found["data"][0]["embedding"]


def number(place):
    """The index of every item, by its place."""

    def change(found):
        for i, item in enumerate(found["data"]):
            item["index"] = place(i)

    return change


def drop(found):
    if len(found["data"]) > 1:
        found["data"].pop()


def add_a_token(found):
    found["usage"]["total_tokens"] += 1


def shake(_number, vector):
    """The vector with a cosine of about 0.99 to what it was."""
    return [value * (1.15 if i % 2 else 0.85) for i, value in enumerate(vector)]


def plant(value):
    return lambda number, vector: [*vector[:3], value, *vector[4:]]


class Again:
    """Meets a body that comes again."""

    def __init__(self):
        self.seen = set()

    def __call__(self, asked):
        again = asked.body in self.seen
        self.seen.add(asked.body)
        return again and floats(asked)


def floats_in(order, factor=1):
    """Base64 of the same floats in another form."""

    def change(_number, text):
        row = np.frombuffer(base64.b64decode(text), "<f4") * factor
        return base64.b64encode(row.astype(order).tobytes()).decode()

    return change


def codes(change):
    """Codes changed as an array."""
    return lambda number, row: change(np.array(row)).tolist()


def little(row):
    return np.packbits(np.unpackbits(row.astype(np.uint8)), bitorder="little")


def encoded(name):
    return field("encoding_format", name)


ANSWERS = (
    Fault("500", {"answer.status"}, instead(plain, ERROR, 500, of=200)),
    Fault("a page instead of JSON", {"answer.json"}, instead(plain, PAGE, of=200)),
    Fault("another content type", {"answer.content-type"}, other_header("content-type", "text/plain", 200)),
    Fault("no model", {"answer.fields"}, body(lambda found: found.pop("model"))),
    Fault("object is no list", {"answer.fields"}, body(lambda found: found.update(object="set"))),
    Fault("no id", {"answer.id"}, body(lambda found: found.pop("id"))),
    Fault("an item without object", {"answer.items"}, body(lambda found: found["data"][-1].pop("object"))),
    Fault("an item without index", {"answer.items"}, body(lambda found: found["data"][-1].pop("index"))),
    Fault("an item too few", {"answer.count", "batch.large", "input.unicode", "dimensions.length"}, body(drop)),
    Fault("index off by one", {"answer.index"}, body(number(lambda i: i + 1))),
    Fault("every index 0", {"answer.index"}, body(number(lambda i: 0))),
    Fault("unsorted items", {"answer.index"}, body(lambda found: found["data"].reverse())),
    Fault("swapped order", {"batch.order", "batch.large"}, body(swap)),
    Fault("NaN", {"vector.finite"}, vectors(plant(float("nan")), floats)),
    Fault("more than float32 holds", {"vector.finite"}, vectors(plant(1e300), floats)),
    Fault("a number in a text", {"vector.numbers"}, vectors(plant("0.5"), floats)),
    Fault("a truncated vector", {"vector.numbers"}, vectors(lambda i, row: row[:-1] if i == 1 else row, floats)),
    Fault(
        "one vector for all",
        {"vector.distinct", "batch.order", "batch.alone", "encoding.int8.scale"}
        | {f"encoding.{name}.values" for name in ENCODINGS},
        body(flatten, lambda asked: three_texts(asked) and floats(asked)),
    ),
    Fault("a batch differs from its texts alone", {"batch.alone"}, vectors(shake, one_text)),
    Fault("another vector the second time", {"batch.repeat"}, vectors(shake, Again())),
    Fault("no usage", {"usage.fields"}, body(lambda found: found.pop("usage"))),
    Fault("usage is null", {"usage.fields"}, usage(prompt_tokens=None)),
    Fault("usage in fractions", {"usage.fields"}, usage(total_tokens=1.5)),
    Fault("usage of nothing", {"usage.positive"}, usage(prompt_tokens=0, total_tokens=0)),
    Fault("more tokens in all than read", {"usage.total"}, body(add_a_token)),
    Fault("usage of one text", {"usage.sum"}, usage(prompt_tokens=5, total_tokens=5)),
    Fault(
        "base64 unless asked",
        {"encoding.default"},
        vectors(
            lambda i, row: base64.b64encode(np.array(row, "<f4").tobytes()).decode(),
            lambda asked: three_texts(asked) and set(asked.json) == {"input"},
        ),
    ),
    Fault(
        "base64, most significant byte first", {"encoding.base64.values"}, vectors(floats_in(">f4"), encoded("base64"))
    ),
    Fault("base64 of longer vectors", {"encoding.base64.values"}, vectors(floats_in("<f4", 2), encoded("base64"))),
    Fault("base64 of float64", {"encoding.base64.form"}, vectors(floats_in("<f8"), encoded("base64"))),
    Fault("base64 of a part", {"encoding.base64.form"}, vectors(lambda i, text: text[:-8], encoded("base64"))),
    Fault("int8 is a page", {"encoding.int8.form"}, instead(encoded("int8"), PAGE)),
    Fault("int8 has no items", {"encoding.int8.form"}, body(lambda found: found.update(data=[]), encoded("int8"))),
    Fault("int8 fails", {"encoding.int8.form"}, fails(encoded("int8"))),
    Fault("int8 in fractions", {"encoding.int8.form"}, vectors(codes(lambda row: row / 2), encoded("int8"))),
    Fault(
        "int8 by a wrong scale",
        {"encoding.int8.values"},
        vectors(codes(lambda row: np.clip(row * 100, -127, 127)), encoded("int8")),
    ),
    Fault(
        "int8 by a scale of each vector",
        {"encoding.int8.scale"},
        vectors(lambda i, row: [code * (i + 1) for code in row], encoded("int8")),
    ),
    Fault("uint8 with a sign", {"encoding.uint8.form"}, vectors(codes(lambda row: row - 128), encoded("uint8"))),
    Fault("uint8 upside down", {"encoding.uint8.values"}, vectors(codes(lambda row: 255 - row), encoded("uint8"))),
    Fault("bits in the other order", {"encoding.ubinary.values"}, vectors(codes(little), encoded("ubinary"))),
    Fault(
        "bits the other way round",
        {"encoding.ubinary.values"},
        vectors(codes(lambda row: 255 - row), encoded("ubinary")),
    ),
    Fault(
        "a number for a bit",
        {"encoding.ubinary.form"},
        vectors(codes(lambda row: np.unpackbits(row.astype(np.uint8))), encoded("ubinary")),
    ),
    Fault(
        "binary without its offset", {"encoding.binary.form"}, vectors(codes(lambda row: row + 128), encoded("binary"))
    ),
    Fault("binary of other signs", {"encoding.binary.values"}, vectors(codes(lambda row: -1 - row), encoded("binary"))),
    Fault("a byte of bits too few", {"encoding.binary.form"}, vectors(lambda i, row: row[:-1], encoded("binary"))),
)
