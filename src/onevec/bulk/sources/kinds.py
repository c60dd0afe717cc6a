"""KINDS: a row a kind of file that can be read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from onevec.bulk.sources import documents, lines, tabular
from onevec.bulk.sources.words import COMPRESSED, File, Piece, Wanted
from onevec.types import Modality

Read: TypeAlias = Callable[[File, Wanted, int], Iterator[Piece]]
"""The rows of a file behind so many first ones, as pieces with the wanted columns."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file.

    Attributes:
        endings: Of its files' names in a folder.
        read: Reads one.
        count: Its rows, counted without reading all of them as rows; None where that cannot be.
        named: Endings of files that are named themselves, where they are others: a text that is named has a row a
            line, and one among others in a folder is a document.
        columns: Whether rows have columns; without, a row is its content and nothing else.
        single: Whether a file is one row.
        modality: What the contents are.
    """

    endings: tuple[str, ...]
    read: Read
    count: Callable[[File], int] | None = None
    named: tuple[str, ...] | None = None
    columns: bool = True
    single: bool = False
    modality: Modality = Modality.TEXT

    def has(self, name: str, *, in_folder: bool) -> bool:
        """Whether a file is of this kind, by its name and by where it was found."""
        endings = self.endings if in_folder or self.named is None else self.named
        return ending(name) in endings


KINDS: Mapping[str, Kind] = {
    "parquet": Kind((".parquet", ".pq"), tabular.parquet, tabular.count_parquet),
    "arrow": Kind((".arrow", ".feather", ".ipc"), tabular.arrow, tabular.count_arrow),
    "csv": Kind((".csv",), tabular.csv),
    "jsonl": Kind((".jsonl", ".ndjson"), lines.jsonl, lines.count),
    "lines": Kind((), lines.text, lines.count, named=(".txt",), columns=False),
    "documents": Kind((".txt", ".md"), documents.document, documents.count, named=(".md",), columns=False, single=True),
    "images": Kind(
        (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"),
        documents.image,
        documents.count,
        columns=False,
        single=True,
        modality=Modality.IMAGE,
    ),
}


def ending(name: str) -> str:
    """The ending that tells a file's kind, in lower case.

    >>> ending("a/B.CSV.gz"), ending("notes")
    ('.csv', '')
    """
    last = name.lower().rsplit("/", 1)[-1]
    for packed in COMPRESSED:
        last = last.removesuffix(packed)
    return last[last.rindex(".") :] if "." in last else ""
