"""What the tests of runs share: a provider that is a fake, and inputs."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onevec import bulk
from onevec.testing import FakeProvider


@pytest.fixture
def provider():
    return FakeProvider()


@pytest.fixture
def run(provider, tmp_path, monkeypatch):
    """Run a job in a folder of its own with the fake provider."""
    monkeypatch.chdir(tmp_path)

    def go(source, to="out.parquet", **options):
        args = {"transport": provider, "max_items": 8, **options.pop("client_args", {})}
        asked = {"model": "openai:any", "api_key": "no-key", "column": "text", **options}
        return bulk.run(str(source), to, client_args=args, **asked)

    return go


@pytest.fixture
def table(tmp_path):
    """Write a Parquet file of texts, with ids and numbers."""

    def write(texts, name="in.parquet", ids=None, **options) -> Path:
        ids = ids if ids is not None else [f"row {i}" for i in range(len(texts))]
        columns = {"key": ids, "text": texts, "number": list(range(len(texts)))}
        pq.write_table(pa.table(columns), tmp_path / name, **options)
        return tmp_path / name

    return write
