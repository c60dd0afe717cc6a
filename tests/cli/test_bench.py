import io
import json
from importlib.util import find_spec

import pytest
from rich.console import Console

from onevec.cli import main
from onevec.cli.bench.measuring import LEAST_CALLS, Figures, Sample, measure, samples, timed
from onevec.cli.bench.plot import draw
from onevec.cli.bench.table import show
from onevec.testing import FakeEmbedder


@pytest.fixture
def run(capfd):
    """Run the command in this process: (exit code, standard output, standard error)."""

    def run(*args):
        with pytest.raises(SystemExit) as left:
            main(["bench", *args])
        return left.value.code or 0, *capfd.readouterr()

    return run


def figures(sample="16 tokens", batch=1, threads=None, rate=1000.0):
    return Figures(sample, batch, threads, 10, rate, rate / 16, 1.0, 2.0, 3456.0)


class Words:
    """A token a word."""

    def count(self, texts):
        return [len(text.split()) for text in texts]

    def truncate(self, text, limit):
        return " ".join(text.split()[:limit])


def test_samples_have_the_lengths_that_the_model_reads():
    sentences = [f"word{i}" for i in range(3000)]

    found = samples(Words(), sentences, longest=48)

    assert [sample.name for sample in found] == ["16 tokens", "48 tokens"]
    for sample, length in zip(found, (16, 48), strict=True):
        assert len(sample.texts) == 512
        assert set(Words().count(sample.texts)) == {length}
        assert len(set(sample.texts)) > 60, "texts repeat"


class Recorder(FakeEmbedder):
    """Remembers what it was asked."""

    def embed(self, request):
        self.asked = [*getattr(self, "asked", []), request.inputs]
        return super().embed(request)


def test_every_text_has_its_turn_and_the_first_call_is_not_timed():
    embedder = Recorder(8)

    found = measure(embedder, Sample("three", ["a b", "c d", "e f"]), batch=2, seconds=1e-9, threads=3)

    assert embedder.asked == [("a b", "c d"), ("e f", "a b"), ("c d", "e f"), ("a b", "c d")]
    assert (found.sample, found.batch, found.threads, found.calls) == ("three", 2, 3, LEAST_CALLS)
    assert 0 < found.p50_ms <= found.p90_ms <= found.p99_ms
    assert found.tokens_per_second > found.texts_per_second > 0


def test_calls_go_on_until_the_time_is_over():
    took, total = timed(lambda: 7, seconds=1e-9)
    assert (len(took), total) == (LEAST_CALLS, 7 * LEAST_CALLS)
    took, total = timed(lambda: 7, seconds=0.01)
    assert len(took) > LEAST_CALLS
    assert total == 7 * len(took)


def test_json_has_the_machine_and_every_figure(run, golden):
    model = f"local:{golden / 'models' / 'bert-mean'}"
    code, out, err = run("-m", model, "--seconds", "0.001", "--batch", "1", "--batch", "4", "--threads", "1")

    assert (code, err) == (0, "")
    body = json.loads(out)
    assert body["model"] == model
    assert body["machine"]["usable"] >= 1
    assert body["machine"]["openvino"]
    assert {(one["batch"], one["threads"]) for one in body["figures"]} == {(1, 1), (4, 1)}
    assert all(one["tokens_per_second"] > 0 and one["calls"] >= LEAST_CALLS for one in body["figures"])


def test_a_file_of_texts_is_one_sample(run, golden, tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("one\ntwo\nthree\n")
    model = f"local:{golden / 'models' / 'bert-mean'}"
    _, out, _ = run("-m", model, "--texts", str(path), "--seconds", "0.001", "--batch", "2", "--format", "table")

    assert "your texts" in out
    assert "tokens/s" in out
    assert model in out


def test_the_table_marks_the_fastest_and_names_threads_only_where_they_differ():
    stream = io.StringIO()
    show([figures(), figures(batch=8, rate=4000.0)], "local:m", Console(file=stream, width=100))
    shown = stream.getvalue()
    assert "threads" not in shown
    assert "4,000  " + "█" * 16 in shown
    assert "3456" in shown

    stream = io.StringIO()
    show([figures(threads=1), figures(threads=2)], "local:m", Console(file=stream, width=100))
    assert "threads" in stream.getvalue()


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["-m", "openai:text-embedding-3-small"], 2, "models on this machine"),
        (["-m", "local:/nowhere"], 1, "/nowhere"),
        (["--seconds", "0"], 2, "seconds"),
        (["--batch", "0"], 2, "batch"),
        (["--client-arg", "threads=1"], 2, "--threads"),
        (["--texts", "/nowhere"], 2, "/nowhere"),
        (["--plot", "speed.pdf"], 2, ".svg or .png"),
        (["--plot", "/nowhere/speed.svg"], 2, "/nowhere is no folder"),
    ],
)
def test_an_error_is_one_line_and_a_code(run, args, code, words):
    got, out, err = run(*args)
    assert (got, out) == (code, "")
    assert err.startswith("onevec: ")
    assert err.count("\n") == 1
    assert words in err


@pytest.mark.skipif(find_spec("matplotlib") is not None, reason="matplotlib is installed")
def test_without_matplotlib_the_error_names_the_extra(run, tmp_path):
    code, _, err = run("--plot", str(tmp_path / "x.svg"))
    assert code == 2
    assert "onevec[plot]" in err


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="the extra plot is not installed")
@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_drawing_has_a_line_for_each_length_and_a_panel_for_each_number_of_threads(tmp_path, suffix):
    path = tmp_path / f"speed.{suffix}"
    names = ("16 tokens", "64 tokens")
    draw([figures(name, batch, n) for name in names for batch in (1, 8) for n in (1, 2)], "local:m", path)

    content = path.read_bytes()
    assert len(content) < 60_000
    if suffix == "svg":
        assert b"1 thread" in content
        assert b"2 threads" in content
        assert all(name.encode() in content for name in names)
