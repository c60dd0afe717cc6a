from contextlib import closing

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.bulk import cutting
from onevec.bulk.claims import Claims
from onevec.bulk.cutting import SHARD_BYTES, cut
from onevec.bulk.manifest import Manifest
from onevec.bulk.sources.words import Cursor, Piece
from onevec.types import Modality


class Lists:
    """A source of files that are lists of texts, read in pieces of a few rows."""

    modality, fingerprint = Modality.TEXT, {}

    def __init__(self, files, piece=3, ids=None):
        self._files, self._piece, self._ids = files, piece, ids

    def count(self):
        return None

    def name(self, cursor):
        return f"{cursor.file}:{cursor.row}"

    def pieces(self, start):
        for file in range(start.file, len(self._files)):
            first = start.row if file == start.file else 0
            for at in range(first, len(self._files[file]), self._piece):
                columns = {"content": pa.array(self._files[file][at : at + self._piece], pa.large_string())}
                if self._ids:
                    columns["id"] = pa.array(self._ids[file][at : at + self._piece])
                yield Piece(pa.table(columns), {}, Cursor(file, at))


texts = st.lists(st.lists(st.text(alphabet="ab", min_size=1, max_size=9), max_size=12), max_size=4)


@given(texts, st.integers(1, 7), st.integers(1, 5), st.integers(8, 40))
def test_shards_are_the_same_from_wherever_reading_goes_on(files, rows, piece, size):
    before, cutting.SHARD_BYTES = cutting.SHARD_BYTES, size
    try:
        whole = [*cut(Lists(files, piece), rows)]
        assert [text for shard in whole for text in shard.contents] == [text for file in files for text in file]
        assert [shard.number for shard in whole] == [*range(len(whole))]
        assert all(len(shard.ids) <= rows for shard in whole)
        for done in range(len(whole)):
            rest = [*cut(Lists(files, 4), rows, whole[done].end, done + 1)]
            assert [shard.ids for shard in rest] == [shard.ids for shard in whole[done + 1 :]]
    finally:
        cutting.SHARD_BYTES = before


def test_a_row_larger_than_a_shard_ends_one():
    large = "x" * (cutting.SHARD_BYTES + 1)
    shards = [*cut(Lists([["a", large, "b", "c"]]), 100)]
    assert [len(shard.ids) for shard in shards] == [2, 2]


@pytest.mark.parametrize(
    "kept",
    [
        pa.array([b"b" * SHARD_BYTES, b"", b"", b""]),
        pa.array([[{"f": "b" * SHARD_BYTES}], None, [], []]),
        pa.array([[("key", b"b" * SHARD_BYTES)], None, [], []], pa.map_(pa.string(), pa.binary())),
        pa.array([[0.0] * (SHARD_BYTES // 8), None, None, None]),
    ],
)
def test_what_is_kept_counts_too(kept):
    class Keeping(Lists):
        def pieces(self, start):
            for piece in super().pieces(start):
                column = kept.slice(piece.start.row, piece.table.num_rows)
                yield Piece(piece.table.append_column("keep:m", column), {}, piece.start)

    shards = [*cut(Keeping([["a", "b", "c", "d"]]), 100)]
    assert [len(shard.ids) for shard in shards] == [1, 3]


def test_a_text_that_is_no_text_is_a_fault_of_its_row():
    class Broken(Lists):
        def pieces(self, start):
            array = pa.array([b"good", b"b\xffd"], pa.large_binary()).view(pa.large_string())
            yield Piece(pa.table({"content": array}), {}, Cursor())

    (shard,) = cut(Broken([]), 100)
    assert shard.contents == ["good", None]
    assert dict(shard.faults) == {1: "the text is not UTF-8 (byte 1)"}


def test_rows_that_cannot_be_embedded_are_named():
    (shard,) = cut(Lists([["a", "", None, "d", "e"]], ids=[["1", "2", "3", "1", None]]), 100)
    assert dict(shard.faults) == {
        1: "the text is empty",
        2: "there is nothing to embed: it is null",
        3: "another row before it has the same id",
        4: "the id is null",
    }
    assert shard.ids == ["1", "2", "3", "1", "0:4"]


@pytest.mark.parametrize("rows", [1, 4])
def test_a_row_that_cannot_be_embedded_takes_no_id_however_shards_are_cut(rows, tmp_path):
    source = Lists([[None, "a", "b", "c"]], ids=[["1", "1", "1", "2"]])
    with closing(Manifest(tmp_path / "manifest.sqlite")) as manifest:
        claims = Claims(manifest)
        shards = [claims.claim(one) for one in cut(source, rows)]
    dead = [one.ids[row] + one.places[row] for one in shards for row in sorted(one.faults)]
    assert dead == ["10:0", "10:2"]


def test_an_id_that_is_no_text_is_a_fault_of_its_row():
    class Broken(Lists):
        def pieces(self, start):
            ids = pa.array([b"good", b"b\xffd"], pa.large_binary()).view(pa.large_string())
            yield Piece(pa.table({"content": ["a", "b"], "id": ids}), {}, Cursor())

    (shard,) = cut(Broken([]), 100)
    assert shard.ids == ["good", "0:1"]
    assert dict(shard.faults) == {1: "the id is not UTF-8 (byte 1)"}
