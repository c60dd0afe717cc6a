"""Exported models, OpenVINO's own format and ONNX, beside safetensors or in their place.

Both formats are graphs and numbers, no code. An ONNX file may keep its numbers in other files, which it names; names
that lead out of the folder are refused before anything reads them. So the file is walked here, as a protocol buffer.
"""

import mmap
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from onevec.engine.configs import inside
from onevec.errors import ModelFileError

NAMES = ("openvino/openvino_model.xml", "openvino_model.xml", "onnx/model.onnx", "model.onnx")
"""Where exports lie, the one that is taken first."""


def exported_file(folder: Path) -> Path | None:
    """The exported model of a folder, if it has one."""
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)


def export_files(file: Path) -> list[Path]:
    """The file and those that hold its numbers.

    Raises:
        ModelFileError: one is missing or names a file outside the folder, or the file is no export.
    """
    others = numbers_of(file)
    for other in others:
        if not other.is_file():
            raise ModelFileError(f"{other} is missing: {file.name} keeps its numbers there", value=str(other))
    return [file, *others]


def numbers_of(file: Path) -> list[Path]:
    """The files in which an exported model keeps its numbers beside its own, whether they are there or not.

    Raises:
        ModelFileError: one would lie outside the folder, or the file is no export.
    """
    if file.suffix != ".onnx":
        return [file.with_suffix(".bin")]
    return [inside(file.parent, name, file) for name in sorted(set(_external(file)))]


@contextmanager
def without_links(files: Sequence[Path]) -> Iterator[Path]:
    """An exported model whose files are where they seem to be: OpenVINO follows no link out of an ONNX file's folder.

    The hub's cache is made of such links. Hard links take their place for as long as the file is read.
    """
    file, *others = files
    if file.suffix != ".onnx" or not any(other.is_symlink() for other in others):
        yield file
        return
    blobs = others[0].resolve().parent
    place = blobs if os.access(blobs, os.W_OK) else None
    with TemporaryDirectory(prefix="onevec-", dir=place, ignore_cleanup_errors=True) as folder:
        for path in files:
            _link(path.resolve(), Path(folder) / path.relative_to(file.parent))
        yield Path(folder) / file.name


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:  # another file system
        shutil.copyfile(source, target)


_MESSAGES: Mapping[str, Mapping[int, str]] = {
    "Model": {7: "Graph", 25: "Function"},
    "Function": {7: "Node", 11: "Attribute"},
    "Graph": {1: "Node", 5: "Tensor", 15: "Sparse"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "Sparse", 23: "Sparse"},
    "Sparse": {1: "Tensor", 2: "Tensor"},
    "Tensor": {13: "Entry"},
}
"""The fields of each message of onnx.proto that lead to tensors' entries, and what message each holds."""


def _external(file: Path) -> Iterator[str]:
    """The files that the tensors of an ONNX file lie in."""
    with file.open("rb") as opened:
        if not file.stat().st_size:
            raise _corrupt(file)
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
            pending = [("Model", 0, len(data))]
            try:
                while pending:
                    message, start, end = pending.pop()
                    for number, first, last in _fields(data, start, end):
                        if message == "Tensor" and number == _EXTERNAL_DATA:
                            yield from _location(data, first, last)
                        elif number in _MESSAGES[message]:
                            pending.append((_MESSAGES[message][number], first, last))
            except (IndexError, UnicodeDecodeError) as exc:
                raise _corrupt(file) from exc


_EXTERNAL_DATA = 13


def _location(data: mmap.mmap, start: int, end: int) -> Iterator[str]:
    """The value of an entry whose key is ``location``."""
    entry = {number: data[first:last] for number, first, last in _fields(data, start, end)}
    if entry.get(1) == b"location":
        yield entry.get(2, b"").decode()


def _fields(data: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(number, start, end) of the fields of a message that have a length: texts, bytes and messages.

    Raises:
        IndexError: the message is cut off, or no message.
    """
    at = start
    while at < end:
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _VARINT:
            _, at = _varint(data, at)
            continue
        if kind == _BYTES:
            length, at = _varint(data, at)
        else:
            length = _FIXED.get(kind, len(data))
        if at + length > end:
            raise IndexError(at)
        if kind == _BYTES:
            yield tag >> 3, at, at + length
        at += length


_VARINT, _BYTES = 0, 2
_FIXED: Mapping[int, int] = {1: 8, 5: 4}
"""Protocol buffers' wire types."""


def _varint(data: mmap.mmap, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise IndexError(at)


def _corrupt(file: Path) -> ModelFileError:
    return ModelFileError(f"{file} is not a complete ONNX file", value=str(file))
