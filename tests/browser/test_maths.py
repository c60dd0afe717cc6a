"""The page's own arithmetic, run in the browser and held against numpy."""

import numpy as np
import pytest

from onevec.encodings import encode
from onevec.spaces import VectorSpace
from onevec.types import Encoding


@pytest.fixture
def call(page):
    """Call an exported function of a module of the page; lists go in as float64 arrays where they hold numbers."""

    def run(module, name, *arguments):
        return page.evaluate(
            """async ([module, name, given]) => {
                const exported = await import(`/playground/${module}.js`);
                const numbers = (one) => Array.isArray(one) && typeof one[0] === "number";
                const read = (one) => numbers(one) ? Float64Array.from(one) : Array.isArray(one) ? one.map(read) : one;
                const told = (_, one) => ArrayBuffer.isView(one) ? [...one] : one;
                return JSON.parse(JSON.stringify(exported[name](...given.map(read)), told));
            }""",
            [module, name, [one.tolist() if isinstance(one, np.ndarray) else one for one in arguments]],
        )

    return run


@pytest.mark.parametrize(("n", "d"), [(3, 2), (4, 384), (30, 5), (120, 48), (200, 300)])
def test_principal_components_are_those_of_the_svd(call, n, d):
    vectors = np.random.default_rng(n).standard_normal((n, d)) + 3
    centred = vectors - vectors.mean(0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    found = call("maths/pca", "components", vectors)
    points = np.array(found["points"])
    for k in range(2):
        expected = u[:, k] * s[k]
        expected *= np.sign(expected @ points[:, k])
        np.testing.assert_allclose(points[:, k], expected, atol=1e-6 * s[0])
    np.testing.assert_allclose(found["share"], (s**2 / (s**2).sum())[:2], atol=1e-9)


def test_many_vectors_without_a_direction_have_nearly_the_best_plane(call):
    vectors = np.random.default_rng(0).standard_normal((1200, 300))
    s = np.linalg.svd(vectors - vectors.mean(0), compute_uv=False)
    best = (s[:2] ** 2).sum() / (s**2).sum()
    assert 0.97 * best < sum(call("maths/pca", "components", vectors)["share"]) <= best + 1e-9


@pytest.mark.parametrize(
    ("vectors", "share"),
    [([[1.0, 2.0]], [0, 0]), ([[1.0, 2.0]] * 5, [0, 0]), ([[0.0, 0.0], [3.0, 4.0]], [1, 0])],
    ids=["one vector", "equal vectors", "a line"],
)
def test_where_there_is_no_plane(call, vectors, share):
    found = call("maths/pca", "components", np.array(vectors))
    assert np.isfinite(found["points"]).all()
    np.testing.assert_allclose(found["share"], share, atol=1e-12)


def test_the_eigenvalues_of_a_small_matrix(call):
    half = np.random.default_rng(0).standard_normal((7, 7))
    matrix = half + half.T
    found = call("maths/eigen", "eigen", matrix.ravel(), 7)
    values, vectors = np.array(found["values"]), np.reshape(found["vectors"], (7, 7))
    np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix)[::-1], atol=1e-12)
    np.testing.assert_allclose(matrix @ vectors, vectors * values, atol=1e-12)


def test_cosines(call):
    vectors = np.random.default_rng(1).standard_normal((6, 40))
    vectors[3] = 0
    norms = np.linalg.norm(vectors, axis=1)
    norms[3] = 1
    expected = (vectors @ vectors.T) / np.outer(norms, norms)
    np.testing.assert_allclose(call("maths/vectors", "cosines", vectors), expected.ravel(), atol=1e-12)


def test_the_agreement_of_two_orders(call):
    a, b = np.array([1.0, 2, 2, 4, 5]), np.array([2.0, 1, 1, 3, 9])
    mean_ranks = [np.array([0, 1.5, 1.5, 3, 4]), np.array([2, 0.5, 0.5, 3, 4])]
    assert call("maths/ranks", "agreement", a, b) == pytest.approx(np.corrcoef(*mean_ranks)[0, 1])
    assert call("maths/ranks", "agreement", a, -a) == pytest.approx(-1)


@pytest.mark.parametrize(("point", "inside"), [([2, 1], True), ([2, 3], False), ([5, 1], False), ([3.5, 3], True)])
def test_what_a_lasso_encloses(call, point, inside):
    notched = [[0, 0], [4, 0], [4, 4], [2, 2], [0, 4]]
    assert call("maths/polygon", "encloses", point, notched) is inside


@pytest.mark.parametrize("encoding", list(Encoding))
def test_what_the_server_writes_is_read_back(page, encoding):
    vectors = np.random.default_rng(2).standard_normal((1, 21)).astype(np.float32)
    codes = encode(vectors, encoding, int8_scale=4.0)[0]
    found = page.evaluate(
        """async ([name, codes]) => {
            const { ENCODINGS } = await import("/playground/api/decode.js");
            return [...ENCODINGS[name].decode(codes, 21)];
        }""",
        [encoding, codes if isinstance(codes, str) else codes.tolist()],
    )
    whole = encode(vectors, Encoding.INT8, int8_scale=4.0)[0]
    expected = {32: vectors[0], 8: whole, 1: np.where(vectors[0] > 0, 1, -1)}
    bits = {Encoding.FLOAT: 32, Encoding.BASE64: 32, Encoding.INT8: 8, Encoding.UINT8: 8}.get(encoding, 1)
    np.testing.assert_array_equal(found, expected[bits])


@pytest.mark.parametrize(
    "space",
    [
        VectorSpace("all-minilm-l6-v2", 384, revision="sha256:53aa", normalized=True, pooling="mean"),
        VectorSpace("gist", 980, revision="1", normalized=True),
        VectorSpace("openai://host/m", 12),
        VectorSpace("m@2", 8, revision="3", normalized=False, pooling="cls"),
    ],
    ids=str,
)
def test_a_space_is_read_as_python_reads_it(call, space):
    found = call("api/space", "read", space.id)
    word = {True: "normalized", False: "unnormalized", None: None}[space.normalized]
    assert found == {
        "model": space.model,
        "revision": space.revision,
        "dimensions": space.dimensions,
        "pooling": space.pooling,
        "lengths": word,
    }
