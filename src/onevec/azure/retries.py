"""When a call is tried again: azure-core's policy and its options, with what an embedding call makes safe added.

An embedding changes nothing at the service, so it may be asked for twice.
"""

from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import ServiceResponseError, ServiceResponseTimeoutError
from azure.core.pipeline.policies import AsyncRetryPolicy, RetryPolicy

NEVER = frozenset({400})
"""A request that is wrong stays wrong, even if the service sends `Retry-After` with it."""


class _EmbeddingRetries:
    """The decisions, for both policies below."""

    def get_retry_after(self, response: Any) -> float | None:
        """Seconds that a reply asks to wait; None where it does not say, or says what cannot be read."""
        try:
            found: float | None = super().get_retry_after(response)  # type: ignore[misc]
        except (TypeError, ValueError, OverflowError):
            return None
        return found

    def is_retry(self, settings: dict[str, Any], response: Any) -> bool:
        """Whether a reply is worth another try: 408, 429, 500, 502, 503, 504, or one that says when to come back."""
        if response.http_response.status_code in NEVER:
            return False
        asked = response.http_response.status_code >= 400 and self.get_retry_after(response) is not None
        return bool(asked or super().is_retry(settings, response))  # type: ignore[misc]

    def _is_method_retryable(self, settings: dict[str, Any], request: Any, response: Any = None) -> bool:
        embeds = urlsplit(request.url).path.endswith("/embeddings")
        return embeds or bool(super()._is_method_retryable(settings, request, response))  # type: ignore[misc]

    def increment(self, settings: dict[str, Any], response: Any = None, error: Exception | None = None) -> bool:
        """Count a failure; False where there is no further try: a POST has one only after a connection that broke."""
        if error is not None and response.http_request.method == "POST" and not _broke(error):
            return False
        return bool(super().increment(settings, response, error))  # type: ignore[misc]


class EmbeddingRetryPolicy(_EmbeddingRetries, RetryPolicy[Any, Any]):
    """For the clients of `onevec.azure`."""


class AsyncEmbeddingRetryPolicy(_EmbeddingRetries, AsyncRetryPolicy[Any, Any]):
    """For the clients of `onevec.azure.aio`."""


def _broke(error: Exception) -> bool:
    """Whether a connection that was there is gone: the usual end of one that was kept alive for too long.

    A host that is not there, a certificate of nobody and a timeout would be no better at the next try.
    """
    if isinstance(error, ServiceResponseError):
        return not isinstance(error, ServiceResponseTimeoutError)
    inner = getattr(error, "inner_exception", None)
    try:
        from aiohttp import ClientConnectorError, ClientOSError, ServerDisconnectedError
    except ImportError:  # then no error is one of its
        return False
    return isinstance(inner, (ClientOSError, ServerDisconnectedError)) and not isinstance(inner, ClientConnectorError)
