"""What a client is apart from sending: its endpoint, its policies, its defaults, the plans of its calls."""

from dataclasses import dataclass, field
from typing import Any

from azure.core.rest import HttpRequest

from onevec.azure import calls, parts
from onevec.azure.calls import Options, Parameters, Plan, Route
from onevec.azure.endpoints import UNSET, Endpoint, endpoint_of
from onevec.azure.models import ModelInfo
from onevec.azure.pipeline import Kind, policies_for
from onevec.azure.tokens import tokenizer_of


@dataclass
class Core:
    """The part that the blocking and the async client share.

    Attributes:
        endpoint: Where they call.
        defaults: What holds for calls that say nothing else.
        path: The route for embeddings.
        pipeline_options: For azure-core's pipeline client, the policies among them.
        info: What `GET /info` said, once it was asked.
    """

    endpoint: Endpoint
    defaults: Parameters
    path: str
    pipeline_options: dict[str, Any] = field(repr=False)
    info: ModelInfo | None = None

    @classmethod
    def of(
        cls, endpoint: str, credential: Any, path: str, kind: Kind, given: dict[str, Any], keywords: dict[str, Any]
    ) -> "Core":
        """Check a constructor's arguments.

        Raises:
            ConfigurationError: no usable endpoint, no credential.
            TypeError: a thing that is no credential.
        """
        version, scopes = keywords.pop("api_version", UNSET), keywords.pop("credential_scopes", None)
        at = endpoint_of(endpoint, version, scopes)
        policies = policies_for(at, credential, kind, keywords)
        given["tokenizer"] = tokenizer_of(given.get("tokenizer"))
        return cls(at, Parameters(**given), path, {**keywords, "policies": policies})

    def embed(self, body: Any, inputs: Any, said: Parameters, keywords: dict[str, Any]) -> tuple[Plan[Any], Parameters]:
        """The plan of `embed()`, and what it asks for. Takes what is its own out of the keywords."""
        route = Route(self.endpoint, self.path, Options.taken_from(keywords))
        if body is not UNSET:
            asked = calls.asked_of(body, self.defaults.int8_scale)
            model = body.get("model") if isinstance(body, dict) else None
            told = Parameters(dimensions=asked.dimensions, encoding_format=asked.encoding_format, model=model)
            return calls.embed_body(route, body, asked), told
        if inputs is UNSET:
            raise calls.missing_input()
        parameters = said.over(self.defaults)
        plan = parts.embed_parts if parts.is_wanted(parameters) else calls.embed_input
        return plan(route, inputs, parameters), parameters

    def model_info(self, keywords: dict[str, Any]) -> Plan[ModelInfo]:
        """The plan of `get_model_info()`; its answer is kept."""
        keywords.pop("stream", None)  # one small object is not worth a stream
        return self._kept(Route(self.endpoint, "/info", Options.taken_from(keywords)))

    def _kept(self, route: Route) -> Plan[ModelInfo]:
        if self.info is None:
            self.info = yield from calls.model_info(route)
        return self.info

    def addressed(self, request: HttpRequest) -> HttpRequest:
        """A copy of a request whose URL, where it is relative, is the endpoint's."""
        from copy import deepcopy

        copied = deepcopy(request)
        copied.url = self.endpoint.join(request.url)
        return copied
