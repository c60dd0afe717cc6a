"""Whole runs, with a provider that is a fake and files that are real."""

import asyncio
import json
import os
import resource
import subprocess
import sys
import threading
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import time_machine

from onevec import bulk
from onevec.bulk.manifest import Manifest
from onevec.bulk.search import searchable
from onevec.errors import (
    AuthenticationError,
    ConfigurationError,
    ContentFilterError,
    InputDataError,
    OutputError,
    UnsupportedParameterError,
)
from onevec.testing import FakeEmbedder, FakeProvider, error_reply
from onevec.types import EmbedRequest

TEXTS = [f"text number {i}" for i in range(100)]


def expected(texts):
    return FakeEmbedder().embed(EmbedRequest("any", tuple(texts))).vectors


def embedded(provider):
    """Every text that the fake has embedded, the probes left out."""
    return [text for request in provider.embedder.requests for text in request.inputs if text != "onevec"]


def read(path):
    """Ids and vectors of a Parquet output."""
    table = pq.read_table(path)
    return table["id"].to_pylist(), np.stack(table["vector"].to_numpy())


def letters(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_row_is_embedded_once_and_in_order(run, table, provider, tmp_path):
    summary = run(table(TEXTS), id="key", keep=("number",), shard_rows=16)
    ids, vectors = read(tmp_path / "out.parquet")
    assert ids == [f"row {i}" for i in range(100)]
    np.testing.assert_allclose(vectors, expected(TEXTS), atol=1e-6)
    assert pq.read_table(tmp_path / "out.parquet")["number"].to_pylist() == list(range(100))
    assert sorted(embedded(provider)) == sorted(TEXTS)
    assert (summary.done.rows, summary.done.written, summary.done.dead) == (100, 100, 0)
    assert summary.dead_letters is None


def test_requests_are_as_large_as_the_provider_takes(run, table, provider):
    run(table(TEXTS), shard_rows=50)
    sizes = [len(request.inputs) for request in provider.embedder.requests][1:]
    assert sorted(sizes) == [2, 2, *[8] * 12]


def test_a_call_is_one_request_by_the_tokens_that_it_may_hold(run, table, provider):
    run(table(TEXTS), client_args={"max_tokens": 30})
    assert max(len(request.inputs) for request in provider.embedder.requests) == 4
    assert len(provider.requests) == len(provider.embedder.requests)


def test_requests_of_several_shards_are_under_way_together(run, table, tmp_path):
    class Together(FakeProvider):
        """Answers four requests when there are four."""

        async def asend(self, request):
            if b'"onevec"' not in request.body:
                await four.wait()
            return await super().asend(request)

    four = asyncio.Barrier(4)
    run(table(TEXTS[:96]), shard_rows=8, client_args={"transport": Together(), "concurrency": 4})
    assert len(read(tmp_path / "out.parquet")[0]) == 96


def test_what_the_call_asks_reaches_the_model(run, table, provider):
    run(table(TEXTS[:5]), prompt="say: ", dimensions=4)
    request = provider.embedder.requests[-1]
    assert request.inputs == tuple(f"say: {text}" for text in TEXTS[:5])
    assert request.dimensions == 4
    with pytest.raises(UnsupportedParameterError):
        run(table(TEXTS[:5], "other.parquet"), "other.npy", input_type="query")
    assert provider.embedder.requests[-1] is request


def test_the_space_and_the_settings_are_in_the_file(run, table, tmp_path):
    summary = run(table(TEXTS[:3]), dimensions=8)
    told = json.loads(pq.read_schema(tmp_path / "out.parquet").metadata[b"onevec"])
    assert told["space"] == summary.space
    assert told["settings"]["dimensions"] == 8
    assert told["model"] == "openai:any"


@pytest.mark.parametrize("to", ["out.parquet", "out/", "out.jsonl", "out.npy"])
def test_a_run_that_failed_goes_on_and_pays_for_nothing_twice(to, run, table, provider, tmp_path):
    path = table(TEXTS)
    broken = FakeProvider(faults=[None] * 9 + [error_reply(401)] * 100)
    with pytest.raises(AuthenticationError):
        run(path, to, shard_rows=8, client_args={"transport": broken, "concurrency": 1})
    done = embedded(broken)
    assert 0 < len(done) < 100
    summary = run(path, to, shard_rows=8)
    committed = 100 - len(embedded(provider))
    assert committed > 0
    assert embedded(provider) == TEXTS[committed:]
    assert summary.done.written == 100
    again = run(path, to, shard_rows=8)
    assert again == summary
    assert len(embedded(provider)) == 100 - committed


def test_what_was_read_before_an_unreadable_file_is_committed(run, table, provider, tmp_path):
    (tmp_path / "in").mkdir()
    table(TEXTS[:30], "in/a.parquet")
    broken = table(TEXTS[30:], "in/b.parquet")
    whole = broken.read_bytes()
    broken.write_bytes(whole[:-8])
    with pytest.raises(InputDataError, match=r"b\.parquet cannot be read"):
        run(tmp_path / "in", "out/", shard_rows=10)
    assert sorted(embedded(provider)) == sorted(TEXTS[:30])
    assert len(read(tmp_path / "out")[0]) == 30


def test_all_outputs_hold_the_same(run, table, tmp_path):
    path = table(TEXTS)
    for to in ("out.parquet", "out/", "out.jsonl", "out.npy"):
        run(path, to, id="key", keep=("number",), shard_rows=30)
    ids, vectors = read(tmp_path / "out.parquet")
    rows = letters(tmp_path / "out.jsonl")
    beside = letters(tmp_path / "out.npy.rows.jsonl")
    assert ids == read(tmp_path / "out")[0] == [row["id"] for row in rows] == [row["id"] for row in beside]
    assert [row["number"] for row in rows] == [row["number"] for row in beside] == list(range(100))
    for other in (read(tmp_path / "out")[1], [row["vector"] for row in rows], np.load(tmp_path / "out.npy")):
        np.testing.assert_allclose(other, vectors, atol=1e-7)
    told = [json.loads((tmp_path / f"{name}.meta.json").read_text()) for name in ("out.jsonl", "out.npy")]
    assert told[0] == told[1] == json.loads(pq.read_schema(tmp_path / "out.parquet").metadata[b"onevec"])


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [("float16", pa.list_(pa.float16(), 16)), ("int8", pa.list_(pa.int8(), 16)), ("binary", pa.binary(2))],
)
def test_shorter_numbers(run, table, encoding, kind, tmp_path):
    run(table(TEXTS[:5]), encoding=encoding, client_args={"int8_scale": 1.0})
    assert pq.read_schema(tmp_path / "out.parquet").field("vector").type == kind
    with pytest.raises(ConfigurationError, match="int8 scale"):
        run(table(TEXTS[:5], "other.parquet"), "other.npy", encoding="int8")


