"""One suite for every store: rows go in, a shard again, another run is refused, and a search finds them."""

import subprocess
import sys
import threading
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

import numpy as np
import pytest

from onevec.bulk.search import searchable
from onevec.bulk.shards import Description, Place, Rows
from onevec.bulk.sinks.store import Store
from onevec.errors import ConfigurationError, InvalidRequestError, OutputError
from onevec.spaces import VectorSpace
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest

SPACE = VectorSpace("fake", 16, revision="fake-1", normalized=True)
ABOUT = Description(SPACE, "local:fake", {"dimensions": None, "input_type": "document"}, "0.9")
NUMBER = count()

MODULES = {"lance": ("lancedb",), "qdrant": ("qdrant_client",), "pgvector": ("pgvector", "psycopg")}


@pytest.fixture(params=MODULES)
def place(request, witness, tmp_path):
    """An output of its own for each test, that nobody has written to."""
    witness("pyarrow")
    modules = [witness(name) for name in MODULES[request.param]]
    if request.param == "lance":
        return str(tmp_path / "out.lance")
    if request.param == "qdrant":
        return f"qdrant://{tmp_path}/qdrant?collection=out"
    program = request.getfixturevalue("pgvector_program")
    name, server = f"out{next(NUMBER)}", f"postgresql://postgres@127.0.0.1:{program.port}"
    with modules[-1].connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}?table=Vectors"


@pytest.fixture
def opened(place):
    """A sink at the place, opened as often as a test wants; every one is closed."""
    made = []

    def opened(description=ABOUT):
        for one in made:
            one.close()
        made.append(searchable(place))
        if description is not None:
            made[-1].open(description)
        return made[-1]

    yield opened
    for one in made:
        one.close()


def vectors(texts):
    return FakeEmbedder().embed(EmbedRequest("fake", tuple(texts))).vectors


def rows(shard, ids, columns=None, chunks=None):
    import pyarrow as pa

    table = pa.table({"text": [f"text of {one}" for one in ids]} if columns is None else columns)
    return Rows(shard, ids, vectors(ids), table, chunks)


def all_of(store):
    """What a store holds: (id, text) of each row, however often it has it."""
    return sorted((hit.id, hit.columns["text"]) for hit in store.nearest(vectors(["?"])[0], 1000))


def test_a_search_finds_the_row_and_what_was_kept_beside_it(opened):
    store = opened()
    store.write(rows(0, ["a", "b", "c"]))
    store.write(rows(1, ["d", "e"]))
    store.finish()
    found = opened(None).nearest(vectors(["d"])[0], 3)
    assert (found[0].id, found[0].columns) == ("d", {"text": "text of d"})
    assert found[0].score == pytest.approx(1.0, abs=1e-5)
    expected = sorted(zip(vectors("abcde") @ vectors("d")[0], "abcde", strict=True), reverse=True)[:3]
    assert [hit.id for hit in found] == [one for _, one in expected]
    assert [hit.score for hit in found] == pytest.approx([score for score, _ in expected], abs=1e-5)


def test_a_shard_is_taken_away(opened):
    store = opened()
    store.remove(0)  # there is nothing
    store.write(rows(0, ["a", "b"]))
    store.write(rows(1, ["c"]))
    store.remove(0)
    store.remove(5)
    store = opened()
    assert all_of(store) == [("c", "text of c")]
    store.write(rows(0, ["d"]))
    assert [one for one, _ in all_of(store)] == ["c", "d"]


def test_a_shard_that_is_written_again_is_there_once(opened):
    store = opened()
    for _ in range(3):
        store.write(rows(0, ["a", "b"]))
        store.write(rows(1, ["c"]))
    again = opened()  # as after a crash
    again.write(rows(1, ["c"]))
    again.finish()
    again.finish()
    assert [one for one, _ in all_of(opened(None))] == ["a", "b", "c"]


