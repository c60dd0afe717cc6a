"""The hub: the real client against a small hub of our own on a loopback port, serving a real model."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from onevec.engine import load
from onevec.engine.hub import snapshot
from onevec.engine.revisions import REVISIONS
from onevec.errors import (
    AuthenticationError,
    ModelError,
    ModelFileError,
    ModelNotFoundError,
    ModelUnavailableError,
    UnsafeModelError,
)

from .onnx_file import save_table

COMMIT = "a" * 40
LATER = "b" * 40


class Hub(ThreadingHTTPServer):
    """Repositories by name: files by path. `asked` lists the requests; `head` is what the main branch points to."""

    daemon_threads = True

    def __init__(self, repositories: dict[str, dict[str, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories = repositories
        self.asked: list[str] = []
        self.head = COMMIT
        self.refuse: dict[str, tuple[int, str]] = {}
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """The four requests of the hub's API that fetching a snapshot needs."""

    protocol_version = "HTTP/1.1"
    server: Hub

    def do_HEAD(self) -> None:
        path = unquote(self.path.split("?")[0])
        self.server.asked.append(path)
        name = "/".join(path.removeprefix("/api/models").split("/")[1:3])
        files = self.server.repositories.get(name)
        if name in self.server.refuse or files is None:
            status, code = self.server.refuse.get(name, (404, "RepoNotFound"))
            self.reply(status, b"{}", {"X-Error-Code": code})
        elif "/resolve/" in path:
            self.file(path, files)
        else:
            self.api(path, files)

    do_GET = do_HEAD  # noqa: N815

    def api(self, path: str, files: dict[str, bytes]) -> None:
        if "/revision/" in path and path.rsplit("/", 1)[-1] not in ("main", self.server.head, COMMIT):
            self.reply(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        elif "/tree/" in path:
            self.reply(200, json.dumps([entry(name, data) for name, data in files.items()]).encode())
        else:
            siblings = [{"rfilename": name} for name in files]
            self.reply(200, json.dumps({"id": "org/m", "sha": self.server.head, "siblings": siblings}).encode())

    def file(self, path: str, files: dict[str, bytes]) -> None:
        commit, name = path.split("/resolve/")[1].split("/", 1)
        tag = f'"{etag(name, files[name])}"'
        linked = {"X-Linked-Etag": tag, "X-Linked-Size": str(len(files[name]))}
        known = linked if name.endswith(".safetensors") else {}
        self.reply(200, files[name], {"ETag": tag, "X-Repo-Commit": commit} | known)

    def reply(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        return


def etag(name: str, data: bytes) -> str:
    return (hashlib.sha256 if name.endswith(".safetensors") else hashlib.sha1)(data).hexdigest()


def entry(name: str, data: bytes) -> dict:
    lfs = {"lfs": {"oid": etag(name, data), "size": len(data), "pointerSize": 130}}
    known = lfs if name.endswith(".safetensors") else {}
    return {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()} | known


@pytest.fixture
def files(golden) -> dict[str, bytes]:
    folder = golden / "models" / "bert-mean-dense"
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return found | {"modeling.py": b"raise SystemExit", "pytorch_model.bin": b"pickle", "onnx/model.onnx": b"onnx"}


@pytest.fixture
def hub(files) -> Iterator[Hub]:
    hub = Hub(
        {"org/m": files, "org/pickled": {"config.json": b"{}", "pytorch_model.bin": b"p"}, "org/empty": {"a": b""}}
    )
    yield hub
    hub.close()


def get(hub: Hub, cache: Path, name: str = "org/m", revision: str | None = None) -> Path:
    return snapshot(name, revision=revision, cache_dir=str(cache), endpoint=hub.url)


def test_a_model_is_fetched_pinned_and_only_what_is_safe(hub, tmp_path):
    folder = get(hub, tmp_path)

    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert folder.name == COMMIT
    assert {"config.json", "model.safetensors", "2_Dense/model.safetensors", "1_Pooling/config.json"} <= names
    assert not [name for name in names if name.endswith((".py", ".bin", ".onnx"))]
    assert not [path for path in hub.asked if path.endswith((".py", ".bin", ".onnx"))]


def test_the_cached_snapshot_stays_without_asking_though_the_branch_moves_on(hub, tmp_path):
    first = get(hub, tmp_path)
    asked = len(hub.asked)
    hub.head = LATER

    assert get(hub, tmp_path) == first
    assert len(hub.asked) == asked
    assert get(hub, tmp_path, revision=LATER).name == LATER


def test_what_is_cached_is_there_when_the_hub_is_not(hub, tmp_path):
    first = get(hub, tmp_path)
    hub.close()

    assert get(hub, tmp_path) == first


def test_an_interrupted_download_is_completed(hub, tmp_path):
    folder = get(hub, tmp_path)
    weights = folder / "model.safetensors"
    weights.resolve().unlink()
    weights.unlink()

    assert (get(hub, tmp_path) / "model.safetensors").stat().st_size > 100_000


def test_only_pickles_are_refused_before_anything_is_fetched(hub, tmp_path):
    with pytest.raises(UnsafeModelError, match=r"org/pickled.*pytorch_model\.bin.*safe_serialization"):
        get(hub, tmp_path, "org/pickled")

    assert not [path for path in hub.asked if "/resolve/" in path]


def test_a_repository_without_weights(hub, tmp_path):
    with pytest.raises(ModelError, match="neither safetensors"):
        get(hub, tmp_path, "org/empty")


@pytest.fixture
def exported(files, tmp_path_factory) -> dict[str, bytes]:
    """A model of an architecture that is none of ours, with safetensors and an ONNX file in several parts."""
    folder = tmp_path_factory.mktemp("export")
    save_table(folder / "model.onnx", np.ones((258, 32), np.float32), external="numbers [1].bin")
    config = json.loads(files["config.json"]) | {"model_type": "somebody's"}
    return files | {
        "config.json": json.dumps(config).encode(),
        "onnx/model.onnx": (folder / "model.onnx").read_bytes(),
        "onnx/numbers [1].bin": np.ones((258, 32), np.float32).tobytes(),
        "onnx/model_int8.onnx": b"another",
    }


def test_what_has_no_graph_here_is_fetched_with_its_export(hub, exported, tmp_path):
    hub.repositories["org/exported"] = exported

    folder = get(hub, tmp_path, "org/exported")

    asked = {path.rsplit("/resolve/", 1)[1].split("/", 1)[1] for path in hub.asked if "/resolve/" in path}
    weights = {name for name in asked if not name.endswith(".json")}
    assert weights == {"onnx/model.onnx", "onnx/numbers [1].bin", "2_Dense/model.safetensors"}
    before = len(hub.asked)
    assert get(hub, tmp_path, "org/exported") == folder
    assert len(hub.asked) == before
    embedder = load(str(folder))
    assert embedder.space.dimensions == 16
    embedder.close()


def test_an_interrupted_download_of_an_export_is_completed(hub, exported, tmp_path):
    hub.repositories["org/exported"] = exported
    numbers = get(hub, tmp_path, "org/exported") / "onnx" / "numbers [1].bin"
    numbers.resolve().unlink()
    numbers.unlink()

    assert (get(hub, tmp_path, "org/exported") / "onnx" / "numbers [1].bin").stat().st_size > 10_000


def test_an_export_that_leads_out_of_its_folder_is_refused(hub, exported, tmp_path):
    save_table(tmp_path / "model.onnx", np.ones((258, 32), np.float32), external="../../pytorch_model.bin")
    hub.repositories["org/exported"] = exported | {"onnx/model.onnx": (tmp_path / "model.onnx").read_bytes()}

    with pytest.raises(ModelFileError, match="leads out"):
        get(hub, tmp_path, "org/exported")


@pytest.mark.parametrize("kind", ["bert", "somebody's"])
def test_an_export_without_safetensors_is_enough(kind, hub, exported, tmp_path):
    config = json.loads(exported["config.json"]) | {"model_type": kind}
    exported["config.json"] = json.dumps(config).encode()
    names = {name: data for name, data in exported.items() if name != "model.safetensors"}
    hub.repositories["org/exported"] = names

    assert (get(hub, tmp_path, "org/exported") / "onnx" / "model.onnx").exists()


def test_no_such_repository_or_revision(hub, tmp_path):
    with pytest.raises(ModelNotFoundError, match="did you mean local:all-minilm-l6-v2"):
        get(hub, tmp_path, "org/all-minilm-l6")
    with pytest.raises(ModelNotFoundError, match="no revision 'v9'"):
        get(hub, tmp_path, revision="v9")


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "GatedRepo", AuthenticationError),
        (401, "GatedRepo", AuthenticationError),
        (403, "", AuthenticationError),
        (401, "", AuthenticationError),
        (401, "RepoNotFound", ModelNotFoundError),  # so the hub answers for what is private and for what is not there
    ],
)
def test_a_gated_repository_names_the_token(status, code, error, hub, tmp_path):
    hub.refuse["org/m"] = (status, code)

    with pytest.raises(error, match="HF_TOKEN"):
        get(hub, tmp_path)


