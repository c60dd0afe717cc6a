"""docs/check.md lists the checks as they are, and its example of a test is one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from onevec.cli.checks import markdown
from onevec.conformance import CONTRACTS

PAGE = Path(__file__).parents[2] / "docs" / "check.md"


@pytest.mark.parametrize("dialect", CONTRACTS)
def test_every_check_is_documented_as_it_is(dialect):
    contract = CONTRACTS[dialect]
    section = PAGE.read_text().partition(f"### {contract.title}\n\n")[2].partition("\n### ")[0]
    assert section.strip() == markdown(contract.checks).strip(), (
        f"run `onevec check --list --markdown --dialect {dialect}`, and put what it says into docs/check.md"
    )


def test_every_check_that_the_text_names_is_there():
    text = PAGE.read_text().partition("## What is checked")[0]
    names = {row.name for contract in CONTRACTS.values() for row in contract.checks}
    groups = {name.partition(".")[0] for name in names}
    named = {word for word in re.findall(r"`([a-z_]+\.[a-z_.-]+)`", text) if word.partition(".")[0] in groups}
    assert named
    assert named <= names


def test_the_example_of_a_test_runs(planted, tmp_path):
    [example] = [
        block for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL) if "def test_" in block
    ]
    code = example.replace('check("http://127.0.0.1:8080")', f'check("{planted.url}", key=KEY)')
    assert code != example
    (tmp_path / "test_example.py").write_text(f"import os\nKEY = os.environ['EXAMPLE_KEY']\n{code}")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=os.environ | {"EXAMPLE_KEY": planted.key},
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"{len(CONTRACTS['azure'].checks)} passed" in done.stdout