def test_a_shard_replaces_what_it_wrote_before_and_nothing_else(opened):
    store = opened()
    store.write(rows(0, ["a", "b", "c"]))
    store.write(rows(1, ["d"]))
    store.write(rows(0, ["b", "x"], {"text": ["new b", "x"]}))
    assert all_of(store) == [("b", "new b"), ("d", "text of d"), ("x", "x")]


def test_what_it_tells_of_itself_survives(opened):
    store = opened()
    store.write(rows(0, ["a"]))
    store.write(rows(0, ["a", "b"]))
    store.finish()
    assert opened(None).describe() == ABOUT


@pytest.mark.parametrize(
    ("description", "said"),
    [
        (Description(VectorSpace("other", 16, "fake-1", True), "m", ABOUT.settings, "0.9"), "model other and not fake"),
        (Description(VectorSpace("fake", 16, "2", True), "m", ABOUT.settings, "0.9"), "revision 2 and not fake-1"),
        (Description(VectorSpace("fake", 8, "fake-1", True), "m", ABOUT.settings, "0.9"), "dimensions 8 and not 16"),
        (Description(SPACE, "m", {**ABOUT.settings, "input_type": "query"}, "0.9"), "input_type 'query' and not 'docu"),
        (Description(SPACE, "m", {**ABOUT.settings, "prompt": "x: "}, "0.9"), "prompt 'x: ' and not None"),
    ],
)
def test_another_space_or_other_settings_are_refused(opened, description, said):
    opened().write(rows(0, ["a"]))
    with pytest.raises(ConfigurationError, match=said):
        opened(description)
    opened(Description(SPACE, "openai:http://here/fake", ABOUT.settings, "1.0")).write(rows(1, ["b"]))


def test_another_encoding_than_float32_is_refused(opened):
    with pytest.raises(ConfigurationError, match="keeps float32, not 'int8'"):
        opened(Description(SPACE, "m", {"encoding": "int8"}, "0.9"))
    opened(Description(SPACE, "m", {"encoding": "float32"}, "0.9"))


def test_columns_of_every_kind_come_back(opened):
    import pyarrow as pa

    time = datetime(2026, 11, 26, 12, tzinfo=UTC)
    columns = {
        "text": pa.array(["ein 'Text' \\ \n", None]),
        "whole": pa.array([2**53, None], pa.int64()),
        "real": pa.array([0.5, None], pa.float32()),
        "flag": pa.array([True, None]),
        "time": pa.array([time, None], pa.timestamp("us", "UTC")),
        "tags": pa.array([["a", "b"], None]),
        "nested": pa.array([{"a": 1}, None]),
        "Odd Name%": pa.array(["x", None]),
    }
    store = opened()
    store.write(rows(0, ["a", "b"], columns))
    (hit,) = store.nearest(vectors(["a"])[0], 1)
    got = dict(hit.columns)
    when = got.pop("time")
    assert when in (time, "2026-11-26T12:00:00+00:00")
    assert got == {
        "text": "ein 'Text' \\ \n", "whole": 2**53, "real": 0.5, "flag": True, "tags": ["a", "b"], "nested": {"a": 1},
        "Odd Name%": "x",
    }  # fmt: skip
    (hit,) = store.nearest(vectors(["b"])[0], 1)
    assert set(hit.columns.values()) == {None}
    assert store.nearest(vectors(["a"])[0], 1, ["whole"])[0].columns == {"whole": 2**53}


def test_decimals_and_bytes_are_kept(opened):
    import pyarrow as pa

    store = opened()
    columns = {
        "price": pa.array([Decimal("1.50")]),
        "raw": pa.array([b"\x00\xff"]),
        "large": pa.array([2**64 - 1], pa.uint64()),
    }
    store.write(rows(0, ["a"], columns))
    (hit,) = store.nearest(vectors(["a"])[0], 1)
    assert hit.columns["price"] in (Decimal("1.50"), "1.50")
    assert hit.columns["raw"] in (b"\x00\xff", "AP8=")
    assert hit.columns["large"] == 2**64 - 1


