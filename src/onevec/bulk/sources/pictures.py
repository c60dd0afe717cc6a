"""Images in a column: the bytes of their files, or what Hugging Face's datasets makes of them."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

BYTES = "bytes"
"""Of the struct that datasets keeps an image in; its other field is the path that the image had."""

ELSEWHERE = "the image is not in the dataset, only its path: save the dataset with its files embedded"


def has_pictures(kind: pa.DataType) -> bool:
    """Whether a column of this type holds images."""
    return _is_bytes(kind) or (_is_struct(kind) and _is_bytes(kind.field(BYTES).type))


def pictures(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The bytes of each image's file; null where there is none."""
    return pc.struct_field(column, BYTES) if _is_struct(column.type) else column


def elsewhere(column: pa.ChunkedArray) -> Mapping[int, str]:
    """Rows that have a path and no image: what is at that path is nobody's business here."""
    if not _is_struct(column.type) or column.type.get_field_index("path") < 0:
        return {}
    lacking = pc.and_(pc.is_null(pc.struct_field(column, BYTES)), pc.is_valid(pc.struct_field(column, "path")))
    return dict.fromkeys(pc.indices_nonzero(lacking).to_pylist(), ELSEWHERE)


def _is_struct(kind: pa.DataType) -> bool:
    return bool(pa.types.is_struct(kind)) and kind.get_field_index(BYTES) >= 0


def _is_bytes(kind: pa.DataType) -> bool:
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    return any(test(kind) for test in tests)
