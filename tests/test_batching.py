import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from onevec.batching import add_usage, by_padded_tokens, flatten, merge, split
from onevec.spaces import VectorSpace
from onevec.types import EmbedResult, Usage

sizes = st.lists(st.integers(0, 50), max_size=60)


@given(sizes, st.integers(1, 10), st.none() | st.integers(1, 80))
def test_split_keeps_every_item_in_order_within_the_limits(items, max_items, max_size):
    parts = split(items, max_items, max_size)
    assert [i for part in parts for i in range(part.start, part.stop)] == list(range(len(items)))
    for part in parts:
        assert 1 <= part.stop - part.start <= max_items
        if max_size is not None and part.stop - part.start > 1:
            assert sum(items[part]) <= max_size


@given(st.lists(st.integers(1, 300), max_size=80), st.integers(1, 2000), st.integers(1, 20))
def test_batches_hold_every_text_once_within_the_padded_budget(lengths, budget, max_rows):
    batches = by_padded_tokens(lengths, budget, max_rows)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        widest = max(lengths[i] for i in batch)
        assert len(batch) <= max_rows
        assert len(batch) == 1 or len(batch) * widest <= budget


@given(st.lists(st.lists(st.text(max_size=3), min_size=1, max_size=4), max_size=8))
def test_flatten_tells_where_each_owner_starts(nested):
    flat, starts = flatten(nested)
    ends = [*starts[1:], len(flat)]
    assert [flat[a:b] for a, b in zip(starts, ends, strict=bool(nested))][: len(nested)] == nested


def test_merge_concatenates_and_adds_up():
    space = VectorSpace("m", 2)
    parts = [EmbedResult(np.full((n, 2), n, np.float32), "m", Usage(n, n, estimated=n == 2), space) for n in (1, 2, 3)]
    whole = merge(parts)
    assert whole.vectors[:, 0].tolist() == [1, 2, 2, 3, 3, 3]
    assert whole.usage == Usage(6, 6, estimated=True)
    assert whole.space == space


def test_unknown_usage_is_not_counted_as_nothing():
    assert add_usage([Usage(3, 3), Usage(None, 4)]) == Usage(None, 7)
