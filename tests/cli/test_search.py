import io
import json

import pytest
from PIL import Image

from onevec.bulk.hits import Hit
from onevec.bulk.search import searchable
from onevec.bulk.shards import Description, Rows
from onevec.cli import main
from onevec.cli.search import render
from onevec.client import embedding
from onevec.spaces import VectorSpace

MODEL = "local:all-minilm-l6-v2"
TEXTS = ["The capital of France is Paris.", "Cats sleep for most of the day.", "Bread is made of flour and water."]


@pytest.fixture
def run(capfdbinary):
    """Run the command in this process: (exit code, standard output, standard error)."""

    def run(*args):
        with pytest.raises(SystemExit) as left:
            main(list(args))
        out, err = capfdbinary.readouterr()
        return left.value.code or 0, out, err.decode()

    return run


@pytest.fixture
def output(witness, tmp_path):
    """Three sentences of the bundled model in LanceDB."""
    witness("lancedb")
    pa = witness("pyarrow")
    response = embedding(MODEL, TEXTS)
    store = searchable(str(tmp_path / "out.lance"))
    store.open(Description(response.space, MODEL, {"dimensions": None}, "0.9"))
    columns = pa.table({"text": TEXTS, "number": range(3)})
    store.write(Rows(0, ["paris", "cats", "bread"], response.vectors, columns))
    store.close()
    return str(tmp_path / "out.lance")


def test_piped_output_is_json(run, output):
    code, out, err = run("search", output, "How long does a cat sleep?", "-k", "2")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["model"] == MODEL
    assert told["space"].startswith("all-minilm-l6-v2@sha256:")
    assert told["hits"][0]["id"] == "cats"
    assert len(told["hits"]) == 2
    assert told["hits"][0]["columns"] == {"text": TEXTS[1], "number": 1}
    assert told["hits"][0]["score"] > told["hits"][1]["score"] > 0


def test_the_table_shows_score_id_and_the_column(run, output):
    code, out, _ = run("search", output, "baking", "--column", "text", "--format", "table")
    shown = out.decode()
    assert code == 0
    assert shown.index("bread") < shown.index("cats")
    assert "Bread is made" in shown
    assert "number" not in shown
    assert "space all-minilm-l6-v2@sha256:" in shown


def test_an_image_is_looked_for(run, witness, tmp_path):
    witness("pyarrow")
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, box in (("low", (0, 40, 64, 64)), ("left", (0, 0, 20, 64))):
        image = Image.new("RGB", (64, 64), "white")
        image.paste("black", box)
        image.save(photos / f"{name}.png")
    assert run("run", str(photos), "-m", "local:gist", "--to", str(tmp_path / "out.parquet"))[0] == 0
    code, out, _ = run("search", str(tmp_path / "out.parquet"), "--image", str(photos / "left.png"))
    assert code == 0
    assert [hit["id"] for hit in json.loads(out)["hits"]] == ["left.png", "low.png"]


def test_scores_are_seen_on_a_narrow_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    stream = io.StringIO()
    render([Hit("a-long-name.txt:17", 0.5, {"text": "word " * 30})], VectorSpace("m", 4), stream)
    assert "0.5000" in stream.getvalue()


def test_marks_in_a_text_are_shown_as_they_are():
    stream = io.StringIO()
    render([Hit("[red]x[/]", 0.5, {"text": "[bold]a[/]\nb\x1b[0m", "none": None})], VectorSpace("m", 4), stream)
    assert "[red]x[/]" in stream.getvalue()
    assert r"[bold]a[/] b\x1b[0m" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
    render([], VectorSpace("[red]m[/x]", 4), stream)
    assert stream.getvalue().endswith("space [red]m[/x]/4\n")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["out.lance", "a", "-m", "local:gist"], 2, "model"),
        (["out.lance", "a", "--column", "txt"], 2, "it keeps text, number"),
        (["out.lance", ""], 2, "empty text"),
        (["out.lance", "a", "-k", "0"], 2, "-k"),
        (["no.lance", "a"], 2, "there is no output"),
        (["out.csv", "a"], 2, "is no output that is known here"),
        (["out.lance", "a", "--client-arg", "thraeds=1"], 2, "threads"),
    ],
)
def test_an_error_is_one_line_and_a_code(run, output, args, code, words):
    got, out, err = run("search", output.replace("out.lance", args[0]), *args[1:])
    assert (got, out) == (code, b"")
    assert err.count("\n") == 1
    assert words in err
