"""`stream=True`: the bytes of the reply as they come."""

import threading

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError

from onevec.azure import EmbeddingsClient, aio

from .recorder import Reply

KEY = AzureKeyCredential("the-key")
FIRST, SECOND = b'{"data": ', b"[]}"


@pytest.fixture
def slowly(recorder):
    """A reply whose second half waits until the first was read."""
    read = threading.Event()

    def parts():
        yield FIRST
        assert read.wait(20)
        yield SECOND

    recorder.script(Reply(200, parts=parts))
    yield read
    read.set()


def test_bytes_come_as_they_are_sent(recorder, slowly):
    with EmbeddingsClient(recorder.url, KEY, connection_data_block_size=4) as client:
        stream = client.embed(input=["a"], stream=True)
        got = next(stream)
        while len(got) < len(FIRST):
            got += next(stream)
        slowly.set()
        assert got + b"".join(stream) == FIRST + SECOND


async def test_bytes_come_without_blocking_the_loop(recorder, slowly):
    async with aio.EmbeddingsClient(recorder.url, KEY) as client:
        stream = await client.embed(body={"input": ["a"]}, stream=True)
        got = await anext(stream)
        slowly.set()
        assert got + b"".join([part async for part in stream]) == FIRST + SECOND


async def test_an_error_is_read_whole(recorder):
    recorder.script(Reply(422, {"code": "c", "message": "m"}))
    with EmbeddingsClient(recorder.url, KEY) as client, pytest.raises(HttpResponseError) as caught:
        client.embed(input=["a"], stream=True)
    assert caught.value.error.code == "c"
    async with aio.EmbeddingsClient(recorder.url, KEY) as client:
        with pytest.raises(HttpResponseError) as caught:
            await client.embed(input=["a"], stream=True)
    assert caught.value.error.code == "c"


def test_info_is_no_stream(recorder):
    recorder.script(Reply(200, {"model_name": "n"}))
    with EmbeddingsClient(recorder.url, KEY) as client:
        assert client.get_model_info(stream=True).model_name == "n"
