"""What holds for every wire, in both directions."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevec.encodings import encode
from onevec.errors import (
    InvalidRequestError,
    OnevecError,
    RateLimitError,
    UnsupportedModalityError,
    UnsupportedParameterError,
)
from onevec.exchange import HttpReply
from onevec.images import ImageInput
from onevec.target import Target
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest, Encoding, Modality, Overflow, Usage
from onevec.wires import WIRES, Outgoing

from .dialects import DIALECTS, HEADS, each

EVERYTHING = frozenset({"dimensions", "input_type", "truncate", "extra"})

every = each()
shaped = each(lambda one: one.items)


def target(*more, without=None, **fields):
    known = EVERYTHING - {without} | set(more)
    return Target("provider", "https://example.com/v1", key="sk-secret", parameters=known, **fields)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
token_ids = st.lists(st.integers(0, 2**31 - 1), min_size=1).map(tuple)
words = st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1).map("x_{}".format)


files = st.builds(bytes.__add__, st.sampled_from([*HEADS.values()]), st.binary(max_size=20))
INPUTS = {
    Modality.TEXT: texts,
    Modality.IMAGE: st.builds(ImageInput, files),
    Modality.PAIR: st.builds(ImageInput, files, texts),
}


def requests(dialect):
    """Any request that the dialect can hold: lists of one kind of input, and mixed ones."""
    most = 1 if dialect.single else None
    kinds = [INPUTS[kind] for kind in sorted(dialect.modalities)]
    listed = st.one_of([st.lists(one, min_size=1, max_size=most).map(tuple) for one in (*kinds, st.one_of(kinds))])
    ids = st.lists(token_ids, min_size=1).map(tuple)
    return st.builds(
        EmbedRequest,
        model=texts,
        inputs=listed | ids if dialect.tokens else listed,
        dimensions=st.none() | st.integers(1, 65_536) if dialect.dimensions else st.none(),
        input_type=st.sampled_from(list(dialect.input_types)),
        encoding=st.none() | st.sampled_from(sorted(set(Encoding) - {Encoding.FLOAT})),
        overflow=st.sampled_from([Overflow.ERROR, Overflow.TRUNCATE]),
        extra=st.dictionaries(words, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("abc")),
    )


def test_every_wire_is_held_to_this():
    assert set(DIALECTS) == set(WIRES)


@every
@settings(max_examples=40)
@given(data=st.data())
def test_what_the_client_writes_the_server_reads(dialect, data):
    request = data.draw(requests(dialect))
    sent = dialect.wire.encode_request(request, target())
    read = dialect.wire.decode_request(sent.body, sent.headers, dialect.wire.model_of(sent.url))
    assert read == dialect.returned(request)


@each(lambda one: one.base64)
@settings(max_examples=40)
@given(data=st.data())
def test_where_base64_is_understood_it_is_asked_for(dialect, data):
    request = replace(data.draw(requests(dialect)), encoding=None)
    sent = dialect.wire.encode_request(request, target("base64"))
    assert dialect.wire.decode_request(sent.body, sent.headers).encoding is Encoding.BASE64


@every
@pytest.mark.parametrize("encoding", [Encoding.FLOAT, Encoding.BASE64])
@settings(max_examples=40)
@given(count=st.integers(1, 20), dimensions=st.integers(1, 40))
def test_what_the_server_writes_the_client_reads(dialect, encoding, count, dimensions):
    if encoding is Encoding.BASE64 and not dialect.base64:
        encoding = Encoding.FLOAT
    request = dialect.ask(*(f"text {i}" for i in range(1 if dialect.single else count)))
    result = FakeEmbedder(dimensions).embed(request)
    body = dialect.wire.encode_reply(Outgoing(result, replace(request, encoding=encoding)))
    reply = HttpReply(200, dialect.wire.reply_headers(result), body)
    answer = dialect.wire.decode_reply(reply, request, target(), None)
    assert answer.vectors.dtype == np.float32
    np.testing.assert_array_equal(answer.vectors, result.vectors)
    told = count == 1 if dialect.usage is None else dialect.usage
    assert (answer.model, answer.usage) == (result.model, result.usage if told else Usage())


@pytest.mark.parametrize("encoding", [Encoding.INT8, Encoding.UINT8, Encoding.BINARY, Encoding.UBINARY])
@pytest.mark.parametrize("dimensions", [None, 12])
def test_azure_codes_stand_for_vectors_with_the_same_codes(encoding, dimensions):
    wire = WIRES["azure"]
    request = EmbedRequest("m", ("a", "b"), dimensions=dimensions, encoding=encoding)
    result = FakeEmbedder(16).embed(request)
    reply = HttpReply(200, {}, wire.encode_reply(Outgoing(result, request, 1.0)))
    vectors = wire.decode_reply(reply, request, target(), 1.0).vectors
    assert vectors.shape == (2, dimensions or 16)
    np.testing.assert_array_equal(
        encode(vectors, encoding, int8_scale=1.0), encode(result.vectors, encoding, int8_scale=1.0)
    )


def test_a_provider_that_sends_floats_for_codes_is_read_as_floats():
    request = EmbedRequest("m", ("a",), encoding=Encoding.BINARY)
    result = FakeEmbedder(16).embed(request)
    reply = HttpReply(200, {}, WIRES["azure"].encode_reply(Outgoing(result, replace(request, encoding=None))))
    np.testing.assert_array_equal(WIRES["azure"].decode_reply(reply, request, target(), None).vectors, result.vectors)


def test_whole_floats_that_nobody_asked_for_as_codes_stay_floats():
    body = json.dumps({"data": [{"index": 0, "embedding": [1, 0, -1]}]}).encode()
    request = EmbedRequest("m", ("a",), encoding=Encoding.BINARY)
    answer = WIRES["openai"].decode_reply(HttpReply(200, {}, body), request, target(), None)
    assert answer.vectors.tolist() == [[1, 0, -1]]


@every
def test_the_key_goes_into_headers_and_nowhere_else(dialect):
    sent = dialect.wire.encode_request(dialect.ask("a"), target())
    assert sent.method == "POST"
    assert sent.url == "https://example.com/v1" + dialect.wire.path.replace("{model}", "m")
    assert sent.headers["authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in sent.url + sent.body.decode() + repr(sent)


@every
def test_what_the_provider_lacks_is_refused(dialect):
    lacking = replace(target(), parameters=frozenset())
    with pytest.raises(UnsupportedParameterError, match="provider has no parameter dimensions"):
        dialect.wire.encode_request(dialect.ask("a", dimensions=3), lacking)


@each(lambda one: not one.tokens and Modality.TEXT in one.modalities)
def test_token_ids_are_refused_where_only_texts_are_taken(dialect):
    with pytest.raises(UnsupportedParameterError, match=r"inputs\[0\] is a list of token ids") as caught:
        dialect.wire.encode_request(EmbedRequest("m", ((1, 2),)), target())
    assert caught.value.loc == ("inputs", 0)


@each(lambda one: one.single)
def test_a_request_that_holds_one_text_holds_no_more(dialect):
    with pytest.raises(UnsupportedParameterError, match=r"one text"):
        dialect.wire.encode_request(EmbedRequest("m", ("a", "b")), target())


@every
def test_an_extra_that_json_cannot_hold(dialect):
    with pytest.raises(InvalidRequestError, match="JSON"):
        dialect.wire.encode_request(dialect.ask("a", extra={"x": object()}), target())


@each(lambda one: one.truncates)
@pytest.mark.parametrize("knows", [True, False])
def test_a_provider_is_told_of_long_texts_only_when_it_listens(dialect, knows):
    short, long = (
        dialect.wire.encode_request(
            EmbedRequest("m", ("a",), overflow=overflow), target() if knows else target(without="truncate")
        ).body
        for overflow in (Overflow.ERROR, Overflow.TRUNCATE)
    )
    assert (short != long) == knows


@every
@pytest.mark.parametrize("kind", list(Modality))
def test_an_input_of_a_kind_that_the_dialect_does_not_have_is_refused(dialect, kind):
    inputs = {
        Modality.TEXT: "a",
        Modality.IMAGE: ImageInput(HEADS["gif"]),
        Modality.PAIR: ImageInput(HEADS["gif"], "a"),
    }
    if kind in dialect.modalities:
        assert dialect.wire.encode_request(EmbedRequest("m", (inputs[kind],)), target()).body
    else:
        with pytest.raises(UnsupportedModalityError) as caught:
            dialect.wire.encode_request(EmbedRequest("m", (inputs[kind],)), target())
        assert caught.value.loc == ("inputs", 0)


# --- the server's side: bodies

SHAPES = [
    ('"text"', ("text",)),
    ('["a", "b"]', ("a", "b")),
    ("[1, 2]", ((1, 2),)),
    ("[[1, 2], [3]]", ((1, 2), (3,))),
]


@shaped
@pytest.mark.parametrize(("written", "inputs"), SHAPES)
def test_every_shape_of_input(dialect, written, inputs):
    assert dialect.wire.decode_request(f'{{"input": {written}, "model": "m"}}'.encode(), {}).inputs == inputs


FAULTS = [
    ("{", ()),
    ("[]", ()),
    ("\xff", ()),
    ("{}", ("input",)),
    ('{"input": null}', ("input",)),
    ('{"input": 3}', ("input",)),
    ('{"input": []}', ("input",)),
    ('{"input": ""}', ("input",)),
    ('{"input": ["a", ""]}', ("input", 1)),
    ('{"input": ["a", 1]}', ("input", 1)),
    ('{"input": ["a", null]}', ("input", 1)),
    ('{"input": ["a", {"picture": "x"}]}', ("input", 1)),
    ('{"input": [[1], []]}', ("input", 1)),
    ('{"input": [[1], [2, -1]]}', ("input", 1, 1)),
    ('{"input": [[1], ["a"]]}', ("input", 1, 0)),
    ('{"input": [true]}', ("input", 0)),
    ('{"input": "a", "dimensions": 0}', ("dimensions",)),
    ('{"input": "a", "dimensions": 1e9}', ("dimensions",)),
    ('{"input": "a", "dimensions": "8"}', ("dimensions",)),
    ('{"input": "a", "encoding_format": "hex"}', ("encoding_format",)),
    ('{"input": "a", "encoding_format": 3}', ("encoding_format",)),
    ('{"input": "a", "input_type": "question"}', ("input_type",)),
    ('{"input": "a", "model": 3}', ("model",)),
]


@shaped
@pytest.mark.parametrize(("body", "loc"), FAULTS)
def test_a_fault_in_a_body_names_its_place(dialect, body, loc):
    with pytest.raises(InvalidRequestError) as caught:
        dialect.wire.decode_request(body.encode("latin-1"), {}, "m")
    assert caught.value.loc == loc
    last = loc[-1] if loc else "$"
    assert str(last) in caught.value.message


@every
@settings(max_examples=40)
@given(st.binary(max_size=60))
def test_no_body_is_too_strange(dialect, body):
    with pytest.raises(InvalidRequestError):
        dialect.wire.decode_request(body, {}, None)


@shaped
def test_the_route_names_the_model_before_the_body_does(dialect):
    assert dialect.wire.decode_request(b'{"input": "a", "model": "body"}', {}, "route").model == "route"
    assert dialect.wire.decode_request(b'{"input": "a", "model": "body"}', {}).model == "body"


# --- the server's side: replies and errors


@shaped
def test_a_usage_that_nobody_knows_is_null(dialect):
    result = FakeEmbedder().embed(EmbedRequest("m", ("a",)))
    untold = replace(result, usage=Usage())
    body = json.loads(dialect.wire.encode_reply(Outgoing(untold, EmbedRequest("m", ("a",)))))
    assert body["usage"]["prompt_tokens"] is None
    assert [item["object"] for item in body["data"]] == ["embedding"]
    assert body["object"] == "list"


@shaped
@pytest.mark.parametrize("encoding", list(Encoding))
def test_every_encoding_is_written_as_the_table_says(dialect, encoding):
    request = EmbedRequest("m", ("a", "b"), encoding=encoding)
    result = FakeEmbedder().embed(request)
    items = json.loads(dialect.wire.encode_reply(Outgoing(result, request, 1.0)))["data"]
    codes = encode(result.vectors, encoding, int8_scale=1.0)
    for item, code in zip(items, codes, strict=True):
        assert item["embedding"] == (code if isinstance(code, str) else pytest.approx(code.tolist()))


@every
@pytest.mark.parametrize("kind", [*OnevecError.__subclasses__(), *InvalidRequestError.__subclasses__()])
def test_an_error_comes_back_as_itself(dialect, kind):
    reply = dialect.wire.encode_error(kind("it is wrong", param="dimensions", retry_after=1.2))
    assert reply.headers["retry-after"] == "2"
    with pytest.raises(OnevecError) as caught:
        dialect.wire.decode_reply(reply, EmbedRequest("m", ("a",)), target(), None)
    error = caught.value
    assert error.status == kind.default_status
    assert error.code == kind.default_code
    assert "it is wrong" in error.message
    assert error.param == "dimensions"
    assert error.retry_after == 1.2
    assert dialect.wire.error_code(reply) == kind.default_code


@every
def test_the_code_decides_about_a_full_account(dialect):
    reply = dialect.wire.encode_error(RateLimitError("out of credit", code="insufficient_quota"))
    assert reply.status == 429
    assert dialect.wire.error_code(reply) == "insufficient_quota"
