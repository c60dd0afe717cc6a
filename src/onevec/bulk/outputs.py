"""OUTPUTS: a row a kind of output, told by what it is called; and the folder where a run keeps its notes."""

import hashlib
import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from onevec.bulk.addresses import shown
from onevec.bulk.shards import Sink
from onevec.bulk.sinks.parts import Parts
from onevec.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Output:
    """One kind of output.

    Attributes:
        name: What it is.
        looks: What its address looks like.
        sink: ``module:Class``, imported when it is asked for: its library is an extra.
        is_file: Whether it is made of part files on this machine.
    """

    name: str
    looks: re.Pattern[str]
    sink: str
    is_file: bool = False


OUTPUTS: Sequence[Output] = (
    Output("Lance", re.compile(r"lance://.+|.+\.lance/?"), "onevec.bulk.sinks.lance:LanceStore"),
    Output("Qdrant", re.compile(r"qdrant://.+"), "onevec.bulk.sinks.qdrant:QdrantStore"),
    Output("PostgreSQL", re.compile(r"postgres(ql)?://.+"), "onevec.bulk.sinks.pgvector:PgvectorStore"),
    Output("Parquet", re.compile(r"(?!\w+://).+\.parquet"), "onevec.bulk.sinks.parquet:ParquetFile", is_file=True),
    Output("JSON lines", re.compile(r"(?!\w+://).+\.jsonl"), "onevec.bulk.sinks.lines:JsonLines", is_file=True),
    Output("NumPy", re.compile(r"(?!\w+://).+\.npy"), "onevec.bulk.sinks.npy:NumpyFile", is_file=True),
    Output(
        "a folder of Parquet", re.compile(r"(?!\w+://).*/"), "onevec.bulk.sinks.parquet:ParquetFolder", is_file=True
    ),
)
"""The first that fits."""


@runtime_checkable
class KeepsParts(Protocol):
    """A sink whose shards are files: they can be looked at before a run goes on."""

    @property
    def parts(self) -> Parts:
        """The files."""


def find_output(to: str) -> Output:
    """The row of an output.

    Raises:
        ConfigurationError: it looks like none.
    """
    for row in OUTPUTS:
        if row.looks.fullmatch(to):
            return row
    raise ConfigurationError(
        f"{shown(to)} is no output that is known here: write FILE.parquet, FOLDER/ (for part files), FILE.jsonl, "
        "FILE.npy, NAME.lance, qdrant://…, or postgresql://…?table=NAME",
        param="to",
    )


def open_sink(row: Output, to: str, work: Path) -> Sink:
    """The sink of an output; nothing is written yet.

    Raises:
        ConfigurationError: the address is malformed, or a library is missing.
    """
    module, _, name = row.sink.partition(":")
    make = getattr(importlib.import_module(module), name)
    sink: Sink = make(to, work) if row.is_file else make(to)
    return sink


def work_folder(row: Output, to: str) -> Path:
    """Where a run keeps its manifest: beside an output on this machine, else in the working folder."""
    if row.is_file or "://" not in to:
        path = Path(to)
        return path.with_name(f"{path.name}.onevec")
    return Path(f"onevec-run-{hashlib.sha256(to.encode()).hexdigest()[:12]}.onevec")
