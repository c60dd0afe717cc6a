"""The async clients: each call is a plan of :mod:`onevec.azure.calls`, run through azure-core's pipeline."""

import functools
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from azure.core import AsyncPipelineClient
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, AsyncRedirectPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.core.tracing.decorator_async import distributed_trace_async

from onevec.azure import spans
from onevec.azure.base import ClientBase
from onevec.azure.calls import Parameters, Plan
from onevec.azure.loading import ImageInputs, TextInputs, class_for, not_supported
from onevec.azure.models import EmbeddingsResult, ModelInfo
from onevec.azure.pipeline import Kind
from onevec.azure.retries import AsyncEmbeddingRetryPolicy

InputT = TypeVar("InputT")


def awaiting(method: Callable[..., Awaitable[Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The same method as a coroutine function, which tests and frameworks look for."""

    @functools.wraps(method)
    async def call(*args: Any, **kwargs: Any) -> Any:
        return await method(*args, **kwargs)

    return call


class AsyncClient(
    ClientBase[
        AzureKeyCredential | AsyncTokenCredential,
        InputT,
        Coroutine[Any, Any, EmbeddingsResult],
        Coroutine[Any, Any, ModelInfo],
    ],
    Generic[InputT],
):
    """Runs plans without blocking the event loop; cancelling a call drops its request."""

    kind = Kind(AsyncRedirectPolicy, AsyncEmbeddingRetryPolicy, AsyncBearerTokenCredentialPolicy)

    def _open(self, options: dict[str, Any]) -> None:
        self._client: AsyncPipelineClient[Any, Any] = AsyncPipelineClient("{endpoint}", **options)

    if not TYPE_CHECKING:  # their types are the base's
        embed = awaiting(ClientBase.embed)
        get_model_info = awaiting(ClientBase.get_model_info)

    async def send_request(self, request: HttpRequest, *, stream: bool = False, **kwargs: Any) -> AsyncHttpResponse:
        """Send any request through the client's policies; a relative URL is the endpoint's. The reply is not judged."""
        response: AsyncHttpResponse = await self._client.send_request(
            self._core.addressed(request), stream=stream, **kwargs
        )
        return response

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def _traced(self, operation: str, plan: Plan[Any], asked: Parameters | None, options: dict[str, Any]) -> Any:
        stream = bool(options.pop("stream", False))
        outer = spans.current_span()

        async def run(**options: Any) -> Any:
            if asked is not None:
                spans.describe(outer, spans.of_request(self._core.endpoint.url, asked))
            result = await self._run(plan, stream, options)
            spans.describe(outer, spans.of_result(result))
            return result

        return await distributed_trace_async(name_of_span=f"{self.name}.{operation}")(run)(**options)

    async def _run(self, plan: Plan[Any], stream: bool, options: dict[str, Any]) -> Any:
        reply = None
        while True:
            try:
                request = plan.send(reply)
            except StopIteration as done:
                return done.value
            reply = await self._client.send_request(request, stream=stream, **options)
            if stream and reply.status_code != 200:
                await reply.read()


class EmbeddingsClient(AsyncClient[TextInputs]):
    """Embeds texts: `POST {endpoint}/embeddings`."""

    name = "EmbeddingsClient"
    path = "/embeddings"


class ImageEmbeddingsClient(AsyncClient[ImageInputs]):
    """Embeds images: `POST {endpoint}/images/embeddings`."""

    name = "ImageEmbeddingsClient"
    path = "/images/embeddings"


async def load_client(
    endpoint: str, credential: AzureKeyCredential | AsyncTokenCredential, **kwargs: Any
) -> EmbeddingsClient | ImageEmbeddingsClient:
    """The client for whatever model the endpoint says that it has; keywords are the constructor's.

    Raises:
        ResourceNotFoundError: the endpoint has no route `/info`: construct the client that you want.
        ValueError: the model makes no embeddings, or its type is not said.
    """
    with not_supported():
        async with EmbeddingsClient(endpoint, credential, **kwargs) as asking:
            info = await asking.get_model_info()
    kind: type[EmbeddingsClient | ImageEmbeddingsClient] = class_for(info, EmbeddingsClient, ImageEmbeddingsClient)
    client = kind(endpoint, credential, **kwargs)
    client._core.info = info
    return client
