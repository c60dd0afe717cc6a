"""Fetching images that a client names by their address, from hosts that the operator lists.

What is to be done is a generator of steps; a thread or an event loop takes them.
"""

import asyncio
import socket
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias
from urllib.parse import urljoin

from onevec.errors import (
    InvalidRequestError,
    InvalidResponseError,
    OnevecError,
    ProviderError,
    RateLimitError,
    UnsupportedParameterError,
)
from onevec.exchange import HttpReply, HttpRequest
from onevec.gateway.settings.image_hosts import ImageHosts
from onevec.gateway.wrappers.wrapper import Wrapper
from onevec.images import ImageInput, LinkedImage
from onevec.remote import parallel
from onevec.transport import HttpSettings, HttpTransport
from onevec.types import Embedder, EmbedRequest, EmbedResult, Input

REDIRECTS = 3
CONCURRENCY = 4
"""Images of one request that are fetched at a time."""

TOGETHER = 256 * 1024 * 1024
"""Bytes of fetched images that are held at one time, all requests together."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """Find the addresses of a host; the answer is a list of them."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Get:
    """Get a URL whose host is taken to have this address, whatever a name server says by now; the answer is a reply."""

    url: str
    host: str
    address: str


Fetch: TypeAlias = Generator[Resolve | Get, "list[str] | HttpReply", bytes]


def fetch(url: str, hosts: ImageHosts) -> Fetch:
    """The steps from a URL to the bytes behind it. Every redirect is checked as the URL was.

    Raises:
        UnsupportedParameterError: a host that is not listed, or that has an address which is neither public nor listed.
        InvalidRequestError: another answer than 200, or too many redirects.
    """
    for _ in range(REDIRECTS + 1):
        place = hosts.check(url)
        host = place.host
        addresses = yield Resolve(host, place.port)
        reply = yield Get(place.url, host, _admitted(host, addresses, hosts))
        if not isinstance(reply, HttpReply):
            raise TypeError("a Get is answered by a reply")
        if reply.status == 200:
            return reply.body
        location = reply.headers.get("location")
        if not 300 <= reply.status < 400 or not location:
            raise InvalidRequestError(f"{host} answered {reply.status} instead of an image", param="image")
        url = urljoin(place.url, location)
    raise InvalidRequestError(f"the image is behind more than {REDIRECTS} redirects", param="image")


def _admitted(host: str, addresses: object, hosts: ImageHosts) -> str:
    """The first address of a host, all of which may be connected to."""
    found = [str(one) for one in addresses] if isinstance(addresses, Sequence) else []
    if not found:
        raise InvalidRequestError(f"there is no host {host[:100]}", param="image", value=host[:60])
    if not all(hosts.admits(one) for one in found):
        # The address is not told: it is a fact about the operator's network.
        raise UnsupportedParameterError(
            f"{host[:100]} has an address that is not public, which [server] image_hosts does not list",
            param="image",
            code="image_host_not_allowed",
            value=host[:60],
        )
    return found[0]


