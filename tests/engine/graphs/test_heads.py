"""Pooling and normalisation against NumPy, on token vectors that are given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevec.engine import runtime
from onevec.engine.batch import PaddedBatcher, Tokens
from onevec.engine.folder import Normalize, Pooling
from onevec.engine.graphs import heads
from onevec.engine.graphs.layers import padded_inputs

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
    inputs = padded_inputs()
    hidden = runtime.parameter("hidden", np.float32, (-1, -1, -1))
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
    arrays = dict(PaddedBatcher().batch([Tokens(range(n), skip) for n, skip in texts]).arrays)
    hidden = np.random.default_rng(seed).standard_normal((*arrays["ids"].shape, SIZE)).astype(np.float32)

    pooled = SESSIONS[mode](arrays | {"hidden": hidden})

    for row, (length, skip) in enumerate(texts):
        expected = BY_HAND[mode](hidden[row, skip:length], np.arange(skip, length) + 1.0)
        assert pooled[row] == pytest.approx(expected, abs=1e-5)


def test_several_modes_stand_side_by_side_and_normalisation_is_last():
    arrays = dict(PaddedBatcher().batch([Tokens(range(3))]).arrays)
    hidden = np.arange(15, dtype=np.float32).reshape(1, 3, SIZE)

    [vector] = session(Pooling(("cls", "mean")), Normalize())(arrays | {"hidden": hidden})

    expected = np.concatenate([hidden[0, 0], hidden[0].mean(axis=0)])
    assert vector == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)


def test_a_text_of_no_tokens_is_zero_and_not_nan():
    arrays = dict(PaddedBatcher().batch([Tokens([]), Tokens([1, 2])]).arrays)
    hidden = np.ones((2, 2, SIZE), np.float32)

    vectors = session(Pooling(("mean",)), Normalize())(arrays | {"hidden": hidden})

    assert vectors[0].tolist() == [0] * SIZE
    assert np.linalg.norm(vectors[1]) == pytest.approx(1)
