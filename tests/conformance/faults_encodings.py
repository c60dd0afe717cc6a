"""ENCODINGS: what can be wrong with the codes of vectors."""

import base64

import numpy as np

from .broken import Fault
from .planting import (
    answers,
    big_endian,
    changed_items,
    encoded,
    found_by,
    in_doubles,
    least_bit_first,
    of_other_length,
    without,
)

ENCODINGS = (
    Fault(
        "base64, most significant byte first",
        found_by("encoding.base64.values"),
        changed_items(big_endian, encoded("base64")),
    ),
    Fault("base64 of float64", found_by("encoding.base64.form"), changed_items(in_doubles, encoded("base64"))),
    Fault(
        "base64 of longer vectors",
        found_by("encoding.base64.values"),
        changed_items(of_other_length, encoded("base64")),
    ),
    Fault(
        "base64 of a part",
        found_by("encoding.base64.form"),
        changed_items(lambda number, text: text[:-8], encoded("base64")),
    ),
    Fault(
        "base64 ignored",
        found_by("encoding.base64.form"),
        request=lambda asked: without("encoding_format")(asked) if encoded("base64")(asked, ()) else asked,
    ),
    Fault(
        "int8 by a scale of each vector",
        found_by("encoding.int8.scale"),
        changed_items(lambda number, codes: [code * (number + 1) for code in codes], encoded("int8")),
    ),
    Fault(
        "int8 by a wrong scale",
        found_by("encoding.int8.values"),
        changed_items(lambda number, codes: np.clip(np.array(codes) * 100, -127, 127).tolist(), encoded("int8")),
    ),
    Fault(
        "int8 in fractions",
        found_by("encoding.int8.form"),
        changed_items(lambda number, codes: [code / 2 for code in codes], encoded("int8")),
    ),
    Fault(
        "uint8 with a sign",
        found_by("encoding.uint8.form"),
        changed_items(lambda number, codes: [code - 128 for code in codes], encoded("uint8")),
    ),
    Fault(
        "uint8 upside down",
        found_by("encoding.uint8.values"),
        changed_items(lambda number, codes: [255 - code for code in codes], encoded("uint8")),
    ),
    Fault(
        "bits in the other order",
        found_by("encoding.ubinary.values"),
        changed_items(least_bit_first, encoded("ubinary")),
    ),
    Fault(
        "bits the other way round",
        found_by("encoding.ubinary.values"),
        changed_items(lambda number, codes: [255 - code for code in codes], encoded("ubinary")),
    ),
    Fault(
        "binary without its offset",
        found_by("encoding.binary.form"),
        changed_items(lambda number, codes: [code + 128 for code in codes], encoded("binary")),
    ),
    Fault(
        "a byte of bits too few",
        found_by("encoding.binary.form"),
        changed_items(lambda number, codes: codes[:-1], encoded("binary")),
    ),
    Fault(
        "a bit a number",
        found_by("encoding.ubinary.form"),
        changed_items(lambda number, codes: np.unpackbits(np.array(codes, np.uint8)).tolist(), encoded("ubinary")),
    ),
    Fault(
        "int8 fails", found_by("encoding.int8.form"), answers(500, lambda asked, answered: encoded("int8")(asked, ()))
    ),
    Fault(
        "base64 unless asked",
        found_by("encoding.default"),
        changed_items(
            lambda number, vector: base64.b64encode(np.array(vector, "<f4").tobytes()).decode(),
            lambda asked, items: set(asked.json) == {"input"} and len(items) == 3,
        ),
    ),
    Fault(
        "any encoding is float",
        found_by("encoding.unknown"),
        request=lambda asked: without("encoding_format")(asked) if encoded("hexadecimal")(asked, ()) else asked,
    ),
)
