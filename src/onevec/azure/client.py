"""The blocking clients: each call is a plan of :mod:`onevec.azure.calls`, run through azure-core's pipeline."""

from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from azure.core import PipelineClient
from azure.core.credentials import AzureKeyCredential, TokenCredential
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RedirectPolicy
from azure.core.rest import HttpRequest, HttpResponse
from azure.core.tracing.decorator import distributed_trace

from onevec.azure import spans
from onevec.azure.base import ClientBase
from onevec.azure.calls import Parameters, Plan
from onevec.azure.loading import ImageInputs, TextInputs, class_for, not_supported
from onevec.azure.models import EmbeddingsResult, ModelInfo
from onevec.azure.pipeline import Kind
from onevec.azure.retries import EmbeddingRetryPolicy

InputT = TypeVar("InputT")


class BlockingClient(
    ClientBase[AzureKeyCredential | TokenCredential, InputT, EmbeddingsResult, ModelInfo], Generic[InputT]
):
    """Runs plans in the calling thread."""

    kind = Kind(RedirectPolicy, EmbeddingRetryPolicy, BearerTokenCredentialPolicy)

    def _open(self, options: dict[str, Any]) -> None:
        self._client: PipelineClient[Any, Any] = PipelineClient("{endpoint}", **options)

    def send_request(self, request: HttpRequest, *, stream: bool = False, **kwargs: Any) -> HttpResponse:
        """Send any request through the client's policies; a relative URL is the endpoint's. The reply is not judged."""
        response: HttpResponse = self._client.send_request(self._core.addressed(request), stream=stream, **kwargs)
        return response

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self._client.__exit__(kind, error, trace)

    def _traced(self, operation: str, plan: Plan[Any], asked: Parameters | None, options: dict[str, Any]) -> Any:
        stream = bool(options.pop("stream", False))
        outer = spans.current_span()

        def run(**options: Any) -> Any:
            if asked is not None:
                spans.describe(outer, spans.of_request(self._core.endpoint.url, asked))
            result = self._run(plan, stream, options)
            spans.describe(outer, spans.of_result(result))
            return result

        return distributed_trace(name_of_span=f"{self.name}.{operation}")(run)(**options)

    def _run(self, plan: Plan[Any], stream: bool, options: dict[str, Any]) -> Any:
        reply = None
        while True:
            try:
                request = plan.send(reply)
            except StopIteration as done:
                return done.value
            reply = self._client.send_request(request, stream=stream, **options)
            if stream and reply.status_code != 200:
                reply.read()


class EmbeddingsClient(BlockingClient[TextInputs]):
    """Embeds texts: `POST {endpoint}/embeddings`."""

    name = "EmbeddingsClient"
    path = "/embeddings"


class ImageEmbeddingsClient(BlockingClient[ImageInputs]):
    """Embeds images: `POST {endpoint}/images/embeddings`."""

    name = "ImageEmbeddingsClient"
    path = "/images/embeddings"


def load_client(
    endpoint: str, credential: AzureKeyCredential | TokenCredential, **kwargs: Any
) -> EmbeddingsClient | ImageEmbeddingsClient:
    """The client for whatever model the endpoint says that it has; keywords are the constructor's.

    Raises:
        ResourceNotFoundError: the endpoint has no route `/info`: construct the client that you want.
        ValueError: the model makes no embeddings, or its type is not said.
    """
    with not_supported(), EmbeddingsClient(endpoint, credential, **kwargs) as asking:
        info = asking.get_model_info()
    kind: type[EmbeddingsClient | ImageEmbeddingsClient] = class_for(info, EmbeddingsClient, ImageEmbeddingsClient)
    client = kind(endpoint, credential, **kwargs)
    client._core.info = info
    return client
