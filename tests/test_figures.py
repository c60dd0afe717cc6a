"""docs/figures.toml: figures are quoted rightly, commands can be given, and the page is drawn from it."""

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
TREE = tomllib.loads((DOCS / "figures.toml").read_text(encoding="utf-8"))
PLOTS = TREE["plots"]
ROWS = [*PLOTS, *TREE["figures"]]
QUOTED = [(row["page"], row["quote"]) for row in ROWS] + [
    (plot["page"], bar["quote"]) for plot in PLOTS for bar in plot["bars"]
]


def words(page):
    """A page's text, whatever lines it is broken into."""
    return " ".join((DOCS / page).read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_performance", ROOT / "scripts" / "make_performance.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_drawn_from_the_table(script):
    page = (DOCS / "performance.md").read_text(encoding="utf-8")
    assert script.filled(page, TREE) == page, "run: python scripts/make_performance.py"


@pytest.mark.parametrize(("value", "drawn"), [(20, "█" * 20), (1, "█"), (0.5, "▌"), (0.001, "▏"), (21, "█" * 19 + "▶")])
def test_a_bar_is_as_long_as_its_value(script, value, drawn):
    assert script.bar(value, 20) == drawn


def test_a_marker_that_is_missing_is_told(script):
    with pytest.raises(ValueError, match="no <!-- engine -->"):
        script.filled("", TREE)


@pytest.mark.parametrize(("page", "quote"), QUOTED)
def test_each_figure_stands_in_its_page(page, quote):
    assert " ".join(quote.split()) in words(page)


@cache
def usage(file):
    """What a benchmark says about its options; nothing for one without any."""
    if "argparse" not in file.read_text(encoding="utf-8"):
        return ""
    ran = subprocess.run([sys.executable, file, "--help"], capture_output=True, text=True, timeout=100, check=False)
    if "ModuleNotFoundError" in ran.stderr:
        pytest.skip(ran.stderr.splitlines()[-1])
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("command", sorted({row["command"] for row in ROWS}))
def test_each_command_can_be_given(command):
    python, name, *rest = shlex.split(command)
    assert python == "python"
    given = {word for word in rest if word.startswith("--")}
    assert given <= set(re.findall(r"--[a-z-]+", usage(ROOT / name)))


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot["id"])
def test_ratios_are_those_of_the_values(plot):
    for bar in plot["bars"]:
        if "times" in bar:  # a median of ratios is near the ratio of medians
            assert bar["times"] == pytest.approx(bar["value"] / plot["ours"], rel=0.1)


def test_machines_are_described_and_goals_judged():
    for row in ROWS:
        assert row["machine"] in TREE["machines"]
        assert ("met" in row) == ("goal" in row)
    missed = [row for row in TREE["figures"] if not row.get("met", True)]
    assert missed, "a page without a missed goal is advertising"
