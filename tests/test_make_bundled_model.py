"""The script that makes the bundled model: checked source, same bytes, what is shipped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUNDLED = ROOT / "src" / "onevec" / "engine" / "bundled"
SCRIPT = ROOT / "scripts" / "make_bundled_model.py"


def run(source: Path, target: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, str(SCRIPT), str(source), str(target)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_other_weights_are_refused(golden, tmp_path):
    done = run(golden / "models" / "bert-mean", tmp_path)

    assert done.returncode == 1
    assert "not 53aa51172d142c89" in done.stderr
    assert not list(tmp_path.iterdir())


def test_what_is_shipped_is_what_the_script_makes(tmp_path):
    source = os.environ.get("ONEVEC_ORIGINAL_MINILM")
    if not source:
        pytest.skip("ONEVEC_ORIGINAL_MINILM does not name a folder with the published model")
    done = run(Path(source), tmp_path / "made")
    assert done.returncode == 0, done.stderr

    made = {path.relative_to(tmp_path / "made"): path.read_bytes() for path in (tmp_path / "made").rglob("*.*")}
    assert made == {path.relative_to(BUNDLED): path.read_bytes() for path in BUNDLED.rglob("*.*")}


def test_the_notice_goes_with_the_model():
    notice = (BUNDLED / "NOTICE").read_text()

    assert "Apache License, Version 2.0" in notice
    assert "What was changed" in notice
