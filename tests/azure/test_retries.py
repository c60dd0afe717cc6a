"""What is tried again, beyond what the parity scenarios show."""

import threading

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.rest import HttpRequest

from onevec.azure import EmbeddingsClient, aio

from .recorder import Reply, embeddings

KEY = AzureKeyCredential("the-key")


class Clock:
    """Keeps what was slept, as azure-core's transports do it, and sleeps not."""

    def __init__(self, transport):
        self.slept = []
        self._transport = transport

    def sleep(self, seconds):
        self.slept.append(seconds)

    def __getattr__(self, name):
        return getattr(self._transport, name)

    def __enter__(self):
        self._transport.__enter__()
        return self

    def __exit__(self, *details):
        self._transport.__exit__(*details)


@pytest.fixture
def clock():
    from azure.core.pipeline.transport import RequestsTransport

    return Clock(RequestsTransport())


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"retry-after": "7"}, [7]),
        ({"retry-after-ms": "1500"}, [1.5]),
        ({"x-ms-retry-after-ms": "250"}, [0.25]),
        ({"retry-after": "soon"}, []),
        ({"retry-after-ms": "x"}, []),
        ({}, []),
    ],
)
def test_the_service_says_how_long(recorder, clock, headers, slept):
    recorder.script(Reply(429, {"message": "m"}, headers), embeddings)
    with EmbeddingsClient(recorder.url, KEY, transport=clock) as client:
        client.embed(input=["a"])
    assert clock.slept == slept


def test_waits_grow(recorder, clock):
    recorder.script(Reply(429, {"message": "m"}))
    with EmbeddingsClient(recorder.url, KEY, transport=clock) as client, pytest.raises(HttpResponseError):
        client.embed(input=["a"])
    assert len(recorder.requests) == 4
    assert clock.slept == pytest.approx([1.6, 3.2])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_what_a_wait_does_not_mend_is_not_tried_again(recorder, status):
    recorder.script(Reply(status, {"message": "m"}))
    with EmbeddingsClient(recorder.url, KEY) as client, pytest.raises(HttpResponseError):
        client.embed(input=["a"])
    assert len(recorder.requests) == 1


def test_only_embeddings_may_be_asked_for_twice(recorder):
    recorder.script(Reply(502), embeddings)
    with EmbeddingsClient(recorder.url, KEY, retry_backoff_factor=0) as client:
        assert client.send_request(HttpRequest("POST", "/other", json={})).status_code == 502
    assert len(recorder.requests) == 1


def test_a_broken_connection_is_tried_a_few_times(recorder, clock):
    recorder.script(Reply(hang_up=True))
    with (
        EmbeddingsClient(recorder.url, KEY, transport=clock) as client,
        pytest.raises((ServiceRequestError, ServiceResponseError)),
    ):
        client.embed(input=["a"])
    assert len(recorder.requests) == 4


async def test_what_cannot_be_reached_is_told_at_once(clock):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with EmbeddingsClient(url, KEY, transport=clock) as client, pytest.raises(ServiceRequestError):
            client.embed(input=["a"])
        async with aio.EmbeddingsClient(url, KEY, retry_backoff_factor=1e9) as client:
            with pytest.raises(ServiceRequestError):
                await client.embed(input=["a"])
    assert clock.slept == []


async def test_a_timeout_is_not_doubled(recorder):
    done = threading.Event()

    def late(request):
        done.wait(20)
        return embeddings(request)

    recorder.script(late)
    with EmbeddingsClient(recorder.url, KEY, read_timeout=0.05) as client, pytest.raises(ServiceResponseError):
        client.embed(input=["a"])
    assert len(recorder.requests) == 1
    async with aio.EmbeddingsClient(recorder.url, KEY, read_timeout=0.05) as client:
        with pytest.raises(ServiceResponseError):
            await client.embed(input=["a"])
    assert len(recorder.requests) == 2
    done.set()
