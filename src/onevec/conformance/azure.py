"""AZURE: the contract of Azure AI model inference, embeddings of texts and of images."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from onevec.conformance import reading
from onevec.conformance.answers import ANSWERS, CLIENT, is_answered
from onevec.conformance.asks import NO_MODEL, PATH, PLAIN, Ask, get, post
from onevec.conformance.contract import Contract, Terms
from onevec.conformance.formats import formats
from onevec.conformance.parameters import (
    IMPOSSIBLE,
    REFUSED,
    input_types,
    inputs,
    models,
    parameters,
    refuses,
)
from onevec.conformance.reading import Rule, is_text
from onevec.conformance.refusals import errors, http, keys, over, shaped
from onevec.conformance.rows import Check, Finding, Heard, UnknownError, each, must, should
from onevec.exchange import HttpReply

VERSION = "2024-05-01-preview"
"""What the vendor's client sends; its reference shows 2024-04-01-preview."""

TERMS = Terms(invalid=(400,), unsupported=(422,), encodings=("base64", "int8", "uint8", "binary", "ubinary"))

PICTURE = "data:image/png;base64," + (
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAH0lEQVR42mM8oaHBgA2EiSzAKs7EQCIY1TCqYehoAA"
    "CfrAJCBqDEggAAAABJRU5ErkJggg=="
)
"""A PNG of 16 by 16, one half red and one blue."""

IMAGES = "/images/embeddings"
IMAGE = post(IMAGES, {"input": [{"image": PICTURE}], "encoding_format": "float"})

EXTRA = post(PATH, {"input": ["a"], "onevec_check": True})
"""With a parameter that no API has."""

INFO = get("/info")
NAMES = ("model_name", "model_type", "model_provider_name")
TYPES = frozenset({"embedding", "text_embedding", "image_embedding"})
"""What `load_client` of the vendor's client knows, singular and with underscores."""


def has_id(heard: Heard) -> Iterator[Finding]:
    """The field beyond the reference."""
    yield from reading.wrong_fields(heard, reading.document(heard), {"id": ("a text", is_text)})


def has_shape(heard: Heard, body: Mapping[str, Any], found: HttpReply) -> Iterator[Finding]:
    """The reference's fields, or those of the object that the service itself sends in `error`."""
    inner = body.get("error")
    if isinstance(inner, dict):
        yield from reading.wrong_fields(heard, inner, {"message": ("a text", is_text)}, "$.error")
        return
    rules: Mapping[str, Rule] = {
        "error": ("a text, or an object", is_text),
        "message": ("a text", is_text),
        "status": (str(found.status), lambda value: value == found.status),
    }
    yield from reading.wrong_fields(heard, body, rules)


def has_code(heard: Heard, body: Mapping[str, Any], _found: HttpReply) -> Iterator[Finding]:
    """A word for programs."""
    inner, place = (body["error"], "$.error") if isinstance(body.get("error"), dict) else (body, "$")
    yield from reading.wrong_fields(heard, inner, {"code": ("a text", is_text)}, place)


def has_header(heard: Heard, found: HttpReply) -> Iterator[Finding]:
    """The code where no body has to be read."""
    if not found.headers.get("x-ms-error-code"):
        yield heard.finding("header x-ms-error-code", "the code of the error", "nothing")


def has_detail(heard: Sequence[Heard]) -> Iterator[Finding]:
    """The parameter at fault."""
    found = reading.reply(heard[0])
    if found.status != 422:
        raise UnknownError(f"{heard[0].ask} was answered with status {found.status}")
    body = reading.json_object(heard[0], found)
    inner = body["error"] if isinstance(body.get("error"), dict) else body
    detail = inner.get("detail", body.get("detail"))
    loc = detail.get("loc") if isinstance(detail, dict) else None
    if not isinstance(loc, list) or not all(isinstance(step, str) for step in loc) or "dimensions" not in loc:
        yield heard[0].finding("$.detail.loc", 'a list of texts with "dimensions" in it', loc)


def has_info(heard: Heard) -> Iterator[Finding]:
    """Who answers."""
    body = reading.json_object(heard, reading.status(heard, 200))
    yield from reading.wrong_fields(heard, body, dict.fromkeys(NAMES, ("a text", is_text)))


def has_type(heard: Heard) -> Iterator[Finding]:
    """A type that tells a client which of its classes is meant."""
    said = reading.document(heard).get("model_type")
    if is_text(said) and str(said).lower().replace("-", "_").replace(" ", "_").removesuffix("s") not in TYPES:
        yield heard.finding("$.model_type", reading.listed(sorted(TYPES)), said)


