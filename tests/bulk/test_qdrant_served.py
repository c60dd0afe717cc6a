"""Qdrant over HTTP, as its client speaks it: its own mode in memory behind a real port; no wheel has the server."""

import json
import re
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import numpy as np
import pytest

from onevec.bulk.search import searchable
from onevec.bulk.shards import Description, Rows
from onevec.errors import ConfigurationError
from onevec.spaces import VectorSpace

ABOUT = Description(VectorSpace("fake", 16, "fake-1", True), "local:fake", {"dimensions": None}, "0.9")


class Served:
    """The routes that a sink needs, answered by a Qdrant in memory.

    Attributes:
        asked: (method, path with query) of every request.
        old: Whether it keeps no metadata, as servers before 1.16.
    """

    def __init__(self, client, models):
        self.client, self.models = client, models
        self.asked, self.old = [], False
        self.routes = {
            ("GET", "/exists"): lambda name, _: {"exists": client.collection_exists(name)},
            ("GET", ""): lambda name, _: client.get_collection(name).model_dump(mode="json"),
            ("PUT", ""): self.create,
            ("DELETE", ""): lambda name, _: client.delete_collection(name),
            ("PUT", "/index"): lambda name, _: self.done,
            ("PUT", "/points"): self.upsert,
            ("POST", "/points/delete"): self.delete,
            ("POST", "/points/count"): lambda name, _: client.count(name).model_dump(),
            ("POST", "/points/query"): self.query,
        }
        self.done = {"operation_id": 1, "status": "completed"}

    def create(self, name, body):
        kept = None if self.old else body.get("metadata")
        return self.client.create_collection(name, self.models.VectorParams(**body["vectors"]), metadata=kept)

    def upsert(self, name, body):
        points = body["points"] if "points" in body else self.models.Batch(**body["batch"])
        if "points" in body:
            points = [self.models.PointStruct(**point) for point in points]
        self.client.upsert(name, points)
        return self.done

    def delete(self, name, body):
        self.client.delete(name, self.models.FilterSelector(**body))
        return self.done

    def query(self, name, body):
        found = self.client.query_points(name, query=body["query"]["nearest"], limit=body["limit"]).points
        return {"points": [point.model_dump(mode="json") for point in found]}


@pytest.fixture
def served(witness):
    qdrant = witness("qdrant_client")
    served = Served(qdrant.QdrantClient(":memory:"), qdrant.models)

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            name, rest = re.fullmatch(r"/collections/(\w+)(.*)", urlsplit(self.path).path).groups()
            body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"null")
            served.asked.append((self.command, self.path))
            content = json.dumps({"result": served.routes[self.command, rest](name, body), "status": "ok", "time": 0})
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *args):
            pass

    for method in ("GET", "PUT", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    served.place = f"qdrant://127.0.0.1:{server.server_port}/out"
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


def rows(shard, ids, dimensions=16):
    import pyarrow as pa

    vectors = np.random.default_rng(shard).standard_normal((len(ids), dimensions), dtype=np.float32)
    return Rows(shard, ids, vectors, pa.table({"text": [f"text of {one}" for one in ids]}))


def test_rows_go_to_a_server_and_are_found_there(served):
    store = searchable(served.place)
    store.open(ABOUT)
    assert not store.occupied()
    for _ in range(2):
        store.write(rows(0, ["a", "b", "c"]))
    store.write(rows(1, ["d"]))
    store.write(rows(0, ["b", "x"]))
    assert store.describe() == ABOUT
    hits = store.nearest(rows(1, ["d"]).vectors[0], 10)
    assert (hits[0].id, hits[0].columns) == ("d", {"text": "text of d"})
    assert {hit.id for hit in hits} == {"b", "x", "d"}
    store.open(ABOUT)
    with pytest.raises(ConfigurationError, match="other settings"):
        store.open(Description(ABOUT.space, "m", {"dimensions": 8}, "0.9"))
    store.close()
    writes = [path for method, path in served.asked if path.split("?")[0].endswith(("/points", "/points/delete"))]
    assert all("wait=true" in path for path in writes)  # durable when it returns


def test_a_shard_is_sent_in_requests_that_a_server_takes(served):
    store = searchable(served.place)
    wide = Description(VectorSpace("fake", 4096), "local:fake", {}, "0.9")
    store.open(wide)
    store.write(rows(0, [f"r{row}" for row in range(130)], 4096))
    assert sum(method == "PUT" and path.startswith("/collections/out/points") for method, path in served.asked) == 3
    assert store.occupied()
    store.clear()
    assert not store.occupied()
    store.close()


def test_a_server_that_keeps_nothing_about_a_collection_is_refused_at_once(served):
    served.old = True
    store = searchable(served.place)
    with pytest.raises(ConfigurationError, match=r"take Qdrant 1\.16"):
        store.open(ABOUT)
    assert not served.client.collection_exists("out")
    store.close()


def test_a_key_is_sent_and_never_shown(served, monkeypatch):
    monkeypatch.setenv("QDRANT_API_KEY", "geheim")
    store = searchable(served.place)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the client warns, rightly, of a key without TLS
        store.open(ABOUT)
    assert "geheim" not in f"{store!r} {store._address!r}"
    store.close()
