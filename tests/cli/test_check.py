"""`onevec check`: what it shows, and its exit code."""

import functools
import json
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from onevec.cli import main
from onevec.cli.checks import show_report
from onevec.conformance import Outcome, Report, Status
from onevec.conformance.azure import AZURE
from onevec.gateway import parse
from onevec.testing import FakeEmbedder

from ..server.conftest import ONE, Fakes, running


@pytest.fixture(scope="module")
def url():
    with running(parse(ONE, "configuration"), Fakes({"fake": FakeEmbedder()})) as server:
        yield server.url


@pytest.fixture
def run(capsys):
    def run(*args):
        with pytest.raises(SystemExit) as caught:
            main(["check", *args])
        out, err = capsys.readouterr()
        return caught.value.code or 0, out, err

    return run


def test_a_server_that_keeps_its_contract(run, url):
    code, out, err = run(url)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].split() == ["check", "level", "result"]
    assert lines[1].split()[:3] == ["answer.status", "must", "passed"]
    assert f"{url}: the contract of Azure AI model inference holds" in lines
    assert " failed" not in lines[-1]
    assert " requests" in lines[-1]


def test_an_address_in_brackets_is_shown_whole(capsys):
    show_report(Report("azure", "http://[fd00::1]/[/x]", (Outcome(AZURE.checks[0], Status.PASSED),), 1, 0.1))
    assert "\nhttp://[fd00::1]/[/x]: the contract of" in capsys.readouterr().out


def test_a_server_that_does_not(run, url):
    code, out, _ = run(f"{url}/nowhere", "--only", "answer")
    assert code == 1
    assert "FAILED" in out
    assert "status: expected 200, found 404" in out
    assert "in answer to POST /embeddings" in out
    assert "is URL what comes before /embeddings" in out
    assert "does not hold" in out


def test_a_should_fails_nobody_unless_asked(run, url):
    args = (
        f"{url}/v1",
        "--dialect",
        "openai",
        "-m",
        "fake",
        "--key",
        "k",
        "--only",
        "key.challenge",
        "--only",
        "usage",
    )
    # Nobody is asked for a key there, so there is no challenge to look at: unknown, as a should.
    assert run(*args)[0] == 0
    code, out, _ = run(*args, "--strict")
    assert (code, "unknown" in out) == (1, True)


def test_json_for_programs(run, url, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "secret-of-mine")
    code, out, err = run(url, "--key-env", "SOME_KEY", "--only", "key", "--only", "answer.index", "--json")
    told = json.loads(out)
    assert (code, told["holds"], told["contract"], told["url"]) == (1, False, "azure", url)
    assert "secret-of-mine" not in out + err
    rows = {row["name"]: row for row in told["checks"]}
    assert rows["answer.index"]["status"] == "passed"
    [finding] = rows["key.missing"]["findings"]
    assert (finding["place"], finding["expected"], finding["found"][:3]) == ("status", "401", "200")
    assert told["counts"]["must failed"] == 2


@pytest.mark.parametrize("dialect", ["azure", "openai"])
def test_the_list_sends_nothing_and_tells_what_has_to_hold(run, dialect):
    code, out, _ = run("--list", "--dialect", dialect)
    assert code == 0
    assert "answer.status" in out
    assert f"checks · {'OpenAI' if dialect == 'openai' else 'Azure AI model inference'} · https://" in out
    rows = json.loads(run("--list", "--json", "--only", "usage.total")[1])
    assert [(row["name"], row["level"]) for row in rows] == [("usage.total", "should")]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "give URL, or --list"),
        (["http://h", "--list"], "give URL, or --list"),
        (["http://h", "--markdown"], "--markdown goes with --list"),
        (["ftp://h"], "must begin with http:// or https://"),
        (["http://h", "--dialect", "x"], "there are azure, openai"),
        (["http://h", "--dialect", "openai"], "--model"),
        (["http://h", "--only", "x"], "no check is called 'x'"),
        (["http://h", "--key", "a", "--key-env", "B"], "give --key, or --key-env, not both"),
        (["http://h", "--key-env", "NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE, which --key-env names, is not set"),
        (["http://h", "--timeout", "0"], "timeout"),
    ],
)
def test_a_wrong_call_is_one_line(run, args, said):
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_what_is_no_embeddings_server_is_told_in_a_sentence(run, tmp_path):
    folder = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), folder) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        code, out, _ = run(f"http://127.0.0.1:{server.server_port}", "--only", "answer")
        server.shutdown()
        thread.join()
    assert code == 1
    assert "takes no requests for embeddings" in out


def test_a_server_that_is_not_there_is_one_line(run):
    code, out, err = run("http://127.0.0.1:1")
    assert (code, out) == (1, "")
    assert "127.0.0.1:1 could not be reached" in err
    assert err.count("\n") == 2  # and a remedy
