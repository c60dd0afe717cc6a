"""Models on torch against the reference's vectors and our own engine's; on its processor, where torch is installed."""

import json
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from onevec.engine import LocalOptions, load
from onevec.engine.batch import Tokens
from onevec.engine.torch_devices import DEVICES, RectangleBatcher
from onevec.errors import ConfigurationError, ModelError
from onevec.types import EmbedRequest, InputType, Overflow

MODELS = (
    "bert-mean",
    "bert-cls-prompted",
    "bert-max-unnormalized",
    "bert-mean-dense",
    "distilbert-mean",
    "modernbert-cls",
    "mpnet-mean",
    "nomic-bert-mean",
    "qwen3-lasttoken",
    "xlm-roberta-mean",
)
ON_TORCH = LocalOptions(device="torch:cpu", precision="f32")

needs_torch = pytest.mark.skipif(
    not (find_spec("torch") and find_spec("transformers")), reason="the extra torch is not installed"
)
noisy = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@needs_torch
@noisy
@pytest.mark.parametrize("name", MODELS)
def test_small_models_agree_with_sentence_transformers(name, golden):
    figures = json.loads((golden / "models" / name / "golden.json").read_bytes())
    embedder = load(str(golden / "models" / name), ON_TORCH)
    try:
        for input_type, vectors in figures["vectors"].items():
            asked = EmbedRequest(
                "m", tuple(figures["texts"]), input_type=InputType(input_type), overflow=Overflow.TRUNCATE
            )
            result = embedder.embed(asked)
            assert np.abs(result.vectors - np.array(vectors, np.float32)).max() <= 1e-4, input_type
            assert result.usage.prompt_tokens > 0
    finally:
        embedder.close()


@needs_torch
@noisy
def test_the_bundled_model_has_the_vectors_and_the_space_of_our_engine(bundled, golden, ask):
    texts = json.loads((golden / "minilm.json").read_bytes())["texts"]
    embedder = load("all-minilm-l6-v2", ON_TORCH)
    try:
        result = ask(embedder, *texts, overflow=Overflow.TRUNCATE)
        assert embedder.space == bundled.space
        assert embedder.capabilities == replace(bundled.capabilities, late_chunking=False)
        assert embedder.precision == "f32"
    finally:
        embedder.close()

    ours = ask(bundled, *texts, overflow=Overflow.TRUNCATE)
    assert np.abs(result.vectors - ours.vectors).max() <= 1e-4
    assert result.usage == ours.usage


@needs_torch
@noisy
def test_bfloat16_stays_near_and_of_length_one(bundled, ask):
    embedder = load("all-minilm-l6-v2", LocalOptions(device="torch:cpu", precision="bf16"))
    try:
        vectors = ask(embedder, "a cat", "a much longer text about dogs").vectors
    finally:
        embedder.close()

    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5
    assert (vectors * ask(bundled, "a cat", "a much longer text about dogs").vectors).sum(axis=1).min() > 0.999


@needs_torch
@noisy
@pytest.mark.parametrize("device", [name for name in DEVICES if name != "torch:cpu"])
def test_a_device_that_is_not_there_is_said_so(device):
    import torch

    if DEVICES[device].available(torch):
        pytest.skip(f"this machine has {device}")
    with pytest.raises(ConfigurationError, match=f"{device}.*finds none on this machine") as caught:
        load("all-minilm-l6-v2", LocalOptions(device=device))
    assert (caught.value.param, caught.value.value) == ("client_args", device)


@needs_torch
@noisy
def test_threads_are_the_processors(golden):
    with pytest.raises(ConfigurationError, match=r"'threads'.*set_num_threads"):
        load(str(golden / "models" / "bert-mean"), LocalOptions(device="torch:cpu", threads=1))


@needs_torch
@noisy
def test_an_architecture_that_transformers_lacks_is_a_model_error(model_copy, edit):
    folder = model_copy()
    edit(folder / "config.json", model_type="no-such-architecture")
    with pytest.raises(ModelError, match="transformers cannot load"):
        load(str(folder), ON_TORCH)


@needs_torch
@noisy
def test_code_of_a_models_own_is_not_run(model_copy, edit, tmp_path):
    folder = model_copy()
    mark = tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(mark)!r}, 'w')")
    edit(folder / "config.json", model_type="own", auto_map={"AutoConfig": "own.C", "AutoModel": "own.M"})
    with pytest.raises(ModelError):
        load(str(folder), ON_TORCH)
    assert not mark.exists()


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed")
def test_without_torch_the_error_names_the_extra():
    with pytest.raises(ConfigurationError, match=r"'cuda' needs torch.*onevec\[torch\]"):
        load("all-minilm-l6-v2", LocalOptions(device="cuda"))


def test_models_of_images_run_on_the_processor_only(golden):
    with pytest.raises(ConfigurationError, match="models of images"):
        load(str(golden / "models" / "clip"), ON_TORCH)
    with pytest.raises(ConfigurationError, match="local:gist"):
        load("gist", ON_TORCH)


def test_a_batch_is_a_rectangle_with_two_masks():
    batcher = RectangleBatcher(budget=6, padding=9)

    assert batcher.plan([2, 3, 2, 6]) == [[3], [1, 0], [2]]
    arrays = batcher.batch([Tokens([5, 6, 7], unpooled=1), Tokens([5])]).arrays
    assert arrays["ids"].tolist() == [[5, 6, 7], [5, 9, 9]]
    assert arrays["mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert arrays["pooled"].tolist() == [[0, 1, 1], [1, 0, 0]]
