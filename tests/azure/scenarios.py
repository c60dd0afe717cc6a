# ruff: noqa: E501 - a row a line
"""SCENARIOS: what `azure.ai.inference` 1.0.0b9 and `onevec.azure` are driven through, one row each."""

import base64
import json
import tempfile
from pathlib import Path
from typing import Any

from azure.core.exceptions import HttpResponseError, ResourceModifiedError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest

from .parity import Scenario, Side, Step, embed, opened
from .recorder import Reply, embeddings

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TWO = ["one", "two"]
INFO = {"model_name": "ada", "model_type": "embeddings", "model_provider_name": "OpenAI"}
REFERENCE_401 = {"error": "Unauthorized", "message": "Access token is missing or invalid", "status": 401}
NESTED = {
    "error": {"code": "BadThing", "message": "It is bad", "target": "input", "details": [{"code": "a", "message": "b"}]}
}
UNPROCESSABLE = {
    "code": "unsupported_parameter", "error": "Unprocessable", "message": "dimensions is not supported", "status": 422,
    "detail": {"loc": ["body", "dimensions"], "value": "7"},
}  # fmt: skip
HTML = {"content-type": "text/html"}
FAULT = frozenset({"raised.str", "raised.message", "raised.code", "raised.fault"})


def result(**more: Any) -> dict[str, Any]:
    item = {"object": "embedding", "index": 0, "embedding": [0.25]}
    return {"id": "r", "data": [item], "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}} | more


class Stamp(SansIOHTTPPolicy[Any, Any]):
    def __init__(self, word: str) -> None:
        self._word = word

    def on_request(self, request: Any) -> None:
        headers = request.http_request.headers
        headers["x-stamp"] = headers.get("x-stamp", "") + self._word


def hooked(name: str) -> Any:
    """Keywords with a hook that logs what the original's own test-suite reads there."""

    def keywords(side: Side) -> dict[str, Any]:
        def on_request(request: Any) -> None:
            http = request.http_request
            side.log.append([http.method, http.url.replace(side.url, ""), http.data, http.headers["Authorization"]])
            side.log.append([http.headers.get("api-key"), http.headers.get("extra-parameters"), http.content])

        def on_response(response: Any) -> None:
            side.log.append([response.http_response.status_code, response.http_response.headers["content-type"]])

        hook = {"raw_request_hook": on_request, "raw_response_hook": on_response}[name]
        return {"input": TWO, "model_extras": {"k": 1}, name: hook}

    return keywords


def loaded(name: str, content: bytes, image_format: str) -> Any:
    """Keywords with an image that is loaded from a file."""

    def keywords(side: Side) -> dict[str, Any]:
        path = Path(tempfile.mkdtemp()) / name
        path.write_bytes(content)
        image = side.models.ImageEmbeddingInput.load(image_file=str(path), image_format=image_format)
        image.text = "a text"
        return {"input": [image]}

    return keywords


def images(*, text: str | None = None, **more: Any) -> Any:
    def keywords(side: Side) -> dict[str, Any]:
        image = side.models.ImageEmbeddingInput(image="data:image/png;base64,AAAA", text=text)
        return {"input": [image], **more}

    return keywords


PAYLOADS = (
    Scenario("two texts"),
    Scenario("one text", (embed(input=["one"]),)),
    Scenario("a plain text", (embed(input="one"),)),
    Scenario("texts beyond ASCII", (embed(input=["größe 漢字 🙂", 'quote " and \\ and \n']),)),
    Scenario("a tuple", (embed(input=("one", "two")),)),
    Scenario("token ids", (embed(input=[[1, 2], [3]]),)),
    Scenario("an empty list", (embed(input=[]),)),
    Scenario("dimensions", (embed(input=TWO, dimensions=3),)),
    Scenario("an encoding by name", (embed(input=TWO, encoding_format="base64"),)),
    Scenario(
        "an encoding", (embed(lambda s: {"input": TWO, "encoding_format": s.models.EmbeddingEncodingFormat.UBINARY}),)
    ),
    Scenario("an input type", (embed(lambda s: {"input": TWO, "input_type": s.models.EmbeddingInputType.QUERY}),)),
    Scenario("a provider's own input type", (embed(input=TWO, input_type="search_document"),)),
    Scenario("a model", (embed(input=TWO, model="m"),)),
    Scenario("extras", (embed(input=TWO, model_extras={"key": "value", "n": [1, None]}),)),
    Scenario("extras win over the model", (embed(input=TWO, model="a", model_extras={"model": "b"}),)),
    Scenario("empty extras", (embed(input=TWO, model_extras={}),)),
    Scenario("extras that are None are dropped", (embed(input=TWO, model_extras={"k": None, "j": 0}),)),
    Scenario(
        "None is dropped", (embed(input=TWO, dimensions=None, encoding_format=None, input_type=None, model=None),)
    ),
    Scenario(
        "defaults of the client",
        construct=lambda s: {
            "dimensions": 4,
            "encoding_format": s.models.EmbeddingEncodingFormat.FLOAT,
            "input_type": "text",
            "model": "m",
            "model_extras": {"k": "v"},
        },
    ),
    Scenario(
        "a call replaces defaults",
        (embed(input=TWO, dimensions=5, encoding_format="int8", input_type="query", model="n", model_extras={"j": 1}),),
        construct={
            "dimensions": 4,
            "encoding_format": "float",
            "input_type": "text",
            "model": "m",
            "model_extras": {"k": 2},
        },
    ),
    Scenario(
        "empty extras leave the default", (embed(input=TWO, model_extras={}),), construct={"model_extras": {"k": 2}}
    ),
    Scenario("a body", (embed(body={"input": TWO, "a": None, "z": 1}),), construct={"model": "m", "dimensions": 3}),
    Scenario("bytes", (embed(body=b'{"input":["one"]}'),), construct={"model_extras": {"k": 2}}),
    Scenario("an open file", (embed(lambda s: {"body": opened(b'{"input":["one"]}')}),)),
    Scenario("bytes of another type", (embed(body=b'{"input":["one"]}', content_type="application/merge-patch+json"),)),
    Scenario("a type in the headers", (embed(body={"input": TWO}, headers={"Content-Type": "application/x+json"}),)),
    Scenario("positional body", (Step("embed", {}, lambda s: ({"input": ["one"]},)),)),
    Scenario("a model as body", (embed(lambda s: {"body": s.models.EmbeddingItem({"input": "x"})}),)),
    Scenario("nothing", (embed(),)),
    Scenario("an unknown keyword", (embed(input=TWO, dimension=3),)),
    Scenario("something that is no JSON", (embed(input={"a", "b"}),)),
)

HEADERS = (
    Scenario("headers of a call", (embed(input=TWO, headers={"x-one": "1", "azureml-model-deployment": "blue"}),)),
    Scenario("headers of the client", construct=lambda s: {"headers": {"x-two": "2"}}),
    Scenario("both", (embed(input=TWO, headers={"x": "call"}),), construct=lambda s: {"headers": {"x": "client"}}),
    Scenario("an api-key of one's own", construct=lambda s: {"headers": {"api-key": "other"}}),
    Scenario("accept", (embed(input=TWO, headers={"Accept": "application/x+json"}),)),
    Scenario("params", (embed(input=TWO, params={"a": "1", "b": "x y&z"}),)),
    Scenario("a version among params", (embed(input=TWO, params={"api-version": "x"}),)),
    Scenario("a version of the client", construct={"api_version": "2024-04-01-preview"}),
    Scenario("user agent of the client", construct={"user_agent": "MyAppId"}),
    Scenario("user agent of a call", (embed(input=TWO, user_agent="MyCall"),)),
    Scenario("user agent alone", (embed(input=TWO, user_agent="Mine", user_agent_overwrite=True),)),
    Scenario("a request id", (embed(input=TWO, request_id="11111111-2222-3333-4444-555555555555"),)),
    Scenario("no request id", construct={"auto_request_id": False}),
    Scenario("a slash at the end", endpoint=lambda url: url + "/models/"),
    Scenario("a query of the endpoint", endpoint=lambda url: url + "/models?tenant=a%20b&x"),
    Scenario("two calls", (embed(input=["one"]), embed(input=["two"]))),
    Scenario("request hook", (embed(hooked("raw_request_hook")),)),
    Scenario("response hook", (embed(hooked("raw_response_hook")),)),
    Scenario("request hook of the client", construct=lambda s: {"raw_request_hook": lambda r: s.log.append(r.http_request.method)}),
    Scenario("policies of one's own", construct=lambda s: {"per_call_policies": [Stamp("a")], "per_retry_policies": [Stamp("b")]}),
    Scenario("a policy that is not listed", construct=lambda s: {"per_call_policies": Stamp("a")}),
    Scenario("stream", (embed(input=TWO, stream=True),)),
    Scenario("a key that changes", (embed(input=["one"]), embed(input=["two"])),
             before=lambda step, key: key.update("new-key") if step else None,
             improves="keys", differs=frozenset({"wire.1.headers.api-key"})),
)  # fmt: skip

RESULTS = (
    Scenario("fields beyond the reference", answers=(Reply(body=result(extra={"a": [1]}, object="list")),)),
    Scenario("integers", answers=(Reply(body=result(data=[{"index": 0, "embedding": [1, -2]}])),)),
    Scenario("base64", answers=(Reply(body=result(data=[{"index": 0, "embedding": "AACAPw=="}])),)),
    Scenario("items out of order", answers=(Reply(body=result(data=[{"index": 1, "embedding": [1]}, {"index": 0, "embedding": [2]}])),)),
    Scenario("no id, no usage", answers=(Reply(body={"data": [], "model": "m"}),)),
    Scenario("null usage", answers=(Reply(body=result(usage=None)),)),
    Scenario("counts as texts", answers=(Reply(body=result(usage={"prompt_tokens": "3", "total_tokens": 4})),)),
    Scenario("another type of JSON", answers=(Reply(body=result(), headers={"content-type": "text/json; charset=utf-8"}),)),
    Scenario("a byte order mark", answers=(Reply(body=b"\xef\xbb\xbf" + json.dumps(result()).encode()),)),
    Scenario("another charset", answers=(Reply(body=json.dumps(result()).encode("utf-16-le"), headers={"content-type": "application/json; charset=utf-16-le"}),)),
    Scenario("NaN", answers=(Reply(body=result(data=[{"index": 0, "embedding": [float("nan")]}])),)),
    Scenario("no content type", answers=(Reply(body=result(), headers={"content-type": ""}),)),
)  # fmt: skip

ERRORS = (
    Scenario("401 of the reference", answers=(Reply(401, REFERENCE_401, {"x-ms-error-code": "unauthorized"}),),
             improves="errors", differs=FAULT),
    Scenario("401 nested", answers=(Reply(401, NESTED),)),
    Scenario("404 nested", answers=(Reply(404, NESTED),)),
    Scenario("409", answers=(Reply(409, NESTED),)),
    Scenario("403", answers=(Reply(403, NESTED),)),
    Scenario("flat", answers=(Reply(400, {"code": "c", "message": "m"}),)),
    Scenario("422 of the reference", answers=(Reply(422, UNPROCESSABLE),), improves="errors", differs=FAULT),
    Scenario("FastAPI's", answers=(Reply(422, {"detail": [{"loc": ["body", "input"], "msg": "no list"}]}),),
             improves="errors", differs=FAULT - {"raised.code"}),
    Scenario("a number for a code", answers=(Reply(400, {"error": {"code": 17, "message": "m"}}),)),
    Scenario("no code", answers=(Reply(400, {"error": {"message": "m"}}),)),
    Scenario("only a header", answers=(Reply(404, b"", {"x-ms-error-code": "NoRoute"}),),
             improves="errors", differs=FAULT - {"raised.fault"}),
    Scenario("HTML", answers=(Reply(403, b"<html>no</html>", HTML),)),
    Scenario("text", answers=(Reply(404, b"nothing here", {"content-type": "text/plain"}),)),
    Scenario("an empty error", answers=(Reply(418, b""),)),
    Scenario("JSON that is cut off", answers=(Reply(403, b'{"error": {"co'),), improves="errors",
             differs=frozenset({"raised.str", "raised.message", "raised.kinds"})),
    Scenario("an unknown type", answers=(Reply(401, b"x", {"content-type": "application/octet-stream"}),), improves="errors",
             differs=frozenset({"raised.str", "raised.message", "raised.kinds", "raised.status", "raised.reason", "raised.has_response"})),
    Scenario("204", answers=(Reply(204),)),
    Scenario("a map of one's own", (embed(input=TWO, error_map={418: ResourceModifiedError}),), (Reply(418, NESTED),)),
    Scenario("a map over ours", (embed(input=TWO, error_map={401: HttpResponseError}),), (Reply(401, NESTED),)),
    Scenario("an error of a stream", (embed(input=TWO, stream=True),), (Reply(401, NESTED),)),
    Scenario("200 and nothing", answers=(Reply(200, b""),), improves="bad replies",
             differs=frozenset({"raised.kinds", "raised.str", "raised.message", "raised.status", "raised.reason", "raised.has_response"})),
    Scenario("200 and HTML", answers=(Reply(200, b"<html>login</html>", HTML),), improves="bad replies",
             differs=frozenset({"raised.kinds", "raised.str", "raised.message", "raised.status", "raised.reason", "raised.has_response"})),
    Scenario("200 and cut off", answers=(Reply(200, b'{"data": [{"embed'),), improves="bad replies",
             differs=frozenset({"raised.str", "raised.message"})),
    Scenario("200 and a list", answers=(Reply(200, []),), improves="bad replies", differs=frozenset({"raised", "returned"})),
    Scenario("200 and no data", answers=(Reply(200, {}),), improves="bad replies", differs=frozenset({"raised", "returned"})),
    Scenario("200 and an error", answers=(Reply(200, NESTED),), improves="bad replies", differs=frozenset({"raised", "returned"})),
)  # fmt: skip


def then(status: int, **headers: str) -> tuple[Any, ...]:
    return (
        Reply(status, {"code": "c", "message": "m"}, {k.replace("_", "-"): v for k, v in headers.items()}),
        embeddings,
    )


RETRIED = frozenset({"tries", "raised", "returned", "wire.1"})
RETRIES = (
    *(Scenario(f"{status} once", answers=then(status)) for status in (500, 503, 504)),
    *(Scenario(f"{status} once", answers=then(status), improves="retries", differs=RETRIED) for status in (408, 429, 502)),
    Scenario("500 for ever", answers=(Reply(500, NESTED),)),
    Scenario("429 with Retry-After", answers=then(429, retry_after="0")),
    Scenario("409 with Retry-After", answers=then(409, retry_after="0")),
    Scenario("400 with Retry-After", answers=then(400, retry_after="0"), improves="retries", differs=RETRIED),
    Scenario("503 with retry-after-ms", answers=then(503, retry_after_ms="1")),
    Scenario("409 with retry-after-ms", answers=then(409, retry_after_ms="1"), improves="retries", differs=RETRIED),
    Scenario("no retries", construct={"retry_total": 0}, answers=then(503)),
    Scenario("no retries of a call", (embed(input=TWO, retry_total=0),), then(503)),
    Scenario("no retries of a status", (embed(input=TWO, retry_status=0),), then(503)),
    Scenario("a status of one's own", construct={"retry_on_status_codes": [418]}, answers=then(418), improves="retries",
             differs=RETRIED),
    Scenario("a method of one's own", (embed(input=TWO, retry_on_methods=["POST"]),), then(502)),
    Scenario("400 is final", answers=then(400)),
    Scenario("a connection that breaks", answers=(Reply(hang_up=True), embeddings), improves="retries", differs=RETRIED),
    Scenario("an open file twice", (embed(lambda s: {"body": opened(b'{"input":["one"]}')}),), then(503)),
    Scenario("a redirect", answers=(Reply(307, b"", {"location": "/moved"}), embeddings)),
    Scenario("a redirect elsewhere", answers=(lambda r: Reply(307, b"", {"location": f"http://localhost:{r.headers['host'].partition(':')[2]}/x"}), embeddings),
             improves="keys", differs=frozenset({"wire.1.headers.api-key"})),
    Scenario("redirects refused", (embed(input=TWO, permit_redirects=False),), (Reply(307, NESTED, {"location": "/x"}),)),
)  # fmt: skip

KEYWORD = "the-key"
INFOS = (
    Scenario("info", (Step("get_model_info"),), (Reply(body=INFO),)),
    Scenario("info is kept", (Step("get_model_info"), Step("get_model_info")), (Reply(body=INFO),)),
    Scenario("info of another type", (Step("get_model_info"),), (Reply(body=INFO | {"model_type": "embedding"}),)),
    Scenario("info with a header", (Step("get_model_info", {"headers": {"x": "1"}, "params": {"p": "q"}}),), (Reply(body=INFO),)),
    Scenario("no info", (Step("get_model_info"),), (Reply(404, NESTED),)),
    Scenario("info refused", (Step("get_model_info"),), (Reply(403, NESTED),)),
    Scenario("info of an image client", (Step("get_model_info"),), (Reply(body=INFO),), client="ImageEmbeddingsClient"),
    Scenario("any request", (Step("send_request", {}, lambda s: (HttpRequest("GET", "/other?x=1"),)),), (Reply(body={"a": 1}),),
             endpoint=lambda url: url + "/models?t=1"),
    Scenario("any address", (Step("send_request", {}, lambda s: (HttpRequest("GET", s.url + "/else"),)),), (Reply(418, {}),)),
    *(Scenario(f"load {kind}", (embed(input=["x"]),), (Reply(body=INFO | {"model_type": kind}), embeddings), client="load_client")
      for kind in ("embeddings", "embedding", "text_embedding", "text-embeddings", "text embedding", "text embeddings")),
    *(Scenario(f"load {kind}", (embed(images()),), (Reply(body=INFO | {"model_type": kind}), embeddings), client="load_client")
      for kind in ("image_embeddings", "image_embedding", "image-embeddings", "image-embedding", "image embedding")),
    Scenario("load and ask again", (Step("get_model_info"),), (Reply(body=INFO),), client="load_client"),
    Scenario("load keeps keywords", (embed(input=["x"]),), (Reply(body=INFO), embeddings), client="load_client", construct={"api_version": "v", "user_agent": "A"}),
    Scenario("load what no client is for", (), (Reply(body=INFO | {"model_type": "audio_generation"}),), client="load_client"),
    Scenario("load what does not say", (), (Reply(body={"model_name": "x"}),), client="load_client"),
    Scenario("load where there is no info", (), (Reply(404, NESTED),), client="load_client",
             improves="chat", differs=frozenset({"raised.message"})),
    Scenario("load a chat model", (), (Reply(body=INFO | {"model_type": "chat_completion"}),), client="load_client",
             improves="chat", differs=frozenset({"raised", "returned"})),
)  # fmt: skip

CREDENTIALS = (
    Scenario("no endpoint", endpoint=lambda url: None, improves="endpoints", differs=frozenset({"raised.message"})),
    Scenario("no credential", credential=lambda s: None, improves="endpoints", differs=frozenset({"raised.message"})),
    Scenario("a text for a key", credential=lambda s: KEYWORD, improves="keys", differs=frozenset({"raised.str"})),
    Scenario("an empty endpoint", endpoint=lambda url: "", improves="endpoints",
             differs=frozenset({"raised.kinds", "raised.str", "raised.message"})),
    Scenario("an endpoint without a scheme", endpoint=lambda url: url.removeprefix("http://"), improves="endpoints",
             differs=frozenset({"raised.kinds", "raised.str", "raised.message"})),
    Scenario("a token over http", credential=lambda s: s.token()),
    Scenario("a token over http, as asked", (embed(input=TWO, enforce_https=False),), credential=lambda s: s.token()),
    Scenario("scopes", (embed(input=TWO, enforce_https=False),), credential=lambda s: s.token(),
             construct={"credential_scopes": ["https://cognitiveservices.azure.com/.default"]}),
    Scenario("the successor's endpoint", endpoint=lambda url: url + "/openai/v1/", improves="endpoints",
             differs=frozenset({"wire.0.at"})),
    Scenario("no version", construct={"api_version": None}, improves="endpoints",
             differs=frozenset({"raised", "returned", "wire.0", "tries"})),
)  # fmt: skip

IMAGE_CALLS = (
    Scenario("an image", (embed(images()),), client="ImageEmbeddingsClient"),
    Scenario("an image and a text", (embed(images(text="an otter")),), client="ImageEmbeddingsClient"),
    Scenario("an image as a dict", (embed(input=[{"image": "data:image/png;base64,AA==", "text": None}]),), client="ImageEmbeddingsClient"),
    Scenario("parameters of an image", (embed(images(dimensions=3, encoding_format="float", input_type="document", model="m", model_extras={"k": 1})),), client="ImageEmbeddingsClient"),
    Scenario("defaults of images", (embed(images()),), client="ImageEmbeddingsClient", construct={"model": "m", "input_type": "query"}),
    Scenario("an image of a file", (embed(loaded("a.png", PNG, "png")),), client="ImageEmbeddingsClient"),
    Scenario("a format that nobody knows", (embed(loaded("a.svg", b"<svg/>", "svg+xml")),), client="ImageEmbeddingsClient"),
    Scenario("a format in another word", (embed(loaded("a.jpg", b"\xff\xd8\xff\xe0", "jpg")),), client="ImageEmbeddingsClient"),
    Scenario("a wrong format", (embed(loaded("a.png", PNG, "jpeg")),), client="ImageEmbeddingsClient",
             improves="images", differs=frozenset({"raised", "returned", "wire.0", "tries"})),
    Scenario("no such file", (embed(lambda s: {"input": [s.models.ImageEmbeddingInput.load(image_file="/no/such.png", image_format="png")]}),), client="ImageEmbeddingsClient"),
    Scenario("an image's body", (embed(body={"input": []}),), client="ImageEmbeddingsClient"),
    Scenario("an image's error", (embed(images()),), (Reply(404, NESTED),), client="ImageEmbeddingsClient"),
    Scenario("nothing to see", (embed(),), client="ImageEmbeddingsClient"),
    Scenario("a key that changes for images", (embed(images()), embed(images())), client="ImageEmbeddingsClient",
             before=lambda step, key: key.update("new-key") if step else None,
             improves="keys", differs=frozenset({"wire.1.headers.api-key"})),
)  # fmt: skip

SCENARIOS = (*PAYLOADS, *HEADERS, *RESULTS, *ERRORS, *RETRIES, *INFOS, *CREDENTIALS, *IMAGE_CALLS)