def test_chunks_tell_their_place(opened):
    store = opened()
    chunks = [Place("doc", 0, 0, 10), Place("doc", 1, 10, 25)]
    store.write(rows(0, ["doc#0", "doc#1"], {}, chunks))
    (hit,) = store.nearest(vectors(["doc#1"])[0], 1)
    assert (hit.id, hit.columns) == ("doc#1", {"document": "doc", "chunk": 1, "start": 10, "end": 25})


def test_an_empty_shard_takes_away_what_was_there(opened):
    import pyarrow as pa

    store = opened()
    store.write(rows(0, ["a"]))
    store.write(rows(1, ["b"]))
    store.write(Rows(0, [], np.empty((0, 16), np.float32), pa.table({"text": pa.array([], pa.string())})))
    assert all_of(store) == [("b", "text of b")]


def test_what_cannot_be_told_apart_is_refused(opened):
    store = opened()
    with pytest.raises(ConfigurationError, match="two rows have the id 'a'"):
        store.write(rows(0, ["a", "b", "a"]))
    with pytest.raises(ConfigurationError, match="'vector' is the output's own"):
        store.write(rows(0, ["a"], {"vector": ["x"]}))


def test_a_column_that_was_not_kept_is_refused(opened):
    store = opened()
    store.write(rows(0, ["a"]))
    with pytest.raises(InvalidRequestError, match=r"no column 'txet': it keeps text"):
        store.nearest(vectors(["a"])[0], 1, ["txet"])


def test_a_search_in_no_folder_makes_none(witness, tmp_path):
    witness("lancedb")
    with pytest.raises(ConfigurationError, match="there is no output"):
        searchable(f"{tmp_path}/none/out.lance").describe()
    assert list(tmp_path.iterdir()) == []
    store = searchable(f"{tmp_path}/none/out.lance")
    store.open(ABOUT)
    store.write(rows(0, ["a"]))
    assert store.occupied()


def test_a_search_in_nothing_says_so(opened):
    with pytest.raises(ConfigurationError, match="there is no output"):
        opened(None).describe()


def test_a_write_that_fails_names_the_place_and_leaves_what_was_there(opened):
    store = opened()
    store.write(rows(0, ["a"]))
    other = Rows(0, ["b"], np.ones((1, 7), np.float32), rows(0, ["b"]).columns)
    with pytest.raises((OutputError, ConfigurationError), match="out"):
        store.write(other)
    assert [hit.id for hit in opened(None).nearest(vectors(["a"])[0], 5)] == ["a"]


def test_hundreds_of_rows_go_in_and_out(opened):
    store = opened()  # few for a store, but Qdrant's folder takes ten milliseconds a row
    for shard in range(3):
        store.write(rows(shard, [f"{shard}-{row}" for row in range(150)]))
    store.finish()
    assert len(all_of(store)) == 450
    assert store.nearest(vectors(["2-149"])[0], 1)[0].id == "2-149"


def test_a_server_that_is_away_is_told_without_secrets(witness, monkeypatch):
    witness("qdrant_client"), witness("psycopg"), witness("pgvector")
    monkeypatch.setenv("QDRANT_API_KEY", "geheim")
    for place in ("qdrant://127.0.0.1:1/out?tls=true", "postgresql://me:geheim@127.0.0.1:1/db"):
        store = searchable(place)
        with pytest.raises(OutputError, match=r"does not answer") as caught:
            store.open(ABOUT)
        assert "geheim" not in f"{caught.value} {caught.value.__cause__!r} {store!r}"
        store.close()


