"""Packing: every text once, rows that are full, arrays that say what the graph is promised."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.engine.batch import Tokens
from onevec.engine.packing import PackedBatcher, RowBatcher, pack, width_for

lengths_of_texts = st.lists(st.integers(0, 700), min_size=1, max_size=80)


@given(lengths_of_texts)
def test_every_text_is_in_one_row_and_none_overlaps_another(lengths):
    rows = pack(lengths, (128, 256), 16)

    assert sorted(i for row in rows for i in row.texts) == list(range(len(lengths)))
    for row in rows:
        ends = [start + lengths[i] for i, start in zip(row.texts, row.starts, strict=True)]
        assert row.starts == [0, *ends[:-1]]
        assert ends[-1] == row.used <= row.width


@given(lengths_of_texts)
def test_a_text_opens_a_row_only_where_no_other_row_has_room(lengths):
    rows = pack(lengths, (128, 256), 16)

    first = min(lengths[row.texts[0]] for row in rows)
    assert all(row.width - row.used < first for row in rows if lengths[row.texts[0]] > first)


@given(lengths_of_texts, st.integers(1, 2000))
def test_every_text_is_in_one_batch_that_keeps_the_budget(lengths, budget):
    batcher = PackedBatcher(budget, (64, 256))
    groups = batcher.plan(lengths)

    assert sorted(i for group in groups for i in group) == list(range(len(lengths)))
    for group in groups:
        rows, width = batcher.batch([Tokens(range(lengths[i])) for i in group]).arrays["ids"].shape
        assert rows == 1 or rows * width <= budget


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 9)), min_size=1, max_size=40))
def test_the_arrays_give_back_every_text(shapes):
    texts = [Tokens(range(1000 * i, 1000 * i + n), skip) for i, (n, skip) in enumerate(shapes, start=1)]

    batch = PackedBatcher(10**6).batch(texts)

    ids, segments, positions = (batch.arrays[name].reshape(-1) for name in ("ids", "segments", "positions"))
    tokens, starts = batch.arrays["tokens"], batch.arrays["starts"]
    assert all(array.dtype == np.int32 for array in batch.arrays.values())
    assert (segments > 0).sum() == sum(map(len, texts))
    assert len(starts) > len(texts)
    for i, text in enumerate(texts):
        pooled = tokens[starts[i] : starts[i + 1]]
        assert ids[pooled].tolist() == list(text.ids[text.unpooled :])
        assert positions[pooled].tolist() == list(range(len(text)))[text.unpooled :]
        assert len(set(segments[pooled])) <= 1
    assert set(starts[len(texts) :]) == {len(tokens) - 1}


def test_the_texts_of_a_row_have_segments_of_their_own():
    batch = PackedBatcher(widths=(128,)).batch([Tokens([1, 2]), Tokens([3] * 125), Tokens([4] * 120)])

    ids, segments, positions = (batch.arrays[name] for name in ("ids", "segments", "positions"))
    assert ids.tolist() == [[3] * 125 + [1, 2, 0], [4] * 120 + [0] * 8]
    assert segments.tolist() == [[1] * 125 + [2, 2, 0], [1] * 120 + [0] * 8]
    assert positions.tolist() == [[*range(125), 0, 1, 0], [*range(120)] + [0] * 8]
    assert batch.vectors(np.arange(8, dtype=np.float32)[:, None]).tolist() == [[0], [1], [2]]


def test_little_work_is_divided_among_the_streams():
    batcher = PackedBatcher(streams=2)

    assert [len(group) for group in batcher.plan([64] * 8)] == [4, 4]
    assert [len(group) for group in batcher.plan([64] * 4)] == [4]
    assert [len(group) for group in batcher.plan([64] * 64)] == [16] * 4


@pytest.mark.parametrize(("lengths", "shape"), [([11], (1, 16)), ([16], (1, 16)), ([60, 9], (1, 80)), ([0], (1, 16))])
def test_what_fits_one_row_has_a_row_that_is_just_wide_enough(lengths, shape):
    assert PackedBatcher().batch([Tokens(range(n)) for n in lengths]).arrays["ids"].shape == shape


@pytest.mark.parametrize(("length", "width"), [(1, 64), (64, 64), (65, 128), (129, 144), (400, 400), (401, 416)])
def test_widths(length, width):
    assert width_for(length, (64, 128), 16) == width


def test_a_batch_without_some_of_its_texts_is_laid_out_like_the_whole():
    """Texts are planned with all that waits and laid out with their own batch: the rows must be the same."""
    lengths = np.random.default_rng(0).integers(3, 250, 1000).tolist()
    batcher = PackedBatcher()
    for group in batcher.plan(lengths):
        rows, width = batcher.batch([Tokens(range(lengths[i])) for i in group]).arrays["ids"].shape
        assert rows * width <= batcher.budget


@given(st.lists(st.integers(1, 100), min_size=1, max_size=20), st.integers(100, 130))
def test_a_row_a_text_is_no_wider_than_the_graph_reads(lengths, longest):
    texts = [Tokens(range(n)) for n in lengths]
    batch = RowBatcher(longest).batch(texts)

    assert batch.arrays["ids"].shape == (len(texts), min(-(-max(lengths) // 16) * 16, longest))
    assert (batch.arrays["segments"].sum(axis=1) == lengths).all()
    assert all((row[:n] == range(n)).all() for row, n in zip(batch.arrays["ids"], lengths, strict=True))
    assert sorted(i for group in RowBatcher(longest).plan(lengths) for i in group) == list(range(len(lengths)))


def test_a_full_queue_has_rows_that_are_full_and_few_shapes():
    """The graph keeps kernels for each shape: with few, memory stays where it is however many texts come."""
    random, batcher = np.random.default_rng(1), PackedBatcher(streams=2)
    shapes, tokens, room = set(), 0, 0
    for _ in range(20):
        lengths = np.minimum(random.exponential(50, 1024).astype(int) + 3, 256).tolist()
        for group in batcher.plan(lengths):
            rows, width = batcher.batch([Tokens(range(lengths[i])) for i in group]).arrays["ids"].shape
            shapes.add((rows, width))
            room += rows * width
        tokens += sum(lengths)

    assert tokens / room > 0.99
    assert len(shapes) <= 40
