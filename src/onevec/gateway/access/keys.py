"""The keys file: JSON, written whole or not at all, readable by its owner alone, read again when it changes."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from onevec.errors import ConfigurationError
from onevec.gateway.access.keyring import Entry, Keyring

VERSION = 1


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds."""

    version: int
    keys: list[Entry]


class KeysFile:
    """A keys file. One that others may write to is refused: whoever can write there can let himself in."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def read(self) -> Keyring:
        """The keys in it.

        Raises:
            ConfigurationError: it is not there, not safe, or not what we wrote; names the place.
        """
        try:
            with self.path.open("rb") as file:
                self._check_mode(os.fstat(file.fileno()))
                content = file.read()
        except OSError as exc:
            absent = isinstance(exc, FileNotFoundError)
            reason = f"there is none; `onevec keys add NAME -f {self.path}` makes it" if absent else exc.strerror
            raise ConfigurationError(f"the keys file {self.path} cannot be read: {reason}", param="keys") from exc
        return Keyring(self._entries(content))

    def _entries(self, content: bytes) -> list[Entry]:
        try:
            found = msgspec.json.decode(content, type=Content)
        except msgspec.DecodeError as exc:
            raise self._damaged(str(exc)) from exc
        if found.version != VERSION:
            raise self._damaged(f"version {found.version} is not known here, only {VERSION}")
        for what in ("name", "id"):
            values = [getattr(entry, what) for entry in found.keys]
            if len(set(values)) < len(values):
                raise self._damaged(f"two keys have the same {what}")
        return found.keys

    def _damaged(self, what: str) -> ConfigurationError:
        return ConfigurationError(
            f"the keys file {self.path} is damaged: {what}; restore it, or remove it and make new keys", param="keys"
        )

    def _check_mode(self, status: os.stat_result) -> None:
        # Windows has no such bits, and its files are protected by the folder that they are in.
        if os.name == "posix" and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ConfigurationError(
                f"the keys file {self.path} may be written by others, who could let themselves in: chmod 600 it",
                param="keys",
            )

    @contextmanager
    def changing(self) -> Iterator["Change"]:
        """Read, change, write: nobody else changes it meanwhile, and readers see the old file or the new one.

        Raises:
            ConfigurationError: it cannot be read or written, or somebody else is changing it.
        """
        path = self.path.resolve()  # a link stays one
        partial = path.with_name(f".{path.name}.new")
        try:
            # The new file is its own lock: only one process can create it.
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as exc:
            raise ConfigurationError(
                f"another command is changing {self.path}; if none is, it was killed: remove {partial}", param="keys"
            ) from exc
        except OSError as exc:
            raise ConfigurationError(f"{partial} cannot be written: {exc.strerror}", param="keys") from exc
        try:
            with os.fdopen(descriptor, "wb") as file:
                change = Change(self.read() if self.path.exists() else Keyring())
                yield change
                file.write(_written(change.keyring))
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


class Change:
    """A change of a keys file under way: what is in `keyring` at the end is written."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring


def _written(keyring: Keyring) -> bytes:
    return msgspec.json.format(msgspec.json.encode(Content(VERSION, list(keyring.entries))), indent=2) + b"\n"


class WatchedKeys:
    """The keys of a file as it is now: a key that is added or revoked counts from the next request on."""

    def __init__(self, file: KeysFile) -> None:
        self._file = file
        self._path = os.fspath(file.path)
        self._seen = self._mark()
        self._keyring = file.read()

    @property
    def entries(self) -> Sequence[Entry]:
        """The entries as they were read last."""
        return self._keyring.entries

    def owner(self, key: str) -> str | None:
        """The name of the key's owner, or None. Raises as :meth:`find`."""
        entry = self.find(key)
        return None if entry is None else entry.name

    def find(self, key: str) -> Entry | None:
        """The entry of a key as the file has it now, or None.

        Raises:
            ConfigurationError: the file has become unreadable or unsafe; nobody is let in until it is mended. The
                message is for callers and names no path; its cause is for the operator.
        """
        try:
            seen = self._mark()
            if seen != self._seen:
                self._keyring = self._file.read()
                self._seen = seen
        except (OSError, ConfigurationError) as exc:
            raise ConfigurationError(
                "the server cannot read its keys, so nobody is let in: tell the operator", code="keys_unavailable"
            ) from exc
        return self._keyring.find(key)

    def _mark(self) -> tuple[int, ...] | None:
        """What tells one state of the file from another; about a microsecond."""
        try:
            status = os.stat(self._path)  # noqa: PTH116 - a path object takes three times as long, for every request
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
