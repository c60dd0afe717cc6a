"""Pooling and normalisation against NumPy, on token vectors that are given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevec.engine import runtime
from onevec.engine.batch import Tokens
from onevec.engine.graphs import heads
from onevec.engine.graphs.inputs import packed_inputs
from onevec.engine.modules import Normalize, Pooling
from onevec.engine.packing import PackedBatcher

SIZE = 5
ONE = runtime.Plan(1, 1)

BY_HAND = {
    "cls": lambda x, places: x[0],
    "max": lambda x, places: x.max(axis=0),
    "mean": lambda x, places: x.mean(axis=0),
    "mean_sqrt_len_tokens": lambda x, places: x.sum(axis=0) / np.sqrt(len(x)),
    "weightedmean": lambda x, places: (x * places[:, None]).sum(axis=0) / places.sum(),
    "lasttoken": lambda x, places: x[-1],
}


def session(*listed):
    inputs = packed_inputs()
    hidden = runtime.parameter("hidden", np.float32, (-1, -1, SIZE))
    graph = heads.build(hidden, listed, inputs)
    return runtime.sessions(runtime.compile_graph(graph, [*inputs.parameters, hidden], "f32", ONE), ONE)[0]


SESSIONS = {mode: session(Pooling((mode,))) for mode in BY_HAND}


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 8)), min_size=1, max_size=5),
    mode=st.sampled_from(list(BY_HAND)),
    seed=st.integers(0, 1000),
)
def test_each_mode_is_what_its_name_says(texts, mode, seed):
    texts = [(length, min(unpooled, length - 1)) for length, unpooled in texts]
    arrays = dict(PackedBatcher(widths=(16,)).batch([Tokens(range(n), skip) for n, skip in texts]).arrays)
    hidden = np.random.default_rng(seed).standard_normal((*arrays["ids"].shape, SIZE)).astype(np.float32)

    pooled = SESSIONS[mode](arrays | {"hidden": hidden})

    flat, starts = hidden.reshape(-1, SIZE), arrays["starts"]
    for i, (length, skip) in enumerate(texts):
        vectors = flat[arrays["tokens"][starts[i] : starts[i + 1]]]
        expected = BY_HAND[mode](vectors, np.arange(skip, length) + 1.0)
        assert pooled[i] == pytest.approx(expected, abs=1e-5)


def test_several_modes_stand_side_by_side_and_normalisation_is_last():
    arrays = dict(PackedBatcher(widths=(16,)).batch([Tokens(range(3))]).arrays)
    hidden = np.arange(16 * SIZE, dtype=np.float32).reshape(1, 16, SIZE)

    vector, *_ = session(Pooling(("cls", "mean")), Normalize())(arrays | {"hidden": hidden})

    expected = np.concatenate([hidden[0, 0], hidden[0, :3].mean(axis=0)])
    assert vector == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)


@pytest.mark.parametrize("mode", BY_HAND)
@pytest.mark.parametrize("texts", [[Tokens([]), Tokens([1, 2])], [Tokens([1, 2]), Tokens([1, 2], unpooled=2)]])
def test_a_text_of_no_tokens_is_zero_and_not_nan(mode, texts):
    arrays = dict(PackedBatcher(widths=(16,)).batch(texts).arrays)
    hidden = np.ones((1, 16, SIZE), np.float32)

    lengths = np.linalg.norm(session(Pooling((mode,)), Normalize())(arrays | {"hidden": hidden}), axis=1)

    assert lengths[:2] == pytest.approx([float(len(text) > text.unpooled) for text in texts])
