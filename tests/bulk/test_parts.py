import pytest

from onevec.bulk.sinks.parts import Parts, replace
from onevec.errors import OutputError


def broken(opened):
    opened.write(b"half of it")
    raise OSError(28, "No space left on device")


def test_a_file_is_the_old_one_or_the_new_one(tmp_path):
    path = tmp_path / "out"
    replace(path, lambda opened: opened.write(b"old"))
    with pytest.raises(OutputError, match=r"out cannot be written \(No space left on device\)"):
        replace(path, broken)
    assert path.read_bytes() == b"old"
    assert [*tmp_path.iterdir()] == [path]


def test_parts_are_in_the_order_of_their_shards_and_written_again_in_place(tmp_path):
    parts = Parts(tmp_path / "parts", "bin")
    parts.open()
    for shard in (10, 2, 2):
        parts.write(shard, lambda opened: opened.write(b"rows"))
    assert parts.paths() == [parts.path(2), parts.path(10)]
    assert (parts.size(2), parts.size(3)) == (4, None)
    half = tmp_path / "parts" / ".part-00000003.bin.new"
    half.write_bytes(b"what a crash has left")
    parts.open()
    assert not half.exists()
    parts.clear()
    assert parts.paths() == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        Parts(tmp_path / "file" / "parts", "bin").open()
