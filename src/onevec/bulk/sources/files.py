"""FileSource: files of one kind, read one after the other as if they were one."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from pyarrow import fs

from onevec.bulk.sources.kinds import KINDS
from onevec.bulk.sources.lines import CONTENT
from onevec.bulk.sources.pictures import elsewhere, has_pictures, pictures
from onevec.bulk.sources.systems import readable
from onevec.bulk.sources.words import Cursor, File, Piece, Wanted
from onevec.errors import ConfigurationError, InputDataError
from onevec.types import Modality

ID = "id"
"""What the column of ids is called in a piece."""


class FileSource:
    """Files of one kind.

    Args:
        kind: How they are read, a key of :data:`~onevec.bulk.sources.kinds.KINDS`.
        files: In the order in which they are read.
        wanted: Which columns.

    Raises:
        ConfigurationError: the first file lacks a wanted column, or has it in a type that it cannot have.
        InputDataError: it cannot be read.
    """

    def __init__(self, kind: str, files: Sequence[File], wanted: Wanted) -> None:
        self._kind, self._files, self._named = KINDS[kind], files, kind
        self._wanted = wanted if self._kind.columns else Wanted(CONTENT, keep=wanted.keep)
        self._check(wanted)
        first = next(self._raw(Cursor()), None)
        self._schema = _schema(first[1].table, self._wanted, files[first[0].file].name) if first else pa.schema([])

    @property
    def modality(self) -> Modality:
        """What the contents are, by the column that they stand in."""
        if not self._schema:
            return self._kind.modality
        return Modality.IMAGE if pa.types.is_large_binary(self._schema.field(CONTENT).type) else Modality.TEXT

    def count(self) -> int | None:
        """Rows of all files; None of a kind whose rows only reading tells, and of files that are far: reading costs."""
        if self._kind.count is None or not all(isinstance(one.system, fs.LocalFileSystem) for one in self._files):
            return None
        rows = 0
        for file in self._files:
            with readable(file.name, file.system):
                rows += self._kind.count(file)
        return rows

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """How files are read, a digest of their names, sizes and times of change, and the columns with their types."""
        lines = "\n".join(f"{one.name!r} {one.size} {one.changed}" for one in self._files)
        columns = {field.name: str(field.type) for field in self._schema}
        wanted = {"content": self._wanted.content, "id": self._wanted.id, "keep": list(self._wanted.keep)}
        digest = hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()
        return {"kind": self._named, "files": len(self._files), "digest": digest, "columns": columns, "wanted": wanted}

    def name(self, cursor: Cursor) -> str:
        """The file's name, and where a file has several rows the number of this one."""
        name = self._files[cursor.file].name
        return name if self._kind.single else f"{name}:{cursor.row}"

    def pieces(self, start: Cursor) -> Iterator[Piece]:
        """Everything from a place on, with the columns of the first file."""
        for cursor, piece in self._raw(start):
            table = _conformed(piece.table, self._wanted, self._schema, self._files[cursor.file].name)
            faults = elsewhere(piece.table.column(self._wanted.content or CONTENT))
            yield Piece(table, {**faults, **piece.faults}, cursor)

    def _raw(self, start: Cursor) -> Iterator[tuple[Cursor, Piece]]:
        for number in range(start.file, len(self._files)):
            file = self._files[number]
            row = start.row if number == start.file else 0
            with readable(file.name, file.system):
                for piece in self._kind.read(file, self._wanted, row):
                    yield Cursor(number, row), piece
                    row += piece.table.num_rows

    def _check(self, wanted: Wanted) -> None:
        if self._kind.columns and wanted.content is None:
            raise ConfigurationError("say with column which column holds the texts or images", param="column")
        if not self._kind.columns and (wanted.content or wanted.id or {*wanted.keep} - {CONTENT}):
            raise ConfigurationError(
                f"such an input has no columns, a row of it is its content alone: leave column and id out, and keep "
                f"nothing but {CONTENT!r}",
                param="column",
            )


