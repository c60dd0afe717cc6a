"""Every way in which a provider's reply can be wrong, and the error that it becomes."""

import base64
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevec.errors import (
    AuthenticationError,
    ContentFilterError,
    ContextLengthExceededError,
    GatewayTimeoutError,
    InsufficientFundsError,
    InvalidRequestError,
    InvalidResponseError,
    ModelNotFoundError,
    OnevecError,
    ProviderError,
    RateLimitError,
    UpstreamProviderError,
)
from onevec.exchange import HttpReply
from onevec.target import Target
from onevec.types import Usage

from .dialects import DIALECTS, each

KEY = "sk-a-long-secret"
TARGET = Target("somebody", "https://api.example.com/v1", key=KEY)

every = each()
shaped = each(lambda one: one.items)


def read(dialect, reply, count=2, dimensions=None):
    request = dialect.ask(*"abcdefgh"[:count], dimensions=dimensions)
    return dialect.wire.decode_reply(reply, request, TARGET, None)


def items(*pairs):
    return [{"object": "embedding", "index": index, "embedding": vector} for index, vector in pairs]


def packed(*values):
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def ok(data, **fields):
    return HttpReply(200, {"x-request-id": "req-7"}, json.dumps({"data": data, **fields}).encode())


def raw(body, status=200, **headers):
    return HttpReply(status, {"x-request-id": "req-7"} | {k.replace("_", "-"): v for k, v in headers.items()}, body)


GOOD = items((0, [1, 2]), (1, [3, 4]))

BAD = {
    "html": (raw(b"<!doctype html><html>Login</html>"), "HTML"),
    "html with a byte order of its own": (raw(b"\n <html>"), "HTML"),
    "empty": (raw(b""), "nothing"),
    "no json": (raw(b"OK"), "JSON"),
    "not utf-8": (raw(b'{"data": "\xff"}'), "JSON"),
    "cut off": (raw(b'{"data": [{"index": 0, "embedding": [0.1, 0.2'), "truncated"),
    "cut off in a number": (raw(b'{"data": [{"index": 0, "embedding": [0.1, 0.'), "JSON"),
    "a list": (raw(b"[]"), "JSON"),
    "no data": (raw(b'{"object": "list"}'), "no data for 2"),
    "data is null": (raw(b'{"data": null}'), "no data for 2"),
    "data is a word": (raw(b'{"data": "x"}'), r"data"),
    "an item is null": (ok([None, None]), r"data\[0\]"),
    "no embedding": (ok([{"index": 0}, {"index": 1}]), "embedding"),
    "embedding is null": (ok(items((0, None), (1, None))), "embedding"),
    "nothing at all": (ok([]), "0 embeddings for 2"),
    "too few": (ok(items((0, [1, 2]))), "1 embeddings for 2"),
    "too many": (ok([*GOOD, *items((2, [5, 6]))]), "3 embeddings for 2"),
    "repeated index": (ok(items((0, [1, 2]), (0, [3, 4]))), r"data\[1\].index is repeated"),
    "index out of range": (ok(items((0, [1, 2]), (2, [3, 4]))), r"data\[1\].index is out of range"),
    "negative index": (ok(items((0, [1, 2]), (-1, [3, 4]))), "out of range"),
    "one index missing": (ok(items((0, [1, 2]), (None, [3, 4]))), r"data\[1\].index is missing"),
    "index is a word": (ok(items(("0", [1, 2]), ("1", [3, 4]))), "index"),
    "ragged": (ok(items((0, [1, 2]), (1, [3]))), r"lengths \[1, 2\]"),
    "ragged base64": (ok(items((0, packed(1, 2)), (1, packed(3)))), "one length"),
    "empty vectors": (ok(items((0, []), (1, []))), "empty"),
    "empty base64": (ok(items((0, ""), (1, ""))), "empty"),
    "not base64": (ok(items((0, "!!!!"), (1, "????"))), "base64"),
    "base64 of three bytes": (ok(items((0, "AAAA"), (1, "AAAA"))), "base64"),
    "base64 and lists": (ok(items((0, packed(1, 2)), (1, [1, 2]))), "some"),
    "NaN as a word": (raw(b'{"data": [{"index": 0, "embedding": [NaN]}, {"index": 1, "embedding": [1]}]}'), "JSON"),
    "NaN in base64": (ok(items((0, packed(1)), (1, packed(float("nan"))))), "input 1 .*not finite"),
    "infinity in base64": (ok(items((0, packed(float("inf"))), (1, packed(1)))), "input 0 .*not finite"),
    "too large for float32": (ok(items((0, [1e300]), (1, [1]))), "input 0 .*not finite"),
    "a value is null": (ok(items((0, [1, None]), (1, [1, 2]))), "embedding"),
    "a value is a word": (ok(items((0, [1, "x"]), (1, [1, 2]))), "embedding"),
    "created": (raw(b"{}", 201), "201"),
    "accepted": (raw(b"", 202), "202"),
    "an error without a code": (raw(b'{"error": {"message": "overloaded"}}'), "overloaded"),
    "an error that is a word": (raw(b'{"error": "overloaded"}'), "overloaded"),
}


