import pytest

from onevec.errors import InvalidRequestError, ModelNotFoundError
from onevec.gateway.deployment import Deployment, Deployments
from onevec.gateway.queue import Bounds, Queue
from onevec.testing import FakeEmbedder


def deployment(name, model="model-a", aliases=(), provider="openai"):
    return Deployment(name, model, provider, FakeEmbedder(), Queue(Bounds()), aliases)


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
