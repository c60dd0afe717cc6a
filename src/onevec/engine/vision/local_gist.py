"""`local:gist`: an embedder of images that is there without a download, on GIST."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from onevec.engine.batch import ImageBatcher
from onevec.engine.multimodal import Advice, MultimodalEmbedder
from onevec.engine.options import CPU, LocalOptions
from onevec.engine.scheduler import Scheduler
from onevec.engine.threads import thread_plan
from onevec.engine.vision.decoding import Decoder
from onevec.engine.vision.gist import DIMENSIONS, SIDE, VERSION, Gist
from onevec.engine.vision.pictures import MAX_QUEUED_PATCHES, Pictures
from onevec.errors import ConfigurationError
from onevec.spaces import VectorSpace
from onevec.types import Capabilities, InputType, Modality

SPACE = VectorSpace(model="gist", dimensions=DIMENSIONS, revision=VERSION, normalized=True)
ADVICE = Advice("local:gist", "a CLIP model embeds both, such as local:laion/CLIP-ViT-B-32-laion2B-s34B-b79K")
TOGETHER = 2
"""Images of a batch: their spectra stay in the processor's cache."""


def load_gist(options: LocalOptions) -> MultimodalEmbedder:
    """The embedder, with threads of its own.

    Raises:
        ConfigurationError: a device other than the processor.
    """
    if options.device != CPU:
        raise ConfigurationError(
            f"device {options.device!r}: local:gist runs on {CPU!r} only", param="client_args", value=options.device
        )
    plan = thread_plan(options.threads)
    scheduler = Scheduler([Gist()] * plan.threads, ImageBatcher(TOGETHER), max_queued_tokens=MAX_QUEUED_PATCHES // 64)
    images = Pictures(Decoder(options.max_image_pixels), _squeezed, scheduler, 1, plan.threads)
    capabilities = Capabilities(
        dimensions=DIMENSIONS,
        input_types=frozenset({InputType.TEXT}),
        int8_scale=options.int8_scale,
        any_truncation=options.any_truncation,
        modalities=frozenset({Modality.IMAGE}),
    )
    return MultimodalEmbedder(images, None, SPACE, capabilities, precision="f32", advice=ADVICE)


def _squeezed(picture: Image.Image) -> NDArray[np.uint8]:
    """The whole picture, as a square."""
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
