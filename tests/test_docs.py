"""What the documentation names is there."""

import importlib
import importlib.util
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


PUBLIC = [f"{home}.{name}" for home in ("onevec", "onevec.bulk") for name in importlib.import_module(home).__all__]


@pytest.mark.parametrize("name", PUBLIC)
def test_the_reference_has_every_public_name(name):
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "reference").glob("*.md"))
    shown = set(re.findall(r"^::: (\S+)$", pages, re.MULTILINE))
    assert name in shown or (name.endswith("Error") and "onevec.errors" in shown)


@pytest.mark.parametrize(
    ("docstring", "shown"),
    [
        (
            "See :class:`~onevec.Client`, :mod:`onevec.bulk`.",
            'See <autoref identifier="onevec.Client" optional><code>Client</code></autoref>, '
            '<autoref identifier="onevec.bulk" optional><code>onevec.bulk</code></autoref>.',
        ),
        ("One.\n\n>>> 1 + 1\n2\n\nMore.", "One.\n\n```pycon\n>>> 1 + 1\n2\n```\n\nMore."),
        (">>> f(\n...     1)\n>>> g()\n'x'", "```pycon\n>>> f(\n...     1)\n>>> g()\n'x'\n```"),
        ("A tree.\n\n::\n\n    a\n    └── b\n\nMore.", "A tree.\n\n```text\na\n└── b\n```\n\nMore."),
        ("Said::\n\n    as it is\n", "Said:\n\n```text\nas it is\n```"),
        ("Nothing to ``do``.", "Nothing to ``do``."),
    ],
)
def test_docstrings_become_markdown(docstring, shown, optional):
    optional("griffe", "docs")
    spec = importlib.util.spec_from_file_location("docstrings", ROOT / "scripts" / "docstrings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.markdown(docstring).rstrip() == shown
