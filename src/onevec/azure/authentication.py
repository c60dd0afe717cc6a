"""How a credential becomes headers, and where those headers may go."""

from collections.abc import Mapping
from typing import Any

from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

from onevec.errors import ConfigurationError

SENSITIVE_HEADERS = ["Authorization", "api-key", "x-ms-authorization-auxiliary"]
"""A redirect to another host takes none of these with it."""


class KeyHeadersPolicy(SansIOHTTPPolicy[Any, Any]):
    """Sends a key as both headers that endpoints know, as it is at the moment of the call.

    Serverless and managed endpoints read ``Authorization: Bearer KEY``, Azure OpenAI's and unified ones ``api-key``.

    Attributes:
        own_api_key: The user sends a header `api-key` of their own, which stays.
    """

    def __init__(self, credential: AzureKeyCredential, *, own_api_key: bool = False) -> None:
        self._credential = credential
        self._own_api_key = own_api_key

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Set the headers; `credential.update()` holds from the next request on."""
        key = self._credential.key
        request.http_request.headers["Authorization"] = f"Bearer {key}"
        if not self._own_api_key:
            request.http_request.headers["api-key"] = key


def authentication(
    credential: Any, scopes: tuple[str, ...], headers: Mapping[str, str] | None, bearer: Any, options: Mapping[str, Any]
) -> Any:
    """The policy for a credential: a key, or anything that gives tokens (`bearer` is the policy for those).

    Raises:
        ConfigurationError: there is no credential.
        TypeError: it is neither.
    """
    if credential is None:
        raise ConfigurationError("Parameter 'credential' must not be None.", param="credential")
    if isinstance(credential, AzureKeyCredential):
        own = any(name.lower() == "api-key" for name in headers or {})
        return KeyHeadersPolicy(credential, own_api_key=own)
    if hasattr(credential, "get_token") or hasattr(credential, "get_token_info"):
        return bearer(credential, *scopes, **options)
    # The type and not the value: whoever passes a key as a text would read it in a log.
    raise TypeError(f"Unsupported credential: {type(credential).__name__}, pass AzureKeyCredential(key) or a token one")
