"""The pipeline of policies that a call goes through, put together from azure-core's parts and a client's options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure.core.pipeline import policies

import onevec
from onevec.azure.authentication import SENSITIVE_HEADERS, authentication
from onevec.azure.endpoints import Endpoint

MONIKER = "ai-inference/1.0.0b9"
"""Services and dashboards know clients of this API by this part of the User-Agent."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The policies that differ between blocking and async."""

    redirect: Any
    retry: Any
    bearer: Any


def policies_for(endpoint: Endpoint, credential: Any, kind: Kind, options: Mapping[str, Any]) -> list[Any]:
    """The policies in the order in which azure's clients have them; `options` may bring any of them ready-made.

    Raises:
        ConfigurationError, TypeError: as :func:`onevec.azure.authentication.authentication`.
    """
    auth = options.get("authentication_policy") or authentication(
        credential, endpoint.scopes, options.get("headers"), kind.bearer, options
    )
    if options.get("policies") is not None:
        return list(options["policies"])
    redirect = options.get("redirect_policy") or kind.redirect(**options)
    sensitive = {"blocked_redirect_headers": SENSITIVE_HEADERS, **options}
    return [
        policies.RequestIdPolicy(**options),
        options.get("headers_policy") or policies.HeadersPolicy(options.get("headers"), **_without(options, "headers")),
        options.get("user_agent_policy") or _user_agent(options),
        options.get("proxy_policy") or policies.ProxyPolicy(**options),
        JsonPolicy(),
        redirect,
        options.get("retry_policy") or kind.retry(**options),
        auth,
        options.get("custom_hook_policy") or policies.CustomHookPolicy(**options),
        options.get("logging_policy") or RedactedLoggingPolicy(**options),
        policies.DistributedTracingPolicy(**options),
        policies.SensitiveHeaderCleanupPolicy(**sensitive),
        options.get("http_logging_policy") or policies.HttpLoggingPolicy(**options),
    ]


class JsonPolicy(policies.SansIOHTTPPolicy[Any, Any]):
    """Takes the option `response_encoding` that azure-core's clients understand; replies are decoded once, where read.

    azure-core's own policy decodes every reply here, and it is decoded again where it is read; and of an error whose
    body it cannot decode it raises that it cannot.
    """

    def on_request(self, request: Any) -> None:
        """Keep the option from the transport, which would not know it."""
        request.context.options.pop("response_encoding", None)


class RedactedLoggingPolicy(policies.NetworkTraceLoggingPolicy):
    """What `logging_enable=True` turns on, without the credential."""

    def on_request(self, request: Any) -> None:
        """Log the request; its secret headers are away while it is written."""
        headers = request.http_request.headers
        held = {name: headers[name] for name in SENSITIVE_HEADERS if name in headers}
        headers.update(dict.fromkeys(held, "REDACTED"))
        try:
            super().on_request(request)
        finally:
            headers.update(held)


def _user_agent(options: Mapping[str, Any]) -> Any:
    policy: Any = policies.UserAgentPolicy(**{"sdk_moniker": MONIKER, **options})
    policy.add_user_agent(f"onevec/{onevec.__version__}")
    return policy


def _without(options: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key != name}
