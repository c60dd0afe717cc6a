"""Part files: one a shard, whole or not there, and put together at the end."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from onevec.errors import OutputError


class Parts:
    """Files ``part-00000000.ENDING`` of a folder.

    Args:
        folder: Made where it is missing.
        ending: Of their names.
    """

    def __init__(self, folder: Path, ending: str) -> None:
        self._folder, self._ending = folder, ending

    def open(self) -> None:
        """Make the folder, and remove what a crash has left half written."""
        with told(self._folder):
            make_folder(self._folder)
            for half in self._folder.glob(f".part-*.{self._ending}.new"):
                half.unlink()

    def clear(self) -> None:
        """Remove every part."""
        with told(self._folder):
            for path in self.paths():
                path.unlink()

    def write(self, shard: int, save: Callable[[IO[bytes]], None]) -> None:
        """Write a shard's part in the place of what it was before."""
        replace(self.path(shard), save)

    def remove(self, shard: int) -> None:
        """Remove a shard's part, which a crash may have left before its entry."""
        path = self.path(shard)
        with told(path):
            path.unlink(missing_ok=True)

    def path(self, shard: int) -> Path:
        """Where a shard's part is."""
        return self._folder / f"part-{shard:08d}.{self._ending}"

    def size(self, shard: int) -> int | None:
        """Bytes of a shard's part; None where there is none."""
        path = self.path(shard)
        return path.stat().st_size if path.exists() else None

    def paths(self) -> list[Path]:
        """Every part, in the order of the shards."""
        return sorted(self._folder.glob(f"part-*.{self._ending}"))


def replace(path: Path, save: Callable[[IO[bytes]], None]) -> None:
    """Write a file so that at every moment there is the old one or the whole new one, also after a power cut.

    Raises:
        OutputError: the disk is full or failed; the old file is still there.
    """
    half = path.with_name(f".{path.name}.new")
    with told(path):
        try:
            with half.open("wb") as opened:
                save(opened)
                opened.flush()
                os.fsync(opened.fileno())
            half.replace(path)
        except BaseException:
            half.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder, and those that it is in, so that a power cut takes none of them away with what is in it.

    Raises:
        OSError: it cannot be made.
    """
    for missing in [one for one in (folder, *folder.parents) if not one.exists()][::-1]:
        missing.mkdir(exist_ok=True)
        sync_folder(missing.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system lets a folder be opened."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """The system's errors as ours."""
    try:
        yield
    except OSError as exc:
        why = exc.strerror or str(exc)
        raise OutputError(
            f"{path} cannot be written ({why}): what is committed stays; mend it and run the same command again",
            value=str(path),
        ) from exc
