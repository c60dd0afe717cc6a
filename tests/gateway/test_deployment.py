import pytest

from onevec.errors import InvalidRequestError, ModelNotFoundError, UnsupportedModalityError
from onevec.gateway.deployment import Deployment, Deployments
from onevec.gateway.wrappers.queue import Bounds, Queue
from onevec.testing import FakeEmbedder
from onevec.types import Modality

TEXT, IMAGE, PAIR = (frozenset({kind}) for kind in (Modality.TEXT, Modality.IMAGE, Modality.PAIR))


def deployment(name, model="model-a", aliases=(), provider="openai", able=frozenset(Modality)):
    return Deployment(name, model, provider, FakeEmbedder(modalities=able), Queue(Bounds()), aliases)


ONE = Deployments([deployment("small", aliases=("mini",))])
MANY = Deployments(
    [
        deployment("small", "model-a", ("mini",)),
        deployment("large", "model-b"),
        deployment("twin", "model-c"),
        deployment("other", "model-c"),
        deployment("model-d", "model-e"),
        deployment("e", "model-d"),
    ]
)


@pytest.mark.parametrize("model", [None, "", "small", "mini", "whatever", "x" * 100_000])
def test_with_one_deployment_the_model_is_ignored(model):
    assert ONE.route(model).name == "small"


def test_a_deployment_that_is_named_in_the_header_must_be_there():
    assert ONE.route("whatever", "mini").name == "small"
    with pytest.raises(ModelNotFoundError) as caught:
        ONE.route("small", "whatever")
    assert (caught.value.status, caught.value.code) == (404, "DeploymentNotFound")


@pytest.mark.parametrize(
    ("model", "header", "name"),
    [
        ("small", None, "small"),
        ("mini", None, "small"),
        ("model-b", None, "large"),
        ("openai:model-b", None, "large"),
        ("small", "large", "large"),
        ("whatever", "large", "large"),
        ("model-d", None, "model-d"),
        (None, "twin", "twin"),
    ],
)
def test_names_aliases_and_models_lead_to_a_deployment(model, header, name):
    assert MANY.route(model, header).name == name


@pytest.mark.parametrize(("model", "header"), [("model-c", None), ("Small", None), ("x" * 100_000, None), ("a", "b")])
def test_any_other_name_is_not_found(model, header):
    with pytest.raises(ModelNotFoundError) as caught:
        MANY.route(model, header)
    assert caught.value.status == 404
    assert len(caught.value.message) < 300


def test_the_nearest_name_is_suggested():
    with pytest.raises(ModelNotFoundError, match="did you mean 'large'"):
        MANY.route("lrge")


def test_without_a_name_one_of_several_must_be_named():
    with pytest.raises(InvalidRequestError, match="small, large"):
        MANY.route(None)


def test_deployments_are_a_mapping_in_the_order_of_the_configuration():
    assert [*MANY] == ["small", "large", "twin", "other", "model-d", "e"]
    assert len(MANY) == 6
    assert MANY["large"].space == FakeEmbedder().space
    assert MANY["large"].capabilities.dimensions == 16


KINDS = Deployments([deployment("texts", "a", able=TEXT), deployment("images", "b", able=IMAGE)])


@pytest.mark.parametrize("model", [None, "whatever"])
def test_what_is_to_be_embedded_decides_where_one_embeds_it(model):
    assert KINDS.route(model, wanted=TEXT).name == "texts"
    assert KINDS.route(model, wanted=IMAGE).name == "images"


def test_a_name_wins_over_what_is_to_be_embedded():
    assert KINDS.route("texts", wanted=IMAGE).name == "texts"
    assert KINDS.route(None, "images", TEXT).name == "images"
    with pytest.raises(ModelNotFoundError):
        KINDS.route("images", "whatever", IMAGE)


@pytest.mark.parametrize("wanted", [PAIR, TEXT | IMAGE])
def test_nobody_embeds_it(wanted):
    with pytest.raises(UnsupportedModalityError, match="texts, images") as caught:
        KINDS.route(None, wanted=wanted)
    assert caught.value.status == 404
    assert ONE.route(None, wanted=wanted).name == "small"


def test_several_embed_it():
    several = Deployments([*KINDS.values(), deployment("more", "c", able=IMAGE)])
    assert several.route(None, wanted=TEXT).name == "texts"
    with pytest.raises(InvalidRequestError, match="name one of images, more"):
        several.route(None, wanted=IMAGE)
    with pytest.raises(ModelNotFoundError):
        several.route("whatever", wanted=IMAGE)
