"""GenAI attributes on the span that azure-core makes of a call, where tracing is on; no text and no vector is recorded.

Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from onevec.azure.calls import Parameters

OPTIONS = ("merge_span", "parent_span", "tracing_options", "tracing_attributes")
PROVIDER = "azure.ai.inference"
SYSTEM = "az.ai.inference"
"""What azure.ai.inference's own spans of chats had, under the attribute's former name `gen_ai.system`."""


def current_span() -> Any:
    """The span that is open here, or None without OpenTelemetry."""
    try:
        from opentelemetry.trace import get_current_span
    except ImportError:
        return None
    return get_current_span()


def describe(outer: Any, attributes: Mapping[str, Any]) -> None:
    """Put attributes on the span of a call, but never on `outer`, the span that the caller had opened."""
    span = current_span()
    if span is not None and span is not outer:
        for name, value in attributes.items():
            if value is not None:
                span.set_attribute(name, value)


def of_request(url: str, parameters: Parameters) -> dict[str, Any]:
    """What is known before the call."""
    at = urlsplit(url)
    encoding = parameters.encoding_format
    return {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": PROVIDER,
        "gen_ai.system": SYSTEM,
        "gen_ai.request.model": parameters.model,
        "gen_ai.request.encoding_formats": [_value(encoding)] if encoding else None,
        "gen_ai.embeddings.dimension.count": parameters.dimensions,
        "server.address": at.hostname,
        "server.port": at.port if at.port != 443 else None,
    }


def of_result(result: Any) -> dict[str, Any]:
    """What is known after it; nothing of a stream of bytes."""
    if not isinstance(result, Mapping):
        return {}
    usage = result.get("usage") or {}
    return {
        "gen_ai.response.id": result.get("id"),
        "gen_ai.response.model": result.get("model"),
        "gen_ai.usage.input_tokens": usage.get("prompt_tokens"),
    }


def _value(word: Any) -> str:
    return str(getattr(word, "value", word))
