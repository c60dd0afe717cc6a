"""Every kind of input gives the same rows, whole and from any row on."""

import gzip
import json

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

from onevec.bulk.cutting import cut
from onevec.bulk.sources.opening import open_source
from onevec.bulk.sources.words import Cursor, Wanted
from onevec.errors import ConfigurationError, InputDataError
from onevec.types import Modality

TEXTS = [f'text {i}, with "quotes"\nand ü' if i % 7 == 0 else f"text {i}" for i in range(3000)]
TABLE = pa.table({"key": [f"k{i}" for i in range(3000)], "text": TEXTS, "n": list(range(3000))})
WANTED = Wanted("text", "key", ("n",))


def parquet(folder):
    pq.write_table(TABLE, folder / "in.parquet", row_group_size=400)
    return folder / "in.parquet"


def feather(folder):
    pyarrow.feather.write_feather(TABLE, folder / "in.feather", chunksize=500)
    return folder / "in.feather"


def csv(folder):
    pyarrow.csv.write_csv(TABLE, folder / "in.csv")
    return folder / "in.csv"


def jsonl(folder):
    lines = [json.dumps(row) for row in TABLE.to_pylist()]
    (folder / "in.jsonl").write_text("\n".join(lines))
    return folder / "in.jsonl"


def packed(folder):
    path = folder / "in.jsonl.gz"
    path.write_bytes(gzip.compress(jsonl(folder).read_bytes()))
    return path


def dataset(folder):
    """As Hugging Face's `save_to_disk` lays it out."""
    home = folder / "dataset"
    home.mkdir()
    names = ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"]
    for number, name in enumerate(names):
        part = TABLE.slice(number * 1500, 1500)
        with pyarrow.ipc.new_stream(home / name, part.schema) as writer:
            writer.write_table(part, max_chunksize=200)
    (home / "state.json").write_text(json.dumps({"_data_files": [{"filename": name} for name in names]}))
    (home / "dataset_info.json").write_text("{}")
    return home


def parts(folder):
    home = folder / "parts"
    for number in range(3):
        (home / f"day={number}").mkdir(parents=True)
        pq.write_table(TABLE.slice(number * 1000, 1000), home / f"day={number}" / "part.parquet")
    (home / "_SUCCESS").write_text("")
    return home


MAKERS = [parquet, feather, csv, jsonl, packed, dataset, parts]


def rows(source, start=Cursor()):  # noqa: B008
    """(content, id, n, cursor) of everything from a place on."""
    found = []
    for piece in source.pieces(start):
        columns = [piece.table.column(name).to_pylist() for name in ("content", "id", "keep:n")]
        for number, row in enumerate(zip(*columns, strict=True)):
            found.append((*row, Cursor(piece.start.file, piece.start.row + number)))
    return found


@pytest.mark.parametrize("make", MAKERS)
def test_every_kind_gives_all_rows_in_order(make, tmp_path):
    found = rows(open_source(str(make(tmp_path)), WANTED))
    assert [row[0] for row in found] == TEXTS
    assert [row[1] for row in found] == TABLE["key"].to_pylist()
    assert [int(row[2]) for row in found] == list(range(3000))


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("at", [1, 399, 400, 1500, 2047, 2999, 3000])
def test_reading_goes_on_at_any_row(make, at, tmp_path):
    source = open_source(str(make(tmp_path)), WANTED)
    whole = rows(source)
    start = whole[at][3] if at < 3000 else Cursor(whole[-1][3].file, whole[-1][3].row + 1)
    assert rows(source, start) == whole[at:]


@pytest.mark.parametrize("make", MAKERS)
def test_the_fingerprint_tells_a_changed_input(make, tmp_path):
    path = make(tmp_path)
    before = open_source(str(path), WANTED).fingerprint
    assert open_source(str(path), WANTED).fingerprint == before
    file = next(one for one in sorted(path.rglob("*.*")) if one.suffix != ".json") if path.is_dir() else path
    file.touch()
    assert open_source(str(path), WANTED).fingerprint != before


@pytest.mark.parametrize(
    ("make", "known"),
    [(parquet, True), (feather, True), (jsonl, True), (csv, False), (parts, True)],
)
def test_rows_are_counted_where_that_is_cheap(make, known, tmp_path):
    assert open_source(str(make(tmp_path)), WANTED).count() == (3000 if known else None)