def _schema(table: pa.Table, wanted: Wanted, file: str) -> pa.Schema:
    """The columns that every piece has: `content`, perhaps `id`, and those that are kept."""
    found = {name: _plain(table.schema.field(name).type) for name in wanted.names}
    content = found[wanted.content or CONTENT]
    if pa.types.is_null(content):
        raise ConfigurationError(f"{file}: no row at its beginning has a text as {wanted.content}", param="column")
    if not (_is_text(content) or has_pictures(content)):
        raise ConfigurationError(
            f"{file}: {wanted.content} is a column of {content}, not of texts or images", param="column"
        )
    fields = [pa.field(CONTENT, pa.large_binary() if has_pictures(content) else pa.large_string())]
    if wanted.id is not None:
        if not _is_id(found[wanted.id]):
            raise ConfigurationError(
                f"{file}: {wanted.id} is a column of {found[wanted.id]}: an id is a text or a whole number", param="id"
            )
        fields.append(pa.field(ID, pa.string()))
    kept = [pa.field(name, _not_null(found[name])) for name in wanted.keep]
    return pa.schema([*fields, *(field.with_name(_kept(field.name)) for field in kept)])


def _conformed(table: pa.Table, wanted: Wanted, schema: pa.Schema, file: str) -> pa.Table:
    """The piece with the columns of the first file.

    Raises:
        InputDataError: a column has values of another type.
    """
    sources = [wanted.content or CONTENT, *([wanted.id] if wanted.id else []), *wanted.keep]
    columns = []
    for name, field in zip(sources, schema, strict=True):
        try:
            column = table.column(name)
            column = pictures(column) if field.name == CONTENT else column
            kind = _plain(column.type)
            if _loses(kind, field.type) or (field.name == ID and not (_is_id(kind) or pa.types.is_null(kind))):
                raise pa.ArrowInvalid("it would not be the same value")
            columns.append(column.cast(field.type))
        except pa.ArrowException as exc:
            raise InputDataError(
                f"{file}: {name} is {table.schema.field(name).type} here and {field.type} at the beginning: "
                "give all rows one type",
                value=file,
            ) from exc
    return pa.table(columns, schema=schema)


def _loses(kind: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether Arrow would change values without a word: fields that objects had not at first, digits, time zones."""
    if pa.types.is_floating(kind) and pa.types.is_floating(wanted):
        return bool(kind.bit_width > wanted.bit_width)
    if pa.types.is_timestamp(kind) and pa.types.is_timestamp(wanted):
        return (kind.tz is None) != (wanted.tz is None)
    if pa.types.is_struct(kind) and pa.types.is_struct(wanted):
        names = {field.name for field in wanted}
        return any(one.name not in names or _loses(one.type, wanted.field(one.name).type) for one in kind)
    if _is_list(kind) and _is_list(wanted):
        return _loses(kind.value_type, wanted.value_type)
    if pa.types.is_map(kind) and pa.types.is_map(wanted):
        return _loses(kind.item_type, wanted.item_type)
    return False


def _is_list(kind: pa.DataType) -> bool:
    tests = ("list", "large_list", "fixed_size_list", "list_view", "large_list_view")
    return any(getattr(pa.types, f"is_{name}")(kind) for name in tests)


KEPT = "keep:"
"""Before the name of a kept column in a piece, so that it is not taken for the content or the id."""


def _kept(name: str) -> str:
    return KEPT + name


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type of the values: not as a dictionary of them, nor as views, from which Arrow takes no rows."""
    return _plain(kind.value_type) if pa.types.is_dictionary(kind) else _without_views(kind)


def _is_id(kind: pa.DataType) -> bool:
    """Whether it tells rows apart: two numbers with a fraction may be one text, or one number two."""
    return _is_text(kind) or bool(pa.types.is_integer(kind))


def _not_null(kind: pa.DataType) -> pa.DataType:
    """A text where the first rows have nothing but nulls, also within a list."""
    if pa.types.is_null(kind):
        return pa.string()
    return pa.list_(_not_null(kind.value_type)) if pa.types.is_list(kind) else kind


def _without_views(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_without_views(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_without_views(field.type)) for field in kind])
    return kind
