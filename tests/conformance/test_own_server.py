"""Our own server keeps both contracts, to the last `should`, whatever it serves."""

from pathlib import Path

import pytest

from onevec.conformance import Status, acheck, check
from onevec.embedders import Embedders
from onevec.gateway import Config

from ..server.conftest import running

pytestmark = pytest.mark.thorough

GOLDEN = Path(__file__).parent.parent / "golden" / "models"


def skipped(report):
    return {one.check.name for one in report if one.status is Status.SKIPPED}


def kept(report):
    """What is in the way of a contract that is kept."""
    return [str(one) for one in report if one.status not in (Status.PASSED, Status.SKIPPED)]


@pytest.fixture(scope="module")
def default():
    """What `onevec serve` serves: the bundled model, and one of images."""
    from onevec.cli.serve import ordered

    embedders = Embedders()
    try:
        with running(ordered(None, None, {"port": 0}).read(), embedders) as server:
            yield server
    finally:
        embedders.close()


NO_KEY = {"key.missing", "key.wrong", "key.error", "key.challenge", "key.bearer"}


@pytest.mark.parametrize("path", ["", "/models", "/models/"])
def test_azures_with_the_bundled_models(default, path):
    report = check(default.url + path)
    assert kept(report) == []
    assert report.holds(strict=True)
    unable = {"dimensions.length", "input_type.query", "input_type.document", "image.pair"}
    assert skipped(report) == unable | NO_KEY | {"key.api-key"}


@pytest.mark.parametrize("path", ["/v1", "/openai/v1"])
async def test_openais_with_the_bundled_models(default, path):
    report = await acheck(default.url + path, dialect="openai", model="all-minilm-l6-v2")
    assert kept(report) == []
    assert skipped(report) == {"dimensions.length"} | NO_KEY


def test_azures_with_a_model_of_texts_and_images(planted):
    report = check(planted.url, key=planted.key)
    assert kept(report) == []
    assert skipped(report) == set()


@pytest.mark.parametrize(
    ("name", "skips"),
    [
        ("bert-cls-prompted", {"image.answer", "image.pair", "image.invalid"}),
        ("bert-max-unnormalized", {"image.answer", "image.pair", "image.invalid"}),
        ("clip", set()),
    ],
)
def test_azures_with_models_that_have_prompts_or_length_or_images(name, skips):
    embedders = Embedders()
    try:
        with running(Config.of_model(f"local:{GOLDEN / name}", port=0), embedders) as server:
            report = check(server.url)
    finally:
        embedders.close()
    assert kept(report) == []
    assert {one for one in skipped(report) if one.startswith("image")} == skips
