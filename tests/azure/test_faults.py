"""What an error tells, from every shape of body; and successes that are none."""

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)

from onevec.azure import EmbeddingsClient, aio
from onevec.azure.faults import Detail

from .recorder import Reply

KEY = AzureKeyCredential("the-key")
HTML = {"content-type": "text/html"}


@pytest.fixture
def failing(recorder):
    def fail(*replies, **keywords):
        recorder.script(*replies)
        with EmbeddingsClient(recorder.url, KEY, retry_total=0) as client, pytest.raises(HttpResponseError) as caught:
            client.embed(input=["a"], **keywords)
        return caught.value

    return fail


def test_the_references_body_in_full(failing):
    body = {
        "code": "unsupported_parameter", "error": "Unprocessable Content", "message": "not supported", "status": 422,
        "detail": {"loc": ["body", "dimensions"], "value": "7"},
    }  # fmt: skip
    error = failing(Reply(422, body))
    assert error.status_code == 422
    assert (error.error.code, error.error.message) == ("unsupported_parameter", "not supported")
    assert error.error.detail == Detail(("body", "dimensions"), "7")
    assert error.error.detail.loc == ("body", "dimensions")
    assert error.message.startswith("(unsupported_parameter) not supported")
    assert str(error) == error.message


def test_a_content_filter(failing):
    error = failing(Reply(400, {"code": "content_filter", "error": "Bad", "message": "no", "param": "input"}))
    assert (error.error.code, error.error.param, error.error.detail) == ("content_filter", "input", None)


def test_the_nested_body_in_full(failing):
    inner = {
        "code": "c",
        "message": "m",
        "target": "t",
        "details": [{"code": "d", "message": "n"}],
        "innererror": {"code": "i"},
    }
    error = failing(Reply(404, {"error": inner}))
    assert isinstance(error, ResourceNotFoundError)
    assert (error.error.code, error.error.message, error.error.target) == ("c", "m", "t")
    assert [detail.code for detail in error.error.details] == ["d"]
    assert error.error.innererror == {"code": "i"}
    assert error.error.detail is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ClientAuthenticationError),
        (404, ResourceNotFoundError),
        (409, ResourceExistsError),
        (418, HttpResponseError),
    ],
)
def test_each_status_has_its_class(failing, status, kind):
    assert type(failing(Reply(status, {"error": "E", "message": "m", "status": status}))) is kind


def test_openais_body(failing):
    error = failing(Reply(429, {"error": {"message": "m", "type": "requests", "param": "input", "code": None}}))
    assert (error.error.code, error.error.message, error.error.param) == ("requests", "m", "input")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"3", b'{"a": 1}', b"\xff\xfe"])
def test_a_body_that_says_nothing(failing, body):
    error = failing(Reply(500, body))
    assert error.error is None
    assert "Internal Server Error" in error.message


@pytest.mark.parametrize(
    ("body", "headers", "message"),
    [
        (b"", {}, "answered 200 and nothing instead of JSON"),
        (b"<html><body>Sign in</body></html>", HTML, "HTML instead of JSON .*it begins: <html><body>Sign in"),
        (b'{"data": [{"embedding": [0.1', {}, "something instead of JSON"),
        (b"[1]", {}, "a JSON list instead of an object"),
        (b'{"data": {}}', {}, "JSON without a list `data`"),
        (b'{"data": [1]}', {}, "JSON without a list `data`"),
        (b"{}", {"content-type": "application/json; charset=nonsense"}, "JSON without a list `data`"),
        (b"\xff\xfe\xff", {}, "something instead of JSON"),
    ],
)
async def test_a_success_that_is_none(recorder, body, headers, message):
    recorder.script(Reply(200, body, headers))
    with (
        EmbeddingsClient(recorder.url + "?sig=secret", KEY) as client,
        pytest.raises(DecodeError, match=message) as caught,
    ):
        client.embed(input=["a"])
    assert caught.value.status_code == 200
    assert "secret" not in str(caught.value)
    async with aio.EmbeddingsClient(recorder.url, KEY) as client:
        with pytest.raises(DecodeError, match=message):
            await client.embed(input=["a"])


def test_a_class_of_ones_own(failing):
    class MineError(HttpResponseError):
        def __init__(self, response):
            super().__init__(response=response)

    error = failing(Reply(418, {"error": "E", "code": "c", "message": "m"}), error_map={418: MineError})
    assert isinstance(error, MineError)
    assert error.error.code == "c"


def test_info_that_is_none(recorder):
    recorder.script(Reply(200, b"<html>", HTML))
    with EmbeddingsClient(recorder.url, KEY) as client, pytest.raises(DecodeError):
        client.get_model_info()