@pytest.mark.parametrize(
    "place",
    [
        "qdrant://host", "qdrant://", "qdrant://host/a/b", "qdrant://key@host/a", "qdrant://host:port/a",
        "qdrant://host/a?tsl=true", "postgresql://me:geheim@host:port/db", "postgresql://h/db?table=a.b.c",
        "postgresql://h/db?table=" + "x" * 60, "lance://", "a/b c.lance", "out.csv", "nothing",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(place):
    with pytest.raises(ConfigurationError) as caught:
        searchable(place)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "module", "extra"),
    [
        ("lance:///{}/out", "lancedb", "lance"),
        ("qdrant://{}/q", "qdrant_client", "qdrant"),
        ("postgresql://h/db", "pgvector.psycopg", "pgvector"),
        ("postgresql://h/db", "psycopg", "pgvector"),
    ],
)
@pytest.mark.parametrize("use", ["describe", "occupied", "clear", "open"])
def test_a_missing_library_is_told_by_its_extra(monkeypatch, tmp_path, place, module, extra, use):
    monkeypatch.setitem(sys.modules, module, None)
    store = searchable(place.format(tmp_path))
    with pytest.raises(ConfigurationError, match=rf"pip install 'onevec\[{extra}\]'"):
        getattr(store, use)(*([ABOUT] if use == "open" else []))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the client's, of its own lock
def test_one_qdrant_folder_is_one_program_s(witness, tmp_path):
    witness("qdrant_client")
    first = searchable(f"qdrant://{tmp_path}/q")
    first.open(ABOUT)
    with pytest.raises(OutputError, match="already accessed"):
        searchable(f"qdrant://{tmp_path}/q").open(ABOUT)
    first.close()


def test_what_an_earlier_run_wrote_is_removed_when_it_is_asked_for(opened):
    store = opened(None)
    assert isinstance(store, Store)
    assert not store.occupied()
    store.clear()  # there is nothing
    store.open(ABOUT)
    assert not store.occupied()
    store.write(rows(0, ["a"]))
    store.write(rows(1, ["b"]))
    assert store.occupied()
    store.clear()
    assert not store.occupied()
    short = Description(VectorSpace("fake", 16, "fake-2", True), "local:fake", {}, "0.9")
    again = opened(short)
    again.write(rows(0, ["c"]))
    assert [one for one, _ in all_of(again)] == ["c"]
    assert again.describe() == short


WRITER = """
import sys
import numpy as np, pyarrow as pa
from onevec.bulk.search import searchable
from onevec.bulk.shards import Description, Rows
from onevec.spaces import VectorSpace

store = searchable(sys.argv[1])
store.open(Description(VectorSpace("fake", 16, "fake-1", True), "local:fake", {}, "0.9"))
for shard in range(int(sys.argv[2]), 12):
    ids = [f"{shard}-{row}" for row in range(40)]
    vectors = np.random.default_rng(shard).standard_normal((40, 16), dtype=np.float32)
    print(shard, "begun", flush=True)
    store.write(Rows(shard, ids, vectors, pa.table({"text": ids})))
    print(shard, "done", flush=True)
store.finish()
store.close()
"""


def test_a_writer_that_is_killed_at_any_moment_leaves_no_row_twice_and_none_out(place, opened):
    """As the runner does it: what was done stays done, and the shard in hand is written again."""
    command, done = [sys.executable, "-c", WRITER, place], -1
    for pause in (0.0, 0.001, 0.004, 0.02):
        with subprocess.Popen([*command, str(done + 1)], stdout=subprocess.PIPE, text=True) as writer:
            begun = done + 3
            for line in writer.stdout:
                shard, what = line.split()
                done = int(shard) if what == "done" else done
                if what == "begun" and int(shard) == begun:
                    threading.Event().wait(pause)  # into the write, a little further each time
                    writer.kill()
                    break
    subprocess.run([*command, str(done + 1)], check=True, stdout=subprocess.DEVNULL)
    hits = opened(None).nearest(vectors(["?"])[0], 10_000)
    assert sorted(hit.id for hit in hits) == sorted(f"{shard}-{row}" for shard in range(12) for row in range(40))


def test_a_table_without_our_words_is_refused(witness, request, tmp_path):
    lancedb = witness("lancedb")
    lancedb.connect(str(tmp_path)).create_table("out", [{"id": "a", "vector": [0.0] * 16}])
    for use in (lambda store: store.open(ABOUT), lambda store: store.clear()):
        with pytest.raises(ConfigurationError, match="does not say in what space"):
            use(searchable(str(tmp_path / "out.lance")))
    assert [path.name for path in tmp_path.iterdir()] == ["out.lance"]
