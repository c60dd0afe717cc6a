"""OPENAI: what can be wrong with a server in OpenAI's words, where its contract is not Azure's."""

from .broken import Fault
from .planting import both, fails, field, info, method, path, refusal, taken_for, with_model, within, without


def flat(found):
    """The error without the object that clients look in."""
    found |= found.pop("error")


def cards(change):
    """The list of models changed."""
    return info(lambda found: found | {"data": [change(card) for card in found["data"]]}, "/v1/models")


OPENAI = (
    Fault("errors without an object", {"error.fields", "key.error"}, refusal(flat)),
    Fault("errors without param", {"error.words"}, refusal(lambda found: found["error"].pop("param"))),
    Fault("errors without type", {"error.fields", "key.error"}, refusal(lambda found: found["error"].pop("type"))),
    Fault("a user fails", {"user.answer"}, fails(field("user"))),
    Fault(
        "any model is the one that is there",
        {"model.unknown"},
        request=taken_for(with_model("fake"), within(b"no-such-model")),
    ),
    Fault(
        "no model is the one that is there",
        {"model.missing"},
        request=taken_for(with_model("fake"), lambda asked: isinstance(asked.json.get("input"), str)),
    ),
    Fault("models without a date", {"models.list"}, cards(lambda card: {"id": card["id"]})),
    Fault("no list of models", {"models.list"}, info(lambda found: {"models": []}, "/v1/models")),
    Fault("no model alone", {"models.one"}, fails(both(method("GET"), path("/v1/models/fake")), 404)),
    Fault("any name is a model", {"models.unknown"}, fails(path("/v1/models/onevec-check"), 200)),
    Fault(
        "dimensions ignored",
        {"dimensions.length", "dimensions.impossible", "dimensions.invalid"},
        request=taken_for(without("dimensions")),
    ),
)
