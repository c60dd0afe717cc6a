import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from onevec.engine.sources import BUNDLED
from onevec.engine.weights import INT8_FORMAT, dequantized, quantized, read_weights, sha256, stored_as, weight_files
from onevec.errors import ModelFileError


@given(seed=st.integers(0, 2**32), size=st.floats(1e-4, 1e2), group=st.sampled_from([16, 64]))
def test_groups_keep_every_number_within_half_a_step(seed, size, group):
    matrix = (np.random.default_rng(seed).standard_normal((5, 128)) * size).astype(np.float32)

    codes, scale = quantized(matrix, group)
    whole = dequantized({"w.q": codes, "w.scale": scale, "bias": matrix[0]})

    assert (codes.dtype, scale.dtype, scale.shape) == (np.int8, np.float16, (5, 128 // group))
    assert set(whole) == {"w", "bias"}
    steps = np.repeat(scale.astype(np.float32), group, axis=1)
    assert (np.abs(whole["w"] - matrix) <= steps * 0.5001).all()
    assert (steps <= np.abs(matrix).max() / 127 * 1.01 + 1e-6).all()


def test_zeros_stay_zeros():
    codes, scale = quantized(np.zeros((1, 64), np.float32), 64)

    assert not codes.any()
    assert not dequantized({"w.q": codes, "w.scale": scale})["w"].any()


def test_tensorflows_names_are_todays(tmp_path):
    save_file({"bert.n.gamma": np.ones(2, np.float32), "bert.n.beta": np.zeros(2)}, tmp_path / "model.safetensors")

    weights = read_weights(weight_files(tmp_path), ("bert.",))

    assert set(weights.tensors) == {"n.weight", "n.bias"}
    assert weights.take("n.bias", 0).dtype == np.float32


def test_scales_that_are_not_finite_are_found(tmp_path):
    tensors = {"w.q": np.ones((1, 64), np.int8), "w.scale": np.full((1, 1), np.inf, np.float16)}
    save_file(tensors, tmp_path / "model.safetensors", {"format": INT8_FORMAT, "original_sha256": "0"})

    with pytest.raises(ModelFileError, match=r"w\.scale"):
        read_weights(weight_files(tmp_path))


def test_the_bundled_file_names_its_original():
    stored, digest = stored_as(BUNDLED / "model.safetensors")

    assert stored == "int8"
    assert digest == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def test_another_file_is_its_own_original(tmp_path):
    save_file({"w": np.ones(1)}, tmp_path / "w.safetensors", {"format": "pt"})

    assert stored_as(tmp_path / "w.safetensors") is None
    assert sha256(tmp_path / "w.safetensors") == hashlib.sha256((tmp_path / "w.safetensors").read_bytes()).hexdigest()


def test_a_blob_of_the_hubs_cache_is_named_by_its_digest(tmp_path):
    blob = tmp_path / "blobs" / ("c" * 64)
    blob.parent.mkdir()
    blob.write_bytes(b"never read")
    (tmp_path / "model.safetensors").symlink_to(blob)

    assert sha256(tmp_path / "model.safetensors") == "c" * 64


def test_an_index_may_not_lead_out_of_the_folder(tmp_path):
    (tmp_path / "model.safetensors.index.json").write_text('{"weight_map": {"w": "../w.safetensors"}}')

    with pytest.raises(ModelFileError, match="leads out of"):
        weight_files(tmp_path)
