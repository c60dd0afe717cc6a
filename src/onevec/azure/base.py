"""The signatures of the clients, written once: `embed()` returns a result, or in `aio` an awaitable of one."""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, MutableMapping
from typing import IO, Any, ClassVar, Generic, TypeVar, overload

from onevec.azure.calls import UNSET, Parameters, Plan
from onevec.azure.core import Core
from onevec.azure.models import EmbeddingEncodingFormat, EmbeddingInputType
from onevec.azure.pipeline import Kind
from onevec.types import Tokenizer

CredentialT = TypeVar("CredentialT")
InputT = TypeVar("InputT")
ResultT = TypeVar("ResultT")
InfoT = TypeVar("InfoT")


class ClientBase(ABC, Generic[CredentialT, InputT, ResultT, InfoT]):
    """A client of one route.

    Args:
        endpoint: URL of the service, up to where `/embeddings` follows.
        credential: An `AzureKeyCredential`, or anything that gives tokens, such as those of `azure-identity`.
        dimensions: Default of every call, as are the next four.
        encoding_format: ``float``, ``base64``, ``int8``, ``uint8``, ``binary`` or ``ubinary``.
        input_type: ``text``, ``query``, ``document``, or a word that the model's provider has.
        model: The model, where the endpoint has several.
        model_extras: Further parameters of the model, added to the body as they are.
        max_batch_size: Inputs of one request; more are sent as several. None sends all at once.
        overflow: What becomes of a text longer than the model: ``error``, ``truncate`` or ``chunk``. None leaves it to
            the service.
        tokenizer: The model's `tokenizer.json`, for `overflow`.
        max_input_tokens: The most tokens that the model reads, for `overflow`.
        int8_scale: What code 127 stands for in int8 and uint8 vectors of this model.
        **kwargs: `api_version` (None sends none), `credential_scopes`, and azure-core's options of transport, policies,
            retries, logging and tracing.

    Raises:
        ConfigurationError: the endpoint is no http(s) URL; there is no credential.
        TypeError: the credential is neither a key nor one that gives tokens.
    """

    name: ClassVar[str]
    path: ClassVar[str]
    kind: ClassVar[Kind]

    def __init__(
        self,
        endpoint: str,
        credential: CredentialT,
        *,
        dimensions: int | None = None,
        encoding_format: str | EmbeddingEncodingFormat | None = None,
        input_type: str | EmbeddingInputType | None = None,
        model: str | None = None,
        model_extras: Mapping[str, Any] | None = None,
        max_batch_size: int | None = None,
        overflow: str | None = None,
        tokenizer: Tokenizer | str | os.PathLike[str] | None = None,
        max_input_tokens: int | None = None,
        int8_scale: float | None = None,
        **kwargs: Any,
    ) -> None:
        given = {
            "dimensions": dimensions, "encoding_format": encoding_format, "input_type": input_type, "model": model,
            "model_extras": model_extras, "max_batch_size": max_batch_size, "overflow": overflow,
            "tokenizer": tokenizer, "max_input_tokens": max_input_tokens, "int8_scale": int8_scale,
        }  # fmt: skip
        self._core = Core.of(endpoint, credential, self.path, self.kind, given, kwargs)
        self._open(self._core.pipeline_options)

    @overload
    def embed(
        self,
        *,
        input: InputT,
        dimensions: int | None = None,
        encoding_format: str | EmbeddingEncodingFormat | None = None,
        input_type: str | EmbeddingInputType | None = None,
        model: str | None = None,
        model_extras: Mapping[str, Any] | None = None,
        max_batch_size: int | None = None,
        overflow: str | None = None,
        **kwargs: Any,
    ) -> ResultT: ...
    @overload
    def embed(
        self, body: MutableMapping[str, Any], *, content_type: str = "application/json", **kwargs: Any
    ) -> ResultT: ...
    @overload
    def embed(self, body: IO[bytes] | bytes, *, content_type: str = "application/json", **kwargs: Any) -> ResultT: ...
    def embed(
        self,
        body: Any = UNSET,
        *,
        input: Any = UNSET,  # noqa: A002
        dimensions: int | None = None,
        encoding_format: str | None = None,
        input_type: str | None = None,
        model: str | None = None,
        model_extras: Mapping[str, Any] | None = None,
        max_batch_size: int | None = None,
        overflow: str | None = None,
        **kwargs: Any,
    ) -> ResultT:
        """Embed inputs, or send a body as it is: a mapping, bytes, or an open binary file.

        Arguments mean what they mean for the constructor, whose values they replace; no default touches a `body`.
        `headers`, `params`, `content_type`, `error_map`, `stream`, `raw_request_hook` and azure-core's options of
        retries hold for this call.

        Returns:
            An `EmbeddingsResult`: the service's items in `.data`, and `.vectors`, float32 of shape (n, d). In `aio` an
            awaitable of one.

        Raises:
            HttpResponseError: the service answered with an error (`ClientAuthenticationError` 401,
                `ResourceNotFoundError` 404, `ResourceExistsError` 409); `.error` has what it said.
            DecodeError: it answered 200 and something that is no result.
            ServiceRequestError, ServiceResponseError: it could not be reached, or broke off.
        """
        said = Parameters(
            dimensions, encoding_format, input_type, model, model_extras, max_batch_size, overflow
        )  # fmt: skip
        plan, told = self._core.embed(body, input, said, kwargs)
        result: ResultT = self._traced("embed", plan, told, kwargs)
        return result

    def get_model_info(self, **kwargs: Any) -> InfoT:
        """What the endpoint says of its model; asked for once.

        Raises:
            ResourceNotFoundError: the endpoint has no route `/info`.
            HttpResponseError: as `embed`.
        """
        info: InfoT = self._traced("get_model_info", self._core.model_info(kwargs), None, kwargs)
        return info

    def __str__(self) -> str:
        return f"{object.__repr__(self)}\n{self._core.info}" if self._core.info else object.__repr__(self)

    @abstractmethod
    def _open(self, options: dict[str, Any]) -> None:
        """Make the pipeline."""

    @abstractmethod
    def _traced(self, operation: str, plan: Plan[Any], asked: Parameters | None, options: dict[str, Any]) -> Any:
        """Run a plan inside a span, if azure-core's tracing is on."""