def test_a_hub_that_fails_is_unavailable(hub, tmp_path):
    hub.refuse["org/m"] = (500, "")

    with pytest.raises(ModelUnavailableError, match="not in the cache") as caught:
        get(hub, tmp_path)
    assert caught.value.status == 503


def test_a_hub_that_is_not_there_is_unavailable(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(ModelUnavailableError, match="cannot be reached"):
        snapshot("org/m", cache_dir=str(tmp_path), endpoint=f"http://127.0.0.1:{port}")


def python(code: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environ, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


LOAD = """
from onevec.engine import load
from onevec.errors import OnevecError
from onevec.types import EmbedRequest
try:
    embedder = load("org/m")
    print(embedder.embed(EmbedRequest("m", ("a text",))).vectors.shape, embedder.space)
except OnevecError as exc:
    print(type(exc).__name__, exc.message)
"""


def test_the_clients_own_settings_are_honoured(hub, tmp_path):
    """HF_ENDPOINT, HF_HOME and HF_HUB_OFFLINE are read when the client is imported, so each needs a process."""
    home = {"HF_HOME": str(tmp_path), "HF_ENDPOINT": hub.url}

    before = python(LOAD, HF_HUB_OFFLINE="1", **home)
    assert before.startswith("ModelUnavailableError org/m is not in the cache, and HF_HUB_OFFLINE forbids")
    assert hub.asked == []
    online = python(LOAD, **home)
    asked = len(hub.asked)
    offline = python(LOAD, HF_HUB_OFFLINE="1", **home)

    assert online == offline
    assert online.startswith("(1, 16) bert@sha256:")
    assert asked > 0
    assert len(hub.asked) == asked


KNOWN = "BAAI/bge-small-en-v1.5"


def test_a_name_of_the_catalog_is_its_commit_with_its_prompts(hub, files, tmp_path):
    hub.repositories[KNOWN], hub.head = files, REVISIONS[KNOWN]
    ask = LOAD.replace("org/m", KNOWN).replace('("a text",)', '("a text",), input_type="query"')

    online = python(ask, HF_HOME=str(tmp_path), HF_ENDPOINT=hub.url)

    assert online.startswith("(1, 16) bert@sha256:")
    assert any(path.endswith(f"/revision/{REVISIONS[KNOWN]}") for path in hub.asked)
    assert (tmp_path / "hub" / "models--BAAI--bge-small-en-v1.5" / "snapshots" / REVISIONS[KNOWN]).is_dir()


def test_without_a_way_to_the_hub_another_commit_in_the_cache_does(hub, files, tmp_path):
    hub.repositories[KNOWN] = files
    get(hub, tmp_path / "hub", KNOWN)
    hub.close()

    offline = python(LOAD.replace("org/m", KNOWN), HF_HOME=str(tmp_path), HF_HUB_OFFLINE="1")

    assert offline.startswith("(1, 16) bert@sha256:")
