"""Both how-to pages' code runs and type-checks with only the import changed."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from .scenarios import PNG

HOWTO = Path(__file__).parent / "howto"
SOURCES = Path(__file__).parents[2] / "src"


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    def run(name, endpoint):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "sample1.png").write_bytes(PNG)
        monkeypatch.setenv("AZURE_INFERENCE_ENDPOINT", endpoint)
        monkeypatch.setenv("AZURE_INFERENCE_CREDENTIAL", "the-key")
        left = runpy.run_path(str(HOWTO / name))
        (left.get("model") or left["client"]).close()
        return capsys.readouterr().out

    return run


def test_texts_against_our_server(run, server):
    out = run("texts.py", f"{server}/models")
    assert out.count("Embedding of size: (384,)") == 3
    assert "Model: all-minilm-l6-v2" in out
    assert "Usage: {'prompt_tokens': 10, 'total_tokens': 10}" in out
    assert "Vectors: (1, 384)" in out


def test_input_types(run, recorder):
    run("input_types.py", f"{recorder.url}/models")
    assert [request.json["input_type"] for request in recorder.requests] == ["document", "query"]
    assert {request.json["model"] for request in recorder.requests} == {"text-embedding-3-small"}


def test_images(run, recorder):
    out = run("images.py", f"{recorder.url}/models")
    assert "Embeding of size: (3,)" in out
    plain, paired, document, query = (request.json for request in recorder.requests)
    assert [plain["input"][0].keys(), paired["input"][0].keys()] == [{"image"}, {"image", "text"}]
    assert [document["input_type"], query["input_type"]] == ["document", "query"]
    assert plain["model"] == "Cohere-embed-v3-english"


def test_mypy_accepts_it(witness, tmp_path):
    witness("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "--follow-imports", "silent"]
    done = subprocess.run(
        [*command, *sorted(map(str, HOWTO.glob("*.py")))], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_accepts_it(witness, tmp_path):
    # Pyright itself fetches its program at its first run; this one is the same with the program in the package.
    witness("basedpyright")
    settings = tmp_path / "pyrightconfig.json"
    told = {"typeCheckingMode": "standard", "include": [str(HOWTO)], "extraPaths": [str(SOURCES)]}
    settings.write_text(json.dumps(told))
    command = [sys.executable, "-m", "basedpyright", "-p", str(settings), "--pythonpath", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
