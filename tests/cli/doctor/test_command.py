import json
import os
import subprocess
import sys

import pytest

from onevec.cli import main
from onevec.cli.doctor.checks import CHECKS

pytestmark = pytest.mark.thorough

SECRETS = {
    "OPENAI_API_KEY": "sk-Zq9Zsecret",
    "HF_TOKEN": "hf_Zq9Zsecret",
    "HTTP_PROXY": "http://me:Zq9Zsecret@127.0.0.1:1",
    "ONEVEC_REDIS_URL": "redis://:Zq9Zsecret@h",
    "AWS_ACCESS_KEY_ID": "AKIAZq9Zsecret",
    "AWS_SECRET_ACCESS_KEY": "Zq9Zsecret",
    "AWS_REGION": "eu-west-1",
}


def doctor(*args, cwd=None, **environ):
    command = [sys.executable, "-m", "onevec", "doctor", *args]
    env = {**os.environ, **environ}
    env.pop("ONEVEC_CONFIG", None)
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, check=False)


def test_the_report_for_eyes_has_every_section_and_no_colours_in_a_pipe(tmp_path):
    done = doctor(cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    headings = [line for line in done.stdout.splitlines() if line in {check.title for check in CHECKS}]
    assert headings == [check.title for check in CHECKS]
    assert "No problem found." in done.stdout
    assert "\x1b" not in done.stdout


def test_the_report_fits_a_narrow_terminal(tmp_path):
    done = doctor(cwd=tmp_path, COLUMNS="40")
    assert max(map(len, done.stdout.splitlines())) <= 40


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_nothing_secret_is_shown(form, tmp_path):
    done = doctor(*form, cwd=tmp_path, **SECRETS)
    assert "Zq9Z" not in done.stdout + done.stderr
    assert "OPENAI_API_KEY is set" in " ".join(done.stdout.split())


def test_json_says_the_same_for_programs_and_a_problem_is_exit_code_1(tmp_path):
    (tmp_path / "onevec.toml").write_text("[deployments.a]\nmodl = 'local:gist'\n")
    done = doctor("--json", cwd=tmp_path)
    body = json.loads(done.stdout)
    assert (done.returncode, body["problems"]) == (1, 1)
    (problem,) = [row for row in body["findings"] if row["level"] == "problem"]
    assert problem["section"] == "Configuration"
    assert "did you mean model?" in problem["said"]
    assert "onevec config check" in problem["remedy"]


def test_a_server_that_is_named_and_not_there_is_a_problem(tmp_path):
    done = doctor("--url", "http://127.0.0.1:1", cwd=tmp_path)
    assert done.returncode == 1
    assert "1 problem: http://127.0.0.1:1" in done.stdout


def test_a_server_that_runs(running, tmp_path):
    done = doctor("--url", running, cwd=tmp_path)
    assert done.returncode == 0
    assert "all-minilm-l6-v2, gist" in " ".join(done.stdout.split())


def test_an_address_that_is_none_is_a_wrong_call(capsys):
    with pytest.raises(SystemExit) as left:
        main(["doctor", "--url", "nowhere"])
    assert left.value.code == 2
    assert "--url 'nowhere' must begin with http:// or https://" in capsys.readouterr().err