def test_a_query_gives_its_rows(witness, tmp_path):
    witness("sqlalchemy")
    import sqlite3

    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.execute("CREATE TABLE item (key TEXT, text TEXT, n INTEGER)")
        base.executemany("INSERT INTO item VALUES (:key, :text, :n)", TABLE.to_pylist())
    base.close()
    url = f"sqlite:///{tmp_path}/shop.db"
    source = open_source(url, WANTED, query="SELECT * FROM item ORDER BY n")
    whole = rows(source)
    assert [row[0] for row in whole] == TEXTS
    assert rows(source, Cursor(0, 1500)) == whole[1500:]
    with pytest.raises(ConfigurationError, match="ORDER BY"):
        open_source(url, WANTED, query="SELECT * FROM item")
    with pytest.raises(ConfigurationError, match="no column 'body'"):
        next(open_source(url, Wanted("body"), query="SELECT * FROM item ORDER BY n").pieces(Cursor()))
    with pytest.raises(InputDataError, match="query failed"):
        next(open_source(url, WANTED, query="SELECT * FROM nothing ORDER BY n").pieces(Cursor()))
    with pytest.raises(ConfigurationError, match="go together"):
        open_source(url, WANTED)


def test_a_url_is_read_through_fsspec(witness):
    fsspec = witness("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/a.jsonl", b'{"text": "one"}\n{"text": "two"}\n')
    source = open_source("memory://bucket/a.jsonl", Wanted("text"))
    assert [text for piece in source.pieces(Cursor()) for text in piece.table["content"].to_pylist()] == ["one", "two"]
    with pytest.raises(ConfigurationError, match="nosuch://"):
        open_source("nosuch://bucket/a.jsonl", Wanted("text"))


def test_lines_documents_and_images(tmp_path):
    (tmp_path / "lines.txt").write_text("\ufeffone\r\ntwo\nthree")
    source = open_source(str(tmp_path / "lines.txt"), Wanted())
    (piece,) = source.pieces(Cursor())
    assert piece.table["content"].to_pylist() == ["one", "two", "three"]
    assert source.name(Cursor(0, 2)) == "lines.txt:2"
    docs = tmp_path / "docs" / "deep"
    docs.mkdir(parents=True)
    (docs / "b.md").write_text("# B\n\ntext")
    (docs.parent / "a.txt").write_text("A\nB")
    source = open_source(str(tmp_path / "docs"), Wanted())
    assert [piece.table["content"].to_pylist() for piece in source.pieces(Cursor())] == [["A\nB"], ["# B\n\ntext"]]
    assert [source.name(Cursor(i)) for i in range(2)] == ["a.txt", "deep/b.md"]
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "x.png").write_bytes(b"bytes")
    source = open_source(str(pictures), Wanted())
    assert source.modality is Modality.IMAGE
    assert source.count() == 1


def test_patterns_choose_files(tmp_path):
    for name in ("a/1.jsonl", "a/b/2.jsonl", "a/3.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"text": name}) + "\n")
    one = open_source(f"{tmp_path}/a/*.jsonl", Wanted("text"))
    assert [piece.table["content"][0].as_py() for piece in one.pieces(Cursor())] == ["a/1.jsonl"]
    both = open_source(f"{tmp_path}/**/*.jsonl", Wanted("text"))
    assert [piece.table["content"][0].as_py() for piece in both.pieces(Cursor())] == ["a/1.jsonl", "a/b/2.jsonl"]


def test_what_cannot_be_read_is_told_by_its_file(tmp_path):
    path = parquet(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputDataError, match=r"in\.parquet cannot be read"):
        open_source(str(path), WANTED)
    broken = tmp_path / "in.jsonl.gz"
    broken.write_bytes(gzip.compress(b'{"text": "a"}\n' * 1000)[:30])
    with pytest.raises(InputDataError, match=r"in\.jsonl\.gz"):
        open_source(str(broken), Wanted("text"))


def test_a_schema_that_changes_between_files_is_told(tmp_path):
    home = parts(tmp_path)
    other = pa.table({"key": ["x"], "text": ["y"], "n": ["not a number"]})
    pq.write_table(other, home / "day=2" / "part.parquet")
    source = open_source(str(home), WANTED)
    with pytest.raises(InputDataError, match="n is string here and int64 at the beginning"):
        rows(source)
    pq.write_table(other.drop_columns(["text"]), home / "day=2" / "part.parquet")
    with pytest.raises(ConfigurationError, match="has no column 'text'; it has key, n"):
        rows(open_source(str(home), WANTED))


@pytest.mark.parametrize(
    ("make", "wanted", "words"),
    [
        (parquet, Wanted("body"), "no column 'body'; it has key, text, n"),
        (csv, Wanted("body"), "body"),
        (jsonl, Wanted("body"), "no row at its beginning has a text as body"),
        (parquet, Wanted("n"), "n is a column of int64"),
        (parquet, Wanted(), "which column"),
    ],
)
def test_wrong_columns_are_refused_before_any_work(make, wanted, words, tmp_path):
    with pytest.raises(ConfigurationError, match=words):
        open_source(str(make(tmp_path)), wanted)


def test_what_is_no_input_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="no such file"):
        open_source(str(tmp_path / "nowhere"), WANTED)
    (tmp_path / "a.xyz").write_text("")
    with pytest.raises(ConfigurationError, match="no file of a known kind"):
        open_source(str(tmp_path / "a.xyz"), WANTED)
    (tmp_path / "a.csv").write_text("text\na\n")
    (tmp_path / "a.jsonl").write_text("{}")
    with pytest.raises(ConfigurationError, match=r"several kinds \(csv, jsonl\)"):
        open_source(str(tmp_path), WANTED)
    with pytest.raises(ConfigurationError, match="format must be one of"):
        open_source(str(tmp_path), WANTED, form="xml")
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(ConfigurationError, match="no columns"):
        open_source(str(tmp_path / "a.txt"), WANTED)


