"""Every error that onevec raises.

::

    OnevecError
    ├── InvalidRequestError *               400  the call is wrong as it stands
    │   ├── UnsupportedParameterError *     422  well-formed, but not for this provider or model
    │   ├── UnsupportedModalityError *      404  an image for a model of texts, or the other way round
    │   ├── UnsupportedProviderError *      400  nobody of that name embeds
    │   ├── ContextLengthExceededError *    400  a text is longer than the model reads
    │   ├── ContentFilterError *            400  a content filter refused an input
    │   └── VectorSpaceError *              412  vectors would be in another space than is expected
    ├── ConfigurationError *                500  a setting is wrong, found before any call
    │   └── MissingApiKeyError *            401  no key, neither as argument nor in the environment
    ├── ModelError                          500  a local model cannot be used
    │   ├── ModelFileError                  500  a file is missing, corrupt or not finite
    │   ├── UnsafeModelError                500  only weights that would run code (pickle)
    │   └── ModelUnavailableError           503  not in the cache, and the hub cannot be reached
    ├── DatasetError                        500  a run over a dataset cannot go on; what is committed stays
    │   ├── InputDataError                  500  the input cannot be read, or is not what it was
    │   ├── OutputError                     500  the output cannot be written, or is not what it was
    │   └── WorkerLostError                 500  workers of a cluster died again and again
    ├── AuthenticationError                 401  the key was refused
    ├── InsufficientFundsError              402  the account has no credit left
    ├── ModelNotFoundError                  404  the provider, or this machine, has no such model
    ├── RateLimitError                      429  too many requests; `retry_after` says when
    └── ProviderError                       502  the provider failed
        ├── UpstreamProviderError           502  it answered with a server error
        ├── GatewayTimeoutError             504  it did not answer in time
        ├── ProviderConnectionError         502  it could not be reached
        └── InvalidResponseError            502  it answered, but not with the vectors that were asked for

``*`` is also a :class:`ValueError`. An error carries data (`status`, `code`, `provider`, `param`, …) so that callers
decide by it and never by prose. Errors of a provider are classified by HTTP status and structured code alone.
"""

from collections.abc import Mapping
from typing import ClassVar


class OnevecError(Exception):
    """The root of everything that onevec raises on purpose.

    Attributes:
        message: What is wrong and what to do about it, in one line.
        remedy: How the message goes on for callers from Python, such as ``, or pass overflow='truncate'``; empty where
            everybody can do the same. `str()` has both; a server and a command line say it in their own words.
        status: The HTTP status that says the same.
        code: A word for programs, such as ``rate_limit_exceeded``.
        provider: Who it is about, when a provider is.
        param: The argument that it is about, such as ``dimensions``.
        loc: The place of the fault in the request, such as ``("inputs", 3)``.
        value: The offending value, shortened, never a secret.
        retry_after: Seconds to wait before another try, when the provider said so.
        request_id: The provider's own id of the failed request.
    """

    default_status: ClassVar[int] = 500
    default_code: ClassVar[str] = "internal_error"

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        status: int | None = None,
        code: str | None = None,
        provider: str | None = None,
        param: str | None = None,
        loc: tuple[str | int, ...] = (),
        value: str | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message + remedy)
        self.message = message
        self.remedy = remedy
        self.status = status or self.default_status
        self.code = code or self.default_code
        self.provider = provider
        self.param = param or (str(loc[0]) if loc else None)
        self.loc = loc or ((param,) if param else ())
        self.value = value
        self.retry_after = retry_after
        self.request_id = request_id


class InvalidRequestError(OnevecError, ValueError):
    """The request is wrong as it stands: an argument has a wrong type or value."""

    default_status = 400
    default_code = "invalid_request"


class UnsupportedParameterError(InvalidRequestError):
    """A well-formed parameter that this provider or model does not support."""

    default_status = 422
    default_code = "unsupported_parameter"


class UnsupportedModalityError(InvalidRequestError):
    """An image, a text, or a pair of them, for a model or a provider that has none."""

    default_status = 404
    default_code = "modality_not_supported"


class UnsupportedProviderError(InvalidRequestError):
    """No provider of that name, or one that has no embeddings."""

    default_code = "unsupported_provider"


class ContextLengthExceededError(InvalidRequestError):
    """A text has more tokens than the model reads."""

    default_code = "context_length_exceeded"


