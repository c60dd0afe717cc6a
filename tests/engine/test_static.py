"""Models without a transformer, against the mean by hand and against what model2vec and sentence-transformers do."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from onevec.engine import LocalOptions, load
from onevec.engine.batch import Tokens
from onevec.engine.modules import Normalize, Truncate
from onevec.engine.static import BagBatcher, bag_session
from onevec.errors import ContextLengthExceededError, ModelError, ModelFileError

WORDS = ("[UNK]", "[CLS]", "a", "red", "green", "planet")
TABLE = np.random.default_rng(7).standard_normal((len(WORDS), 8)).astype(np.float32)


def save_tokenizer(folder: Path) -> None:
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 1)])
    tokenizer.save(str(folder / "tokenizer.json"))


@pytest.fixture
def model2vec(tmp_path):
    def make(tensors: dict | None = None, **config) -> Path:
        save_file(tensors or {"embeddings": TABLE}, tmp_path / "model.safetensors")
        (tmp_path / "config.json").write_text(json.dumps({"model_type": "model2vec"} | config))
        save_tokenizer(tmp_path)
        return tmp_path

    return make


@pytest.fixture
def sentence_transformers(tmp_path):
    def make(*behind: str) -> Path:
        folder = tmp_path / "0_StaticEmbedding"
        folder.mkdir()
        save_file({"embedding.weight": TABLE}, folder / "model.safetensors")
        save_tokenizer(folder)
        kinds = {"0_StaticEmbedding": "StaticEmbedding"} | {f"{i}_{kind}": kind for i, kind in enumerate(behind, 1)}
        modules = [
            {"idx": i, "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(kinds.items())
        ]
        (tmp_path / "modules.json").write_text(json.dumps(modules))
        return tmp_path

    return make


@pytest.fixture
def vectors(ask):
    def embed(folder: Path, *texts: str, **fields) -> np.ndarray:
        embedder = load(str(folder), LocalOptions())
        try:
            return ask(embedder, *texts, **fields).vectors
        finally:
            embedder.close()

    return embed


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def test_model2vec_is_the_mean_of_the_tokens_that_it_knows(model2vec, vectors):
    folder = model2vec(normalize=True)

    got = vectors(folder, "red planet", "a blue planet", "blue", "a")

    wanted = [TABLE[[3, 5]].mean(0), TABLE[[2, 5]].mean(0), TABLE[2]]
    assert np.abs(got[[0, 1, 3]] - unit(np.stack(wanted))).max() < 1e-6
    assert not got[2].any()  # as model2vec has it: no token, no direction


def test_sentence_transformers_keeps_the_unknown_token(sentence_transformers, vectors):
    got = vectors(sentence_transformers(), "a blue planet")

    assert np.abs(got - TABLE[[2, 0, 5]].mean(0)).max() < 1e-6


def test_weights_and_a_shared_vocabulary_are_worked_in(model2vec, vectors):
    mapping, weights = np.array([0, 0, 1, 1, 2, 2], np.int64), np.arange(6, dtype=np.float64) / 3
    folder = model2vec({"embeddings": TABLE[:3].astype(np.float16), "mapping": mapping, "weights": weights})

    got = vectors(folder, "red planet")

    rows = TABLE[:3].astype(np.float16).astype(np.float32)
    assert np.abs(got - (rows[1] * 1 + rows[2] * 5 / 3) / 2).max() < 1e-6


def test_what_a_static_model_says_of_itself(model2vec):
    embedder = load(str(model2vec(normalize=True)))
    try:
        assert (embedder.space.model, embedder.space.pooling, embedder.space.normalized) == ("model2vec", "mean", True)
        assert embedder.space.dimensions == 8
        assert embedder.precision == "f32"
        assert embedder.capabilities.max_input_tokens == 512
    finally:
        embedder.close()


def test_a_long_text_is_told_or_cut_or_merged(model2vec, vectors):
    folder = model2vec(max_length=3)

    with pytest.raises(ContextLengthExceededError):
        vectors(folder, "a red green planet")
    cut = vectors(folder, "a red green planet", overflow="truncate")
    whole = vectors(folder, "a red green planet", overflow="chunk")

    assert np.abs(cut - TABLE[2:5].mean(0)).max() < 1e-6
    assert np.abs(whole - TABLE[2:].mean(0)).max() < 1e-6  # the mean of means, weighted by tokens


def test_a_null_is_no_limit(model2vec, vectors):
    assert np.abs(vectors(model2vec(max_length=None), "red " * 5000) - TABLE[3]).max() < 1e-4


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"other": TABLE}, "no tensor 'embeddings'"),
        ({"embeddings": TABLE[0]}, "'embeddings' has shape"),
        ({"embeddings": TABLE[:2]}, "6 tokens, more than"),
        ({"embeddings": TABLE, "mapping": np.array([9] * 6)}, "'mapping' names rows"),
        ({"embeddings": TABLE, "weights": np.ones(2)}, "'weights' has shape"),
        ({"embeddings": np.full_like(TABLE, np.nan)}, "not finite"),
    ],
)
def test_tensors_that_do_not_fit_are_told(tensors, words, model2vec):
    with pytest.raises(ModelFileError, match=words):
        load(str(model2vec(tensors)))


def test_only_a_normalize_stands_behind(sentence_transformers):
    folder = sentence_transformers("Pooling")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text("{}")

    with pytest.raises(ModelError, match="behind a StaticEmbedding runs a Normalize here, and no Pooling"):
        load(str(folder))


def test_batches_are_of_neighbours_and_empty_texts_are_zeros():
    batcher = BagBatcher(texts=2)
    batch = batcher.batch([Tokens([2, 3]), Tokens([]), Tokens([5, 4, 3], unpooled=1)])
    output = bag_session(TABLE, (Truncate(4), Normalize()))(batch.arrays)

    assert batcher.plan([5, 1, 9]) == [[0, 1], [2]]
    assert output.shape == (3, 4)
    assert (
        np.abs(
            batch.vectors(output)[[0, 2]] - unit(np.stack([TABLE[[2, 3]].mean(0), TABLE[[4, 3]].mean(0)])[:, :4])
        ).max()
        < 1e-6
    )
    assert not output[1].any()
