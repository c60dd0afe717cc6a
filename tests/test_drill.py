"""The fault drill, shortened: real servers, one of which is killed under a load whose right answers are known."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

DRILL = Path(__file__).parents[1] / "benchmarks" / "drill.py"
KILLED, LIES = "an upstream is killed and started again", "an upstream answers: plausible lies"


@pytest.fixture(scope="module")
def outcomes():
    if not DRILL.exists():
        pytest.skip("benchmarks/ is not part of a source distribution")
    chosen = ["--only", KILLED, "--only", LIES, "--seconds", "1.8", "--json"]
    done = subprocess.run([sys.executable, str(DRILL), *chosen], capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    return {outcome["name"]: outcome for outcome in map(json.loads, done.stdout.splitlines())}


def test_an_upstream_that_is_killed_under_load_is_no_error_of_any_client(outcomes):
    outcome = outcomes[KILLED]
    assert outcome["requests"] > 20
    assert (outcome["wrong"], outcome["errors"]) == (0, {})


def test_the_drill_finds_vectors_that_are_wrong(outcomes):
    assert outcomes[LIES]["wrong"] > 0
