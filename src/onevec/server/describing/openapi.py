"""The description of every route (OpenAPI 3.1), made from the rows of ROUTES and the types of the bodies."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

import onevec
from onevec.server.describing import schemas
from onevec.server.dialects import AZURE, AZURE_IMAGES, OPENAI, PLAIN, VERSION
from onevec.server.routes import Kind, Route

AZURES = (AZURE, AZURE_IMAGES)

REF = "#/components/schemas/{name}"

STATUSES: Mapping[int, str] = {
    400: "The request is wrong as it stands, or a content filter refused it.",
    401: "The key or token is missing or wrong, or has expired.",
    402: "A budget of the key is used up; `Retry-After` says when the next day or month begins.",
    403: "The key may not use this deployment.",
    404: "There is no such model, or it does not have this modality.",
    405: "This route has another method.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The body is not plain JSON.",
    422: "A parameter that the model does not support; `detail` says which on the Azure routes.",
    429: "Too many requests; `Retry-After` says how long to wait.",
    500: "The server failed.",
    502: "The provider behind the deployment failed.",
    503: "Overloaded or shutting down; `Retry-After` says how long to wait.",
    504: "The provider behind the deployment did not answer in time.",
}

READING = frozenset({400, 408, 413, 415, 422, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Operation:
    """What a kind of route takes and gives: a summary, the errors that it may answer, the type of its success."""

    summary: str
    statuses: frozenset[int] = frozenset()
    success: type[msgspec.Struct] | None = None
    media: str = "application/json"


OPERATIONS: Mapping[Kind, Operation] = {
    "embeddings": Operation("Create embeddings", READING | {401, 402, 403, 404}),
    "info": Operation("The model that is served", frozenset({400, 401, 403, 404}), schemas.ModelInfo),
    "models": Operation("The models that are served", frozenset({401}), schemas.ModelList),
    "model": Operation("One model that is served", frozenset({401, 403, 404}), schemas.ModelCard),
    "live": Operation("Whether the process answers", success=schemas.Health),
    "ready": Operation("Whether the server takes work", frozenset({503}), schemas.Health),
    "metrics": Operation("Figures for Prometheus", frozenset({401}), media="text/plain"),
    "openapi": Operation("This description"),
    "docs": Operation("This description as a page", media="text/html"),
}


def document(routes: Sequence[Route], *, auth: bool) -> dict[str, Any]:
    """The description. `auth` says whether callers have to show who they are. The playground is no part of the API."""
    routes = [route for route in routes if route.kind in OPERATIONS]
    kinds: list[Any] = [kind for row in OPERATIONS.values() if (kind := row.success)]
    for dialect in dict.fromkeys(route.dialect for route in routes):
        kinds += [dialect.request, dialect.success, dialect.error]
    _, components = msgspec.json.schema_components([*kinds, schemas.DeploymentRequest], ref_template=REF)
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path.replace(":path}", "}"), {})[route.method.lower()] = _operation(route, auth=auth)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "onevec",
            "version": onevec.__version__,
            "summary": "Embeddings in the words of Azure AI, OpenAI, Cohere, Voyage, Mistral, Ollama and others.",
        },
        "tags": [{"name": one.name, "description": one.title} for one in dict.fromkeys(r.dialect for r in routes)],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SCHEMES if auth else {}},
    }


SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key, or a token of Microsoft Entra ID."},
    "key": {"type": "apiKey", "in": "header", "name": "api-key"},
}


def _operation(route: Route, *, auth: bool) -> dict[str, Any]:
    row = OPERATIONS[route.kind]
    statuses = row.statuses if auth and route.auth else row.statuses - {401, 402, 403}
    described: dict[str, Any] = {
        "summary": row.summary,
        "operationId": _operation_id(route),
        "tags": [route.dialect.name],
        "parameters": list(_parameters(route)),
        "responses": {"200": _success(route, row)} | {str(s): _failure(route, s) for s in sorted(statuses)},
    }
    if route.method == "POST":
        described["requestBody"] = _body(route)
    if auth and route.auth:
        described["security"] = [{"bearer": []}, {"key": []}]
    return described


def _operation_id(route: Route) -> str:
    words = re.findall(r"[a-zA-Z0-9]+", route.path.replace(":path", ""))
    return "_".join([route.method.lower(), *words])


def _parameters(route: Route) -> Iterable[dict[str, Any]]:
    if "{name" in route.path:
        yield _parameter("name", "path", {"type": "string", "minLength": 1}, "Name of a deployment.", required=True)
    for name in re.findall(r"\{(?!name)(\w+)\}", route.path):
        yield _parameter(name, "path", {"type": "string", "minLength": 1}, "Not looked at.", required=True)
    if route.dialect in AZURES:
        pattern = {"type": "string", "pattern": f"^{VERSION}$", "example": "2024-05-01-preview"}
        yield _parameter("api-version", "query", pattern, "Version of the API; all are answered alike.", required=True)
        yield _parameter("azureml-model-deployment", "header", {"type": "string"}, "Deployment that should answer.")
    if route.dialect in AZURES and route.kind == "embeddings":
        modes = {"type": "string", "enum": ["error", "drop", "ignore", "pass-through"], "default": "error"}
        yield _parameter("extra-parameters", "header", modes, "What becomes of parameters beyond this API.")


def _parameter(
    name: str, place: str, schema: Mapping[str, Any], description: str, *, required: bool = False
) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "description": description, "schema": schema}


def _body(route: Route) -> dict[str, Any]:
    named = "{name" in route.path and route.dialect is OPENAI
    kind = schemas.DeploymentRequest if named else route.dialect.request
    return {"required": True, "content": {"application/json": {"schema": _ref(kind)}}}


def _ref(kind: Any) -> dict[str, Any]:
    """A type by its name among the components; one that has none is written out."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {"$ref": REF.format(name=kind.__name__)}
    return msgspec.json.schema(kind)


IDS = {
    name: {"description": "Id of the request, also in the log.", "schema": {"type": "string"}}
    for name in ("x-request-id", "apim-request-id")
}


CACHE_HEADERS = {
    name: {"description": text, "schema": {"type": "integer"}}
    for name, text in {
        "x-cache-hits": "Inputs whose vectors were not computed for this request; where there is a cache.",
        "x-cache-misses": "Inputs whose vectors were computed.",
        "x-cached-tokens": "Tokens of the hits, which are in no other count.",
    }.items()
}


def _success(route: Route, row: Operation) -> dict[str, Any]:
    kind = route.dialect.success if route.kind == "embeddings" else row.success
    schema = _ref(kind) if kind else {} if row.media == "application/json" else {"type": "string"}
    headers: dict[str, Any] = dict(IDS)
    if route.kind == "embeddings":
        space = "Only vectors whose space is equal may be compared."
        headers["x-vector-space"] = {"description": space, "required": True, "schema": {"type": "string"}}
        headers |= CACHE_HEADERS
    return {"description": row.summary, "headers": headers, "content": {row.media: {"schema": schema}}}


def _failure(route: Route, status: int) -> dict[str, Any]:
    headers: dict[str, Any] = dict(IDS)
    if route.dialect in (*AZURES, PLAIN):
        headers["x-ms-error-code"] = {"required": True, "schema": {"type": "string"}}
    content = {"application/json": {"schema": _ref(route.dialect.error)}}
    return {"description": STATUSES[status], "headers": headers, "content": content}