def test_rows_that_cannot_be_embedded_are_dead_letters(run, table, tmp_path):
    texts = ["a", None, "", "forbidden words", "e", "f"]
    ids = ["1", "2", "3", "4", None, "1"]

    class Filtering(FakeEmbedder):
        def embed(self, request):
            if any("forbidden" in text for text in request.inputs):
                raise ContentFilterError("the filter refused it", code="content_filter")
            return super().embed(request)

    provider = FakeProvider(embedder=Filtering())
    summary = run(table(texts, ids=ids), id="key", client_args={"transport": provider})
    assert read(tmp_path / "out.parquet")[0] == ["1"]
    found = letters(summary.dead_letters)
    assert [(one["place"], one["code"]) for one in found] == [
        ("in.parquet:1", "unreadable"),
        ("in.parquet:2", "unreadable"),
        ("in.parquet:4", "unreadable"),
        ("in.parquet:5", "duplicate"),
        ("in.parquet:3", "content_filter"),
    ]
    assert summary.done.dead == 5
    assert "forbidden" not in summary.dead_letters.read_text()


def test_an_id_that_an_earlier_shard_has_is_a_dead_letter_that_nobody_pays_for(run, table, provider, tmp_path):
    ids = [str(i % 20) for i in range(25)]
    summary = run(table(TEXTS[:25], ids=ids), id="key", shard_rows=10)
    assert sorted(embedded(provider)) == sorted(TEXTS[:20])
    assert {one["code"] for one in letters(summary.dead_letters)} == {"duplicate"}
    assert read(tmp_path / "out.parquet")[0] == [str(i) for i in range(20)]
    assert [one["place"] for one in letters(summary.dead_letters)] == [f"in.parquet:{i}" for i in range(20, 25)]
    assert summary.done.rows == 25


