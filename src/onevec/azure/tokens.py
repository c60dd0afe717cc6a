"""The tokenizer that a client is given, for texts longer than the model."""

import os
from pathlib import Path
from typing import Any, cast

from onevec.errors import ConfigurationError
from onevec.types import Tokenizer


def tokenizer_of(given: Any) -> Tokenizer | None:
    """A `tokenizer.json` read, or an object that counts and cuts taken as it is.

    Raises:
        ConfigurationError: it is neither.
        ModelFileError: the file is missing or no tokenizer.
    """
    if given is None:
        return None
    if isinstance(given, (str, os.PathLike)):
        from onevec.engine.tokenizer import ModelTokenizer  # heavy, and needed by few

        return ModelTokenizer.read(Path(given))
    if not (callable(getattr(given, "count", None)) and callable(getattr(given, "truncate", None))):
        raise ConfigurationError(
            "tokenizer must be the path of a tokenizer.json, or an object with count() and truncate()",
            param="tokenizer",
        )
    return cast("Tokenizer", given)
