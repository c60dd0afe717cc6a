"""Inputs that are not on this machine: buckets behind a server that speaks S3, and files behind a web server."""

import functools
import http.server
import json
import os
import subprocess
import sys
import threading
import tomllib
import urllib.request
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onevec.bulk.sources.systems import SYSTEMS
from onevec.errors import AuthenticationError, ConfigurationError, InputDataError
from onevec.testing import FakeProvider, error_reply

TEXTS = [f"text number {i}" for i in range(100)]
SECRET = "topsecret"


def files(home):
    """Parquet, JSON lines, and a folder of documents: what is put into the bucket and onto the web server."""
    (home / "docs" / "deep").mkdir(parents=True)
    columns = {"key": [f"row {i}" for i in range(100)], "text": TEXTS}
    pq.write_table(pa.table(columns), home / "in.parquet", row_group_size=30)
    (home / "a b ü.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in TEXTS))
    (home / "docs" / "one.txt").write_text("one")
    (home / "docs" / "deep" / "two.md").write_text("two")
    return home


@pytest.fixture(scope="module")
def s3(s3_program, witness, tmp_path_factory):
    """A server that speaks S3, with a bucket of the files: its address."""
    boto3 = witness("boto3")
    home = files(tmp_path_factory.mktemp("bucket"))
    address = f"http://127.0.0.1:{s3_program.port}"
    keys = {"aws_access_key_id": "somebody", "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=address, **keys)
    client.create_bucket(Bucket="texts")
    for path in home.rglob("*.*"):
        client.upload_file(str(path), "texts", f"set/{path.relative_to(home)}")
    yield address
    client.close()


@pytest.fixture
def bucket(s3, monkeypatch):
    """As a user sets it up: keys and address in the environment."""
    words = {"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_ENDPOINT_URL": s3}
    for name, value in words.items():
        monkeypatch.setenv(name, value)
    return "s3://texts/set"


@pytest.fixture
def strict(s3):
    """The server asks who it is, from now to the end of the test."""

    def ask_after(requests):
        data = urllib.request.Request(f"{s3}/moto-api/reset-auth", requests, {"Content-Type": "text/plain"})
        urllib.request.urlopen(data, timeout=10).close()

    ask_after(b"0")
    yield
    ask_after(b"inf")


@pytest.fixture
def web(witness, tmp_path):
    """A web server with the files: its address."""
    witness("aiohttp")
    witness("fsspec")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def send_head(self):
            if "private" in self.path and f"signature={SECRET}" not in self.path:
                return self.send_error(403)
            return super().send_head()

        def log_message(self, *_):
            """Say nothing."""

    home = files(tmp_path / "web")
    (home / "private.jsonl").write_text('{"text": "for those who may"}\n')
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(home)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ids(path="out.parquet"):
    return pq.read_table(path)["id"].to_pylist()


@pytest.mark.parametrize(
    ("place", "options", "found"),
    [
        ("in.parquet", {"id": "key"}, [f"row {i}" for i in range(100)]),
        ("a b ü.jsonl", {}, [f"a b ü.jsonl:{i}" for i in range(100)]),
        ("*.jsonl", {}, [f"a b ü.jsonl:{i}" for i in range(100)]),
        ("docs/", {"column": None}, ["deep/two.md", "one.txt"]),
        ("docs/**/*.md", {"column": None}, ["deep/two.md"]),
    ],
)
def test_a_bucket_is_read(bucket, run, place, options, found):
    run(f"{bucket}/{place}", **options)
    assert ids() == found


def test_a_run_over_a_bucket_goes_on_and_notices_another_object(bucket, s3, run, witness):
    broken = FakeProvider(faults=[None] * 6 + [error_reply(401)] * 100)
    place = f"{bucket}/in.parquet"
    with pytest.raises(AuthenticationError):
        run(place, shard_rows=8, client_args={"transport": broken, "concurrency": 1})
    provider = FakeProvider()
    run(place, shard_rows=8, client_args={"transport": provider})
    again = [text for request in provider.embedder.requests for text in request.inputs]
    assert 0 < len(again) < 100
    assert len(ids()) == 100
    client = witness("boto3").client("s3", endpoint_url=s3, region_name="us-east-1")
    client.put_object(Bucket="texts", Key="set/one.jsonl", Body=b'{"text": "a"}\n')
    run(f"{bucket}/one.jsonl", "one.parquet")
    client.put_object(Bucket="texts", Key="set/one.jsonl", Body=b'{"text": "another"}\n')
    with pytest.raises(ConfigurationError, match=r"input\.digest was"):
        run(f"{bucket}/one.jsonl", "one.parquet")
    client.delete_object(Bucket="texts", Key="set/one.jsonl")
    client.close()


@pytest.mark.parametrize("place", ["s3://texts/nothing.parquet", "s3://nobody/in.parquet", "s3://texts/none/*.csv"])
def test_what_is_not_in_the_bucket_is_told(bucket, run, place):
    with pytest.raises(ConfigurationError, match="there is no such file"):
        run(place)


@pytest.mark.parametrize("place", ["in.parquet", "docs/", "*.jsonl"])
def test_a_wrong_key_is_told_with_where_keys_come_from(bucket, strict, run, place):
    with pytest.raises(InputDataError, match=r"s3://texts/set/.*cannot be read.*AWS_ACCESS_KEY_ID") as told:
        run(f"{bucket}/{place}")
    assert SECRET not in str(told.value) + str(told.value.__cause__)


def test_the_command_says_it_in_one_line(bucket, strict, tmp_path):
    command = [sys.executable, "-m", "onevec", "run", f"{bucket}/in.parquet", "-c", "text", "--to", "out.parquet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Traceback" not in done.stderr
    assert [*tmp_path.iterdir()] == []


def test_a_server_that_is_not_there_is_told(bucket, run, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(InputDataError, match="AWS_ENDPOINT_URL"):
        run(f"{bucket}/in.parquet")


@pytest.mark.parametrize(
    ("place", "options", "found"),
    [
        ("in.parquet", {"id": "key"}, [f"row {i}" for i in range(100)]),
        ("a%20b%20%C3%BC.jsonl?version=1", {}, [f"a%20b%20%C3%BC.jsonl:{i}" for i in range(100)]),
        (f"private.jsonl?signature={SECRET}", {}, ["private.jsonl:0"]),
        ("docs/*.txt", {"column": None, "format": "documents"}, ["one.txt"]),
    ],
)
def test_a_web_server_is_read(web, run, place, options, found):
    run(f"{web}/{place}", **options)
    assert ids() == found
    assert SECRET.encode() not in Path("out.parquet.onevec/manifest.sqlite").read_bytes()


def test_a_file_of_a_web_server_that_changes_is_noticed(web, run, tmp_path):
    run(f"{web}/in.parquet")
    path = tmp_path / "web" / "in.parquet"
    os.utime(path, (0, path.stat().st_mtime + 60))
    with pytest.raises(ConfigurationError, match=r"input\.digest was"):
        run(f"{web}/in.parquet")


def test_what_a_web_server_refuses_is_told_without_the_signature(web, run):
    with pytest.raises(InputDataError, match="the server answers 403") as told:
        run(f"{web}/private.jsonl?signature=anothersecret")
    assert "anothersecret" not in str(told.value) + str(told.value.__cause__)
    with pytest.raises(ConfigurationError, match="there is no such file"):
        run(f"{web}/nothing.jsonl")
    with pytest.raises(InputDataError, match=r"cannot be read.*9"):
        run("http://127.0.0.1:9/in.jsonl")


@pytest.mark.parametrize("scheme", ["az", "abfs"])
def test_a_package_that_is_missing_is_named_by_its_extra(run, scheme):
    try:
        import adlfs
    except ImportError:
        with pytest.raises(ConfigurationError, match=r"pip install 'onevec\[az\]'"):
            run(f"{scheme}://container/in.jsonl")
    else:
        pytest.skip(f"adlfs {adlfs.__version__} is installed")


def test_a_scheme_that_nobody_knows_is_told(run):
    with pytest.raises(ConfigurationError, match=r"nosuch://.*cannot be reached"):
        run("nosuch://bucket/in.jsonl")


def test_every_extra_that_an_error_names_is_one():

    extras = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert {row.extra for row in SYSTEMS.values()} <= {*extras}