def test_a_dead_letter_has_nothing_of_its_row_though_the_provider_repeats_it(run, table, provider):
    class Repeating(FakeEmbedder):
        def embed(self, request):
            if any("private" in text for text in request.inputs):
                raise ContentFilterError(f"not allowed: {request.inputs[-1]}", status=400, code="content_filter")
            return super().embed(request)

    args = {"transport": FakeProvider(embedder=Repeating())}
    summary = run(table(["good", "private words"]), id="key", client_args=args)
    (letter,) = letters(summary.dead_letters)
    assert letter["code"] == "content_filter"
    assert letter["reason"].startswith("openai refused it with status 400")
    assert "private" not in summary.dead_letters.read_text()


def test_the_model_is_told_with_its_provider(run, table, tmp_path):
    summary = run(table(TEXTS[:3]), model="any", provider="openai")
    assert json.loads(pq.read_schema(tmp_path / "out.parquet").metadata[b"onevec"])["model"] == "openai:any"
    assert run(tmp_path / "in.parquet", model="openai:any") == summary


def test_an_input_without_a_good_row_makes_an_empty_output(run, table, tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": ""}\n')
    summary = run(path)
    assert (summary.done.written, summary.done.dead) == (0, 1)
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "in.parquet")
    assert run(tmp_path / "in.parquet", "out.npy").done.rows == 0
    assert np.load(tmp_path / "out.npy").shape == (0, 0)
    for to in ("out.parquet", "out.npy"):
        assert searchable(to).nearest(expected(["a"])[0], 3) == []


def test_a_row_of_ten_megabytes(run, tmp_path):
    path = tmp_path / "in.jsonl"
    with path.open("w") as opened:
        for text in ("short", "long " * 2_000_000, "last"):
            opened.write(json.dumps({"text": text}) + "\n")
    run(path)
    assert read(tmp_path / "out.parquet")[0] == ["in.jsonl:0", "in.jsonl:1", "in.jsonl:2"]


def test_chunks_keep_their_document_and_place(run, table, tmp_path):
    text = "The first sentence is here. The second one follows it. A third one ends the text."
    path = table([text, "short"])
    bulk.run(
        str(path),
        "out.parquet",
        model="local:all-minilm-l6-v2",
        column="text",
        id="key",
        chunk_tokens=12,
        chunk_overlap=0,
    )
    found = pq.read_table(tmp_path / "out.parquet").drop_columns(["vector"]).to_pylist()
    assert [row["id"] for row in found] == [*(f"row 0#{i}" for i in range(len(found) - 1)), "row 1#0"]
    pieces = [text[row["start"] : row["end"]] for row in found if row["document"] == "row 0"]
    assert pieces[0] == "The first sentence is here."
    assert len(pieces) >= 3
    assert [row["chunk"] for row in found] == [*range(len(pieces)), 0]


def test_chunks_may_overlap_and_need_a_tokenizer(run, table, tmp_path):
    words = " ".join(f"word{i}" for i in range(40))
    path = table([words])
    bulk.run(str(path), "out.parquet", model="local:all-minilm-l6-v2", column="text", chunk_tokens=20, chunk_overlap=8)
    rows = pq.read_table(tmp_path / "out.parquet").select(["start", "end"]).to_pylist()
    assert any(after["start"] < before["end"] for before, after in pairwise(rows))
    with pytest.raises(ConfigurationError, match="tokenizer"):
        run(path, "other.parquet", chunk_tokens=20)


def test_another_input_model_or_setting_is_refused(run, table, tmp_path):
    path = table(TEXTS[:10])
    run(path)
    for change in ({"dimensions": 4}, {"keep": ("number",)}, {"model": "openai:other"}, {"shard_rows": 5}):
        with pytest.raises(ConfigurationError, match="begun with other words"):
            run(path, **change)
    table(TEXTS[:11])
    with pytest.raises(ConfigurationError, match="input"):
        run(path)
    assert run(path, restart=True).done.rows == 11
    assert len(read(tmp_path / "out.parquet")[0]) == 11


