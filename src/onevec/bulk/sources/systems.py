"""SYSTEMS: a row a scheme of URLs, with how its files are reached and what a user needs for that."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
from pyarrow import fs

from onevec.bulk.addresses import shown
from onevec.errors import ConfigurationError, InputDataError, OnevecError

Found: TypeAlias = tuple[fs.FileSystem, str]
"""A file system, and a path on it."""

GIVE_UP = 15
"""Seconds of new tries on Google's side, where Arrow would try for 15 minutes; the last pause comes on top."""

OPTIONS = re.compile(r"\?\w+=.*")
"""What stands behind a bucket's URL for Arrow; any other question mark is of a pattern."""

PATTERN, STARS = re.compile(r"[*?\[]"), re.compile(r"\*")
"""What makes a path a pattern; in a web address a question mark is its own."""

MARKS = ("ETag", "etag", "Last-Modified", "last_modified", "LastModified")
"""What file systems of fsspec call that which changes with a file."""

GONE = (404, 410)
"""What a web server says where nothing is."""


@dataclass(frozen=True, slots=True)
class System:
    """One scheme.

    Attributes:
        reach: From a URL to its file system and the path there.
        extra: Of onevec, with what it needs; None where only fsspec knows.
        remedy: Where keys and addresses come from; told when it refuses.
        wild: What makes a path a pattern.
    """

    reach: Callable[[str], Found]
    extra: str | None = "bulk"
    remedy: str = ""
    wild: re.Pattern[str] = PATTERN


def system_of(place: str) -> System:
    """The row of an address; a scheme that has none is fsspec's to know."""
    scheme, found, _ = place.partition("://")
    return SYSTEMS.get(scheme, OTHERS) if found else HERE


def reach(place: str) -> Found:
    """The file system of an address, and the path on it.

    Raises:
        ConfigurationError: nobody knows the scheme, or a package for it is missing; names the extra.
    """
    row = system_of(place)
    try:
        return row.reach(place)
    except (ImportError, pa.ArrowInvalid, ValueError) as exc:
        install = f"pip install 'onevec[{row.extra}]'" if row.extra else "it needs fsspec and fsspec's package for it"
        need = install if isinstance(exc, ImportError) or not row.remedy else row.remedy
        raise ConfigurationError(
            f"{shown(place)} cannot be reached: {need} ({shown(str(exc))})", param="input"
        ) from exc


@contextmanager
def readable(name: str, system: fs.FileSystem | None = None, remedy: str = "") -> Iterator[None]:
    """What goes wrong in reading, told as an error of ours.

    Args:
        name: A file, as an error may call it.
        system: Where it is. One of fsspec's raises whatever its own library does, so anything is its fault there.
        remedy: What to look at.

    Raises:
        InputDataError: it cannot be read.
    """
    others = (Exception,) if isinstance(system, fs.PyFileSystem) else ()
    try:
        yield
    except OnevecError:
        raise
    except (OSError, pa.ArrowException, EOFError, *others) as exc:
        said = shown(str(exc)) or type(exc).__name__
        # What fsspec raises may hold a whole address, with its signature.
        cause = None if isinstance(system, fs.PyFileSystem) else exc
        raise InputDataError(f"{name} cannot be read: {said}{remedy and f'; {remedy}'}", value=name) from cause


def mark(system: fs.FileSystem, info: Any) -> int | str | None:
    """What changes with a file: the time of its change, or what its server says in that place."""
    if info.mtime_ns is not None or not isinstance(system, fs.PyFileSystem):
        changed: int | None = info.mtime_ns
        return changed
    told = system.handler.fs.info(info.path)
    return next((str(told[name]) for name in MARKS if told.get(name)), None)


class Handler(fs.FSSpecHandler):  # type: ignore[misc]
    """A file system of fsspec's for Arrow, where a server that refuses or is not there is no missing file."""

    def get_file_info(self, paths: list[str]) -> list[Any]:
        """What each path is.

        Raises:
            OSError: a web server refuses it, or cannot be reached; fsspec calls both a file that is not found.
        """
        for path in paths:
            try:
                self.fs.info(path)
            except FileNotFoundError as exc:
                cause = exc.__cause__
                if (status := getattr(cause, "status", None)) not in (None, *GONE):
                    raise OSError(f"the server answers {status}") from None
                if isinstance(cause, OSError) and not isinstance(cause, FileNotFoundError):
                    raise cause from None
        found: list[Any] = super().get_file_info(paths)
        return found


def _here(place: str) -> Found:
    return fs.LocalFileSystem(), str(Path(place).absolute())


def _bucket(place: str, more: str = "") -> Found:
    """By Arrow: the bucket by its URL, and the key as it is, for that may hold what a URL may not."""
    options = OPTIONS.search(place)
    bare = place[: options.start()] if options else place
    scheme, _, rest = bare.partition("://")
    bucket, _, key = rest.partition("/")
    asked = "&".join(filter(None, (options.group()[1:] if options else "", more)))
    system, root = fs.FileSystem.from_uri(f"{scheme}://{bucket}{asked and f'?{asked}'}")
    return system, f"{root}/{key}".rstrip("/")


def _google(place: str) -> Found:
    return _bucket(place, f"retry_limit_seconds={GIVE_UP}")


def _arrow(place: str) -> Found:
    found: Found = fs.FileSystem.from_uri(place)
    return found


def _fsspec(place: str) -> Found:
    import fsspec

    system, path = fsspec.core.url_to_fs(place)
    return fs.PyFileSystem(Handler(system)), path


AMAZON = (
    "keys are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or the machine's role, and another "
    "server's address from AWS_ENDPOINT_URL"
)
GOOGLE = "keys are Google's Application Default Credentials (GOOGLE_APPLICATION_CREDENTIALS)"
AZURE = (
    "keys are read from AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY"
)

HERE = System(_here)
OTHERS = System(_fsspec, None)
SYSTEMS: Mapping[str, System] = {
    "file": System(_arrow),
    "s3": System(_bucket, "s3", AMAZON),
    "gs": System(_google, "gcs", GOOGLE),
    "gcs": System(_google, "gcs", GOOGLE),
    "hdfs": System(_arrow),
    "http": System(_fsspec, "http", wild=STARS),
    "https": System(_fsspec, "http", wild=STARS),
    "az": System(_fsspec, "az", AZURE),
    "abfs": System(_fsspec, "az", AZURE),
    "abfss": System(_fsspec, "az", AZURE),
}
