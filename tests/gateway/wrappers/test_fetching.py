"""Fetching images: the steps without a connection, then a real server on loopback."""

import asyncio
import http.server
import threading

import numpy as np
import pytest

from onevec.errors import InvalidRequestError, OnevecError, RateLimitError, UnsupportedParameterError
from onevec.exchange import HttpReply
from onevec.gateway.settings.image_hosts import ImageHosts
from onevec.gateway.wrappers.fetching import REDIRECTS, TOGETHER, Fetched, Fetcher, Get, Resolve, fetch
from onevec.images import ImageInput, LinkedImage
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest

PUBLIC = "93.184.216.34"
GIF = b"GIF89a" + bytes(100)
HOSTS = ImageHosts.parse(("a.example.com", "b.example.com"))


def steps(url="https://a.example.com/1.png", hosts=HOSTS):
    run = fetch(url, hosts)
    return run, next(run)


def test_a_host_is_found_once_and_that_address_is_taken():
    run, step = steps()
    assert step == Resolve("a.example.com", 443)
    assert run.send([PUBLIC, "93.184.216.35"]) == Get("https://a.example.com:443/1.png", "a.example.com", PUBLIC)
    with pytest.raises(StopIteration) as done:
        run.send(HttpReply(200, {}, GIF))
    assert done.value.value == GIF


def test_a_redirect_within_the_list_is_followed_and_found_anew():
    run, _ = steps()
    run.send([PUBLIC])
    assert run.send(HttpReply(302, {"location": "//b.example.com/2.png"}, b"")) == Resolve("b.example.com", 443)
    assert run.send([PUBLIC]).url == "https://b.example.com:443/2.png"
    assert run.send(HttpReply(301, {"location": "../3.png"}, b"")) == Resolve("b.example.com", 443)
    assert run.send([PUBLIC]).url == "https://b.example.com:443/3.png"


@pytest.mark.parametrize(
    "location", ["https://evil.com/", "http://169.254.169.254/", "https://a.example.com:22/", "file:///etc/passwd"]
)
def test_a_redirect_out_of_the_list_is_refused(location):
    run, _ = steps()
    run.send([PUBLIC])
    with pytest.raises(InvalidRequestError):
        run.send(HttpReply(302, {"location": location}, b""))


def test_redirects_come_to_an_end():
    run, _ = steps()
    again = HttpReply(302, {"location": "/again"}, b"")
    for _ in range(REDIRECTS):
        run.send([PUBLIC])
        run.send(again)
    run.send([PUBLIC])
    with pytest.raises(InvalidRequestError, match="redirects"):
        run.send(again)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["fe80::1%eth0"], ["::ffff:127.0.0.1"]])
def test_a_name_that_leads_inside_is_refused(addresses):
    run, _ = steps()
    with pytest.raises(UnsupportedParameterError, match="not public") as caught:
        run.send(addresses)
    assert not any(address in caught.value.message for address in addresses)


@pytest.mark.parametrize("reply", [HttpReply(404, {}, b""), HttpReply(302, {}, b""), HttpReply(204, {}, b"")])
def test_another_answer_than_an_image(reply):
    run, _ = steps()
    run.send([PUBLIC])
    with pytest.raises(InvalidRequestError, match=f"answered {reply.status}"):
        run.send(reply)


def test_a_host_that_is_not_there():
    run, _ = steps()
    with pytest.raises(InvalidRequestError, match="no host"):
        run.send([])


# --- over real connections


class Pictures:
    """A server of images: /gif is one, /large is larger, /endless never ends its headers, /moved redirects."""

    def __init__(self):
        self.paths, self.over = [], threading.Event()
        pictures = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                pictures.paths.append(self.path)
                if self.path == "/slow":
                    pictures.over.wait(timeout=30)
                    return
                bodies = {"/gif": GIF, "/html": b"<html>", "/large": GIF + bytes(1000), "/empty": b""}
                self.send_response(302 if self.path == "/moved" else 200)
                self.send_header("location", "/gif")
                if self.path != "/large":  # whose length nobody is told
                    self.send_header("content-length", str(len(bodies.get(self.path, b""))))
                self.end_headers()
                self.wfile.write(bodies.get(self.path, b""))

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def link(self, path, text=None):
        return LinkedImage(f"http://{self.host}{path}", text)


@pytest.fixture
def pictures():
    server = Pictures()
    yield server
    server.close()