def test_a_wrong_call_that_wrote_nothing_leaves_no_trace(run, table, tmp_path):
    path = table(TEXTS[:10])
    refusing = FakeProvider(faults=[error_reply(401)])
    with pytest.raises(AuthenticationError):
        run(path, model="openai:mistyped", client_args={"transport": refusing})
    assert run(path).done.written == 10


def test_a_model_whose_space_has_changed_is_refused(run, table):
    path = table(TEXTS)
    broken = FakeProvider(faults=[None] * 5 + [error_reply(401)] * 100)
    with pytest.raises(AuthenticationError):
        run(path, shard_rows=8, client_args={"transport": broken, "concurrency": 1})
    other = FakeProvider(embedder=FakeEmbedder(dimensions=32))
    with pytest.raises(ConfigurationError, match="space"):
        run(path, shard_rows=8, client_args={"transport": other})
    assert embedded(other) == []


def committed(folder):
    return [*(folder / "out.parquet.onevec" / "parts").iterdir()]


@pytest.mark.parametrize("dimensions", [16, 32])
def test_a_model_that_changes_while_the_run_asks_it_ends_the_run(dimensions, run, table, tmp_path):
    """As a server does that is given another model under the same name."""

    revision = "1"

    class Telling(FakeProvider):
        """A server of ours: it says with each answer in what space it is."""

        def send(self, request):
            reply = super().send(request)
            space = f"fake@{revision}/{self.embedder.space.dimensions}"
            return replace(reply, headers={**reply.headers, "x-vector-space": space})

    class Changing(Telling):
        def send(self, request):
            nonlocal revision
            if len(self.requests) == 8:
                revision, self.embedder = "2", FakeEmbedder(dimensions=dimensions)
            return super().send(request)

    path = table(TEXTS)

    def go(provider):
        args = {"transport": provider, "concurrency": 1}
        return run(path, api_base="http://127.0.0.1:1/v1", shard_rows=24, client_args=args)

    with pytest.raises(ConfigurationError, match=r"now makes vectors of the space fake@2/"):
        go(Changing())
    assert 0 < len(committed(tmp_path)) < 5
    revision = "1"
    assert go(Telling()).done.written == 100
    np.testing.assert_allclose(read(tmp_path / "out.parquet")[1], expected(TEXTS), atol=1e-6)


def test_another_scale_of_int8_is_refused(run, table):
    path = table(TEXTS)
    broken = FakeProvider(faults=[None] * 9 + [error_reply(401)] * 100)
    args = {"transport": broken, "concurrency": 1, "int8_scale": 1.0}
    with pytest.raises(AuthenticationError):
        run(path, "out.npy", shard_rows=8, encoding="int8", client_args=args)
    with pytest.raises(ConfigurationError, match=r"this run has int8_scale 0\.5 and not 1\.0"):
        run(path, "out.npy", shard_rows=8, encoding="int8", client_args={"int8_scale": 0.5})
    assert run(path, "out.npy", shard_rows=8, encoding="int8", client_args={"int8_scale": 1.0}).done.written == 100


def test_an_output_that_is_somebody_elses_is_refused(run, table, tmp_path):
    (tmp_path / "out.parquet").write_text("precious")
    with pytest.raises(ConfigurationError, match="there already"):
        run(table(TEXTS[:3]))
    with pytest.raises(ConfigurationError, match="there already"):
        run(table(TEXTS[:3]), restart=True)
    assert (tmp_path / "out.parquet").read_text() == "precious"


def test_parts_that_were_changed_are_noticed(run, table, tmp_path):
    path = table(TEXTS)
    broken = FakeProvider(faults=[None] * 9 + [error_reply(401)] * 100)
    with pytest.raises(AuthenticationError):
        run(path, "out/", shard_rows=8, client_args={"transport": broken, "concurrency": 1})
    (tmp_path / "out" / "part-00000000.parquet").unlink()
    with pytest.raises(OutputError, match=r"part-00000000\.parquet was committed"):
        run(path, "out/", shard_rows=8)