class ContentFilterError(InvalidRequestError):
    """A content filter refused an input."""

    default_code = "content_filter"


class VectorSpaceError(InvalidRequestError):
    """The vectors are in another space than the caller expects, so they must not be compared with his others."""

    default_status = 412
    default_code = "vector_space_mismatch"


class ConfigurationError(OnevecError, ValueError):
    """A setting is wrong; raised before any call is made."""

    default_code = "configuration_error"


class MissingApiKeyError(ConfigurationError):
    """The provider needs a key, and there is none."""

    default_status = 401
    default_code = "missing_api_key"


class ModelError(OnevecError):
    """A local model cannot be used."""

    default_code = "model_error"


class ModelFileError(ModelError):
    """A file of a local model is missing, corrupt, or holds numbers that are not finite."""

    default_code = "model_file_error"


class UnsafeModelError(ModelError):
    """The model has only weights whose loading could run code."""

    default_code = "unsafe_model"


class ModelUnavailableError(ModelError):
    """The model is not on this machine and the hub cannot be reached."""

    default_status = 503
    default_code = "model_unavailable"


class DatasetError(OnevecError):
    """A run over a dataset cannot go on; what is committed stays."""

    default_code = "dataset_error"


class InputDataError(DatasetError):
    """The input cannot be read, or is not what it was at first; `value` is the file."""

    default_code = "input_data_error"


class OutputError(DatasetError):
    """The output cannot be written, or is not what the manifest says that it is."""

    default_code = "output_error"


class WorkerLostError(DatasetError):
    """Workers of a cluster died again and again over one shard."""

    default_code = "worker_lost"


class AuthenticationError(OnevecError):
    """The provider refused the key."""

    default_status = 401
    default_code = "unauthorized"


class InsufficientFundsError(OnevecError):
    """The account at the provider has no credit left."""

    default_status = 402
    default_code = "insufficient_funds"


class ModelNotFoundError(OnevecError):
    """There is no model of that name."""

    default_status = 404
    default_code = "model_not_found"


class RateLimitError(OnevecError):
    """Too many requests; ``retry_after`` says for how long to wait, when that is known."""

    default_status = 429
    default_code = "rate_limit_exceeded"


class ProviderError(OnevecError):
    """The provider failed; the request may be right."""

    default_status = 502
    default_code = "provider_error"


class UpstreamProviderError(ProviderError):
    """The provider answered with a server error."""

    default_code = "upstream_error"


class GatewayTimeoutError(ProviderError):
    """The provider did not answer in time."""

    default_status = 504
    default_code = "timeout"


class ProviderConnectionError(ProviderError):
    """The provider could not be reached, or the connection broke off."""

    default_code = "connection_error"


class InvalidResponseError(ProviderError):
    """The provider's answer does not hold the vectors that were asked for."""

    default_code = "invalid_response"


BY_CODE: Mapping[str, type[OnevecError]] = {
    "api_key_invalid": AuthenticationError,
    "content_filter": ContentFilterError,
    "content_policy_violation": ContentFilterError,
    "contentfilter": ContentFilterError,
    "context_length_exceeded": ContextLengthExceededError,
    "deploymentnotfound": ModelNotFoundError,
    "insufficient_quota": InsufficientFundsError,
    "modality_not_supported": UnsupportedModalityError,
    "model_not_found": ModelNotFoundError,
}

BY_STATUS: Mapping[int, type[OnevecError]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    402: InsufficientFundsError,
    403: AuthenticationError,
    404: ModelNotFoundError,
    408: GatewayTimeoutError,
    413: InvalidRequestError,
    422: InvalidRequestError,
    429: RateLimitError,
    498: AuthenticationError,
    504: GatewayTimeoutError,
}


def error_type(status: int, code: str | None = None) -> type[OnevecError]:
    """The class of a provider's error, by its structured code first and its HTTP status next.

    >>> error_type(429).__name__, error_type(429, "insufficient_quota").__name__, error_type(503).__name__
    ('RateLimitError', 'InsufficientFundsError', 'UpstreamProviderError')
    """
    if code and (known := BY_CODE.get(code.lower())):
        return known
    if known := BY_STATUS.get(status):
        return known
    return UpstreamProviderError if status >= 500 else InvalidRequestError
