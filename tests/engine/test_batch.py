import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from onevec.engine.batch import CausalBatcher, FilledBatcher, Tokens


@given(st.lists(st.integers(0, 300), min_size=1, max_size=60), st.integers(1, 2000))
def test_every_text_is_in_one_batch_that_keeps_the_budget(lengths, budget):
    groups = CausalBatcher(budget).plan(lengths)

    assert sorted(i for group in groups for i in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) == 1 or len(group) * max(lengths[i] for i in group) <= budget


def test_texts_are_padded_on_the_right_and_come_back_in_order():
    batch = CausalBatcher().batch([Tokens([5, 6, 7]), Tokens((8,)), Tokens([])])

    assert batch.arrays["ids"].tolist() == [[5, 6, 7], [8, 0, 0], [0, 0, 0]]
    assert batch.vectors(np.arange(3, dtype=np.float32)[:, None]).tolist() == [[0], [1], [2]]


def test_texts_are_filled_up_with_the_padding_that_the_model_reads():
    batch = FilledBatcher(width=4, padding=9).batch([Tokens([5, 6, 7]), Tokens((8,))])

    assert batch.arrays["ids"].tolist() == [[5, 6, 7, 9], [8, 9, 9, 9]]
