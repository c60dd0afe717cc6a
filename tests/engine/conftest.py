"""Models and texts for the engine's tests."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from onevec.engine import LocalOptions, load
from onevec.engine.engine import TextEmbedder
from onevec.types import EmbedRequest, EmbedResult

Embed = Callable[..., EmbedResult]


@pytest.fixture(scope="session")
def bundled() -> Iterator[TextEmbedder]:
    """The bundled model in f32."""
    embedder = load("all-minilm-l6-v2", LocalOptions(precision="f32"))
    yield embedder
    embedder.close()


@pytest.fixture(scope="session")
def bundled_auto() -> Iterator[TextEmbedder]:
    """The bundled model in the precision that this processor is quickest in."""
    embedder = load("all-minilm-l6-v2")
    yield embedder
    embedder.close()


@pytest.fixture(scope="session")
def tiny(golden: Path) -> Iterator[TextEmbedder]:
    """A model of three small layers, in f32."""
    embedder = load(str(golden / "models" / "bert-cls-prompted"), LocalOptions(precision="f32"))
    yield embedder
    embedder.close()


@pytest.fixture
def ask() -> Embed:
    """Embed texts, or token ids, with an embedder."""

    def embed(embedder: TextEmbedder, *inputs: Any, **fields: Any) -> EmbedResult:
        return embedder.embed(EmbedRequest("m", inputs, **fields))

    return embed


@pytest.fixture
def model_copy(golden: Path, tmp_path: Path) -> Callable[..., Path]:
    """A golden model folder that a test may spoil."""

    def copy(name: str = "bert-mean", to: str = "model") -> Path:
        return Path(shutil.copytree(golden / "models" / name, tmp_path / to))

    return copy


@pytest.fixture
def edit() -> Callable[..., None]:
    """Change keys of a JSON file; None takes one out."""

    def change(path: Path, **keys: Any) -> None:
        values = json.loads(path.read_bytes()) | keys
        path.write_text(json.dumps({key: value for key, value in values.items() if value is not None}))

    return change
