"""Judgements are pure: replies by hand, no server."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevec.conformance import CONTRACTS, Heard, Level, Status, judged
from onevec.conformance.asks import PLAIN, embed, post, raw
from onevec.errors import GatewayTimeoutError
from onevec.exchange import HttpReply

ROWS = {contract: {row.name: row for row in CONTRACTS[contract].checks} for contract in CONTRACTS}
VECTORS = [[1.0, 0.0, -0.5], [0.0, 1.0, 0.25], [0.5, -0.5, 1.0]]


def reply(body, status=200, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpReply(status, {"content-type": "application/json"} | headers, content)


def answer(*embeddings, **fields):
    data = [{"object": "embedding", "index": i, "embedding": one} for i, one in enumerate(embeddings)]
    return reply({"object": "list", "data": data, "model": "m", **fields})


def outcome(name, *replies, contract="azure"):
    row = ROWS[contract][name]
    return judged(row, [Heard(ask, one) for ask, one in zip(row.asks, replies, strict=True)])


def places(name, *replies, contract="azure"):
    return [(one.place, one.expected, one.found) for one in outcome(name, *replies, contract=contract).findings]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_names_are_unique_and_every_row_says_what_and_who_says_so(contract):
    rows = CONTRACTS[contract].checks
    assert len(ROWS[contract]) == len(rows)
    assert all(row.says and row.source and row.asks for row in rows)
    assert {row.level for row in rows} == set(Level)


@pytest.mark.parametrize(
    "thing",
    [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b"1e999", b'{"data": 7}', b'{"data": [[]]}', b'{"data": {"a": 1}}',
     b'{"data": [{"index": {}, "embedding": {}}]}', b'{"data": [{"index": true, "embedding": [[]]}]}',
     b'{"data": [{"embedding": []}, {"embedding": [1]}, {"embedding": [1, 2]}], "usage": []}',
     b'{"data": [{"index": 0, "embedding": [1' + b"0" * 5000 + b"]}]}", b'{"error": [], "status": []}',
     b'{"data": [{"index": 0, "embedding": "AAAA"}, {"index": 1, "embedding": "\\ud800"}]}'],
    ids=lambda thing: repr(thing)[:30],
)  # fmt: skip
@pytest.mark.parametrize("status", [100, 200, 204, 400, 422, 500])
@pytest.mark.parametrize("contract", CONTRACTS)
def test_no_reply_whatever_is_more_than_a_judgement_bears(contract, status, thing):
    for row in CONTRACTS[contract].checks:
        found = judged(row, [Heard(ask, HttpReply(status, {}, thing)) for ask in row.asks])
        assert found.status in Status
        assert bool(found.findings) == (found.status is Status.FAILED)
        assert bool(found.reason) == (found.status in (Status.UNKNOWN, Status.SKIPPED))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
NUMBERS = st.lists(st.floats() | st.integers(-300, 300), min_size=1, max_size=9)


@given(
    st.lists(st.builds(lambda i, one: {"index": i, "embedding": one}, SCALARS, NUMBERS | ANYTHING), max_size=4),
    ANYTHING,
)
@settings(deadline=None)
def test_nor_is_one_that_is_nearly_right(data, usage):
    found = reply({"object": "list", "data": data, "model": "m", "usage": usage, "error": usage, "detail": usage})
    for contract in CONTRACTS.values():
        for row in contract.checks:
            assert judged(row, [Heard(ask, found) for ask in row.asks]).status in Status


def test_silence_is_found_by_whoever_asked_first_and_unknown_to_others():
    silent = GatewayTimeoutError("h did not answer in time")
    assert places("answer.status", silent) == [("reply", "an answer", "h did not answer in time")]
    assert outcome("answer.json", silent).status is Status.UNKNOWN
    assert "did not answer" in outcome("usage.sum", *[silent] * 4).reason


def test_a_place_is_told_to_the_number():
    assert places("answer.index", answer(*VECTORS)) == []
    data = [{"object": "embedding", "index": i, "embedding": [1.0]} for i in (0, 2, 1)]
    assert places("answer.index", reply({"data": data})) == [
        ("$.data[1].index", "1", "2"),
        ("$.data[2].index", "2", "1"),
    ]
    assert places("vector.numbers", answer([1, 2], [1, True], [1, None])) == [
        ("$.data[1].embedding[1]", "a number", "True"),
        ("$.data[2].embedding[1]", "a number", "None"),
    ]
    assert places("vector.finite", answer([1, 2], [1, float("-inf")])) == [
        ("$.data[1].embedding[1]", "a finite number", "-inf")
    ]


@pytest.mark.parametrize("written", ["utf-16", "utf-32", "utf-8-sig", "latin-1"])
def test_json_is_utf_8_without_a_mark(written):
    row = '{"object": "list", "data": [], "model": "modèle"}'
    assert places("answer.json", reply(row.encode())) == []
    assert [place for place, _, _ in places("answer.json", reply(row.encode(written)))] == ["$"]
    assert outcome("answer.fields", reply(row.encode(written))).status is Status.UNKNOWN


def test_shorter_vectors_are_lists_of_numbers_one_for_each_input():
    shorter = [answer(*[[0.5] * length] * 3) for length in (64, 128, 256, 512)]
    assert places("dimensions.length", *shorter) == []
    [finding, *_] = places("dimensions.length", answer("AAAA", "AAAA", "AAAA"), *shorter[1:])
    assert finding == ("$.data[0].embedding", "64 numbers", "AAAA")
    assert places("dimensions.length", *shorter[:3], answer([0.5] * 512)) == [("$.data", "3 items", "1 items")]


def test_a_fault_in_every_place_is_found_so_many_times():
    assert len(outcome("answer.items", reply({"data": [{}] * 10_000})).findings) == 1000


def test_zeros_are_no_vector():
    assert places("vector.distinct", answer([0, 0], [0, 1], [1, 0])) == [
        ("$.data[0].embedding", "a vector", "zeros only")
    ]


@pytest.mark.parametrize("row", [[0.6, 0.8], [0, 0]])
def test_one_vector_for_all_texts_has_no_order(row):
    alone = answer(row)
    assert outcome("batch.order", answer(row, row, row), alone, alone, alone).status is Status.UNKNOWN


@pytest.mark.parametrize("name", ["int8", "base64", "ubinary"])
def test_an_encoding_that_the_model_does_not_have_is_skipped(name):
    refusal = reply({"error": "Unprocessable", "message": "no"}, 422)
    for what in ("form", "values"):
        found = outcome(f"encoding.{name}.{what}", answer(*VECTORS), refusal)
        assert (found.status, found.reason) == (Status.SKIPPED, "the model does not support it (422)")


@pytest.mark.parametrize("status", [404, 422])
def test_a_server_without_images_is_skipped_by_all_checks_of_them(status):
    refusal = reply({"error": "no", "message": "no"}, status)
    assert outcome("image.answer", refusal).status is Status.SKIPPED
    assert outcome("image.invalid", refusal, refusal).status is Status.SKIPPED


def test_bits_are_padded_to_a_byte():
    floats = answer(*VECTORS)
    assert places("encoding.ubinary.form", floats, answer([128], [96], [160])) == []
    assert places("encoding.ubinary.values", floats, answer([0b10000000], [0b01100000], [0b10100000])) == []
    assert places("encoding.binary.values", floats, answer([0], [-32], [32])) == []
    [(place, expected, found)] = places("encoding.ubinary.values", floats, answer([1], [6], [5]))
    assert (place, found) == ("$.data[0].embedding", "its least")
    assert "most significant" in expected


def test_what_an_encoding_should_have_been_is_told_with_its_length():
    [finding, *_] = places("encoding.int8.form", answer(*VECTORS), answer([1, 2], [1, 2, 200], "AAAA"))
    assert finding == (
        "$.data[0].embedding",
        "d whole numbers from -128 to 127, where d is 3",
        "a list of 2 from 1 to 2",
    )


@pytest.mark.parametrize(
    "body",
    [{"error": "Bad Request", "code": "c", "message": "m", "status": 400, "param": "input"},
     {"error": {"code": "c", "message": "m", "param": None}}],
    ids=["the reference's", "the service's own"],
)  # fmt: skip
def test_both_shapes_of_azures_errors_are_right(body):
    row = ROWS["azure"]["error.fields"]
    replies = [reply(body, 400)] * len(row.asks)
    assert places("error.fields", *replies) == places("error.code", *replies) == []


def test_refusals_are_looked_at_where_there_are_some():
    right = reply({"error": {"message": "m", "type": "t"}}, 400)
    row = ROWS["openai"]["error.fields"]
    mixed = [answer(*VECTORS), *[right] * (len(row.asks) - 1)]
    assert outcome("error.fields", *mixed, contract="openai").status is Status.PASSED
    none = outcome("error.fields", *[answer(*VECTORS)] * len(row.asks), contract="openai")
    assert (none.status, none.reason) == (Status.UNKNOWN, "there is no refusal to look at")


@pytest.mark.parametrize(
    "stack",
    ["Traceback (most recent call last):\n", 'at File "/srv/app/main.py", line 3', "Exception\n\tat a.B.c(B.java:1)",
     "goroutine 1 [running]:"],
)  # fmt: skip
@pytest.mark.parametrize("wrap", [lambda stack: {"message": stack}, str.encode], ids=["in JSON", "bare"])
def test_a_stack_is_seen_however_it_is_written(stack, wrap):
    count = len(ROWS["azure"]["error.inside"].asks)
    assert len(places("error.inside", *[reply(wrap(stack), 500)] * count)) == count
    assert places("error.inside", *[reply({"message": 'the field "input" is missing'}, 400)] * count) == []


def test_pages_have_no_fields_to_look_at():
    pages = [reply(b"<html>", 400)] * len(ROWS["azure"]["error.code"].asks)
    assert outcome("error.code", *pages).status is Status.UNKNOWN
    assert outcome("error.json", *pages).status is Status.FAILED


def test_the_model_goes_into_the_body_and_no_other_byte_changes():
    assert json.loads(embed(input="a").with_model('a "b"')) == {"input": "a", "model": 'a "b"'}
    assert post("/embeddings", {}).with_model("m") == b'{"model": "m"}'
    assert raw(b'{"input": [').with_model("m") == b'{"input": ['
    assert PLAIN.with_model(None) == PLAIN.body
    escaped = post("/embeddings", {"input": "é"}, escaped=True)
    assert escaped.with_model("m") == b'{"model": "m", "input": "\\u00e9"}'
