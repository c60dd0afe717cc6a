"""The blocks of README.md and docs/ are tests: tests/documents/ says what is run, what is read, and what is left.

What needs an extra is left out where the extra is not installed.
"""

import importlib.util
import os

from sybil import Sybil
from tests.documents.blocks import Runner
from tests.documents.languages import READERS, RUNNERS
from tests.documents.servers import page_of_the_docs, provider_of_the_docs, served, server

__all__ = ["page_of_the_docs", "provider_of_the_docs", "served", "server"]

NEEDS = {
    "azure": ["src/onevec/azure/*", "tests/azure/*", "docs/azure.md", "docs/migrate/azure.md"],
    "chromadb": ["src/onevec/integrations/chroma.py"],
    "haystack": ["src/onevec/integrations/haystack.py"],
    "lancedb": ["src/onevec/integrations/lancedb.py"],
    "langchain_core": ["src/onevec/integrations/langchain.py"],
    "langchain_tests": ["tests/integrations/test_langchain_standard.py"],
    "libcst": ["src/onevec/cli/migration.py"],
    "llama_index.core": ["src/onevec/integrations/llama_index.py"],
    "mteb": ["src/onevec/integrations/mteb.py"],
    "pyarrow": ["src/onevec/bulk", "tests/bulk", "tests/cli/test_run.py", "tests/cli/test_search.py", "docs/bulk.md"],
}
"""What is left out where a module of an extra is not installed."""

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # it reports every run, unless this is said before its import


def is_installed(name: str) -> bool:
    """Whether a module is there; `find_spec` alone raises for a module in a package that is not."""
    return importlib.util.find_spec(name.partition(".")[0]) is not None and importlib.util.find_spec(name) is not None


collect_ignore_glob = [path for name, paths in NEEDS.items() if not is_installed(name) for path in paths]

pytest_collect_file = Sybil(
    parsers=[Runner(RUNNERS, READERS)],
    patterns=["README.md", "CONTRIBUTING.md", "docs/*.md", "docs/*/*.md"],
    fixtures=["page_of_the_docs"],
).pytest()