def test_what_files_and_lines_say_goes_along_as_content(tmp_path):
    (tmp_path / "a.md").write_text("otters")
    (tmp_path / "lines.txt").write_text("one\ntwo\n")
    for place, kind, said in (
        (tmp_path, "documents", ["otters", "one\ntwo\n"]),
        (tmp_path / "lines.txt", None, ["one", "two"]),
    ):
        source = open_source(str(place), Wanted(keep=("content",)), form=kind)
        (shard,) = cut(source, 10)
        assert shard.contents == said
        assert shard.columns.to_pydict() == {"content": said}


def test_values_of_several_types_are_told_without_them(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "a", "n": 1}\n{"text": "b", "n": "secret"}\n')
    with pytest.raises(InputDataError, match="n has values of several types") as told:
        open_source(str(tmp_path / "a.jsonl"), Wanted("text", None, ("n",)))
    assert "secret" not in told.value.message


def test_lines_that_cannot_be_read_are_faults_of_their_rows(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "a"}\n{"text"\n[1]\n{"text": 5}\n{"other": 1}\n{"text": "b"}\n')
    (piece,) = open_source(str(tmp_path / "a.jsonl"), Wanted("text")).pieces(Cursor())
    assert piece.table["content"].to_pylist() == ["a", None, None, None, None, "b"]
    assert sorted(piece.faults) == [1, 2, 3]
    assert "not JSON" in piece.faults[1]
    (tmp_path / "a.txt").write_bytes(b"good\nb\xffd\n")
    (piece,) = open_source(str(tmp_path / "a.txt"), Wanted()).pieces(Cursor())
    assert piece.faults == {1: "the line is not UTF-8 (byte 1)"}


@pytest.mark.parametrize("more", ['{"a": 1, "b": 2}', '{"a": {"c": 1}}', '[{"a": 1}]'])
def test_a_field_that_the_first_rows_lack_is_not_dropped(more, tmp_path):
    """Arrow would cast an object to fewer fields without a word."""
    (tmp_path / "a.jsonl").write_text('{"text": "a", "m": {"a": null}}\n' + '{"text": "' + "b" * 5_000_000 + '"}\n')
    (tmp_path / "b.jsonl").write_text('{"text": "c", "m": ' + more + "}\n")
    source = open_source(str(tmp_path), Wanted("text", None, ("m",)))
    with pytest.raises(InputDataError, match=r"m is .* here and .* at the beginning"):
        [*source.pieces(Cursor())]


@pytest.mark.parametrize(
    "around",
    [pa.large_list, lambda kind: pa.list_(kind, 1), pa.list_view, lambda kind: pa.map_(pa.string(), kind)],
)
def test_no_field_is_dropped_whatever_its_object_is_in(around, tmp_path):
    for name, fields in (("a", {"f": pa.int64()}), ("b", {"f": pa.int64(), "g": pa.string()})):
        kind = around(pa.struct(fields))
        one = dict.fromkeys(fields)
        kept = pa.array([[("key", one)] if pa.types.is_map(kind) else [one]], kind)
        pyarrow.feather.write_feather(pa.table({"text": [name], "m": kept}), tmp_path / f"{name}.feather")
    source = open_source(str(tmp_path), Wanted("text", None, ("m",)))
    with pytest.raises(InputDataError, match=r"m is .* here and .* at the beginning"):
        [*source.pieces(Cursor())]


def test_views_are_read(tmp_path):
    views = {
        "text": pa.array(["a", "b"], pa.string_view()),
        "m": pa.array([["c"], None], pa.list_(pa.string_view())),
        "n": pa.array([{"d": b"e"}, None], pa.struct({"d": pa.binary_view()})),
    }
    table = pa.table(views)
    with pyarrow.ipc.new_file(tmp_path / "in.arrow", table.schema) as writer:
        writer.write_table(table)
    (piece,) = open_source(str(tmp_path / "in.arrow"), Wanted("text", None, ("text", "m", "n"))).pieces(Cursor())
    assert piece.table.take(pa.array([1, 0])).drop_columns(["content"]).to_pylist() == [
        {"keep:text": "b", "keep:m": None, "keep:n": None},
        {"keep:text": "a", "keep:m": ["c"], "keep:n": {"d": b"e"}},
    ]


def test_a_number_that_is_too_large_is_told(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "a", "n": 18446744073709551615}\n')
    with pytest.raises(InputDataError, match=r"a\.jsonl: n has a whole number that is too large"):
        open_source(str(tmp_path / "a.jsonl"), Wanted("text", None, ("n",)))


def test_a_folder_with_a_state_that_is_no_datasets_is_any_folder(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    for state in ("{}", "[]", "no JSON", '{"_data_files": [{}]}'):
        (tmp_path / "state.json").write_text(state)
        assert open_source(str(tmp_path), Wanted("text")).count() == 1
    (tmp_path / "state.json").write_text('{"_data_files": [{"filename": "gone.arrow"}]}')
    with pytest.raises(InputDataError, match=r"lacks its file gone\.arrow"):
        open_source(str(tmp_path), Wanted("text"))


def test_a_column_of_a_query_has_one_type_wherever_reading_begins(witness, tmp_path):
    """Its first rows are null, and it is a text then: of rows that come later, too."""
    witness("sqlalchemy")
    import sqlite3

    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.execute("CREATE TABLE item (text TEXT, n INTEGER)")
        base.executemany("INSERT INTO item VALUES (?, ?)", [(str(i), i if i >= 300 else None) for i in range(600)])
    base.close()
    wanted, query = Wanted("text", None, ("n",)), "SELECT * FROM item ORDER BY rowid"
    source = open_source(f"sqlite:///{tmp_path}/shop.db", wanted, query=query)
    for start in (0, 250, 400):
        (shard,) = cut(source, 1000, Cursor(0, start))
        assert shard.columns["n"].type == pa.string()
        assert shard.columns["n"].to_pylist() == [str(i) if i >= 300 else None for i in range(start, 600)]


def test_a_file_is_called_what_it_is_called(tmp_path):
    for name in ("a[1].jsonl", "a1.jsonl", "b?.jsonl"):
        (tmp_path / name).write_text(json.dumps({"text": name}) + "\n")
    for name in ("a[1].jsonl", "b?.jsonl"):
        (piece,) = open_source(str(tmp_path / name), Wanted("text")).pieces(Cursor())
        assert piece.table["content"].to_pylist() == [name]


def test_a_pattern_finds_nothing_that_is_hidden_unless_it_says_so(tmp_path):
    """A notebook's checkpoint is a copy of the file beside it: its rows would be there twice."""
    hidden = tmp_path / ".ipynb_checkpoints"
    hidden.mkdir()
    for path in (tmp_path / "a.csv", hidden / "a-checkpoint.csv", tmp_path / "._a.csv"):
        path.write_text(f"text\n{path.name}\n")

    def found(pattern):
        pieces = open_source(f"{tmp_path}/{pattern}", Wanted("text")).pieces(Cursor())
        return [text for piece in pieces for text in piece.table["content"].to_pylist()]

    assert found("**/*.csv") == found("*.csv") == ["a.csv"]
    assert found(".ipynb*/*.csv") == found(".ipynb_checkpoints/*.csv") == ["a-checkpoint.csv"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (pa.array([1.5], pa.float32()), pa.array([0.1], pa.float64())),
        (pa.array([0], pa.timestamp("us")), pa.array([0], pa.timestamp("us", "Europe/Berlin"))),
        (pa.array(["k1"]), pa.array([123456789012345678901.0])),
    ],
)
def test_no_value_is_changed_for_a_type_that_the_first_file_has(first, second, tmp_path):
    for name, column in (("a", first), ("b", second)):
        pq.write_table(pa.table({"text": [name], "m": column}), tmp_path / f"{name}.parquet")
    wanted = Wanted("text", "m") if pa.types.is_string(first.type) else Wanted("text", None, ("m",))
    with pytest.raises(InputDataError, match=r"m is .* here and .* at the beginning"):
        [*open_source(str(tmp_path), wanted).pieces(Cursor())]


def test_lists_that_are_empty_at_the_beginning_may_be_filled_later(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "a", "m": []}\n')
    (tmp_path / "b.jsonl").write_text('{"text": "b", "m": ["c"]}\n')
    pieces = open_source(str(tmp_path), Wanted("text", None, ("m",))).pieces(Cursor())
    assert [row for piece in pieces for row in piece.table["keep:m"].to_pylist()] == [[], ["c"]]
