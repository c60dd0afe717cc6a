"""Searching files of each kind and each form of number: the nearest are found, and other spaces refused."""

import json

import numpy as np
import orjson
import pytest

from onevec import vectors as vec
from onevec.bulk import metadata
from onevec.bulk.scanning.nearest import Nearest
from onevec.bulk.search import query_vector, searchable
from onevec.bulk.shards import Description
from onevec.errors import ConfigurationError, InvalidRequestError, OutputError, VectorSpaceError
from onevec.providers import PROVIDERS, Credential
from onevec.remote import RemoteEmbedder
from onevec.spaces import VectorSpace
from onevec.testing import FakeEmbedder, FakeProvider
from onevec.types import EmbedRequest, InputType

SPACE = VectorSpace("fake", 16, revision="fake-1", normalized=True)
IDS = [f"row {number}" for number in range(1000)]
CODERS = {
    "float32": lambda vectors: vectors,
    "float16": lambda vectors: vectors.astype(np.float16),
    "int8": lambda vectors: vec.quantize_int8(vectors, 1.0),
    "binary": vec.pack_bits,
}


def vectors(texts):
    return FakeEmbedder().embed(EmbedRequest("fake", tuple(texts))).vectors


def about(encoding="float32"):
    return Description(SPACE, "local:fake", {"dimensions": None, "encoding": encoding}, "0.9")


def write_parquet(folder, encoding, *, parts=3, groups=97):
    import pyarrow as pa
    import pyarrow.parquet as pq

    codes = CODERS[encoding](vectors(IDS))
    column = (
        pa.array([bytes(row) for row in codes], pa.binary(codes.shape[1]))
        if encoding == "binary"
        else pa.FixedSizeListArray.from_arrays(pa.array(codes.reshape(-1)), codes.shape[1])
    )
    table = pa.table({"id": IDS, "vector": column, "text": [f"text of {one}" for one in IDS], "n": range(len(IDS))})
    table = table.replace_schema_metadata({"onevec": metadata.as_json(about(encoding))})
    folder.mkdir(exist_ok=True)
    size = -(-len(IDS) // parts)
    for part in range(parts):
        path = folder / f"part-{part:08d}.parquet"
        pq.write_table(table.slice(part * size, size), path, row_group_size=groups)
    (folder / ".part-9.parquet.new").write_bytes(b"half")
    return path


def row(one):
    return {"id": one, "text": f"text of {one}", "n": IDS.index(one)}


def write_lines(path, encoding):
    codes = CODERS[encoding](vectors(IDS))
    lines = [{**row(one), "vector": code.tolist()} for one, code in zip(IDS, codes, strict=True)]
    path.write_bytes(b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines))
    path.with_name(f"{path.name}.meta.json").write_bytes(metadata.as_json(about(encoding)))


def write_npy(path, encoding):
    np.save(path, CODERS[encoding](vectors(IDS)))
    beside = b"".join(orjson.dumps(row(one), option=orjson.OPT_APPEND_NEWLINE) for one in IDS)
    path.with_name(f"{path.name}.rows.jsonl").write_bytes(beside)
    path.with_name(f"{path.name}.meta.json").write_bytes(metadata.as_json(about(encoding)))


@pytest.fixture(params=["folder", "one.parquet", "out.jsonl", "out.npy"])
def written(request, witness, tmp_path):
    """A file of a kind, written in an encoding: its name as `onevec search` takes it."""

    def written(encoding="float32"):
        if request.param in ("folder", "one.parquet"):
            witness("pyarrow")
            path = write_parquet(tmp_path / "out", encoding, parts=3 if request.param == "folder" else 1)
            return f"{tmp_path}/out/" if request.param == "folder" else str(path)
        write = {"out.jsonl": write_lines, "out.npy": write_npy}[request.param]
        write(tmp_path / request.param, encoding)
        return str(tmp_path / request.param)

    return written


@pytest.mark.parametrize("encoding", CODERS)
def test_the_nearest_are_those_of_the_exact_product(written, encoding):
    store = searchable(written(encoding))
    query = vectors(["row 777"])[0]
    full = vec.unpack_bits(CODERS["binary"](vectors(IDS)), 16) if encoding == "binary" else vectors(IDS)
    scores = vec.cosine(full, query[None])[:, 0]
    expected = np.argsort(-scores, kind="stable")[:7]
    hits = store.nearest(query, 7)
    assert hits[0].columns["n"] == expected[0]
    assert [hit.score for hit in hits] == pytest.approx(scores[expected].tolist(), abs=2e-2)
    if encoding in ("float32", "binary"):
        assert [hit.id for hit in hits] == [IDS[number] for number in expected]
    assert [hit.columns["text"] for hit in hits] == [f"text of {hit.id}" for hit in hits]
    store.close()