def test_a_finished_folder_that_lacks_a_part_is_noticed(run, table, tmp_path):
    path = table(TEXTS[:20])
    summary = run(path, "out/", shard_rows=8, notes="notes")
    assert run(path, "out/", shard_rows=8, notes="notes") == summary
    (tmp_path / "other").mkdir()
    with pytest.raises(OutputError, match=r"other/part-00000000\.parquet was committed"):
        run(path, "other/", shard_rows=8, notes="notes")
    (tmp_path / "out" / "part-00000001.parquet").unlink()
    with pytest.raises(OutputError, match=r"part-00000001\.parquet was committed"):
        run(path, "out/", shard_rows=8, notes="notes")


def test_parts_that_a_crash_has_left_behind_a_finished_file_are_removed(run, table, tmp_path):
    path = table(TEXTS[:5])
    summary = run(path)
    left = tmp_path / "out.parquet.onevec" / "parts"
    left.mkdir()
    (left / "part-00000000.parquet").write_bytes(b"left")
    assert run(path) == summary
    assert not left.exists()


@pytest.mark.parametrize("to", ["out.parquet", "out/", "out.jsonl", "out.npy", "out.lance"])
def test_rows_of_a_shard_that_was_not_entered_are_gone_when_all_of_it_is_refused(to, run, table, witness, monkeypatch):
    """As it is when the process dies between a shard's writing and its entry, and the filter has changed since."""
    if to == "out.lance":
        witness("lancedb")

    class Filtering(FakeEmbedder):
        def embed(self, request):
            if any("number" in text for text in request.inputs):
                raise ContentFilterError("the filter refused it", code="content_filter")
            return super().embed(request)

    def die(*_, **__):
        raise OutputError("killed")

    path = table([*TEXTS[:10], "good"])
    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "commit", die)
        with pytest.raises(OutputError, match="killed"):
            run(path, to, id="key", shard_rows=10)
    summary = run(path, to, id="key", shard_rows=10, client_args={"transport": FakeProvider(embedder=Filtering())})
    assert (summary.done.written, summary.done.dead) == (1, 10)
    assert [hit.id for hit in searchable(to).nearest(expected(["good"])[0], 20)] == ["row 10"]


def test_a_restart_leaves_nothing_of_the_array_nor_of_its_lines(run, table, tmp_path):
    broken = FakeProvider(faults=[None] * 9 + [error_reply(401)] * 100)
    with pytest.raises(AuthenticationError):
        run(table(TEXTS), "out.npy", shard_rows=8, client_args={"transport": broken, "concurrency": 1})
    run(table(TEXTS[:10]), "out.npy", shard_rows=8, restart=True)
    assert len(np.load(tmp_path / "out.npy")) == len(letters(tmp_path / "out.npy.rows.jsonl")) == 10


def test_a_finished_output_that_is_gone_is_noticed(run, table, tmp_path):
    path = table(TEXTS[:5])
    run(path)
    (tmp_path / "out.parquet").unlink()
    with pytest.raises(OutputError, match="gone"):
        run(path)


class Held(FakeEmbedder):
    """Says that it has begun, and goes on when it is let go."""

    def __init__(self):
        super().__init__()
        self.began, self.go = threading.Event(), threading.Event()

    def embed(self, request):
        self.began.set()
        self.go.wait(30)
        return super().embed(request)


def test_two_at_once_are_refused(run, table, tmp_path):
    path, held = table(TEXTS), Held()
    first = threading.Thread(
        target=run, args=(path,), kwargs={"client_args": {"transport": FakeProvider(embedder=held)}}
    )
    first.start()
    assert held.began.wait(30)
    with pytest.raises(ConfigurationError, match="another run"):
        run(path)
    held.go.set()
    first.join(30)
    assert len(read(tmp_path / "out.parquet")[0]) == 100


def test_refusals_for_a_rate_slow_the_run_and_lose_nothing(run, table, tmp_path):
    provider = FakeProvider(faults=[None, *[error_reply(429, headers={"retry-after": "0"}), None] * 10])
    run(table(TEXTS), client_args={"transport": provider})
    assert len(read(tmp_path / "out.parquet")[0]) == 100
    assert sorted(embedded(provider)) == sorted(TEXTS)


def test_a_clock_that_jumps_changes_nothing(run, table, tmp_path):
    seen = []
    with time_machine.travel("2030-01-01", tick=False) as clock:

        def watch(progress):
            seen.append(progress)
            clock.shift(-86400)

        run(table(TEXTS), shard_rows=10, watch=watch)
    assert len(seen) == 10
    assert all(one.seconds >= 0 for one in seen)
    assert len(read(tmp_path / "out.parquet")[0]) == 100