@shaped
@pytest.mark.parametrize("name", BAD)
def test_a_success_without_the_vectors_is_a_bad_reply(dialect, name):
    reply, words = BAD[name]
    with pytest.raises(InvalidResponseError, match=words) as caught:
        read(dialect, reply)
    assert caught.value.provider == "somebody"
    assert caught.value.request_id == "req-7"
    assert caught.value.status == 502
    assert "somebody" in caught.value.message


GENERAL = [
    "html", "html with a byte order of its own", "empty", "no json", "cut off", "created", "accepted",
    "an error without a code", "an error that is a word",
]  # fmt: skip
"""Replies that are wrong whatever the dialect."""


@every
@pytest.mark.parametrize("name", GENERAL)
def test_a_success_that_is_none_is_a_bad_reply(dialect, name):
    reply, words = BAD[name]
    with pytest.raises(InvalidResponseError, match=words) as caught:
        read(dialect, reply)
    assert (caught.value.provider, caught.value.request_id) == ("somebody", "req-7")


ROWS = {
    "too few": ([[1, 2]], "1 embeddings for 2"),
    "too many": ([[1, 2], [3, 4], [5, 6]], "3 embeddings for 2"),
    "none": ([], "0 embeddings for 2"),
    "ragged": ([[1, 2], [3]], r"lengths \[1, 2\]"),
    "empty": ([[], []], "empty"),
    "infinite": ([[1e300], [1]], "input 0 .*not finite"),
    "a null": ([[1, None], [1, 2]], "somebody answered"),
    "a word": ([[1, "x"], [1, 2]], "somebody answered"),
}


@each(lambda one: not one.single)
@pytest.mark.parametrize("name", ROWS)
def test_rows_that_are_not_the_vectors_are_a_bad_reply(dialect, name):
    rows, words = ROWS[name]
    with pytest.raises(InvalidResponseError, match=words) as caught:
        read(dialect, raw(json.dumps(dialect.wrap(rows)).encode()))
    assert (caught.value.provider, caught.value.request_id) == ("somebody", "req-7")


@every
def test_other_dimensions_than_those_asked_for_are_a_bad_reply(dialect):
    rows = [[1, 2], [3, 4]][: 1 if dialect.single else 2]
    reply = raw(json.dumps(dialect.wrap(rows)).encode())
    with pytest.raises(InvalidResponseError, match="vectors of 2 dimensions, and 3 were asked for"):
        read(dialect, reply, len(rows), dimensions=3)


@every
def test_rows_are_the_vectors(dialect):
    rows = [[1, 2], [3, 4]][: 1 if dialect.single else 2]
    answer = read(dialect, raw(json.dumps(dialect.wrap(rows)).encode()), len(rows))
    assert answer.vectors.tolist() == rows
    assert (answer.model, answer.usage) == ("m", Usage())


@shaped
def test_a_wrong_dimension_is_a_bad_reply(dialect):
    with pytest.raises(InvalidResponseError, match="vectors of 2 dimensions, and 3 were asked for"):
        read(dialect, ok(GOOD), dimensions=3)


@shaped
def test_items_are_placed_by_their_index(dialect):
    assert read(dialect, ok(GOOD[::-1])).vectors.tolist() == [[1, 2], [3, 4]]


@shaped
def test_without_any_index_the_order_counts(dialect):
    data = [{"embedding": [1, 2]}, {"embedding": [3, 4]}]
    assert read(dialect, ok(data)).vectors.tolist() == [[1, 2], [3, 4]]


@shaped
@settings(max_examples=20)
@given(st.permutations(range(8)))
def test_any_order_is_put_right(dialect, order):
    data = items(*((index, packed(index, 1)) for index in order))
    assert read(dialect, ok(data), count=8).vectors[:, 0].tolist() == list(range(8))


@shaped
@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 3, "total_tokens": 4}, Usage(3, 4)),
        ({"prompt_tokens": 0, "total_tokens": 0}, Usage(0, 0)),
        ({"prompt_tokens": -1, "total_tokens": "4"}, Usage(None, None)),
        ({"prompt_tokens": 1.5, "total_tokens": True}, Usage(None, None)),
        ({}, Usage(None, None)),
        (None, Usage(None, None)),
        ("many", Usage(None, None)),
        ([3], Usage(None, None)),
    ],
)
def test_a_usage_is_known_or_it_is_not(dialect, usage, expected):
    assert read(dialect, ok(GOOD, usage=usage)).usage == expected


