"""How faults are planted: which requests they meet, and what they do to a reply, or to a request before its answer."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from .broken import Answered, Asked

Meets: TypeAlias = Callable[[Asked], bool]

ERROR = json.dumps({"error": "Planted", "code": "planted", "message": "planted", "status": 500}).encode()
SUCCESS = json.dumps(
    {
        "id": "planted",
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [1.0]}],
        "model": "planted",
    }
).encode()
PAGE = b"<!doctype html><title>Sign in</title>"


def everything(asked):
    return True


def field(name, *values):
    """A body with the field, or with one of these values in it."""
    return lambda asked: name in asked.json and (not values or asked.json[name] in values)


def header(name, *values):
    """A header with one of these values."""
    return lambda asked: asked.headers.get(name) in values


def within(part):
    """A body with these bytes."""
    return lambda asked: part in asked.body


def path(beginning):
    return lambda asked: asked.path.startswith(beginning)


def method(name):
    return lambda asked: asked.method == name


def floats(asked):
    """Texts whose full vectors are to come as floats."""
    fields = asked.json
    return (
        "/images" not in asked.path and fields.get("encoding_format", "float") == "float" and "dimensions" not in fields
    )


def one_text(asked):
    inputs = asked.json.get("input")
    return floats(asked) and (isinstance(inputs, str) or len(inputs) == 1)


def three_texts(asked):
    inputs = asked.json.get("input")
    return asked.path == "/embeddings" and isinstance(inputs, list) and len(inputs) == 3


def plain(asked):
    """What most checks compare with, and no variation of it."""
    usual = {"content-type": "application/json", "accept": "application/json"}
    return (
        three_texts(asked)
        and asked.json == {"encoding_format": "float", "input": asked.json["input"]}
        and asked.query.endswith(b"2024-05-01-preview")
        and {"api-key", "authorization"} <= set(asked.headers)
        and usual.items() <= asked.headers.items()
    )


def no_json(asked):
    try:
        json.loads(asked.body)
    except ValueError:
        return asked.method == "POST"
    return False


def both(one: Meets, other: Meets) -> Meets:
    return lambda asked: one(asked) and other(asked)


def body(change, meets=everything):
    """A success with vectors whose body is changed."""

    def reply(asked, answered):
        if answered.status != 200 or not asked.path.endswith("/embeddings") or not meets(asked):
            return answered
        found = answered.json
        change(found)
        return answered.written(found)

    return reply


def vectors(change, meets=everything):
    """The same with each vector changed: `change(number, embedding)`."""

    def each(found):
        for number, item in enumerate(found["data"]):
            item["embedding"] = change(number, item["embedding"])

    return body(each, meets)


def usage(**figures):
    return body(lambda found: found["usage"].update(figures))


def refusal(change, *statuses):
    """A refusal, or one with these statuses, whose body is changed."""

    def reply(asked, answered):
        if answered.status < 400 or asked.method == "HEAD" or (statuses and answered.status not in statuses):
            return answered
        found = answered.json
        change(found)
        return answered.written(found)

    return reply


def other_status(of, to, meets=everything):
    """A refusal with another status, of which its body knows."""

    def reply(asked, answered):
        if answered.status != of or not meets(asked):
            return answered
        return replace(answered.written(answered.json | {"status": to}), status=to)

    return reply


def other_header(name, value=None, *statuses):
    """A header changed, or left out, in every reply or in those with these statuses."""

    def reply(asked, answered):
        if statuses and answered.status not in statuses:
            return answered
        kept = {key: text for key, text in answered.headers.items() if key != name}
        return replace(answered, headers=kept | ({} if value is None else {name: value}))

    return reply


def instead(meets, content, status=200, of=None, kind="application/json", **how):
    """Another reply, where the right one has the status `of`, if any is named."""

    def reply(asked, answered):
        if not meets(asked) or of not in (None, answered.status):
            return answered
        return Answered(status, answered.headers | {"content-type": kind}, content, **how)

    return reply


def fails(meets, status=500):
    return instead(meets, ERROR, status)


def info(change, where="/info"):
    """The body of what tells of the model changed."""

    def reply(asked, answered):
        found = asked.method == "GET" and asked.path == where
        return answered.written(change(answered.json)) if found else answered

    return reply


def taken_for(change, meets=everything):
    """A request that is answered as if it were another."""
    return lambda asked: change(asked) if meets(asked) else asked


def without(name):
    """The request without a field."""

    def change(asked):
        fields = {key: value for key, value in asked.json.items() if key != name}
        return replace(asked, body=json.dumps(fields).encode()) if name in asked.json else asked

    return change


def with_model(name):
    """The request for another model."""
    return lambda asked: replace(asked, body=json.dumps(asked.json | {"model": name}).encode())


def with_header(name, value):
    """The request with another header, or without it."""

    def change(asked):
        kept = {key: text for key, text in asked.headers.items() if key != name}
        return replace(asked, headers=kept | ({} if value is None else {name: value}))

    return change
