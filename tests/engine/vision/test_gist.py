"""local:gist: copies of a picture are its nearest neighbours, and what it embeds is told."""

import io

import numpy as np
import pytest
from PIL import Image

from onevec.engine import LocalOptions, load
from onevec.engine.catalog import CATALOG
from onevec.engine.vision.gist import DIMENSIONS, Gist
from onevec.errors import UnsupportedModalityError, UnsupportedParameterError
from onevec.images import ImageInput
from onevec.types import EmbedRequest, InputType, Modality

from .scenes import cropped, recompressed, resized, rotated, scene, turned

pytestmark = pytest.mark.thorough

COPIES = {
    "recompressed to JPEG 50": lambda picture: recompressed(picture, 50),
    "recompressed to JPEG 30": lambda picture: recompressed(picture, 30),
    "half as large": lambda picture: resized(picture, 0.5),
    "twice as large": lambda picture: resized(picture, 2),
    "rotated by 5°": lambda picture: rotated(picture, 5),
    "rotated by -10°": lambda picture: rotated(picture, -10),
    "rotated by 10° and cropped": lambda picture: cropped(picture, 10),
    "a quarter turn": lambda picture: turned(picture, 1),
    "upside down": lambda picture: turned(picture, 2),
    "three quarter turns": lambda picture: turned(picture, 3),
}


@pytest.fixture(scope="module")
def gist():
    embedder = load("gist")
    yield embedder
    embedder.close()


@pytest.fixture(scope="module")
def scenes():
    return [scene(seed) for seed in range(50)]


@pytest.fixture(scope="module")
def copies(gist, scenes):
    """Vectors of each kind of copy of all scenes."""
    return {name: embed(gist, [copy(picture) for picture in scenes]).vectors for name, copy in COPIES.items()}


def embed(embedder, pictures, **fields):
    return embedder.embed(EmbedRequest("gist", tuple(ImageInput(bitmap(picture)) for picture in pictures), **fields))


def bitmap(picture):
    buffer = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(buffer, "BMP")
    return buffer.getvalue()


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_and_its_original_are_each_others_nearest(copy, copies, gist, scenes):
    originals = embed(gist, scenes).vectors
    likeness, own = originals @ copies[copy].T, np.arange(len(scenes))

    assert (likeness.argmax(axis=1) == own).mean() >= 0.95
    assert (likeness.argmax(axis=0) == own).mean() >= 0.95


def test_all_copies_of_all_scenes_together(copies, gist, scenes):
    """In a heap of everything, the nearest of each picture is another copy of the same scene."""
    vectors = np.concatenate([embed(gist, scenes).vectors, *copies.values()])
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1)

    assert (likeness.argmax(axis=1) % len(scenes) == np.arange(len(vectors)) % len(scenes)).mean() >= 0.95


def test_scenes_are_told_apart(gist, scenes):
    vectors = embed(gist, scenes).vectors
    others = (vectors @ vectors.T)[~np.eye(len(scenes), dtype=bool)]

    assert others.mean() < 0.3
    assert others.max() < 0.9


def test_the_same_picture_in_another_batch(gist, scenes):
    together = embed(gist, scenes[:7]).vectors
    alone = np.concatenate([embed(gist, [picture]).vectors for picture in scenes[:7]])

    assert np.abs(together - alone).max() <= 1e-6
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)


def test_pictures_of_one_colour(gist):
    """They have no energies, and their colour is all there is of them."""
    plain = [np.full((height, 40, 3), shade, np.uint8) for shade in (0, 255) for height in (9, 40)]
    likeness = (vectors := embed(gist, plain).vectors) @ vectors.T

    assert np.isfinite(vectors).all()
    assert likeness[0, 1] > 0.999
    assert likeness[2, 3] > 0.999
    assert likeness[0, 2] < 0


def test_the_energies_of_a_grating_stand_at_its_own_scale_and_orientation():
    """A grating of the finest scale's frequency, 0.3 cycles a pixel, upright and lying."""
    wave = 127.5 + 100 * np.sin(2 * np.pi * 0.3 * np.arange(128))
    upright = np.broadcast_to(wave, (128, 128))
    energies = Gist().energies(np.stack([upright, upright.T])).mean(axis=(3, 4))

    peaks = [np.unravel_index(energy.argmax(), energy.shape) for energy in energies]

    assert peaks == [(0, 0), (0, 4)]


def test_what_it_says_of_itself(gist, scenes):
    result = embed(gist, scenes[:1], input_type=InputType.TEXT)

    assert result.vectors.shape == (1, DIMENSIONS) == (1, CATALOG["gist"].dimensions)
    assert result.space == gist.space
    assert result.space.id == "gist@1/980/normalized"
    assert (result.usage.prompt_tokens, result.usage.total_tokens, result.pairs) == (None, None, None)
    assert gist.capabilities.modalities == {Modality.IMAGE}


@pytest.mark.parametrize("text", ["a text", (5, 6), "pair"])
def test_texts_and_pairs_are_refused_with_what_to_take_instead(text, gist, scenes):
    image = ImageInput(scenes[0])
    refused = ImageInput(scenes[0], "a text") if text == "pair" else text

    with pytest.raises(
        UnsupportedModalityError, match=r"inputs\[1\].*local:laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
    ) as caught:
        gist.embed(EmbedRequest("gist", (image, refused)))

    assert (caught.value.status, caught.value.loc) == (404, ("inputs", 1))


@pytest.mark.parametrize(
    ("fields", "param"),
    [({"dimensions": 64}, "dimensions"), ({"input_type": InputType.QUERY}, "input_type"), ({"extra": {"x": 1}}, "x")],
)
def test_parameters_that_it_does_not_have(fields, param, gist, scenes):
    with pytest.raises(UnsupportedParameterError) as caught:
        embed(gist, scenes[:1], **fields)
    assert caught.value.param == param


def test_shorter_vectors_when_the_caller_vouches_for_them(scenes):
    embedder = load("gist", LocalOptions(any_truncation=True))
    try:
        result = embed(embedder, scenes[:2], dimensions=64)
    finally:
        embedder.close()
    assert result.vectors.shape == (2, 64)
    assert result.space.dimensions == 64