def fetched(*hosts, largest=1000, timeout=20.0):
    return Fetched(FakeEmbedder(), Fetcher(ImageHosts.parse(hosts), largest, timeout))


async def test_images_stand_where_their_addresses_stood(pictures):
    wrapper = fetched(pictures.host)
    inputs = ("a", pictures.link("/gif"), ImageInput(GIF), pictures.link("/moved", "otter"))
    expected = FakeEmbedder().embed(
        EmbedRequest("m", ("a", ImageInput(GIF), ImageInput(GIF), ImageInput(GIF, "otter")))
    )
    np.testing.assert_array_equal((await wrapper.aembed(EmbedRequest("m", inputs))).vectors, expected.vectors)


def test_a_blocking_call_fetches_too(pictures):
    result = fetched(pictures.host).embed(EmbedRequest("m", (pictures.link("/gif"),)))
    np.testing.assert_array_equal(result.vectors, FakeEmbedder().embed(EmbedRequest("m", (ImageInput(GIF),))).vectors)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/large", 413, "larger than"),
        ("/html", 400, "no image"),
        ("/empty", 400, "empty"),
        ("/slow", 400, "cannot be fetched"),
    ],
)
async def test_what_is_no_image_or_takes_too_much_names_its_input(pictures, path, status, words):
    wrapper = fetched(pictures.host, timeout=0.3 if path == "/slow" else 20.0)
    with pytest.raises(InvalidRequestError, match=words) as caught:
        await wrapper.aembed(EmbedRequest("m", ("a", pictures.link(path))))
    assert (caught.value.status, caught.value.loc) == (status, ("inputs", 1))


async def test_all_images_of_a_request_share_one_limit(pictures):
    wrapper = fetched(pictures.host, largest=250)
    two = EmbedRequest("m", (pictures.link("/gif"), pictures.link("/gif")))
    assert len((await wrapper.aembed(two)).vectors) == 2
    with pytest.raises(InvalidRequestError) as caught:
        await wrapper.aembed(EmbedRequest("m", two.inputs * 2))
    assert caught.value.status == 413


async def test_a_name_of_this_machine_needs_its_address_in_the_list(pictures):
    port = pictures.server.server_port
    link = LinkedImage(f"http://localhost:{port}/gif")
    with pytest.raises(UnsupportedParameterError, match="not public"):
        await fetched(f"localhost:{port}").aembed(EmbedRequest("m", (link,)))
    assert pictures.paths == []


async def test_one_bad_address_and_nobody_is_asked(pictures):
    wrapper = fetched(pictures.host)
    with pytest.raises(UnsupportedParameterError) as caught:
        await wrapper.aembed(EmbedRequest("m", (pictures.link("/gif"), LinkedImage("https://evil.com/a"))))
    assert caught.value.loc == ("inputs", 1)
    assert pictures.paths == []


async def test_without_a_list_nothing_is_fetched(pictures):
    with pytest.raises(UnsupportedParameterError, match="image_hosts"):
        await fetched().aembed(EmbedRequest("m", (pictures.link("/gif"),)))
    assert pictures.paths == []


async def test_what_is_held_together_is_bounded(pictures):
    held = asyncio.Event()
    entered = asyncio.Event()

    class Slow(FakeEmbedder):
        async def aembed(self, request):
            entered.set()
            await held.wait()
            return self.embed(request)

    wrapper = Fetched(Slow(), Fetcher(ImageHosts.parse((pictures.host,)), TOGETHER // 2 + 1, 20.0))
    request = EmbedRequest("m", (pictures.link("/gif"),))
    first = asyncio.create_task(wrapper.aembed(request))
    await entered.wait()
    with pytest.raises(RateLimitError) as caught:
        await wrapper.aembed(request)
    assert caught.value.status == 503
    held.set()
    assert len((await first).vectors) == 1
    assert len((await wrapper.aembed(request)).vectors) == 1


async def test_a_failure_of_the_model_is_no_failure_of_an_image(pictures):
    class Failing(FakeEmbedder):
        async def aembed(self, request):
            raise OnevecError("broken")

    wrapper = Fetched(Failing(), Fetcher(ImageHosts.parse((pictures.host,)), 1000, 20.0))
    with pytest.raises(OnevecError, match="broken") as caught:
        await wrapper.aembed(EmbedRequest("m", (pictures.link("/gif"),)))
    assert caught.value.loc == ()
