"""`onevec serve`, as far as it comes without serving; tests/server runs it for real."""

import re
import socket
import subprocess
import sys

import pytest

from onevec.cli import main


@pytest.fixture
def serve(capsys):
    def serve(*args):
        with pytest.raises(SystemExit) as caught:
            main(["serve", *args])
        return caught.value.code, capsys.readouterr().err

    return serve


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--model", "local:x", "--config", "a.toml"], "give --model, or --config, not both"),
        (["--config", "missing.toml"], "'missing.toml' cannot be read"),
        (["--port", "70000"], "70000 is not in the range"),
        (["--host", "0.0.0.0"], "--no-auth"),
        (["--host", "192.0.2.1", "--no-auth"], "cannot listen on 192.0.2.1"),
        (["--port", "0", "--model", "nobody:x"], "nobody"),
        (["--port", "0", "--model", "all-minilm-l6-v2"], "provider"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(serve, args, said):
    code, err = serve(*args)
    assert code == 2
    assert said in err
    assert err.count("\n") in (1, 2)


def test_a_model_that_is_not_there(serve):
    code, err = serve("--port", "0", "--model", "local:/no/such/folder")
    assert code in (1, 2)
    assert "/no/such/folder" in err


def test_a_port_that_is_taken(serve):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, err = serve("--port", str(taken.getsockname()[1]))
    assert (code, "--port" in err) == (2, True)


def test_a_fault_in_the_file_is_told_with_its_line(serve, tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('[server]\nprot = 1\n[deployments.a]\nmodel = "local:all-minilm-l6-v2"\n')
    code, err = serve("--config", str(path))
    assert code == 2
    assert "c.toml:2: server.prot" in err
    assert "port" in err


def test_the_variable_names_the_file(serve, monkeypatch):
    monkeypatch.setenv("ONEVEC_CONFIG", "missing.toml")
    assert "'missing.toml' cannot be read" in serve("--port", "0")[1]


def test_a_file_that_only_lies_here_is_told_of(serve, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "onevec.toml").write_text("[server]\n")
    assert "onevec.toml here is not read without --config onevec.toml" in serve("--host", "0.0.0.0")[1]


def test_the_command_line_wins_over_the_file(tmp_path):
    from onevec.cli.serve import ordered

    path = tmp_path / "c.toml"
    path.write_text('[server]\nport = 1\nhost = "::1"\n[deployments.a]\nmodel = "local:all-minilm-l6-v2"\n')
    config = ordered(None, path, {"host": None, "port": 9}).read()
    assert (config.server.host, config.server.port) == ("::1", 9)
    assert list(ordered(None, None, {}).read().deployments) == ["all-minilm-l6-v2", "gist"]


def test_other_commands_load_no_server():
    code = (
        "import sys, onevec, onevec.client, onevec.cli.embed;"
        "print([m for m in ('starlette', 'uvicorn', 'uvloop', 'limits', 'prometheus_client') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_the_line_of_the_start_tells_where_the_page_is():
    command = [sys.executable, "-m", "onevec", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        said = process.stdout.readline()
        process.terminate()
    at = re.search(r"http://[\d.:]+", said)[0]
    assert said.endswith(f"at {at} (try it at {at}/, its API is at {at}/docs)\n")