def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(table, tmp_path):
    """A limit on the size of files stands for the disk: writing past it fails as on a full one."""
    path = table([f"text {i}" for i in range(300)])
    command = [sys.executable, "-m", "onevec", "run", str(path), "-c", "text", "--to", "out.parquet"]
    command += ["--shard-rows", "300"]

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, preexec_fn=small, check=False)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr) == (0, "")
    assert len(read(tmp_path / "out.parquet")[0]) == 300


def test_images_of_a_folder(run, tmp_path):
    from PIL import Image

    home = tmp_path / "pictures"
    home.mkdir()
    for name, colour in (("a.png", "red"), ("b.png", "blue")):
        Image.new("RGB", (8, 8), colour).save(home / name)
    (home / "c.png").write_bytes(b"no picture at all")
    provider = FakeProvider("cohere")
    args = {"transport": provider, "max_items": 2}
    summary = bulk.run(str(home), "out.parquet", model="cohere:embed-v4.0", api_key="no-key", client_args=args)
    assert read("out.parquet")[0] == ["a.png", "b.png"]
    assert [one["place"] for one in letters(summary.dead_letters)] == ["c.png"]


def test_an_estimate_counts_and_pays_nothing(table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = table(TEXTS)
    found = bulk.estimate(str(path), "out.parquet", model="local:all-minilm-l6-v2", column="text")
    assert (found.rows, found.items, found.tokens, found.counted, found.cost) == (100, 100, 500, True, None)
    assert found.seconds > 0
    provider = FakeProvider()
    found = bulk.estimate(
        str(path),
        "out.parquet",
        model="openai:text-embedding-3-small",
        api_key="no-key",
        column="text",
        client_args={"transport": provider},
    )
    assert provider.requests == []
    assert (found.counted, found.seconds) == (False, None)
    assert found.cost == pytest.approx(found.tokens * 0.02 / 1e6)
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"to": "out.xml"}, "no output that is known"),
        ({"column": "body"}, "no column 'body'"),
        ({"shard_rows": 0}, "shard_rows must be"),
        ({"chunk_tokens": 10, "chunk_overlap": 10}, "chunk_overlap must be"),
        ({"keep": ("number", "number")}, "twice"),
        ({"keep": ("vector",)}, "'vector' is the output's own"),
        ({"keep": ("start",), "chunk_tokens": 10}, "'start' is the output's own"),
        ({"encoding": "float8"}, "encoding must be one of"),
        ({"model": "openai:any", "overflow": "never"}, "overflow must be"),
    ],
)
def test_wrong_words_are_refused(run, table, provider, options, words):
    with pytest.raises(ValueError, match=words):
        run(table(TEXTS[:2]), **options)
    assert provider.requests == []


def test_another_reading_of_the_same_file_is_refused(run, tmp_path):
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    run(tmp_path / "in.txt", column=None)
    with pytest.raises(ConfigurationError, match=r"input\.kind was lines and is documents"):
        run(tmp_path / "in.txt", column=None, format="documents")


def test_a_file_that_changed_behind_what_is_done_is_refused(run, table, tmp_path):
    """Half-way through: a file that was read, and one that was not."""
    for name in ("a", "b"):
        table([f"{text} of {name}" for text in TEXTS[:40]], f"{name}.parquet")
    broken = FakeProvider(faults=[None] * 9 + [error_reply(401)] * 100)
    with pytest.raises(AuthenticationError):
        run(tmp_path / "?.parquet", shard_rows=8, client_args={"transport": broken, "concurrency": 1})
    for name in ("a", "b"):
        whole = (tmp_path / f"{name}.parquet").read_bytes()
        table(TEXTS[:41], f"{name}.parquet")
        with pytest.raises(ConfigurationError, match=r"input\.digest was .* begin anew with --restart"):
            run(tmp_path / "?.parquet", shard_rows=8)
        (tmp_path / f"{name}.parquet").write_bytes(whole)


def test_names_that_are_no_unicode_are_told(run, tmp_path):
    home = tmp_path / "in"
    home.mkdir()
    (home / "ü 日本.txt").write_text("one")
    assert run(home, column=None).done.written == 1
    assert read(tmp_path / "out.parquet")[0] == ["ü 日本.txt"]
    (home / os.fsdecode(b"\xff.txt")).write_text("two")
    with pytest.raises(InputDataError, match="name"):
        run(home, "other.parquet", column=None)


