"""Both how-to pages' code runs and type-checks with only the import changed."""

import json
import re
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


DEPLOYMENT = """
[deployments.Cohere-embed-v3-english]
model = 'local:{folder}'
prompts = {{ query = "", document = "" }}
"""
"""A CLIP model under the page's name. Empty prompts: a query and a document are embedded alike, and not refused."""


@pytest.fixture(scope="module")
def image_server(golden, tmp_path_factory):
    path = tmp_path_factory.mktemp("serve") / "onevec.toml"
    path.write_text(DEPLOYMENT.format(folder=golden / "models" / "clip"))
    command = [sys.executable, "-m", "onevec", "serve", "--config", str(path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        yield re.search(r"http://[\d.:]+", process.stdout.readline())[0]
        process.terminate()


@pytest.mark.parametrize("module", ["onevec.azure", "azure.ai.inference"])
def test_images_against_our_server(witness, run, image_server, module, tmp_path):
    """Images, pairs and both input types, with our client and with the vendor's own."""
    witness(module)
    page = tmp_path / "page.py"
    page.write_text((HOWTO / "images.py").read_text().replace("onevec.azure", module))
    out = run(page, f"{image_server}/models")
    assert "Embeding of size: (24,)" in out
    assert "Model: Cohere-embed-v3-english" in out


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
