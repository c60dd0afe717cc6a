"""CLIP and SigLIP: the vectors of transformers, picture for picture and text for text, in one space."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from onevec.client import AsyncClient, Client
from onevec.engine import LocalOptions, load
from onevec.errors import (
    ConfigurationError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelError,
    ModelFileError,
    UnsupportedParameterError,
)
from onevec.images import ImageInput, LinkedImage
from onevec.types import EmbedRequest, InputType, Modality, Overflow
from onevec.vectors import normalize

MODELS = ("clip", "siglip")


@pytest.fixture(scope="module", params=MODELS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def figures(golden, name):
    return json.loads((golden / "models" / name / "golden.json").read_bytes())


@pytest.fixture(scope="module")
def model(golden, name):
    embedder = load(str(golden / "models" / name), LocalOptions(precision="f32"))
    yield embedder
    embedder.close()


@pytest.fixture(scope="module")
def pictures(golden, figures):
    return [ImageInput(golden / "models" / "pictures" / file) for file in figures["pictures"]]


def embed(embedder, *inputs, **fields):
    return embedder.embed(EmbedRequest("m", inputs, **{"overflow": Overflow.TRUNCATE, **fields}))


def test_images_agree_with_transformers_preprocessing_included(model, figures, pictures):
    vectors = embed(model, *pictures).vectors
    assert np.abs(vectors - np.array(figures["image_vectors"], np.float32)).max() <= 1e-5


def test_images_agree_when_the_reference_has_preprocessed_them(model, figures, golden, name, pictures):
    """The reference's pixels are of the model's size already: ours leave such pictures as they are."""
    pixels = np.asarray(Image.open(golden / "models" / name / "pixels.png")).reshape(-1, 32, 32, 3)
    vectors = embed(model, *map(ImageInput, pixels)).vectors
    assert np.abs(vectors - np.array(figures["image_vectors"], np.float32)).max() <= 1e-5


def test_texts_agree_with_transformers(model, figures):
    vectors = embed(model, *figures["texts"]).vectors
    assert np.abs(vectors - np.array(figures["text_vectors"], np.float32)).max() <= 1e-5


def test_in_bf16(golden, name, figures, pictures):
    try:
        embedder = load(str(golden / "models" / name), LocalOptions(precision="bf16"))
    except ConfigurationError:
        pytest.skip("this processor does not compute in bfloat16")
    try:
        vectors = embed(embedder, *pictures, *figures["texts"]).vectors
    finally:
        embedder.close()
    reference = np.array(figures["image_vectors"] + figures["text_vectors"], np.float32)
    assert (normalize(vectors) * reference).sum(axis=1).min() >= 0.999


def test_one_space_for_both(model, figures, pictures):
    spaces = {embed(model, one).space.id for one in (pictures[0], figures["texts"][0])}
    assert spaces == {model.space.id}
    assert model.capabilities.modalities == set(Modality)


def test_mixed_lists_keep_their_order_and_pairs_are_the_mean(model, figures, pictures):
    pair = ImageInput(pictures[1].content, figures["texts"][1])
    result = embed(model, figures["texts"][0], pictures[0], pair, figures["texts"][2], pictures[2])

    images = np.array(figures["image_vectors"], np.float32)
    texts = np.array(figures["text_vectors"], np.float32)
    both = normalize((images[1] + texts[1])[None])[0]
    wanted = [texts[0], images[0], both, texts[2], images[2]]
    assert np.abs(result.vectors - np.array(wanted)).max() <= 1e-5
    assert result.pairs == "mean"


def test_usage_counts_texts_and_pictures_have_no_tokens(model, figures, pictures):
    text, pair = figures["texts"][0], ImageInput(pictures[0].content, figures["texts"][0])
    alone = embed(model, text)
    assert embed(model, pictures[0], text).usage == embed(model, pair).usage == alone.usage
    assert embed(model, *pictures).usage.total_tokens is None
    assert (alone.pairs, embed(model, pair).pairs) == (None, "mean")


async def test_the_same_without_blocking(model, figures, pictures):
    request = EmbedRequest("m", (*pictures, "a", ImageInput(pictures[3].content, "a")))
    assert np.abs((await model.aembed(request)).vectors - model.embed(request).vectors).max() <= 1e-6


def test_many_pictures_are_the_same_as_each_alone(model, pictures):
    """More than one thread takes at a time, and than a batch holds."""
    together = embed(model, *(pictures * 30)).vectors.reshape(30, len(pictures), -1)
    alone = np.concatenate([embed(model, picture).vectors for picture in pictures])
    assert np.abs(together - alone).max() <= 1e-6


def test_a_picture_that_is_none_fails_by_its_place_and_nothing_else(model, pictures):
    broken = ImageInput(pictures[0].content[:200])
    with pytest.raises(InvalidRequestError, match=r"inputs\[2\] cannot be decoded") as caught:
        embed(model, "a", pictures[0], broken, ImageInput(pictures[0].content, "a text"))
    assert (caught.value.status, caught.value.loc) == (400, ("inputs", 2))
    assert embed(model, pictures[0]).vectors.shape[0] == 1


async def test_and_without_blocking(model, pictures):
    with pytest.raises(InvalidRequestError, match=r"inputs\[1\]"):
        await model.aembed(EmbedRequest("m", (pictures[0], ImageInput(pictures[0].content[:200]))))


def test_a_text_that_is_too_long_is_named_by_its_place_among_the_pictures(model, pictures):
    with pytest.raises(ContextLengthExceededError, match=r"inputs\[1\]") as caught:
        embed(model, pictures[0], "word " * 100, overflow=Overflow.ERROR)
    assert caught.value.loc == ("inputs", 1)


def test_what_it_does_not_have(model, pictures):
    with pytest.raises(UnsupportedParameterError, match="query"):
        embed(model, pictures[0], input_type=InputType.QUERY)
    with pytest.raises(UnsupportedParameterError, match="dimensions 7"):
        embed(model, pictures[0], dimensions=7)
    with pytest.raises(InvalidRequestError, match=r"inputs\[1\] is an image at a URL"):
        embed(model, "a", LinkedImage("https://example.com/a.png"))


def test_shorter_vectors_are_cut_after_pairs_are_made(golden, name, pictures):
    embedder = load(str(golden / "models" / name), LocalOptions(precision="f32", any_truncation=True))
    try:
        pair = ImageInput(pictures[0].content, "a")
        full, short = embed(embedder, pair, "a").vectors, embed(embedder, pair, "a", dimensions=8)
    finally:
        embedder.close()
    assert np.abs(short.vectors - normalize(full[:, :8])).max() <= 1e-6
    assert (short.space.dimensions, short.pairs) == (8, "mean")


def test_larger_pictures_are_allowed_or_refused_by_an_option(golden, pictures):
    embedder = load(str(golden / "models" / "clip"), LocalOptions(max_image_pixels=1000))
    try:
        with pytest.raises(InvalidRequestError, match="max_image_pixels"):
            embed(embedder, pictures[0])
    finally:
        embedder.close()
    with pytest.raises(ModelError, match="closed"):
        embed(embedder, pictures[0])


def test_batches_of_both_towers_are_told(golden, pictures):
    embedder, told = load(str(golden / "models" / "clip")), []
    embedder.on_batch(lambda count, size: told.append((count, size)))
    try:
        embed(embedder, pictures[0], "a")
    finally:
        embedder.close()
    assert sorted(told) == [(1, 3), (1, 16)]  # <start> a <end>; 4 x 4 patches


@pytest.fixture
def spoiled(model_copy, edit):
    """A copy of a golden model, some JSON file of it changed."""

    def spoil(name, file, **keys):
        folder = model_copy(name)
        edit(folder / file, **keys)
        return str(folder)

    return spoil


def changed(golden, name, part, **keys):
    return json.loads((golden / "models" / name / "config.json").read_bytes())[part] | keys


@pytest.mark.parametrize(
    ("name", "part", "keys", "error", "match"),
    [
        ("clip", "vision_config", {"image_size": 64}, ModelFileError, "asks for 64 x 64"),
        ("clip", "vision_config", {"patch_size": 16}, ModelFileError, "patch_embedding"),
        ("clip", "text_config", {"hidden_act": "step"}, ModelError, "hidden_act 'step'"),
        ("clip", "text_config", {"num_attention_heads": 5}, ModelError, "no multiple"),
        ("clip", "text_config", {"vocab_size": 10}, ModelFileError, "not of one model"),
        ("siglip", "vision_config", {"vision_use_head": False}, ModelError, "vision_use_head"),
        ("siglip", "text_config", {"max_position_embeddings": 20}, ModelFileError, "position_embedding"),
    ],
)
def test_configs_that_do_not_fit(name, part, keys, error, match, golden, spoiled):
    folder = spoiled(name, "config.json", **{part: changed(golden, name, part, **keys)})
    with pytest.raises(error, match=match):
        load(folder)


def test_a_half_of_the_config_that_is_none(spoiled):
    with pytest.raises(ModelFileError, match="'vision_config' must be an object"):
        load(spoiled("clip", "config.json", vision_config=[]))


def test_texts_of_siglips_own_tokenizers_are_put_in_lower_case(spoiled, golden):
    folder = spoiled("siglip", "tokenizer_config.json", tokenizer_class="SiglipTokenizer")
    lowering, plain = load(folder), load(str(golden / "models" / "siglip"))
    try:
        assert (embed(lowering, "Otter").vectors == embed(plain, "otter").vectors).all()
        assert (embed(plain, "Otter").vectors != embed(plain, "otter").vectors).any()
    finally:
        lowering.close()
        plain.close()


def test_siglips_padding_may_be_named_or_numbered(spoiled, golden):
    """Else a wrong padding token would go unseen: it is read with the text."""
    vectors = []
    for pad in ("<pad>", {"content": "<pad>"}, None, "</s>"):
        folder = spoiled("siglip", "tokenizer_config.json", pad_token=pad)
        embedder = load(folder, LocalOptions(precision="f32"))
        vectors.append(embed(embedder, "a").vectors)
        embedder.close()
        shutil.rmtree(folder)
    assert (vectors[0] == vectors[1]).all()
    assert (vectors[0] == vectors[2]).all()
    assert np.abs(vectors[0] - vectors[3]).max() > 0.01


def test_clip_of_before_2023_ends_a_text_at_its_highest_token(golden, spoiled):
    """The golden model's end has id 1; taken for the highest id, another token stands for the text."""
    folder = spoiled("clip", "config.json", text_config=changed(golden, "clip", "text_config", eos_token_id=2))
    legacy, plain = (
        load(folder, LocalOptions(precision="f32")),
        load(str(golden / "models" / "clip"), LocalOptions(precision="f32")),
    )
    try:
        ids = (0, 66, 300, 70, 1)
        # Up to the highest token, and ended there: the same token sees the same before it.
        assert np.abs(embed(legacy, ids).vectors - embed(legacy, ids[:3]).vectors).max() <= 1e-6
        assert np.abs(embed(legacy, ids).vectors - embed(plain, ids).vectors).max() > 0.01
        # Without an end the first token stands for the text, as in the reference.
        assert np.abs(embed(plain, ids[:4]).vectors - embed(plain, (0,)).vectors).max() <= 1e-6
    finally:
        legacy.close()
        plain.close()