@pytest.mark.parametrize(
    ("to", "kept", "words"),
    [
        ("out.jsonl", pa.array([b"good", b"b\xffd"], pa.binary()).view(pa.string()), "the column 'number' has a value"),
        ("out.npy", pa.array([b"good", b"b\xffd"], pa.binary()).view(pa.string()), "the column 'number' has a value"),
        ("out.parquet", pa.array([{}, {}], pa.struct([])), "no room for a kept column"),
    ],
)
def test_what_an_output_cannot_keep_is_told(to, kept, words, run, tmp_path):
    with pa.ipc.new_file(tmp_path / "in.arrow", pa.schema({"text": pa.string(), "number": kept.type})) as writer:
        writer.write_table(pa.table({"text": ["a", "b"], "number": kept}))
    with pytest.raises(OutputError, match=words):
        run(tmp_path / "in.arrow", to, keep=("number",))


@pytest.mark.parametrize("to", ["out.parquet", "out/"])
@pytest.mark.parametrize("notes", [("a", "b"), (None, "b"), ("a", None)])
def test_two_at_once_are_refused_wherever_their_notes_are(to, notes, run, table, tmp_path):
    path, other, held = table(TEXTS), table(TEXTS[:30], "other.parquet"), Held()
    args = {"transport": FakeProvider(embedder=held)}
    first = threading.Thread(target=run, args=(path, to), kwargs={"client_args": args, "notes": notes[0]})
    first.start()
    assert held.began.wait(30)
    with pytest.raises(ConfigurationError, match="another run"):
        run(other, to, notes=notes[1])
    held.go.set()
    first.join(30)
    assert len(read(tmp_path / to)[0]) == 100
    assert run(path, to, notes=notes[0]).done.written == 100


def test_word_of_notes_elsewhere_stays_as_long_as_a_run_is_not_finished(run, table, tmp_path):
    path = table(TEXTS)
    refusing = FakeProvider(faults=[error_reply(401)])
    with pytest.raises(AuthenticationError):
        run(path, notes="a", client_args={"transport": refusing})
    assert not (tmp_path / "out.parquet.onevec").exists()
    broken = FakeProvider(faults=[None] * 9 + [error_reply(401)] * 100)
    with pytest.raises(AuthenticationError):
        run(path, shard_rows=8, notes="a", client_args={"transport": broken, "concurrency": 1})
    for notes in ("b", None):
        with pytest.raises(ConfigurationError, match=r"with its notes in .*/a: give --notes as it did"):
            run(path, shard_rows=8, notes=notes)
    assert run(path, shard_rows=8, notes="a").done.written == 100
    assert not (tmp_path / "out.parquet.onevec").exists()
    assert run(path, shard_rows=8, notes="a").done.written == 100


def test_nothing_more_is_paid_for_when_the_output_has_failed(run, table, provider, monkeypatch):
    failed, answered = threading.Event(), []

    def write(*_):
        failed.set()
        raise OutputError("full")

    class Waiting(FakeProvider):
        async def asend(self, request):
            if answered:  # of the second shard
                await asyncio.to_thread(failed.wait, 30)
                await asyncio.sleep(0.05)
            if b'"onevec"' not in request.body:
                answered.append(request)
            return await super().asend(request)

    monkeypatch.setattr("onevec.bulk.sinks.parquet.ParquetFolder.write", write)
    monkeypatch.setattr("onevec.bulk.cutting.SHARD_BYTES", 1000)
    path = table(["a" * 1000, *TEXTS[:50]])  # a shard of one row, and one of all others
    with pytest.raises(OutputError, match="full"):
        run(path, client_args={"transport": Waiting(), "concurrency": 1})
    assert len(answered) < 5


def test_dead_letters_have_a_place_before_anything_is_paid_for(run, table, provider, tmp_path):
    for place in (tmp_path / "nowhere" / "dead.jsonl", tmp_path):
        with pytest.raises(ConfigurationError, match="there can be no file"):
            run(table(TEXTS), dead_letters=str(place))
    assert provider.requests == []
