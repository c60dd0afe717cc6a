import os
import subprocess
import sys
from dataclasses import replace

import pytest

from onevec.cli.doctor.findings import Asked, Level
from onevec.cli.doctor.hub import Hub, gather, judge

FACTS = Hub("/cache", True, True, 2, 93_400_000, (), False, "https://huggingface.co", True)


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({}, Level.OK, "/cache: 2 models, 93 MB"),
        ({"models": 1}, Level.OK, "1 model,"),
        ({"there": False}, Level.OK, "made with the first model"),
        ({"writable": False}, Level.PROBLEM, "cannot be written"),
        ({"warnings": ("Snapshots dir\ndoesn't exist",)}, Level.NOTE, "Snapshots dir doesn't exist"),
        ({"offline": True}, Level.NOTE, "offline"),
        ({"token": False}, Level.OK, "without a token"),
    ],
)
def test_the_cache_and_how_the_hub_is_asked(changes, level, words):
    assert any(one.level is level and words in one.said for one in judge(replace(FACTS, **changes)))


def test_a_folder_that_cannot_be_entered_is_no_fault_of_ours(tmp_path):
    """As where HF_HOME is another user's: the system refuses even to look, and here the name is too long for it."""
    examine = "from onevec.cli.doctor import checks, findings\nprint(checks.CHECKS[3].examine(findings.Asked({})))"
    env = {**os.environ, "HF_HOME": str(tmp_path / ("a" * 300))}
    done = subprocess.run([sys.executable, "-c", examine], env=env, capture_output=True, text=True, check=True)
    assert "made with the first model" in done.stdout
    assert "fault" not in done.stdout


def test_this_machine():
    facts = gather(Asked({}))
    assert facts.folder
    assert facts.endpoint.startswith("http")
    assert facts.size >= 0
