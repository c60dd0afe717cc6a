"""Images in columns: as plain bytes, and as Hugging Face's datasets writes them."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from onevec import bulk
from onevec.bulk.sources.opening import open_source
from onevec.bulk.sources.tabular import PIECE_BYTES
from onevec.bulk.sources.words import Cursor, Wanted
from onevec.errors import ConfigurationError, UnsupportedModalityError
from onevec.testing import FakeProvider
from onevec.types import Modality

COLOURS = ("red", "green", "blue", "white", "black")


def encoded(colour):
    opened = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(opened, "PNG")
    return opened.getvalue()


PICTURES = [encoded(colour) for colour in COLOURS]
NAMES = list(COLOURS)
STRUCT = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def plain(folder):
    pq.write_table(pa.table({"name": NAMES, "picture": PICTURES}), folder / "in.parquet")
    return folder / "in.parquet"


def struct(folder):
    rows = [{"bytes": one, "path": f"{name}.png"} for name, one in zip(NAMES, PICTURES, strict=True)]
    pq.write_table(pa.table({"name": NAMES, "picture": pa.array(rows, STRUCT)}), folder / "in.parquet")
    return folder / "in.parquet"


@pytest.fixture
def dataset(witness):
    datasets = witness("datasets")
    datasets.disable_progress_bars()
    pictures = [Image.new("RGB", (8, 8), colour) for colour in COLOURS]
    return datasets.Dataset.from_dict({"name": NAMES, "picture": pictures})


@pytest.fixture
def embed(tmp_path, monkeypatch):
    """A run over images with a provider that is a fake and reads them."""
    monkeypatch.chdir(tmp_path)

    def go(place, provider=None, **options):
        asked = {"model": "cohere:embed-v4.0", "api_key": "no-key", "column": "picture", "id": "name", **options}
        args = {"transport": provider or FakeProvider("cohere"), "max_items": 2}
        return bulk.run(str(place), "out.parquet", client_args=args, **asked)

    return go


def ids():
    return pq.read_table("out.parquet")["id"].to_pylist()


@pytest.mark.parametrize("make", [plain, struct])
def test_images_of_a_column_are_embedded(make, tmp_path, embed):
    provider = FakeProvider("cohere")
    source = open_source(str(make(tmp_path)), Wanted("picture", "name"))
    assert source.modality is Modality.IMAGE
    assert [one for piece in source.pieces(Cursor()) for one in piece.table["content"].to_pylist()] == PICTURES
    assert embed(tmp_path / "in.parquet", provider).done.written == 5
    assert ids() == NAMES
    read = [one.content for request in provider.embedder.requests[1:] for one in request.inputs]
    assert sorted(read) == sorted(PICTURES)


@pytest.mark.parametrize("write", ["save_to_disk", "to_parquet"])
def test_what_datasets_writes_is_read(write, dataset, tmp_path, embed):
    place = tmp_path / ("saved" if write == "save_to_disk" else "in.parquet")
    getattr(dataset, write)(str(place))
    assert embed(place).done.written == 5
    assert ids() == NAMES


def test_a_folder_of_splits_asks_which_one(witness, dataset, tmp_path, embed):
    witness("datasets").DatasetDict({"train": dataset}).save_to_disk(tmp_path / "saved")
    with pytest.raises(ConfigurationError, match="several splits"):
        embed(tmp_path / "saved")
    assert embed(tmp_path / "saved" / "train").done.written == 5


def test_images_that_are_none_are_dead_letters(tmp_path, embed):
    rows = [
        {"bytes": PICTURES[0], "path": None},
        {"bytes": b"no picture", "path": "a.png"},
        {"bytes": None, "path": "/etc/passwd"},
        None,
        {"bytes": b"", "path": None},
    ]
    pq.write_table(pa.table({"name": NAMES, "picture": pa.array(rows, STRUCT)}), tmp_path / "in.parquet")
    summary = embed(tmp_path / "in.parquet")
    assert ids() == ["red"]
    letters = [json.loads(line) for line in summary.dead_letters.read_text().splitlines()]
    reasons = {one["id"]: one["reason"] for one in letters}
    assert {*reasons} == {*NAMES[1:]}
    assert "only its path" in reasons["blue"]
    assert "null" in reasons["white"]
    assert "passwd" not in summary.dead_letters.read_text()


def test_an_image_that_breaks_off_is_a_dead_letter_of_a_local_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pictures = [PICTURES[0], PICTURES[1][:40], PICTURES[2]]
    pq.write_table(pa.table({"name": NAMES[:3], "picture": pictures}), tmp_path / "in.parquet")
    summary = bulk.run("in.parquet", "out.parquet", model="local:gist", column="picture", id="name")
    assert ids() == ["red", "blue"]
    assert summary.done.dead == 1


def test_images_for_a_model_of_texts_are_refused_before_any_row(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plain(tmp_path)
    with pytest.raises(UnsupportedModalityError):
        bulk.run("in.parquet", "out.parquet", model="local:all-minilm-l6-v2", column="picture")


def test_a_piece_of_large_rows_has_few(tmp_path):
    """A thousand images of a megabyte are not read at once."""
    big = [bytes([i]) * (PIECE_BYTES // 4) for i in range(12)]
    pq.write_table(pa.table({"picture": big}), tmp_path / "in.parquet", compression="none")
    source = open_source(str(tmp_path / "in.parquet"), Wanted("picture"))
    assert [piece.table.num_rows for piece in source.pieces(Cursor())] == [3, 3, 3, 3]


@pytest.mark.parametrize("group", [8, 64])
def test_what_was_read_is_not_kept(group, tmp_path):
    """Neither in many row groups nor in one: a dataset of images is larger than memory."""
    big = [bytes([i]) * 1024**2 for i in range(64)]
    pq.write_table(
        pa.table({"picture": big}),
        tmp_path / "in.parquet",
        compression="none",
        row_group_size=group,
        write_batch_size=1,
    )
    source = open_source(str(tmp_path / "in.parquet"), Wanted("picture"))
    del big
    before, most = pa.total_allocated_bytes(), 0
    for piece in source.pieces(Cursor()):
        del piece
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < 3 * PIECE_BYTES