@shaped
@pytest.mark.parametrize(("model", "expected"), [("theirs", "theirs"), (None, "m"), ("", "m"), (3, "m")])
def test_the_model_is_as_the_provider_names_it(dialect, model, expected):
    assert read(dialect, ok(GOOD, model=model)).model == expected


@shaped
def test_unknown_fields_do_no_harm(dialect):
    assert read(dialect, ok(GOOD, id="x", service_tier=None, error=None)).vectors.shape == (2, 2)


# --- errors by status and code

STATUSES = [
    (400, InvalidRequestError),
    (401, AuthenticationError),
    (402, InsufficientFundsError),
    (403, AuthenticationError),
    (404, ModelNotFoundError),
    (408, GatewayTimeoutError),
    (413, InvalidRequestError),
    (418, InvalidRequestError),
    (422, InvalidRequestError),
    (429, RateLimitError),
    (498, AuthenticationError),
    (500, UpstreamProviderError),
    (503, UpstreamProviderError),
    (504, GatewayTimeoutError),
    (529, UpstreamProviderError),
]


@every
@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_a_status_has_its_error(dialect, status, kind):
    with pytest.raises(OnevecError) as caught:
        read(dialect, raw(b'{"error": {"message": "because"}}', status, retry_after="7"))
    error = caught.value
    assert type(error) is kind
    assert error.status == status
    assert error.retry_after == 7
    assert error.request_id == "req-7"
    assert error.message == f"somebody answered {status}: because"


BODIES = [
    # OpenAI
    (400, {"error": {"message": "bad", "type": "invalid_request_error", "param": "input", "code": None}},
     InvalidRequestError, "invalid_request_error", "bad", ("input",)),
    (429, {"error": {"message": "no credit", "type": "insufficient_quota", "code": "insufficient_quota"}},
     InsufficientFundsError, "insufficient_quota", "no credit", ()),
    (400, {"error": {"message": "long", "code": "context_length_exceeded"}},
     ContextLengthExceededError, "context_length_exceeded", "long", ()),
    # Azure OpenAI
    (404, {"error": {"code": "DeploymentNotFound", "message": "gone"}},
     ModelNotFoundError, "DeploymentNotFound", "gone", ()),
    (400, {"error": {"code": "content_filter", "message": "no", "innererror": {"code": "ResponsibleAIPolicy"}}},
     ContentFilterError, "content_filter", "no", ()),
    # Azure AI, the reference's bodies
    (400, {"error": "filtered", "code": "ContentFilter", "message": "no", "param": "input", "status": 400},
     ContentFilterError, "ContentFilter", "no", ("input",)),
    (422, {"error": "bad", "code": "x", "message": "no", "detail": {"loc": ["body", "dimensions"], "value": "7"}},
     InvalidRequestError, "x", "no", ("body", "dimensions")),
    (401, {"error": "Unauthorized", "message": "who?", "status": 401}, AuthenticationError, None, "who?", ()),
    # flat
    (404, {"code": "NotFound", "message": "where?"}, ModelNotFoundError, "NotFound", "where?", ()),
    (500, {"message": "oh"}, UpstreamProviderError, None, "oh", ()),
    # FastAPI
    (401, {"detail": "Not authenticated"}, AuthenticationError, None, "Not authenticated", ()),
    (422, {"detail": [{"loc": ["body", "input", 3], "msg": "field required", "type": "missing", "input": "x"}]},
     InvalidRequestError, None, "field required", ("body", "input", 3)),
    # vLLM
    (404, {"object": "error", "message": "no model", "type": "NotFoundError", "param": None, "code": 404},
     ModelNotFoundError, "NotFoundError", "no model", ()),
    # text-embeddings-inference
    (413, {"error": "too long", "error_type": "Validation"}, InvalidRequestError, "Validation", "too long", ()),
    # Google
    (400, [{"error": {"code": 400, "message": "no key", "status": "INVALID_ARGUMENT"}}],
     InvalidRequestError, "INVALID_ARGUMENT", "no key", ()),
    (400, {"error": {"code": 400, "message": "bad key", "status": "INVALID_ARGUMENT",
                     "details": [{"reason": "API_KEY_INVALID"}]}}, AuthenticationError, "api_key_invalid",
     "bad key", ()),
    (400, {"error": {"message": "odd", "details": ["x", {"fieldViolations": ["y"]}, {"fieldViolations": {}}]}},
     InvalidRequestError, None, "odd", ()),
    # Cloudflare, IBM
    (403, {"success": False, "errors": [{"code": 10000, "message": "bad token"}]}, AuthenticationError, None,
     "bad token", ()),
    (404, {"errors": [{"code": "model_not_supported", "message": "which?"}], "trace": "1", "status_code": 404},
     ModelNotFoundError, "model_not_supported", "which?", ()),
    # shapes that say little
    (500, {}, UpstreamProviderError, None, "{}", ()),
    (500, [], UpstreamProviderError, None, "[]", ()),
    (500, "text", UpstreamProviderError, None, "text", ()),
    (500, {"error": [1], "detail": [], "code": {}, "message": 3}, UpstreamProviderError, None, "error", ()),
    (422, {"detail": [3]}, InvalidRequestError, None, "detail", ()),
    (422, {"detail": {"loc": 3, "value": 4}}, InvalidRequestError, None, "detail", ()),
]  # fmt: skip


