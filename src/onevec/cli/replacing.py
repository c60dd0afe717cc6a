"""A file that is written whole or not at all."""

import os
from pathlib import Path


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write it beside its place, then put it there; a link stays one, and what it leads to is replaced.

    Args:
        path: The file, there already or not.
        content: All of it.
        mode: Its permissions, where they are not those of any new file.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    target = path.resolve()
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        partial.write_bytes(content)
        if mode is not None:
            partial.chmod(mode)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
