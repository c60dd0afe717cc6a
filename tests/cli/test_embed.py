import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from onevec.cli import main
from onevec.cli.export import as_json
from onevec.cli.table import show
from onevec.responses import EmbeddingResponse
from onevec.spaces import VectorSpace
from onevec.types import Usage

TEXTS = ["The ultimate answer to the question of life", "The largest planet in our solar system is Jupiter"]


@pytest.fixture
def run(capfdbinary):
    """Run the command in this process: (exit code, standard output, standard error)."""

    def run(*args):
        with pytest.raises(SystemExit) as left:
            main(list(args))
        out, err = capfdbinary.readouterr()
        return left.value.code or 0, out, err.decode()

    return run


def test_piped_output_is_json(run):
    code, out, err = run("embed", *TEXTS)
    assert (code, err) == (0, "")
    body = json.loads(out)
    assert [item["index"] for item in body["data"]] == [0, 1]
    assert len(body["data"][0]["embedding"]) == 384
    assert body["usage"] == {"prompt_tokens": 21, "total_tokens": 21}
    assert body["space"].startswith("all-minilm-l6-v2@sha256:")


def test_json_lines_keep_the_texts(run):
    _, out, _ = run("embed", *TEXTS, "--format", "jsonl", "--encoding-format", "base64")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["text"] for row in rows] == TEXTS
    assert all(isinstance(row["embedding"], str) for row in rows)


@pytest.mark.parametrize(
    ("encoding", "dtype", "width"), [("float", "f4", 384), ("int8", "i1", 384), ("ubinary", "u1", 48)]
)
def test_npy_holds_the_codes(run, tmp_path, encoding, dtype, width):
    path = tmp_path / "out.npy"
    code, out, _ = run("embed", *TEXTS, "-o", str(path), "--encoding-format", encoding)
    assert (code, out) == (0, b"")
    array = np.load(path, allow_pickle=False)
    assert (array.dtype, array.shape) == (np.dtype(dtype), (2, width))
    assert list(tmp_path.iterdir()) == [path]


def test_the_table_shows_texts_space_and_similarities(run):
    code, out, _ = run("embed", *TEXTS, "--format", "table")
    shown = out.decode()
    assert code == 0
    assert "2 vectors of 384 dimensions · 21 tokens" in shown
    assert "cosine similarity" in shown
    assert shown.count("1.00") == 2
    assert "space all-minilm-l6-v2@sha256:" in shown


def test_a_pipe_and_a_link_stay_what_they_are(run, tmp_path):
    pipe, file, link = (tmp_path / name for name in ("pipe", "file.json", "link.json"))
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(pipe.read_bytes)
        assert run("embed", "a cat", "-o", str(pipe), "--format", "json")[0] == 0
        assert json.loads(read.result())["model"] == "all-minilm-l6-v2"
    assert pipe.is_fifo()
    link.symlink_to(file)
    assert run("embed", "a cat", "-o", str(link))[0] == 0
    assert link.is_symlink()
    assert json.loads(file.read_bytes())["model"] == "all-minilm-l6-v2"
    assert {one.name for one in tmp_path.iterdir()} == {"pipe", "file.json", "link.json"}


def test_the_table_has_nothing_of_a_text_that_a_terminal_obeys(run):
    _, out, _ = run("embed", "red \x1b[31m", "--format", "table")
    assert rb"red \x1b[31m" in out
    assert b"\x1b" not in out


def test_one_text_has_no_similarities(run):
    _, out, _ = run("embed", "hello", "--format", "table")
    assert "cosine" not in out.decode()


def test_a_file_has_a_text_a_line(run, tmp_path):
    path = tmp_path / "lines.txt"
    path.write_bytes("\ufeffFirst sentence\r\nSecond sentence\n".encode())
    _, out, _ = run("embed", "-f", str(path))
    _, same, _ = run("embed", "First sentence", "Second sentence")
    assert json.loads(out) == json.loads(same)


def test_standard_input_has_a_text_a_line():
    command = [sys.executable, "-m", "onevec", "embed", "-", "--format", "jsonl"]
    done = subprocess.run(command, input="one\ntwo\n", capture_output=True, text=True, check=True)
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == ["one", "two"]
    assert done.stderr == ""


def test_a_reader_that_leaves_early_is_no_error():
    shell = f"{sys.executable} -m onevec embed a b c --format jsonl | head -c 10"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["embed", ""], 2, "empty text"),
        (["embed", "a", "--dimensions", "0"], 2, "dimensions must be from 1"),
        (["embed", "a", "--dimensions", "64"], 2, "384"),
        (["embed", "a", "--encoding-format", "flaot"], 2, "flaot"),
        (["embed", "a", "--overflow", "never"], 2, "never"),
        (["embed", "a", "-m", "opneai:x"], 2, "openai"),
        (["embed", "a", "-m", "nothing"], 2, "provider:model"),
        (["embed", "a", "-m", "openai:x"], 2, "OPENAI_API_KEY"),
        (["embed", "a", "-m", "local:/nowhere"], 1, "/nowhere"),
        (["embed", "a", "--client-arg", "threads"], 2, "NAME=VALUE"),
        (["embed", "a", "--client-arg", "thraeds=1"], 2, "threads"),
        (["embed", "a", "-f", "/nowhere"], 2, "/nowhere"),
        (["embed", "word " * 300], 2, "302 tokens"),
        (["embed", "a", "--nothing"], 2, "--nothing"),
        (["emebd", "a"], 2, "emebd"),
        (["embed", "a", "-o", "/nowhere/x.json"], 2, "there is no folder /nowhere"),
        (["embed", "a", "-m", "all-minilm-l6-v2"], 2, "Did you mean local:all-minilm-l6-v2?"),
        (["embed", "a", "-m", "http://127.0.0.1:1/v1:m"], 1, "onevec doctor --network"),
    ],
)
def test_an_error_is_a_line_or_two_and_a_code(run, monkeypatch, args, code, words):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    got, out, err = run(*args)
    assert (got, out) == (code, b"")
    assert err.startswith("onevec: ")
    assert err.count("\n") in (1, 2)
    assert words in err


def test_verbose_shows_the_cause(run, tmp_path):
    (tmp_path / "modules.json").write_text("{")
    _, _, err = run("embed", "a", "-v", "-m", f"local:{tmp_path}")
    assert "caused by" in err


def test_empty_lines_are_refused_by_number(run, tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("a\n\nb\n")
    assert "line 2 is empty" in run("embed", "-f", str(path))[2]
    path.write_text("")
    assert "is empty" in run("embed", "-f", str(path))[2]
    path.write_bytes(b"\xff\xfe")
    assert "not UTF-8" in run("embed", "-f", str(path))[2]


def test_json_tells_the_cost_where_it_is_known():
    reply = EmbeddingResponse(np.ones((1, 2), np.float32), "m", Usage(5, 5), VectorSpace("m", 2), cost=1e-7)
    assert json.loads(as_json(["a"], reply))["cost"] == 1e-7
    assert "cost" not in json.loads(as_json(["a"], replace(reply, cost=None)))
    stream = io.StringIO()
    show(["a"], reply, 0.5, stream)
    assert "5 tokens · $0.0000001 · 0.50 s" in stream.getvalue()