def test_it_tells_of_itself_and_shows_the_columns_that_are_asked_for(written):
    store = searchable(written())
    assert store.describe() == about()
    (hit,) = store.nearest(vectors(["row 3"])[0], 1, ["n"])
    assert (hit.id, hit.columns) == ("row 3", {"n": 3})
    assert len(store.nearest(vectors(["x"])[0], 5000)) == 1000
    with pytest.raises(InvalidRequestError, match="'txt': it keeps text, n"):
        store.nearest(vectors(["x"])[0], 1, ["txt"])


def test_a_folder_without_a_slash_is_one_of_parquet(witness, tmp_path):
    witness("pyarrow")
    write_parquet(tmp_path / "out", "float32")
    assert searchable(str(tmp_path / "out")).describe() == about()


@pytest.mark.parametrize("name", ["out.parquet", "out/", "out.jsonl", "out.npy"])
def test_what_is_not_there_is_told(witness, tmp_path, name):
    witness("pyarrow")
    with pytest.raises(ConfigurationError, match="there is no output"):
        searchable(f"{tmp_path}/{name}").describe()


@pytest.mark.parametrize("name", ["out.parquet", "out.jsonl", "out.npy"])
def test_what_is_not_ours_is_told(witness, tmp_path, name):
    witness("pyarrow")
    (tmp_path / name).write_bytes(b"nothing\n")
    with pytest.raises((ConfigurationError, OutputError), match="out"):
        searchable(f"{tmp_path}/{name}").describe()
    (tmp_path / f"{name}.meta.json").write_bytes(metadata.as_json(about()))
    with pytest.raises((ConfigurationError, OutputError), match="out"):
        searchable(f"{tmp_path}/{name}").nearest(vectors(["x"])[0], 1)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (None, "does not say"),
        (b"{", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"space": "", "model": "m", "settings": {}, "version": 1}', "cannot be read"),
        (b'{"space": "m/4", "model": "m", "settings": {}, "version": 2}', "version 2"),
    ],
)
def test_a_description_that_is_none_is_refused(told, said):
    with pytest.raises(ConfigurationError, match=f"out.*{said}"):
        metadata.from_json(told, "out")


def test_the_best_of_many_blocks_are_the_best_of_all():
    everything = np.random.default_rng(0).standard_normal((1000, 8)).astype(np.float32)
    everything[500:510] = everything[3]  # equals: the first comes first
    nearest = Nearest(everything[3], 6)
    for block in np.array_split(everything, [0, 1, 400, 505, 505]):
        nearest.see(block)
    assert [one.row for one in nearest.best] == [3, 500, 501, 502, 503, 504]
    assert nearest.best[0].score == pytest.approx(1.0)


def test_the_query_is_embedded_as_a_query_in_the_output_s_space():
    embedder = FakeEmbedder()
    vector = query_vector("a", about(), embedder, "fake")
    assert vector.tolist() == vectors(["a"])[0].tolist()
    (request,) = embedder.requests
    assert (request.input_type, request.expect_space) == (InputType.QUERY, SPACE)


def test_a_prompt_of_one_s_own_goes_before_the_query():
    embedder = FakeEmbedder()
    query_vector("a", about(), embedder, "fake", "find: ")
    assert embedder.requests[0].prompt == "find: "


@pytest.mark.parametrize(("provider", "sent"), [("openai", None), ("cohere", "search_query")])
def test_a_provider_is_told_that_it_is_a_query_where_it_has_a_word_for_it(provider, sent):
    fake = FakeProvider(PROVIDERS[provider].wire)
    remote = RemoteEmbedder(PROVIDERS[provider], "any", "https://example.com/v1", Credential("no-key"), transport=fake)
    place = VectorSpace(f"{provider}://example.com/any", 16)
    query_vector("a", Description(place, f"{provider}:any", {}, "0.9"), remote, "any")
    assert json.loads(fake.requests[0].body).get("input_type") == sent


def test_shorter_vectors_are_asked_for_where_the_output_has_them():
    short = Description(VectorSpace("fake", 8, "fake-1", True), "local:fake", {"dimensions": 8}, "0.9")
    assert query_vector("a", short, FakeEmbedder(), "fake").shape == (8,)


def test_a_model_in_another_space_is_refused_before_it_is_asked():
    embedder = FakeEmbedder(model="another")
    with pytest.raises(VectorSpaceError, match="model another and not fake"):
        query_vector("a", about(), embedder, "another")
    assert embedder.requests == []


def test_a_server_that_answers_in_another_space_than_it_had_told_is_refused():
    class Unknown(FakeEmbedder):
        """Tells its space with its first answer only."""

        @property
        def space(self):
            return None

    with pytest.raises(VectorSpaceError, match="model another"):
        query_vector("a", about(), Unknown(model="another"), "another")


def test_settings_are_compared_as_json_has_them():
    one = Description(SPACE, "m", {"chunking": ("late", 256)}, "1")
    again = metadata.from_json(metadata.as_json(one), "out")
    metadata.check(again, one, "out")
    assert json.loads(metadata.as_json(one))["version"] == 1