class Fetcher:
    """Takes the steps over real connections.

    Args:
        hosts: Whom images may be fetched from.
        largest: Bytes of one image, and of all images of one request.
        timeout: Seconds for each step.
    """

    def __init__(self, hosts: ImageHosts, largest: int, timeout: float) -> None:
        self.hosts = hosts
        self.largest = largest
        self._timeout = timeout
        self._held = 0

    async def image(self, linked: LinkedImage, limit: int) -> ImageInput:
        """The image behind an address.

        Raises:
            InvalidRequestError: it may not, or cannot, be fetched, is larger than `limit` bytes, or is no image.
        """
        steps = fetch(linked.url, self.hosts)
        answer: list[str] | HttpReply | None = None
        try:
            while True:
                step = steps.send(answer) if answer is not None else next(steps)
                answer = await (self._resolve(step) if isinstance(step, Resolve) else self._get(step, limit))
        except StopIteration as stop:
            content: bytes = stop.value
        return ImageInput(content, linked.text)

    @contextmanager
    def room(self, size: int) -> Iterator[None]:
        """Room for so many bytes.

        Raises:
            RateLimitError: others hold all there is; status 503.
        """
        if self._held and self._held + size > TOGETHER:
            raise RateLimitError(
                "the server is fetching as many images as it has room for: try again soon",
                status=503,
                code="overloaded",
                retry_after=1.0,
            )
        self._held += size
        try:
            yield
        finally:
            self._held -= size

    async def _resolve(self, step: Resolve) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout):
                found = await loop.getaddrinfo(step.host, step.port, type=socket.SOCK_STREAM)
        except TimeoutError as exc:  # which is an OSError, too
            raise InvalidRequestError(f"{step.host[:100]} was not found in time", param="image") from exc
        except (OSError, UnicodeError):
            return []
        return [str(entry[4][0]) for entry in found]

    async def _get(self, step: Get, limit: int) -> HttpReply:
        # No proxy: it would look the name up again, and perhaps find another address.
        settings = HttpSettings(self._timeout, self._timeout, proxy="", pinned=(step.host, step.address))
        async with HttpTransport(settings, max_body=limit) as transport:
            try:
                return await transport.asend(HttpRequest("GET", step.url, {"accept": "image/*"}))
            except InvalidResponseError as exc:
                raise InvalidRequestError(
                    f"the image is larger than the {limit} bytes that are left for this request",
                    status=413,
                    param="image",
                ) from exc
            except ProviderError as exc:
                raise InvalidRequestError(f"the image cannot be fetched: {exc.message}", param="image") from exc


class Fetched(Wrapper):
    """Puts images in the place of their addresses, and refuses those that may not be fetched."""

    def __init__(self, inner: Embedder, fetcher: Fetcher) -> None:
        super().__init__(inner)
        self._fetcher = fetcher

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, blocking the calling thread, which must have no event loop of its own where there is an address."""
        if not any(isinstance(one, LinkedImage) for one in request.inputs):
            return self.inner.embed(request)
        return asyncio.run(self.aembed(request))

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """The same without blocking the event loop.

        Raises:
            InvalidRequestError: an image that may not, or cannot, be fetched; `loc` says which.
            RateLimitError: too many are being fetched; status 503.
        """
        linked = [(index, one) for index, one in enumerate(request.inputs) if isinstance(one, LinkedImage)]
        if not linked:
            return await self.inner.aembed(request)
        for index, one in linked:
            with placed(index):
                self._fetcher.hosts.check(one.url)
        with self._fetcher.room(self._fetcher.largest):
            images = await self._images(linked)
            return await self.inner.aembed(replace(request, inputs=_replaced(request.inputs, images)))

    async def _images(self, linked: Sequence[tuple[int, LinkedImage]]) -> dict[int, ImageInput]:
        """The images, which together are no larger than the body of a request may be."""
        left = self._fetcher.largest
        images: dict[int, ImageInput] = {}

        async def one(index: int, link: LinkedImage) -> None:
            nonlocal left
            with placed(index):
                image = await self._fetcher.image(link, max(left, 0))
                left -= len(image.content)
                if left < 0:
                    raise InvalidRequestError(
                        f"the images are larger than {self._fetcher.largest} bytes together", status=413, param="image"
                    )
            images[index] = image

        await parallel.arun([partial(one, index, link) for index, link in linked], CONCURRENCY)
        return images


def _replaced(inputs: Iterable[Input], images: dict[int, ImageInput]) -> tuple[Input, ...]:
    return tuple(images.get(index, one) for index, one in enumerate(inputs))


@contextmanager
def placed(index: int) -> Iterator[None]:
    """Says of an error which input it is about."""
    try:
        yield
    except OnevecError as exc:
        exc.param, exc.loc = "inputs", ("inputs", index)
        raise
