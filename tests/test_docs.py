"""What the documentation names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMED = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / "security.md").read_text())


def test_the_table_of_security_names_tests():
    assert len(NAMED) > 20


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_test_that_the_table_of_security_names_is_there(file, name):
    assert f"def {name or 'test_'}" in (ROOT / "tests" / file).read_text()
