"""Models in another process, as far as one process shows it: the real server on a real port, in a thread."""

import asyncio
import sys
import threading
from contextlib import contextmanager

import msgspec
import numpy as np
import pytest

from onevec.embedders import Embedders, Endpoint
from onevec.errors import (
    ConfigurationError,
    InvalidRequestError,
    ModelNotFoundError,
    OnevecError,
    UnsupportedModalityError,
)
from onevec.exchange import HttpRequest
from onevec.handover import Found, pack_request
from onevec.images import ImageInput
from onevec.server.processes.run import Server, bind
from onevec.server.processes.sharing import Sharing
from onevec.shared import Address, Lent, Line, SharedModels
from onevec.transport import HttpSettings, HttpTransport
from onevec.types import Capabilities, EmbedRequest, InputType, LateChunking, Overflow

pytestmark = pytest.mark.thorough

MODEL = "local:all-minilm-l6-v2"


@contextmanager
def lending(lent):
    listener, started = bind("127.0.0.1", 0), threading.Event()
    server = Server(Sharing(lent, "word"), shutdown_timeout=5, started=started.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield Address(listener.getsockname()[1], "word")
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def both():
    """The same model over there, and here."""
    embedders = Embedders()
    with lending(Lent(embedders)) as address:
        here = Embedders()
        yield SharedModels(Line(address)).find(MODEL, Endpoint())[0], here.find(MODEL, Endpoint())[0]
        here.close()
    embedders.close()


@pytest.mark.parametrize(
    "request_",
    [
        EmbedRequest("m", ("a", "how do I reset my password")),
        EmbedRequest("m", ("a",), input_type=InputType.TEXT, prompt="query: "),
        EmbedRequest("m", ((101, 2129, 102),)),
        EmbedRequest("m", ("word " * 600,), overflow=Overflow.TRUNCATE),
        EmbedRequest("m", ("word " * 600,), overflow=Overflow.CHUNK),
        EmbedRequest("m", ("One thing. Another thing.",), chunking=LateChunking(6)),
    ],
)
async def test_the_same_vectors_as_from_a_model_of_ones_own(both, request_):
    there, here = both
    one, other = await there.aembed(request_), await here.aembed(request_)
    assert np.allclose(one.vectors, other.vectors, atol=1e-6)
    assert (one.usage, one.space, one.chunks) == (other.usage, other.space, other.chunks)
    assert np.allclose(there.embed(request_).vectors, other.vectors, atol=1e-6)


async def test_batches_are_told_once(both):
    there, _ = both
    told, again = [], []
    there.embed(EmbedRequest("m", ("a",)))
    there.on_batch(lambda *batch: told.append(batch))
    await there.aembed(EmbedRequest("m", ("how do I reset my password",)))
    assert sum(texts for texts, _ in told) == 1
    there.on_batch(lambda *batch: again.append(batch))
    there.embed(EmbedRequest("m", ("a", "b", "c")))
    assert sum(texts for texts, _ in again) == 3
    assert told[1:] == again


def test_the_same_abilities(both):
    there, here = both
    assert (there.capabilities, there.space) == (here.capabilities, here.space)


async def test_the_same_errors(both):
    picture = ImageInput(b"\x89PNG\r\n\x1a\n")
    for asked in (
        EmbedRequest("m", ("word " * 600,)),
        EmbedRequest("m", ("a",), dimensions=7),
        EmbedRequest("m", (picture,)),
    ):
        raised = []
        for one in both:
            with pytest.raises(InvalidRequestError) as caught:
                await one.aembed(asked)
            raised.append(caught.value)
        assert type(raised[0]) is type(raised[1])
        assert vars(raised[0]) == vars(raised[1])
    assert isinstance(raised[0], UnsupportedModalityError)


def test_what_cannot_be_loaded_is_told_as_it_is_here():
    with lending(Lent(Embedders())) as address:
        models = SharedModels(Line(address))
        with pytest.raises(ConfigurationError, match="did you mean 'threads'") as caught:
            models.find(MODEL, Endpoint(client_args={"thread": 1}))
        assert caught.value.param == "client_args"
        with pytest.raises(ModelNotFoundError, match="/no/such/folder"):
            models.find("local:/no/such/folder", Endpoint())
        assert models.find("openai:m", Endpoint(api_key="k"))[1] == "m"  # what is remote needs nobody over there
        models.close()


class Held:
    """A lender of one model that answers when it is told to."""

    def __init__(self, embedder):
        self.embedder, self.known, self.released = embedder, True, []

    async def find(self, user, model, client_args):
        self.known = True
        return Found(0, self.embedder.space, Capabilities())

    def get(self, user, number):
        return self.embedder if self.known else None

    def batches(self, embedder):
        return ((1, 3),)

    async def release(self, user):
        self.released.append(user)


async def test_giving_up_drops_the_work_over_there(held):
    with lending(Held(held)) as address:
        embedder, _ = await SharedModels(Line(address)).afind("local:m", Endpoint())
        task = asyncio.create_task(embedder.aembed(EmbedRequest("m", ("a",))))
        await asyncio.to_thread(held.arrived.acquire)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(held.cancelled.wait, 10)


async def test_what_is_asked_again_over_another_connection_is_answered_twice(held):
    with lending(Held(held)) as address:
        line, body = Line(address), pack_request(EmbedRequest("m", ("a",)))
        asked = [asyncio.create_task(line.aask("/embed/user/0/call", body)) for _ in range(2)]
        for _ in asked:
            await asyncio.to_thread(held.arrived.acquire)
        held.release()
        held.release()
        assert all(await asyncio.gather(*asked))


async def test_a_process_that_has_taken_the_place_of_another_loads_the_model_again(held):
    held.release()
    lender = Held(held)
    with lending(lender) as address:
        models = SharedModels(Line(address))
        embedder, _ = await models.afind("local:m", Endpoint())
        lender.known = False
        assert (await embedder.aembed(EmbedRequest("m", ("a",)))).vectors.shape == (1, 16)
        assert lender.known
        successor = models.successor()
        await successor.afind("local:m", Endpoint())
        await asyncio.to_thread(models.close)
        await asyncio.to_thread(models.close)
        assert lender.released == [models._user]
        assert successor._user != models._user


async def test_a_stranger_learns_nothing():
    with lending(Held(None)) as address:
        for headers in ({}, {"authorization": "Bearer other"}):
            request = HttpRequest("POST", f"http://127.0.0.1:{address.port}/embed/a/0/b", headers, b"x")
            reply = await HttpTransport(HttpSettings(proxy="")).asend(request)
            assert (reply.status, reply.body) == (401, b"")
    assert "word" not in repr(address)


async def test_nonsense_is_an_error_and_not_an_end(held):
    held.release()
    with lending(Held(held)) as address:
        line = Line(address)
        with pytest.raises(OnevecError, match="engine process failed"):
            await line.aask("/embed/1.0/0/c", b"nonsense")
        assert await line.aask("/cancel/unknown", b"") == b""


async def test_the_models_of_a_process_that_is_dead_are_released():
    dead = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    lent = Lent(Embedders())
    await lent.find(f"{dead.pid}.0", "gist", {})
    embedder = lent.get(f"{dead.pid}.0", 0)
    assert embedder is not None
    await dead.communicate(b"\n")
    await lent.find("1.0", "gist", {})  # process 1 always lives, and is seldom ours
    assert lent.get(f"{dead.pid}.0", 0) is None
    assert lent.get("1.0", 0) is embedder
    assert lent.get("1.0", 1) is None
    assert msgspec.msgpack.encode(await lent.find("1.0", "gist", {}))
    await lent.release("1.0")
