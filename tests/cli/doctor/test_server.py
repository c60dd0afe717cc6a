import http.server
import json
import threading
from dataclasses import replace

import pytest

from onevec.cli.doctor.findings import Asked, Level
from onevec.cli.doctor.server import MOST, Server, gather, judge

FACTS = Server("http://127.0.0.1:8080", True, "ready", "0.1.0", ("a", "b"))


@pytest.fixture
def somebody():
    """A server that answers with what it is given by path, and 404 else: (its URL, the replies)."""
    replies = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = replies.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("content-length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", replies
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({}, Level.OK, "ready; version 0.1.0; a, b"),
        ({"version": None}, Level.OK, "kept to itself"),
        ({"models": None}, Level.OK, "asks for a key"),
        ({"health": "draining"}, Level.NOTE, "shutting down"),
        ({"health": ""}, Level.PROBLEM, "no server of onevec"),
        ({"health": "", "named": False}, Level.NOTE, "no server of onevec"),
        ({"health": None, "fault": "refused"}, Level.PROBLEM, "refused"),
        ({"health": None, "fault": "refused", "named": False}, Level.OK, "none runs here"),
    ],
)
def test_what_is_said_of_a_server(changes, level, words):
    (found,) = judge(replace(FACTS, **changes))
    assert (found.level, words in found.said) == (level, True)


def test_a_server_of_ours(running):
    facts = gather(Asked({}, url=f"{running}/"))
    assert (facts.health, facts.version) == ("ready", "0.1.0")
    assert facts.models == ("all-minilm-l6-v2", "gist")


def test_nobody_there(somebody):
    facts = gather(Asked({}, url="http://127.0.0.1:1"))
    assert facts.health is None
    assert "could not be reached" in facts.fault


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"status": 1}', b"\xff", b"", b"[" * 100_000])
def test_somebody_else_s_server(somebody, body):
    url, replies = somebody
    replies["/health/ready"] = body
    assert gather(Asked({}, url=url)).health == ""


def test_odd_words_of_a_server_do_no_harm(somebody):
    url, replies = somebody
    replies["/health/ready"] = b'{"status": "ready"}'
    replies["/openapi.json"] = json.dumps({"info": {"version": 3}}).encode()
    replies["/v1/models"] = b'{"data": [1, {"id": "m"}]}'
    facts = gather(Asked({}, url=url))
    assert (facts.health, facts.version, facts.models) == ("ready", None, ("m",))
    replies["/openapi.json"], replies["/v1/models"] = b"[]", b"[]"
    assert gather(Asked({}, url=url)).models == ()
    replies["/v1/models"] = b'{"data": 5}'
    assert gather(Asked({}, url=url)).models == ()


def test_an_answer_that_is_too_large_is_read_to_a_limit(somebody):
    url, replies = somebody
    replies["/health/ready"] = bytes(MOST + 1)
    assert f"sent more than {MOST} bytes" in gather(Asked({}, url=url)).fault


def test_a_server_that_lists_its_models_to_callers_alone(somebody):
    url, replies = somebody
    replies["/health/ready"] = b'{"status": "ready"}'
    assert gather(Asked({}, url=url)).models is None


def test_a_password_in_the_address_is_not_shown():
    (found,) = judge(replace(FACTS, url="http://me:secret@h"))
    assert "secret" not in str(found)
