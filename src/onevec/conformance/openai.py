"""OPENAI: the contract of OpenAI's embeddings and models."""

from collections.abc import Iterator, Mapping
from typing import Any

from onevec.conformance import reading
from onevec.conformance.answers import ANSWERS, is_answered
from onevec.conformance.asks import NO_MODEL, PATH, TEXTS, Ask, embed, get
from onevec.conformance.contract import Contract, Terms
from onevec.conformance.formats import formats
from onevec.conformance.parameters import REFUSED, REQUEST, inputs, models, parameters, refuses
from onevec.conformance.reading import Rule, is_text, is_whole
from onevec.conformance.refusals import errors, http, keys, shaped
from onevec.conformance.rows import Check, Finding, Heard, each, must, should
from onevec.exchange import HttpReply

TERMS = Terms(invalid=(400, 422), unsupported=(400, 422), encodings=("base64",))
"""OpenAI itself answers 400; servers in its words, many of them on FastAPI, 422, which its clients know too."""

MODELS, MODEL = get("/models"), get("/models/{model}")

CARD: Mapping[str, Rule] = {
    "id": ("a text", is_text),
    "object": ('"model"', lambda value: value == "model"),
    "created": ("a whole number", is_whole),
    "owned_by": ("a text", is_text),
}
ERROR: Mapping[str, Rule] = {"message": ("a text", is_text), "type": ("a text", is_text)}


def has_shape(heard: Heard, body: Mapping[str, Any], _found: HttpReply) -> Iterator[Finding]:
    """An object in `error`, which is where clients look."""
    inner = body.get("error")
    if not isinstance(inner, dict):
        raise heard.fault("$.error", "an object", body.get("error", "nothing"))
    yield from reading.wrong_fields(heard, inner, ERROR, "$.error")


def has_words(heard: Heard, body: Mapping[str, Any], _found: HttpReply) -> Iterator[Finding]:
    """`param` and `code`, which may be null."""
    inner = body.get("error")
    for name in ("param", "code"):
        if isinstance(inner, dict) and name not in inner:
            yield heard.finding(f"$.error.{name}", "a text or null", "nothing")


def is_objects(value: object) -> bool:
    """Whether JSON has a list of objects there."""
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def has_cards(heard: Heard) -> Iterator[Finding]:
    """A list of models."""
    body = reading.json_object(heard, reading.status(heard, 200))
    rules: Mapping[str, Rule] = {
        "object": ('"list"', lambda value: value == "list"),
        "data": ("a list of objects", is_objects),
    }
    wrong = list(reading.wrong_fields(heard, body, rules))
    yield from wrong
    for number, card in enumerate([] if wrong else body["data"]):
        yield from reading.wrong_fields(heard, card, CARD, f"$.data[{number}]")


def has_card(heard: Heard) -> Iterator[Finding]:
    """One model."""
    body = reading.json_object(heard, reading.status(heard, 200))
    yield from reading.wrong_fields(heard, body, CARD)


def cards() -> Iterator[Check]:
    """The rows of what is served."""
    nobody = get(f"/models/{NO_MODEL}")
    says = "GET /models is a list; each model has id, object, created and owned_by"
    yield must("models.list", says, "Models: List", MODELS, each(has_cards))
    yield should("models.one", "GET /models/NAME is one model", "Models: Retrieve", MODEL, each(has_card))
    yield should("models.unknown", "a name that is not served: 404", "Models: Retrieve", nobody, refuses(404))


def requests() -> Iterator[Check]:
    """The rows of what only this contract has."""
    user, nameless = embed(user="somebody"), Ask("POST", PATH, embed(input=TEXTS[0]).body, named=False)
    yield must("user.answer", "the parameter user is let be", REQUEST, user, each(is_answered))
    yield must("model.missing", "a body without model: 400, 404 or 422", REQUEST, nameless, refuses(400, 404, 422))


def refused() -> Iterator[Check]:
    """The rows of what a refusal says."""
    source = "Error"
    yield must("error.fields", "error is an object with message and type", source, REFUSED, shaped(has_shape))
    yield should("error.words", "error has param and code, or null for them", source, REFUSED, shaped(has_words))


OPENAI = Contract(
    "openai",
    "OpenAI",
    "https://platform.openai.com/docs/api-reference/embeddings/create",
    (
        *ANSWERS,
        *formats(TERMS.encodings, TERMS.unsupported),
        *inputs(TERMS),
        *parameters(TERMS),
        *models("a model that is not served: 404, or 400", 400, 404),
        *requests(),
        *cards(),
        *errors(),
        *refused(),
        *keys(shaped(has_shape)),
        *http("/models"),
    ),
    names_model=True,
)
