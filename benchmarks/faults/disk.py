"""A disk of a megabyte that is nearly full: a file system in memory, where this process may mount one."""

import subprocess
from pathlib import Path

SIZE, LEFT = 1024 * 1024, 64 * 1024
"""Bytes of the disk, and those that are free at first."""


def mount(folder: Path) -> str | None:
    """Mount it; what the system says when it does not."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "onevec-drill", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return "there is no mount"
    if done.returncode:
        return f"no file system can be mounted here ({done.stderr.strip().splitlines()[-1][:80]})"
    (folder / "filler").write_bytes(bytes(SIZE - LEFT))
    return None


def make_room(folder: Path) -> None:
    (folder / "filler").unlink()


def unmount(folder: Path) -> None:
    subprocess.run(["umount", str(folder)], check=False, capture_output=True)