@every
@pytest.mark.parametrize(("status", "body", "kind", "code", "words", "loc"), BODIES)
def test_every_shape_of_an_error_body_is_read(dialect, status, body, kind, code, words, loc):
    with pytest.raises(OnevecError) as caught:
        read(dialect, raw(json.dumps(body).encode(), status))
    error = caught.value
    assert type(error) is kind
    assert error.code == (code or kind.default_code)
    assert words in error.message
    assert error.loc == loc


@every
@pytest.mark.parametrize("body", [b"", b"upstream connect error", b"<html>502 Bad Gateway</html>", b"\xff\xfe"])
def test_an_error_without_json_shows_its_beginning(dialect, body):
    with pytest.raises(UpstreamProviderError, match="somebody answered 502: "):
        read(dialect, raw(body, 502))


@every
def test_azures_header_has_the_code_where_the_body_has_none(dialect):
    with pytest.raises(ContentFilterError):
        read(dialect, raw(b"{}", 400, x_ms_error_code="content_filter"))


@every
@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        ({"code": 429, "message": "slow down"}, RateLimitError, 429),
        ({"code": "context_length_exceeded", "message": "long"}, ContextLengthExceededError, 400),
        ({"code": 200, "message": "odd"}, InvalidResponseError, 502),
    ],
)
def test_an_error_inside_a_success_is_the_error_that_it_says(dialect, error, kind, status):
    with pytest.raises(OnevecError) as caught:
        read(dialect, raw(json.dumps({"error": error}).encode()))
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert error["message"] in caught.value.message


@every
@pytest.mark.parametrize(
    ("location", "where"),
    [("https://login.example.org/next?token=1", "to login.example.org"), ("/elsewhere", "within"), (None, "within")],
)
def test_a_redirect_is_refused_and_names_the_host(dialect, location, where):
    headers = {"location": location} if location else {}
    with pytest.raises(ProviderError, match=where) as caught:
        read(dialect, HttpReply(307, headers, b""))
    assert caught.value.code == "redirect"
    assert "token" not in caught.value.message


@every
@pytest.mark.parametrize("status", [200, 301, 401, 500])
@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"error": {"message": f"Incorrect API key: {KEY}", "detail": {"value": KEY}}}),
        json.dumps({"error": f"Incorrect API key: {KEY}"}),
        f"<html>{KEY}</html>",
        "x" * 150 + KEY + "x" * 100,
        "x" * 195 + KEY,
    ],
)
def test_no_error_repeats_the_key(dialect, status, body):
    reply = HttpReply(status, {"location": f"https://h/{KEY}"}, body.encode())
    with pytest.raises(OnevecError) as caught:
        read(dialect, reply)
    shown = "".join(map(str, (caught.value, *vars(caught.value).values())))
    assert KEY not in shown
    assert KEY[:6] not in shown


@every
@pytest.mark.parametrize("status", [200, 500])
def test_a_long_body_is_shown_in_part(dialect, status):
    with pytest.raises(OnevecError) as caught:
        read(dialect, HttpReply(status, {}, b"<html>" + b"long " * 10_000))
    assert len(caught.value.message) < 400


FIELDS = ["error", "message", "code", "detail", "loc", "data", "index", "usage"]
plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
json_values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)
)


@every
@settings(max_examples=40)
@given(
    body=st.binary(max_size=80) | json_values.map(lambda value: json.dumps(value).encode()),
    status=st.sampled_from([200, 204, 302, 400, 429, 500]),
)
def test_no_reply_is_too_strange(dialect, body, status):
    with pytest.raises(OnevecError) as caught:
        read(dialect, HttpReply(status, {}, body))
    assert caught.value.provider == "somebody"


def test_vectors_are_writable_and_contiguous():
    answer = read(DIALECTS["openai"], ok(items((1, packed(1, 2)), (0, packed(3, 4)))))
    assert answer.vectors.flags.c_contiguous
    assert answer.vectors.flags.writeable
    assert answer.vectors.dtype == np.float32