def has_image(heard: Heard) -> Iterator[Finding]:
    """A vector for the image; 404 where no model embeds one."""
    reading.supported(heard, 404, 422)
    rows = reading.placed(heard)
    if len(rows) != 1:
        raise heard.fault("$.data", "1 item", f"{len(rows)} items")
    if not isinstance(rows[0], list) or not rows[0] or not all(map(reading.is_number, rows[0])):
        yield heard.finding("$.data[0].embedding", "a list of numbers", rows[0])


def refuses_no_image(heard: Sequence[Heard]) -> Iterator[Finding]:
    """What is no image."""
    reading.available(heard[0], 404, 422)
    yield from refuses(400, 415, 422)(heard[1:])


def images() -> Iterator[Check]:
    """The rows of the second route."""
    source, pair = "Get Image Embeddings", post(IMAGES, {"input": [{"image": PICTURE, "text": "two colours"}]})
    nonsense = post(IMAGES, {"input": [{"image": "data:image/png;base64,bm8gaW1hZ2U="}]})
    yield must("image.answer", "an image is answered with its vector, or 404 or 422", source, IMAGE, each(has_image))
    yield must("image.pair", "an image with a text is answered, or 404 or 422", source, pair, each(has_image))
    yield must("image.invalid", "what is no image: 400, 415 or 422", source, (IMAGE, nonsense), refuses_no_image)


def deployments() -> Iterator[Check]:
    """The row of the header that chooses among several."""
    ask = PLAIN.with_headers(azureml_model_deployment=NO_MODEL)
    says = "azureml-model-deployment that is not served: 400 or 404, or 200 where it is ignored"
    yield must("model.deployment", says, "Request Header", ask, refuses(200, 400, 404))


def extras() -> Iterator[Check]:
    """The rows of the header `extra-parameters`."""
    source = "Request Header"

    def under(mode: str) -> Ask:
        return EXTRA.with_headers(extra_parameters=mode)

    yield must("extra.error", "error: an unknown parameter is refused with 400", source, under("error"), refuses(400))
    yield must("extra.ignore", "ignore: an unknown parameter is dropped", source, under("ignore"), each(is_answered))
    yield should("extra.drop", "drop, the client's word, is ignore", CLIENT, under("drop"), each(is_answered))
    says = "pass-through: the model decides: 200, 400 or 422"
    yield must("extra.pass-through", says, source, under("pass-through"), refuses(200, 400, 422))
    yield should("extra.default", "without the header it is error: 400", source, EXTRA, refuses(400))
    yield should("extra.unknown", "a mode that nobody knows: 400", source, under("perhaps"), refuses(400))


def versions() -> Iterator[Check]:
    """The rows of `api-version`."""
    source, reference = "URI Parameters", replace(PLAIN, query=(("api-version", "2024-04-01-preview"),))
    malformed = replace(PLAIN, query=(("api-version", "latest"),))
    yield must("version.missing", "without api-version: 400", source, replace(PLAIN, query=()), refuses(400))
    yield must("version.malformed", "api-version that is no date: 400", source, malformed, refuses(400))
    yield should("version.reference", "2024-04-01-preview is answered", "Examples", reference, each(is_answered))


def refused() -> Iterator[Check]:
    """The rows of what a refusal says."""
    says = "error and message are texts, and status is the HTTP status; or error is an object with a message"
    yield must("error.fields", says, "Responses", REFUSED, shaped(has_shape))
    yield must("error.code", "a refusal has a code", "Responses", REFUSED, shaped(has_code))
    yield must("error.header", "its code is in the header x-ms-error-code", "Responses", REFUSED, over(has_header))
    says = "detail.loc of a 422 names the parameter"
    yield must("error.detail", says, "UnprocessableContentError", IMPOSSIBLE, has_detail)


AZURE = Contract(
    "azure",
    "Azure AI model inference",
    "https://learn.microsoft.com/rest/api/aifoundry/model-inference/get-embeddings",
    (
        *ANSWERS,
        should("answer.id", "the body has an id, which the client's type has", CLIENT, PLAIN, each(has_id)),
        *formats(TERMS.encodings, TERMS.unsupported),
        *inputs(TERMS),
        *parameters(TERMS),
        *input_types(TERMS),
        *models("a model that is not served: 404, or 200 where the one that is answers for all", 200, 400, 404),
        *deployments(),
        *extras(),
        *versions(),
        must("info.fields", f"GET /info has {', '.join(NAMES)}", "Get Model Info", INFO, each(has_info)),
        should("info.type", "model_type is a word that load_client knows", CLIENT, INFO, each(has_type)),
        *images(),
        *errors(),
        *refused(),
        *keys(
            shaped(has_shape),
            should("key.api-key", "the header api-key: KEY", CLIENT, replace(PLAIN, auth="api-key"), each(is_answered)),
        ),
        *http("/info"),
    ),
    auth="both",
    query=(("api-version", VERSION),),
)
