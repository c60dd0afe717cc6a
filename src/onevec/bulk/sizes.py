"""How many bytes the values of each row have, however nested they are: by the row alone, not by its neighbours."""

from functools import reduce
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Sizes: TypeAlias = NDArray[np.int64]


def sizes_of(table: pa.Table) -> Sizes:
    """Bytes of each row, over all columns; shape (n,).

    >>> sizes_of(pa.table({"a": ["one", None], "b": [[1, 2], []], "c": [{"d": ["x", "yz"]}, None]})).tolist()
    [22, 0]
    """
    columns = (np.concatenate([NONE, *map(_sizes, column.chunks)]) for column in table.columns)
    return reduce(np.add, columns, np.zeros(table.num_rows, np.int64))


NONE: Sizes = np.zeros(0, np.int64)


def _sizes(column: Any) -> Sizes:
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _sizes(column.storage)
    if pa.types.is_map(kind):
        return _sizes(column.cast(pa.list_(pa.struct([kind.key_field, kind.item_field]))))
    if any(test(kind) for test in TEXTS):
        return _numbers(pc.binary_length(column))
    if pa.types.is_struct(kind):
        return reduce(np.add, map(_sizes, column.flatten()), np.zeros(len(column), np.int64))
    if any(test(kind) for test in LISTS):
        lengths = _numbers(pc.list_value_length(column))
        ends, sums = np.cumsum(lengths), np.concatenate([[0], np.cumsum(_sizes(column.flatten()))])
        sizes: Sizes = sums[ends] - sums[ends - lengths]
        return sizes
    return np.full(len(column), _width(kind), np.int64)


TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)

LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)


def _numbers(array: Any) -> Sizes:
    numbers: Sizes = pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return numbers


def _width(kind: pa.DataType) -> int:
    """Of a type whose values have one; of the others, which are rare, it is not known."""
    try:
        return int(kind.bit_width) // 8
    except ValueError:
        return 0
