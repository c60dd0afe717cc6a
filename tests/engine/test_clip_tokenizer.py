"""CLIP's tokenizer without a tokenizer.json: the ids that transformers' CLIPTokenizer gives."""

import json
import shutil

import pytest

from onevec.engine import LocalOptions, load
from onevec.engine.clip_tokenizer import read_clip_tokenizer
from onevec.engine.tokenizer import ModelTokenizer
from onevec.errors import ModelFileError
from onevec.types import EmbedRequest

FILES = ("vocab.json", "merges.txt")


@pytest.fixture
def folder(golden, tmp_path):
    for name in FILES:
        shutil.copy(golden / "clip-tokenizer" / name, tmp_path)
    return tmp_path


def test_the_ids_of_transformers(golden, folder):
    figures = json.loads((golden / "clip-tokenizer" / "golden.json").read_bytes())
    tokenizer = ModelTokenizer(read_clip_tokenizer(folder))
    assert tokenizer.encode(figures["texts"]) == figures["ids"]
    assert (tokenizer.prefix, tokenizer.suffix) == ([0], [1])


def test_a_vocabulary_of_something_else(folder):
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "vocab.json").write_text(json.dumps({"a": 0}))
    with pytest.raises(ModelFileError, match=r"has no <\|startoftext\|>"):
        read_clip_tokenizer(folder)


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_none(name, folder):
    (folder / name).write_text("{")
    with pytest.raises(ModelFileError, match="not a tokenizer that can be read"):
        read_clip_tokenizer(folder)


def test_a_model_folder_with_these_files(golden, model_copy):
    model = model_copy("clip")
    (model / "tokenizer.json").unlink()
    for name in FILES:
        shutil.copy(golden / "clip-tokenizer" / name, model)
    with pytest.raises(ModelFileError, match=r"vocab.json has \d+ tokens, more than the vocab_size"):
        load(str(model))
    (model / "merges.txt").unlink()
    with pytest.raises(ModelFileError, match=r"tokenizer.json is missing"):
        load(str(model))


def test_and_one_that_fits(model_copy):
    """Every letter of the alphabet and the two marks: fewer tokens than the golden model knows."""
    model = model_copy("clip")
    (model / "tokenizer.json").unlink()
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    (model / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
    (model / "merges.txt").write_text("#version: 0.2\n")
    embedder = load(str(model), LocalOptions(precision="f32"))
    try:
        written = embedder.embed(EmbedRequest("m", ("Ab",)))
        ids = embedder.embed(EmbedRequest("m", ((0, tokens.index("a"), tokens.index("b</w>"), 1),)))
    finally:
        embedder.close()
    assert (written.vectors == ids.vectors).all()
