"""docs/cli.md: its blocks are run and show what they say, its tables are the program's own."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from onevec.cli.catalog import table
from onevec.cli.doctor.environment import VARIABLES
from onevec.cli.leaving import EXIT_CODES
from onevec.cli.program import COMMANDS

pytestmark = pytest.mark.thorough

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")

BLOCKS = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

NEEDS = {"onevec run": "pyarrow", "onevec azure": "libcst"}

SHOWN = {
    "value": "its value",
    "path": "its value, and whether it is there",
    "url": "without user, password and query",
    "set": "only that it is set",
}

VARYING = (
    (r"[▁-█]+", "▁"),
    (r"[-+]?\d+\.\d+", "0.0"),
    (r"\[[-\d,]+", "["),
    (r"onevec_[0-9a-f]{8}_[0-9a-f]{64}", "onevec_"),
    (r"onevec_[0-9a-f]{8}_", "onevec_"),
    (r"\d{4}-\d\d-\d\dT[\d:+]+", "2026"),
    (r"\s+", " "),
)
"""What another machine or another day shows otherwise."""


def steps(block):
    """The commands of a block, each with what it shows."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [part.partition("\n")[::2] for part in parts]


def pattern(shown):
    for found, told in VARYING:
        shown = re.sub(found, told, shown)
    return shown.strip()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("page")


def run(line, folder):
    """What a terminal of 80 columns shows."""
    master, slave = pty.openpty()
    env = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_PROXY"))}
    env |= {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb", "PATH": f"{Path(sys.executable).parent}:{env['PATH']}"}
    with subprocess.Popen(["bash", "-c", line], stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=env):
        os.close(slave)
        shown = b""
        while True:
            try:
                shown += os.read(master, 65536)
            except OSError:  # Linux's way to say that nobody writes any more
                break
    os.close(master)
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n", 1)[0][2:42])
def test_a_block_shows_what_it_says(block, folder, witness):
    for name, module in NEEDS.items():
        if name in block:
            witness(module)
    if "articles.parquet" in block:
        _articles(folder)
    for line, shown in steps(block):
        told = ".*?".join(map(re.escape, pattern(shown).split("…")))
        found = run(line, folder)
        assert re.fullmatch(told, pattern(found)), f"{line}\n{found}"


def _articles(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = ["Otters hold hands while they sleep", "Jupiter is the largest planet", "A red bicycle leans on the wall"]
    rows = {"id": [1, 2, 3], "text": texts, "title": ["Otters", "Jupiter", "Bicycle"]}
    pq.write_table(pa.table(rows), folder / "articles.parquet")


def test_a_block_that_says_something_else_would_be_found(folder):
    assert pattern("a  1.25\n") == pattern("a 2.50") != pattern("b 2.50")
    assert run("echo a; echo b >&2", folder) == "a\nb\n"


def test_every_command_has_its_section():
    headings = " ".join(re.findall(r"^## (.*)$", PAGE, re.MULTILINE))
    assert [name for name in COMMANDS if f"onevec {name}" not in headings] == []
    assert len(BLOCKS) >= 10


def test_the_table_of_exit_codes_is_the_program_s():
    assert table(("code", "meaning"), [(str(code), words) for code, words in EXIT_CODES.items()]) in PAGE


def test_the_table_of_variables_is_what_doctor_knows():
    rows = [(f"`{row.name}`", row.does, SHOWN[row.shown]) for row in VARIABLES]
    assert table(("variable", "what it does", "`onevec doctor` shows"), rows) in PAGE
