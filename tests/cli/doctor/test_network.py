"""How far a connection comes, over loopback: a listener that closes, a proxy that refuses, a certificate of nobody."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from onevec.cli.doctor.findings import Asked, Level
from onevec.cli.doctor.network import NOUNS, REMEDIES, Reach, gather, judge, reach

ENVIRON = {"OPENAI_API_KEY": "sk-very-secret"}


class Listener:
    """Answers every connection with the same bytes, and keeps what it was sent."""

    def __init__(self, reply, context=None):
        self.heard = []
        self._reply, self._context = reply, context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            # Whoever called may not like our certificate, or only look whether we are here.
            with connection, suppress(OSError):
                self._answer(connection)

    def _answer(self, connection):
        connection.settimeout(10)
        if self._context is not None:
            connection = self._context.wrap_socket(connection, server_side=True)
        heard = connection.recv(65536)
        if heard:
            self.heard.append(heard)
            connection.sendall(self._reply)
        connection.close()


OK = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
REFUSED = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_nothing_is_sent_unless_that_is_asked_for():
    with Listener(OK) as listener:
        environ = {**ENVIRON, "OPENAI_BASE_URL": f"http://127.0.0.1:{listener.port}/v1"}
        assert gather(Asked(environ)) is None
    assert listener.heard == []
    (found,) = judge(None)
    assert "nothing was sent" in found.said


def test_a_reply_of_any_status_is_an_answer_and_no_key_is_sent():
    with Listener(OK) as listener:
        environ = {**ENVIRON, "OPENAI_BASE_URL": f"http://127.0.0.1:{listener.port}/v1"}
        (one,) = gather(Asked(environ, network=True))
    assert one.stage is None
    assert next(iter(judge([one]))).level is Level.OK
    (heard,) = listener.heard
    assert heard.startswith(b"HEAD / HTTP/1.1")
    assert b"secret" not in heard
    assert b"authorization" not in heard.lower()


@pytest.mark.thorough
def test_ctrl_c_waits_for_nobody():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = {**os.environ, **ENVIRON, "OPENAI_BASE_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        command = [sys.executable, "-m", "onevec", "doctor", "--network", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True) as process:
            silent.accept()[0].close()  # it only looked whether somebody is there
            with silent.accept()[0]:
                process.send_signal(signal.SIGINT)
                _, said = process.communicate(timeout=5)
    assert (process.returncode, said.strip()) == (130, "onevec: interrupted")


def test_a_name_that_is_nowhere():
    assert reach("p", "https://no-such-host.invalid/v1").stage == "name"


def test_a_port_on_which_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert reach("p", f"http://127.0.0.1:{port}/v1").stage == "connection"


def test_something_that_is_no_web_server():
    with Listener(b"220 mail.example.com\r\n") as listener:
        assert reach("p", f"http://127.0.0.1:{listener.port}/v1").stage == "answer"


def test_a_certificate_that_nobody_trusts(witness):
    authority = witness("trustme").CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Listener(OK, context) as listener:
        one = reach("p", f"https://127.0.0.1:{listener.port}/v1")
    assert one.stage == "certificate"
    assert "certificate" in one.reason


def test_a_proxy_that_refuses(monkeypatch):
    with Listener(REFUSED) as listener:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{listener.port}")
        one = reach("p", "https://api.example.com/v1")
    assert one.stage == "proxy"
    assert listener.heard[0].startswith(b"CONNECT api.example.com:443")
    (found,) = judge([one])
    assert f"through http://[hidden]@127.0.0.1:{listener.port}" in found.said
    assert "secret" not in str(found)


def test_a_proxy_that_is_not_there(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("ALL_PROXY", f"127.0.0.1:{port}")
    assert reach("p", "https://api.example.com/v1").stage == "proxy"


def test_a_proxy_whose_password_breaks_its_address(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://me:Zq9/Zp8@127.0.0.1:1")
    one = reach("p", "https://api.example.com/v1")
    assert one.stage == "proxy"
    assert "Zq9" not in str(one)
    assert "Zp8" not in str(one)


def test_a_host_that_goes_past_the_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://no-such-proxy.invalid:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Listener(OK) as listener:
        one = reach("p", f"http://127.0.0.1:{listener.port}/v1")
    assert (one.stage, one.proxy) == (None, None)


def test_every_stage_has_its_words():
    assert set(NOUNS) == set(REMEDIES)
    for stage in REMEDIES:
        (found,) = judge([Reach("p", "h", None, stage, "because")])
        assert (found.level, found.remedy) == (Level.PROBLEM, REMEDIES[stage])
        assert found.said == f"h: no {NOUNS[stage]}: because"


def test_no_provider_with_a_key():
    (found,) = judge(gather(Asked({}, network=True)))
    assert found.level is Level.NOTE
