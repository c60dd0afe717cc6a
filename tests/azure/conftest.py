"""A recording server, and a CA for https."""

import ssl
from collections.abc import Iterator

import pytest

from .recorder import Recorder

collect_ignore = ["howto"]  # programs, run by test_howto


@pytest.fixture(scope="session")
def _recording() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


@pytest.fixture
def recorder(_recording: Recorder) -> Recorder:
    _recording.script()
    return _recording


@pytest.fixture(scope="session")
def authority(tmp_path_factory, witness):
    """A CA of our own: the path of its certificate, and a server's context."""
    ca = witness("trustme").CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return str(path), context


@pytest.fixture(scope="session")
def _recording_tls(authority) -> Iterator[Recorder]:
    with Recorder(authority[1]) as recorder:
        yield recorder


@pytest.fixture
def secure_recorder(_recording_tls: Recorder) -> Recorder:
    _recording_tls.script()
    return _recording_tls
