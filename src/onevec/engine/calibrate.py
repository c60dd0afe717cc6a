"""Measuring a model's int8 scale: one figure for all texts, so that a text always has the same code."""

import re
from collections.abc import Sequence
from importlib import import_module

from onevec.engine import load
from onevec.engine.options import LocalOptions
from onevec.errors import ConfigurationError
from onevec.types import EmbedRequest, Overflow
from onevec.vectors import calibrate_int8

ENOUGH = 2000
"""Texts that are embedded: the scale, a standard deviation of all their components, hardly moves after that."""


def calibrate(model: str, texts: Sequence[str] | None = None, options: LocalOptions | None = None) -> float:
    """The value that int8 code 127 stands for: four standard deviations of the components over sample texts.

    Args:
        model: A local model, as :func:`onevec.engine.load` takes it.
        texts: What the model will be used for, a few hundred or more; None takes :func:`sample_texts`.
        options: How to load the model.

    Raises:
        ConfigurationError: no texts, or fewer than two.
    """
    given = [text for text in texts if text.strip()] if texts is not None else sample_texts()
    if len(given) < 2:
        raise ConfigurationError("calibration needs at least two texts, better a few hundred", param="texts")
    step = max(1, len(given) // ENOUGH)
    embedder = load(model, options)
    try:
        result = embedder.embed(EmbedRequest(model, tuple(given[::step]), overflow=Overflow.TRUNCATE))
    finally:
        embedder.close()
    return calibrate_int8(result.vectors)


def sample_texts() -> list[str]:
    """About four thousand sentences of English on computing: the language reference, which Python brings along.

    It is there on every machine, the same in each release, and long enough; docstrings are neither under ``-OO``.
    """
    try:
        topics: dict[str, str] = import_module("pydoc_data.topics").topics
    except ImportError as exc:
        raise ConfigurationError("this Python comes without pydoc_data: pass texts of your own", param="texts") from exc
    sentences = (part.strip() for text in topics.values() for part in re.split(r"(?<=[.!?])\s+|\n{2,}", text))
    return list(dict.fromkeys(" ".join(sentence.split()) for sentence in sentences if len(sentence) > 20))
