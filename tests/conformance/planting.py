"""How faults are planted: what changes a reply, or a request before it is answered."""

import base64
import json
from dataclasses import replace

import numpy as np

from .broken import Answered


def found_by(*names):
    return frozenset(names)


def changed_body(change):
    """A success with vectors, its body changed."""

    def reply(asked, answered):
        if answered.status != 200 or not asked.path.endswith("/embeddings"):
            return answered
        body = answered.json
        change(asked, body)
        return answered.written(body)

    return reply


def changed_items(change, when=lambda asked, items: True):
    """The same with each vector changed: `change(number, embedding)`."""

    def change_body(asked, body):
        if when(asked, body["data"]):
            for number, item in enumerate(body["data"]):
                item["embedding"] = change(number, item["embedding"])

    return changed_body(change_body)


def encoded(name):
    return lambda asked, items: asked.json.get("encoding_format") == name


def floats(asked, items):
    return (
        asked.path == "/embeddings"
        and asked.json.get("encoding_format", "float") == "float"
        and "dimensions" not in asked.json
    )


def changed_error(change, when=lambda answered: answered.status >= 400):
    """A refusal, its body changed."""

    def reply(asked, answered):
        if not when(answered) or asked.method == "HEAD":
            return answered
        body = answered.json
        change(body)
        return answered.written(body)

    return reply


def header(name, value=None, when=lambda asked, answered: True):
    """A header changed, or left out."""

    def reply(asked, answered):
        if not when(asked, answered):
            return answered
        kept = {key: text for key, text in answered.headers.items() if key != name}
        return replace(answered, headers=kept | ({} if value is None else {name: value}))

    return reply


def answers(status, when, body=b'{"error": "planted", "message": "planted", "code": "planted", "status": 500}', **more):
    """Another reply to some requests."""

    def reply(asked, answered):
        if not when(asked, answered):
            return answered
        return Answered(
            status, answered.headers | {"content-type": "application/json"} | more.pop("headers", {}), body, **more
        )

    return reply


def without(name):
    """A request without a field."""

    def request(asked):
        if name not in asked.json:
            return asked
        fields = {key: value for key, value in asked.json.items() if key != name}
        return replace(asked, body=json.dumps(fields).encode())

    return request


def with_headers(**headers):
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda asked: replace(asked, headers=asked.headers | more)


def swap(asked, body):
    data = body["data"]
    if len(data) > 1:
        data[0]["embedding"], data[1]["embedding"] = data[1]["embedding"], data[0]["embedding"]


def flatten(asked, body):
    if floats(asked, ()) and len(body["data"]) == 3:
        for item in body["data"]:
            item["embedding"] = body["data"][0]["embedding"]


def shift(asked, body):
    for item in body["data"]:
        item["index"] += 1


def same_index(asked, body):
    for item in body["data"]:
        item["index"] = 0


def drop(asked, body):
    if len(body["data"]) > 1:
        body["data"].pop()


def shorten(number, vector):
    return vector[:-1] if number == 1 else vector


def shake(number, vector):
    """The vector with a cosine of about 0.99 to what it was."""
    return [value * (1.15 if i % 2 else 0.85) for i, value in enumerate(vector)]


def plant(value):
    return lambda number, vector: [*vector[:3], value, *vector[4:]]


def big_endian(number, text):
    return base64.b64encode(np.frombuffer(base64.b64decode(text), "<f4").astype(">f4").tobytes()).decode()


def in_doubles(number, text):
    return base64.b64encode(np.frombuffer(base64.b64decode(text), "<f4").astype("<f8").tobytes()).decode()


def of_other_length(number, text):
    return base64.b64encode((np.frombuffer(base64.b64decode(text), "<f4") * 2).tobytes()).decode()


def least_bit_first(number, codes):
    return np.packbits(np.unpackbits(np.array(codes, np.uint8)), bitorder="little").tolist()


class Second:
    """Shakes the vectors of a body that comes again."""

    def __init__(self):
        self.seen = set()

    def __call__(self, asked, items):
        again = asked.body in self.seen
        self.seen.add(asked.body)
        return again and floats(asked, items)


def body_is(test):
    return lambda asked, answered: asked.method == "POST" and asked.path == "/embeddings" and test(asked.body)


def is_json(body):
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


SUCCESS = (
    b'{"id": "a", "object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [1.0]}], "model": "m"}'
)
PAGE = b"<!doctype html><title>Sign in</title>"


def is_plain(asked, answered):
    """The request that most checks compare with, in no other form."""
    usual = {"content-type": "application/json", "accept": "application/json"}
    named = {"api-key", "authorization"} <= set(asked.headers) and usual.items() <= asked.headers.items()
    return (
        answered.status == 200
        and named
        and asked.query.endswith(b"2024-05-01-preview")
        and (asked.json.get("encoding_format") == "float" and len(asked.json) == 2 and len(asked.json["input"]) == 3)
    )


def usage(**figures):
    return changed_body(lambda asked, body: body["usage"].update(figures))


def refused(asked, answered):
    return answered.status >= 400


def is_success(asked, answered):
    return answered.status == 200 and asked.path == "/embeddings"
