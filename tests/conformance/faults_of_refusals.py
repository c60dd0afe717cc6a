"""REFUSALS: what can be wrong with errors, with keys, and with HTTP."""

from dataclasses import replace

from .broken import Fault
from .planting import (
    ERROR,
    PAGE,
    everything,
    fails,
    header,
    instead,
    method,
    other_header,
    other_status,
    path,
    refusal,
    taken_for,
    with_header,
)

STACK = 'Traceback (most recent call last):\n  File "/srv/app.py", line 7'
REFUSED = (400, 401, 404, 405, 415, 422)


def with_key(asked):
    return with_header("api-key", "KEY")(with_header("authorization", "Bearer KEY")(asked))


def only(name):
    """One of the headers that carry a key, alone."""
    other = {"api-key": "authorization", "authorization": "api-key"}[name]
    return lambda asked: name in asked.headers and other not in asked.headers


def without_ids(asked, answered):
    return other_header("apim-request-id")(asked, other_header("x-request-id")(asked, answered))


REFUSALS = (
    Fault("errors in HTML", {"error.json"}, instead(everything, PAGE, 400, of=400, kind="text/html")),
    Fault("errors that call themselves text", {"error.json"}, other_header("content-type", "text/plain", *REFUSED)),
    Fault("errors without message", {"error.fields", "key.error"}, refusal(lambda found: found.pop("message"))),
    Fault("errors of another status", {"error.fields", "key.error"}, refusal(lambda found: found.update(status=0))),
    Fault("errors without code", {"error.code"}, refusal(lambda found: found.pop("code"))),
    Fault("errors without their header", {"error.header"}, other_header("x-ms-error-code", None, *REFUSED)),
    Fault("errors without a place", {"error.detail"}, refusal(lambda found: found.pop("detail"), 422)),
    Fault("errors show a stack", {"error.inside"}, refusal(lambda found: found.update(message=STACK))),
    Fault("keys are not looked at", {"key.missing", "key.wrong"}, request=with_key),
    Fault("403 for a wrong key", {"key.missing", "key.wrong"}, other_status(401, 403)),
    Fault("401 without a challenge", {"key.challenge"}, other_header("www-authenticate")),
    Fault(
        "a bearer is not known",
        {"key.bearer"},
        request=taken_for(with_header("authorization", None), only("authorization")),
    ),
    Fault("api-key is not known", {"key.api-key"}, request=taken_for(with_header("api-key", None), only("api-key"))),
    Fault("405 without Allow", {"http.method"}, other_header("allow")),
    Fault("404 for a wrong method", {"http.method"}, instead(everything, ERROR, 404, of=405)),
    Fault("HEAD fails", {"http.head"}, fails(method("HEAD"))),
    Fault(
        "a charset is another type",
        {"http.charset"},
        fails(header("content-type", "application/json; charset=utf-8"), 415),
    ),
    Fault(
        "any type is JSON",
        {"http.media-type"},
        request=taken_for(with_header("content-type", "application/json"), method("POST")),
    ),
    Fault(
        "any route is the same",
        {"http.path"},
        request=taken_for(lambda asked: replace(asked, path="/embeddings"), path("/embeddings-of-nowhere")),
    ),
    Fault("no request ids", {"http.request-id"}, without_ids),
)
