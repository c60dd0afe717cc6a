"""What stands beside a file: what its vectors are, in ``….meta.json``."""

from pathlib import Path

from onevec.bulk import metadata
from onevec.bulk.shards import Description
from onevec.bulk.sinks.faults import nothing_there
from onevec.errors import OutputError


def described(file: Path) -> Description:
    """What a file's neighbour tells of it.

    Raises:
        ConfigurationError: there is no such file, or nothing is told of it.
        OutputError: it cannot be read.
    """
    if not file.exists():
        raise nothing_there(str(file))
    told = neighbour(file, "meta.json")
    try:
        written = told.read_bytes() if told.exists() else None
    except OSError as exc:
        raise OutputError(f"{told} cannot be read: {exc.strerror}", value=str(told)) from exc
    return metadata.from_json(written, str(file))


def neighbour(file: Path, ending: str) -> Path:
    """The file beside another."""
    return file.with_name(f"{file.name}.{ending}")
