"""The models: mappings with attributes, as the original's are."""

import copy
import pickle

import pytest

from onevec.azure import models
from onevec.azure.models import (
    EmbeddingEncodingFormat,
    EmbeddingInput,
    EmbeddingInputType,
    EmbeddingItem,
    EmbeddingsResult,
    EmbeddingsUsage,
    ImageEmbeddingInput,
    ModelInfo,
    ModelType,
)

BODY = {
    "id": 5, "data": [{"embedding": [1.5, 2], "index": "0", "object": "embedding"}],
    "usage": {"prompt_tokens": "3", "total_tokens": 4}, "model": "m", "object": "list",
}  # fmt: skip


@pytest.fixture
def same(witness):
    """What an action gives for the original's models, and for ours."""
    original = witness("azure.ai.inference.models")
    return lambda action: tuple(_done(action, module) for module in (original, models))


def _done(action, module):
    try:
        return action(module)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return type(error), str(error)


def _set(model, **values):
    for name, value in values.items():
        setattr(model, name, value)
    return str(model), model.as_dict()


ACTIONS = {
    "str": lambda m: str(m.EmbeddingsResult(BODY)),
    "repr": lambda m: repr(m.EmbeddingsResult(BODY)),
    "str of an item": lambda m: str(m.EmbeddingItem(BODY["data"][0])),
    "as_dict": lambda m: m.EmbeddingsResult(BODY).as_dict(),
    "as_dict without what is read-only": lambda m: m.EmbeddingsResult(BODY).as_dict(exclude_readonly=True),
    "attributes": lambda m: [(r.id, r.usage.prompt_tokens, r.data[0].index) for r in [m.EmbeddingsResult(BODY)]],
    "vector": lambda m: m.EmbeddingsResult(BODY).data[0].embedding,
    "raw": lambda m: [(r["id"], r["usage"]["prompt_tokens"], r["object"]) for r in [m.EmbeddingsResult(BODY)]],
    "types": lambda m: [(type(r.data[0]).__name__, type(r.usage).__name__) for r in [m.EmbeddingsResult(BODY)]],
    "keys": lambda m: [(list(r), len(r), "object" in r, "x" in r) for r in [m.EmbeddingsResult(BODY)]],
    "get": lambda m: [(r.get("x"), r.get("x", 1), r.get("model")) for r in [m.EmbeddingsResult(BODY)]],
    "missing key": lambda m: m.EmbeddingsResult(BODY)["x"],
    "missing attribute": lambda m: m.EmbeddingsResult({}).id,
    "items": lambda m: list(m.EmbeddingsUsage(BODY["usage"]).items()),
    "pop": lambda m: [(u.pop("prompt_tokens"), dict(u)) for u in [m.EmbeddingsUsage(BODY["usage"])]],
    "update": lambda m: [(u.update({"x": 1}), dict(u)) for u in [m.EmbeddingsUsage(BODY["usage"])]],
    "setdefault": lambda m: [(u.setdefault("x", 1), dict(u)) for u in [m.EmbeddingsUsage(BODY["usage"])]],
    "delete": lambda m: [(u.__delitem__("prompt_tokens"), dict(u)) for u in [m.EmbeddingsUsage(BODY["usage"])]],
    "equal": lambda m: m.EmbeddingsUsage(BODY["usage"]) == m.EmbeddingsUsage(dict(BODY["usage"])),
    "equal to a dict": lambda m: m.EmbeddingsResult(BODY) == BODY,
    "unequal": lambda m: m.EmbeddingsUsage(prompt_tokens=1) != m.EmbeddingsUsage(prompt_tokens=2),
    "unequal to a number": lambda m: m.EmbeddingsUsage() == 3,
    "hash": lambda m: hash(m.EmbeddingsUsage()),
    "keywords": lambda m: m.EmbeddingsUsage(prompt_tokens=1, total_tokens=None).as_dict(),
    "an unknown keyword": lambda m: m.EmbeddingsUsage(tokens=1),
    "null": lambda m: m.EmbeddingsResult({"usage": None, "data": None}).as_dict(),
    "null attributes": lambda m: [(r.usage, r.data) for r in [m.EmbeddingsResult({"usage": None, "data": None})]],
    "set": lambda m: _set(m.ImageEmbeddingInput(image="i"), text="t"),
    "set to nothing": lambda m: _set(m.ImageEmbeddingInput(image="i", text="t"), text=None),
    "set a number": lambda m: _set(m.EmbeddingsUsage(), prompt_tokens=3),
    "set an enum": lambda m: _set(m.ModelInfo(), model_type=m.ModelType.EMBEDDINGS),
    "set a model": lambda m: _set(m.EmbeddingsResult(), usage=m.EmbeddingsUsage(prompt_tokens=1)),
    "set a dict": lambda m: _set(m.EmbeddingsResult(), usage={"prompt_tokens": 1}),
    "an enum": lambda m: repr(m.ModelInfo(model_type=m.ModelType.EMBEDDINGS)),
    "a known type": lambda m: repr(m.ModelInfo({"model_type": "embeddings"}).model_type),
    "an unknown type": lambda m: repr(m.ModelInfo({"model_type": "embedding"}).model_type),
    "members": lambda m: [(e.name, e.value, str(e), f"{e:}", e == e.value) for e in m.EmbeddingInputType],
    "encodings": lambda m: sorted(e.value for e in m.EmbeddingEncodingFormat),
    "model types": lambda m: sorted(e.value for e in m.ModelType),
    "any case": lambda m: (m.EmbeddingInputType["query"].name, m.EmbeddingInputType.query.value),
    "no member": lambda m: m.EmbeddingInputType("passage"),
    "no name": lambda m: m.EmbeddingInputType["passage"],
}  # fmt: skip


@pytest.mark.parametrize("name", ACTIONS)
def test_a_model_does_what_the_originals_does(name, same):
    original, ours = same(ACTIONS[name])
    assert ours == original


def test_the_public_names_are_the_originals_for_embeddings(same):
    original, _ = same(lambda m: set(m.__all__))
    assert set(models.__all__) - original == {"EmbeddingInput"}
    assert not [name for name in original if "Embedding" in name and name not in models.__all__]
    assert EmbeddingInput is ImageEmbeddingInput


def test_a_change_of_a_part_is_a_change_of_the_whole():
    result = EmbeddingsResult(BODY)
    result.usage.prompt_tokens = 9
    result.data[0].index = 1
    assert (result["usage"]["prompt_tokens"], result["data"][0]["index"]) == (9, 1)
    assert BODY["usage"]["prompt_tokens"] == "3"


def test_copies_are_equal_and_of_their_own():
    result = EmbeddingsResult(BODY)
    for other in (copy.deepcopy(result), pickle.loads(pickle.dumps(result)), result.copy()):
        assert other == result
        assert type(other) is EmbeddingsResult
        assert type(other.data[0]) is EmbeddingItem
        other.id = "another"
        assert result["id"] == 5


def test_what_is_no_mapping_is_refused():
    for kind in (EmbeddingItem, EmbeddingsResult, EmbeddingsUsage, ImageEmbeddingInput, ModelInfo):
        with pytest.raises(TypeError):
            kind(3)


def test_as_dict_is_plain():
    info = ModelInfo(model_name="n", model_type=ModelType.EMBEDDINGS)
    info["more"] = [EmbeddingsUsage(prompt_tokens=1), EmbeddingEncodingFormat.INT8, {"a": EmbeddingInputType.TEXT}]
    plain = info.as_dict()
    assert plain["more"] == [{"prompt_tokens": 1}, "int8", {"a": "text"}]
    assert type(plain["more"][1]) is str
