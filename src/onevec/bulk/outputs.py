"""OUTPUTS: a row a kind of output, told by what it is called; and the folder where a run keeps its notes."""

import hashlib
import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

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
        search: The same of what finds rows in it.
        is_file: Whether it is made of part files on this machine.
    """

    name: str
    looks: re.Pattern[str]
    sink: str
    search: str
    is_file: bool = False


SINKS, SCANNING = "onevec.bulk.sinks", "onevec.bulk.scanning"


def _store(name: str, looks: str, home: str) -> Output:
    """A store, which one class writes to and searches."""
    return Output(name, re.compile(looks), f"{SINKS}.{home}", f"{SINKS}.{home}")


def _file(name: str, looks: str, sink: str, search: str) -> Output:
    return Output(name, re.compile(rf"(?!\w+://){looks}"), f"{SINKS}.{sink}", f"{SCANNING}.{search}", is_file=True)


OUTPUTS: Sequence[Output] = (
    _store("Lance", r"lance://.+|.+\.lance/?", "lance:LanceStore"),
    _store("Qdrant", r"qdrant://.+", "qdrant:QdrantStore"),
    _store("PostgreSQL", r"postgres(ql)?://.+", "pgvector:PgvectorStore"),
    _file("Parquet", r".+\.parquet", "parquet:ParquetFile", "parquet:ParquetFiles"),
    _file("JSON lines", r".+\.jsonl", "lines:JsonLines", "lines:JsonLines"),
    _file("NumPy", r".+\.npy", "npy:NumpyFile", "npy:NumpyFile"),
    _file("a folder of Parquet", r".*/", "parquet:ParquetFolder", "parquet:ParquetFiles"),
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
    make = imported(row.sink)
    sink: Sink = make(to, work) if row.is_file else make(to)
    return sink


def imported(home: str) -> Any:
    """What ``module:Class`` names."""
    module, _, name = home.partition(":")
    return getattr(importlib.import_module(module), name)


def work_folder(row: Output, to: str) -> Path:
    """Where a run keeps its manifest: beside an output on this machine, else in the working folder."""
    if row.is_file or "://" not in to:
        path = Path(to)
        return path.with_name(f"{path.name}.onevec")
    return Path(f"onevec-run-{hashlib.sha256(to.encode()).hexdigest()[:12]}.onevec")
