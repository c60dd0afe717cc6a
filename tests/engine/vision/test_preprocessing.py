"""preprocessor_config.json in its old and new forms, and pixels as the reference makes them."""

import json

import numpy as np
import pytest
from PIL import Image

from onevec.engine.vision.preprocessing import Preprocessing, read_preprocessing
from onevec.errors import ModelError, ModelFileError

GIVEN = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.25, 0.5, 1]}


@pytest.fixture
def read(tmp_path):
    def written(side=32, **keys):
        (tmp_path / "preprocessor_config.json").write_text(json.dumps(GIVEN | keys))
        return read_preprocessing(tmp_path, side)

    return written


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_the_references_pixels(name, golden):
    prepare, _ = read_preprocessing(golden / "models" / name, 32)
    figures = json.loads((golden / "models" / name / "golden.json").read_bytes())
    wanted = np.asarray(Image.open(golden / "models" / name / "pixels.png")).reshape(-1, 32, 32, 3)
    for file, pixels in zip(figures["pictures"], wanted, strict=True):
        with Image.open(golden / "models" / "pictures" / file) as picture:
            assert (prepare(picture.convert("RGB")) == pixels).all(), file


@pytest.mark.parametrize(
    ("keys", "size", "crop"),
    [
        ({"size": 32, "crop_size": 32}, 32, (32, 32)),
        ({"size": {"shortest_edge": 40}, "crop_size": {"height": 32, "width": 32}}, 40, (32, 32)),
        ({"size": {"height": 32, "width": 32}}, (32, 32), None),
        ({"size": {"height": 48, "width": 40}, "do_center_crop": True, "crop_size": 32}, (40, 48), (32, 32)),
        ({"do_resize": False, "crop_size": {"height": 32, "width": 32}}, None, (32, 32)),
        ({"size": {"height": 32, "width": 32}, "crop_size": 99, "do_center_crop": False}, (32, 32), None),
    ],
)
def test_forms_of_the_config(keys, size, crop, read):
    prepare, _ = read(**keys)
    assert prepare == Preprocessing(size, Image.Resampling.BICUBIC, crop)
    for given in ((90, 50), (50, 90), (20, 25)):
        assert prepare(Image.new("RGB", given)).shape == (32, 32, 3)


def test_scaling(read):
    _, scaling = read(size=32, crop_size=32, rescale_factor=0.5)
    assert scaling.scale.tolist() == [2, 1, 0.5]
    assert np.allclose(scaling.shift, [-2, -0.8, -0.3])
    _, scaling = read(size=32, crop_size=32, do_rescale=False, do_normalize=False)
    assert (scaling.scale.tolist(), scaling.shift.tolist()) == ([1, 1, 1], [0, 0, 0])


@pytest.mark.parametrize(
    ("keys", "error", "match"),
    [
        ({"size": {"height": 32, "width": 31}}, ModelFileError, r"\(31, 32\), and config.json asks for 32 x 32"),
        ({"size": 32, "crop_size": 31}, ModelFileError, "asks for 32 x 32"),
        ({"size": {"longest_edge": 32}, "crop_size": 32}, ModelError, "longest_edge does not run"),
        ({"size": {"shortest_edge": 32, "longest_edge": 64}, "crop_size": 32}, ModelError, "longest_edge"),
        ({"size": {"shortest_edge": "32"}, "crop_size": 32}, ModelFileError, "whole number"),
        ({"size": 32, "crop_size": 32, "resample": 9}, ModelFileError, "'resample'"),
        ({"size": 32, "crop_size": 32, "image_mean": [1, 2]}, ModelFileError, "'image_mean' must be 3 numbers"),
        ({"size": 32, "crop_size": 32, "image_std": None}, ModelFileError, "'image_std'"),
        ({"size": 32, "crop_size": 32, "image_std": [0, 1, 1]}, ModelFileError, "'image_std'"),
    ],
)
def test_configs_that_do_not_do(keys, error, match, read):
    with pytest.raises(error, match=match):
        read(**keys)


def test_crops_larger_than_the_picture_are_filled_with_black():
    prepare = Preprocessing(None, Image.Resampling.BICUBIC, (6, 6))
    pixels = prepare(Image.new("RGB", (3, 4), "white"))
    assert (pixels[..., 0] // 255).tolist() == [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 1, 1, 1, 0],
        [0, 0, 1, 1, 1, 0],
        [0, 0, 1, 1, 1, 0],
        [0, 0, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 0],
    ]


@pytest.mark.parametrize("size", [(2600, 30), (30, 2600)])
def test_the_middle_of_a_long_picture_is_that_of_all_of_it(size):
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    smooth = Image.fromarray(noise).resize((size[0] // 8, size[1] // 8)).resize(size)
    prepare = Preprocessing(32, Image.Resampling.BICUBIC, (32, 32))
    longer = int(32 * 2600 / 30)
    whole = smooth.resize((longer, 32) if size[0] > size[1] else (32, longer), Image.Resampling.BICUBIC)
    left, top = (whole.width - 32) // 2, (whole.height - 32) // 2
    wanted = np.asarray(whole.crop((left, top, left + 32, top + 32))).astype(int)

    assert np.abs(prepare(smooth).astype(int) - wanted).max() <= 2
