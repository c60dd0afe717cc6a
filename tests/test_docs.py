"""What the documentation names is there."""

import re
from pathlib import Path

import pytest

from onevec.providers import PROVIDERS

ROOT = Path(__file__).parent.parent
NAMED = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / "security.md").read_text())


def test_the_home_page_counts_the_providers():
    said = re.search(
        r"from (\d+) providers or from a model on your own machine", (ROOT / "docs" / "index.md").read_text()
    )

    assert int(said[1]) == sum(row.embedding for row in PROVIDERS.values()) - 1  # this machine is a row, too


def test_the_table_of_security_names_tests():
    assert len(NAMED) > 20


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_test_that_the_table_of_security_names_is_there(file, name):
    assert f"def {name or 'test_'}" in (ROOT / "tests" / file).read_text()