def test_the_layout_of_sentence_transformers(golden, tmp_path, figures, name, pictures):
    shutil.copytree(golden / "models" / name, tmp_path / "m" / "0_CLIPModel")
    modules = [{"idx": 0, "name": "0", "path": "0_CLIPModel", "type": "sentence_transformers.models.CLIPModel"}]
    (tmp_path / "m" / "modules.json").write_text(json.dumps(modules))
    embedder = load(str(tmp_path / "m"), LocalOptions(precision="f32"))
    try:
        vectors = embed(embedder, *pictures).vectors
    finally:
        embedder.close()
    assert np.abs(vectors - np.array(figures["image_vectors"], np.float32)).max() <= 1e-5


def test_a_clip_model_with_modules_that_do_not_belong_to_it(golden, tmp_path):
    shutil.copytree(golden / "models" / "clip", tmp_path / "m" / "0_CLIPModel")
    modules = [
        {"idx": 0, "name": "0", "path": "0_CLIPModel", "type": "sentence_transformers.models.CLIPModel"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    (tmp_path / "m" / "1_Pooling").mkdir()
    (tmp_path / "m" / "1_Pooling" / "config.json").write_text("{}")
    (tmp_path / "m" / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelError, match="behind a CLIPModel"):
        load(str(tmp_path / "m"))


def test_pictures_of_a_line_of_pixels(model):
    for size in ((40_000, 1), (1, 40_000)):
        assert np.isfinite(embed(model, ImageInput(Image.new("RGB", size, "red"))).vectors).all()


async def test_the_public_function_and_its_twin(golden, pictures, figures):
    inputs = [pictures[0], figures["texts"][0], ImageInput(pictures[1].content, figures["texts"][1])]
    with Client(provider="local", client_args={"precision": "f32"}) as client:
        response = client.embedding(str(golden / "models" / "clip"), inputs)
        alone = client.embedding(str(golden / "models" / "clip"), pictures[0])
    async with AsyncClient(provider="local", client_args={"precision": "f32"}) as client:
        twin = await client.aembedding(str(golden / "models" / "clip"), inputs)

    assert np.abs(response.vectors - twin.vectors).max() <= 1e-6
    assert (response.pairs, twin.pairs, response.as_dict()["pairs"]) == ("mean", "mean", "mean")
    assert (alone.pairs, "pairs" in alone.as_dict()) == (None, False)
