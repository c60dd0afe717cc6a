"""From an RGB picture to a model's pixels, by its preprocessor_config.json, as transformers' processors on Pillow do.

Everything stays uint8; scaling to the model's mean and variance is left to the graph (:class:`Scaling`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from onevec.engine.configs import Config, read_config
from onevec.errors import ModelError, ModelFileError

Size = tuple[int, int]
"""Width and height, as Pillow has them."""

COLOURS = 3

LONGEST = 64
"""How many times longer than wide a picture may be to be resized whole: a line of a pixel could become terabytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """What becomes of a pixel: ``x * scale + shift``, a number a colour."""

    scale: NDArray[np.float32]
    shift: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Resizes and crops; a :data:`onevec.engine.vision.pictures.Prepare`.

    Attributes:
        size: The size that a picture is brought to, or the length of its shorter edge; None leaves it as it is.
        resample: Pillow's number of the filter.
        crop: The size that is cut from the middle, black where there is no picture; None cuts nothing.
    """

    size: Size | int | None
    resample: int
    crop: Size | None

    def __call__(self, picture: Image.Image) -> NDArray[np.uint8]:
        """uint8 (height, width, 3)."""
        size = self._target(picture.size)
        if self.crop is None:
            return np.asarray(picture.resize(size, self.resample))
        left, top = ((whole - part) // 2 for whole, part in zip(size, self.crop, strict=True))
        if size[0] * size[1] > LONGEST * self.crop[0] * self.crop[1]:
            return self._middle(picture, size, left, top)
        # Where the crop is larger than the picture, Pillow fills with black as transformers does.
        box = (left, top, left + self.crop[0], top + self.crop[1])
        return np.asarray(picture.resize(size, self.resample).crop(box))

    def _middle(self, picture: Image.Image, size: Size, left: int, top: int) -> NDArray[np.uint8]:
        """The crop alone of a picture that is very long and narrow; it differs from the crop of the whole by roundings.

        Pillow rounds to whole numbers between its passes, and which one it makes first depends on the sizes.
        """
        assert self.crop is not None  # noqa: S101 - for mypy: the caller has seen it
        spans = [
            (max(0, start), min(whole, start + part))
            for start, whole, part in zip((left, top), size, self.crop, strict=True)
        ]
        steps = [old / new for old, new in zip(picture.size, size, strict=True)]
        (x0, x1), (y0, y1) = spans
        box = (x0 * steps[0], y0 * steps[1], min(x1 * steps[0], picture.width), min(y1 * steps[1], picture.height))
        part = picture.resize((x1 - x0, y1 - y0), self.resample, box)
        return np.asarray(part.crop((left - x0, top - y0, left - x0 + self.crop[0], top - y0 + self.crop[1])))

    def _target(self, given: Size) -> Size:
        if self.size is None:
            return given
        if isinstance(self.size, tuple):
            return self.size
        short, long = min(given), max(given)
        longer = int(self.size * long / short)
        return (self.size, longer) if given[0] <= given[1] else (longer, self.size)


def read_preprocessing(folder: Path, side: int) -> tuple[Preprocessing, Scaling]:
    """What preprocessor_config.json says, for a model of images of this side.

    Raises:
        ModelFileError: it is missing or wrong, or does not lead to such images.
        ModelError: a step that does not run here.
    """
    config = read_config(folder / "preprocessor_config.json")
    size = _size(config, "size", {"shortest_edge": 224}) if config.flag("do_resize", True) else None
    cropped = config.flag("do_center_crop", "crop_size" in config.values)
    crop = _size(config, "crop_size", side) if cropped else None
    if isinstance(crop, int):
        crop = (crop, crop)
    if (crop or size) != (side, side):
        raise ModelFileError(
            f"{config.path}: its images are {crop or size}, and config.json asks for {side} x {side}",
            value=str(config.path),
        )
    resample = config.values.get("resample", Image.Resampling.BICUBIC)
    if resample not in list(Image.Resampling):
        raise ModelFileError(f"{config.path}: 'resample' must be a number from 0 to 5", value=str(resample))
    return Preprocessing(size, int(resample), crop), _scaling(config)


def _size(config: Config, key: str, default: object) -> Size | int:
    """``{"height": h, "width": w}``, ``{"shortest_edge": n}``, or in old files a number; of a crop that is a square."""
    given: Any = config.values.get(key, default)
    values = given if isinstance(given, Mapping) else {"shortest_edge": given}
    part = Config(config.path, values)
    if "height" in values:
        return part.integer("width"), part.integer("height")
    if set(values) != {"shortest_edge"}:
        raise ModelError(f"{config.path}: {key!r} of {', '.join(values)} does not run here", value=key)
    return part.integer("shortest_edge")


def _scaling(config: Config) -> Scaling:
    rescale = config.number("rescale_factor", 1 / 255) if config.flag("do_rescale", True) else 1.0
    normalized = config.flag("do_normalize", True)
    mean = _colours(config, "image_mean") if normalized else np.zeros(COLOURS)
    deviation = _colours(config, "image_std") if normalized else np.ones(COLOURS)
    if not deviation.all():
        raise ModelFileError(f"{config.path}: 'image_std' must not be 0", value="image_std")
    return Scaling((rescale / deviation).astype(np.float32), (-mean / deviation).astype(np.float32))


def _colours(config: Config, key: str) -> NDArray[np.float64]:
    values = config.values.get(key)
    if not isinstance(values, list) or len(values) != COLOURS or not all(type(v) in (int, float) for v in values):
        raise ModelFileError(f"{config.path}: {key!r} must be {COLOURS} numbers", value=key)
    return np.array(values, np.float64)
