"""The blocks of README.md and docs/ are tests: tests/documents/ says what is run, what is read, and what is left.

What needs an extra is left out where the extra is not installed.
"""

import importlib.util

from sybil import Sybil
from tests.documents.blocks import Runner
from tests.documents.languages import READERS, RUNNERS
from tests.documents.servers import page_of_the_docs, provider_of_the_docs, server_of_the_docs

__all__ = ["page_of_the_docs", "provider_of_the_docs", "server_of_the_docs"]

NEEDS = {
    "azure": ["src/onevec/azure/*", "tests/azure/*", "docs/azure.md", "docs/migrate/azure.md"],
    "libcst": ["src/onevec/cli/migration.py"],
    "pyarrow": ["src/onevec/bulk", "tests/bulk", "tests/cli/test_run.py", "tests/cli/test_search.py", "docs/bulk.md"],
}
"""What is left out where a module of an extra is not installed."""

collect_ignore_glob = [path for name, paths in NEEDS.items() if not importlib.util.find_spec(name) for path in paths]

pytest_collect_file = Sybil(
    parsers=[Runner(RUNNERS, READERS)],
    patterns=["README.md", "CONTRIBUTING.md", "docs/*.md", "docs/*/*.md"],
    fixtures=["page_of_the_docs"],
).pytest()
