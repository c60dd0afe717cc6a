import subprocess
import sys

import pytest

MINILM = "all-minilm-l6-v2@sha256:53aa51172d14/384/mean/normalized"


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "onevec", "space", *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["local:all-minilm-l6-v2"], MINILM),
        (["local:gist"], "gist@1/980/normalized"),
        (["openai:text-embedding-3-small"], "openai:text-embedding-3-small/1536/normalized"),
        (["openai:text-embedding-3-small", "--dimensions", "256"], "openai:text-embedding-3-small/256/normalized"),
        (["openai://host/m/12"], "openai://host/m/12"),
    ],
)
def test_a_model_has_a_space(arguments, said):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (0, said + "\n"), done.stderr


def test_one_space_is_said_to_be_one():
    done = run("diff", "local:all-minilm-l6-v2", MINILM)
    assert done.returncode == 0
    assert "may be compared" in done.stdout


def test_two_spaces_are_told_apart_and_the_exit_code_says_so():
    done = run("diff", MINILM, "openai:text-embedding-3-large")
    assert done.returncode == 1
    assert "must not be compared" in done.stdout
    assert "dimensions: 384 / 3072" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["openai:nobody-knows-it"], "--ask"),
        (["openai:text-embedding-3-small", "--dimensions", "5000"], "1 to 1536"),
        (["nothing"], "provider"),
        (["local:all-minilm-l6-v2", "--dimensions", "7"], "384"),
    ],
)
def test_what_has_no_space_is_told_so(arguments, word):
    done = run(*arguments)
    assert done.returncode == 2
    assert word in done.stderr
