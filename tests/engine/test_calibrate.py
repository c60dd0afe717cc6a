"""One int8 scale a model, and that its codes keep neighbours."""

import ast
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from onevec.encodings import ENCODINGS
from onevec.engine import LocalOptions
from onevec.engine.calibrate import calibrate, sample_texts
from onevec.engine.catalog import CATALOG
from onevec.errors import ConfigurationError
from onevec.types import Encoding

pytestmark = pytest.mark.thorough


def summaries() -> list[str]:
    """First lines of the docstrings of Python's own library."""
    found: dict[str, None] = {}
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                line = (ast.get_docstring(node) or "").partition("\n")[0].strip()
                if len(line) > 20:
                    found[line] = None
    return list(found)[:1500]


def nearest(products: np.ndarray, count: int) -> np.ndarray:
    np.fill_diagonal(products, -np.inf)
    return np.argsort(-products, axis=1)[:, :count]


def test_int8_codes_keep_the_nearest_neighbours(bundled, ask):
    texts = summaries()
    assert len(texts) >= 1000
    vectors = ask(bundled, *texts).vectors
    codes = ENCODINGS[Encoding.INT8].encode(vectors, CATALOG["all-minilm-l6-v2"].int8_scale).astype(np.float64)

    exact, coded = nearest(vectors @ vectors.T, 10), nearest(codes @ codes.T, 10)
    kept = np.mean([len(set(a) & set(b)) for a, b in zip(exact, coded, strict=True)]) / 10

    assert kept >= 0.99


def test_the_catalogs_scale_is_what_is_measured():
    texts = sample_texts()[::10]

    assert calibrate("all-minilm-l6-v2", texts) == pytest.approx(CATALOG["all-minilm-l6-v2"].int8_scale, rel=0.02)


def test_any_folder_can_be_measured(golden):
    scale = calibrate(str(golden / "models" / "bert-mean"), ["one", "two", "  "], LocalOptions(precision="f32"))

    assert 0 < scale < 2


@pytest.mark.parametrize("texts", [[], ["one"], ["", " "]])
def test_too_few_texts_are_refused(texts):
    with pytest.raises(ConfigurationError, match="two texts"):
        calibrate("all-minilm-l6-v2", texts)


def test_the_built_in_texts_are_many_and_varied():
    texts = sample_texts()

    assert len(texts) > 2000
    assert len(set(texts)) == len(texts)
