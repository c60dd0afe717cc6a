"""The Azure AI wire beyond what all wires share."""

import json

import pytest

from onevec.errors import AuthenticationError, ContentFilterError, InvalidRequestError, UnsupportedParameterError
from onevec.target import Target
from onevec.types import EmbedRequest, Encoding, InputType
from onevec.wires import Outgoing
from onevec.wires.azure import AZURE

TARGET = Target(
    "azure",
    "https://h/models/",
    key="a-key-of-azure",
    auth="both",
    query=(("api-version", "2024-05-01-preview"),),
    parameters=frozenset({"dimensions", "input_type", "extra"}),
)


def test_keys_stand_in_the_order_of_the_vendors_client_and_nulls_are_dropped():
    full = EmbedRequest("m", ("a",), 8, InputType.QUERY, Encoding.UBINARY, extra={"z": 1, "model": "other"})
    sent = AZURE.encode_request(full, TARGET)
    assert sent.body == (
        b'{"input":["a"],"dimensions":8,"encoding_format":"ubinary","input_type":"query","model":"other","z":1}'
    )
    assert AZURE.encode_request(EmbedRequest("", ("a",)), TARGET).body == b'{"input":["a"]}'


def test_both_headers_carry_the_key():
    sent = AZURE.encode_request(EmbedRequest("m", ("a",)), TARGET)
    assert sent.url == "https://h/models/embeddings?api-version=2024-05-01-preview"
    assert sent.headers["api-key"] == "a-key-of-azure"
    assert sent.headers["authorization"] == "Bearer a-key-of-azure"


@pytest.mark.parametrize(("extra", "header"), [({}, None), ({"user": "me"}, "pass-through")])
def test_extra_parameters_are_announced_only_when_there_are_any(extra, header):
    sent = AZURE.encode_request(EmbedRequest("m", ("a",), extra=extra), TARGET)
    assert sent.headers.get("extra-parameters") == header


BODY = b'{"input": ["a"], "user": "me"}'


@pytest.mark.parametrize("mode", ["pass-through", "Pass-Through"])
def test_the_server_passes_extras_through(mode):
    assert AZURE.decode_request(BODY, {"extra-parameters": mode}).extra == {"user": "me"}


@pytest.mark.parametrize("mode", ["drop", "ignore", "IGNORE"])
def test_the_server_drops_extras_in_both_spellings(mode):
    assert AZURE.decode_request(BODY, {"extra-parameters": mode}).extra == {}


@pytest.mark.parametrize("headers", [{}, {"extra-parameters": "error"}])
def test_the_server_refuses_extras_that_nobody_announced(headers):
    with pytest.raises(InvalidRequestError, match=r"\$\.user") as caught:
        AZURE.decode_request(BODY, headers)
    assert caught.value.param == "user"


def test_a_model_may_be_left_unsaid():
    assert AZURE.decode_request(b'{"input": "a"}', {}).model == ""


def test_an_error_of_status_422_has_the_detail_of_the_reference():
    reply = AZURE.encode_error(UnsupportedParameterError("no such length", loc=("dimensions",), value="7"))
    assert json.loads(reply.body) == {
        "error": "Unprocessable Entity",
        "code": "unsupported_parameter",
        "message": "no such length",
        "status": 422,
        "detail": {"loc": ["dimensions"], "value": "7"},
    }
    assert reply.headers["x-ms-error-code"] == "unsupported_parameter"


def test_other_errors_have_a_param_when_there_is_one():
    filtered = json.loads(AZURE.encode_error(ContentFilterError("refused", param="input")).body)
    assert filtered == {
        "error": "Bad Request", "code": "content_filter", "message": "refused", "status": 400, "param": "input",
    }  # fmt: skip
    assert json.loads(AZURE.encode_error(AuthenticationError("no", status=498)).body)["error"] == "Error"


def test_each_reply_has_an_id_of_32_hexadecimal_digits():
    from onevec.testing import FakeEmbedder

    request = EmbedRequest("m", ("a",))
    result = FakeEmbedder().embed(request)
    ids = {json.loads(AZURE.encode_reply(Outgoing(result, request)))["id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(len(one) == 32 and int(one, 16) for one in ids)
    assert json.loads(AZURE.encode_reply(Outgoing(result, request, id="mine")))["id"] == "mine"
