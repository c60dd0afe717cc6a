"""One output, one manifest: a run that keeps its notes elsewhere leaves word where they would be, and others see it."""

import contextlib
from pathlib import Path

from onevec.bulk.sinks.parts import told
from onevec.errors import ConfigurationError

MANIFEST, WORD = "manifest.sqlite", "elsewhere"


def check_word(beside: Path, notes: Path) -> None:
    """Refuse to begin what a run with other notes has begun.

    Args:
        beside: The folder of notes beside the output.
        notes: That of this run.

    Raises:
        ConfigurationError: there is word of others, or notes are beside the output and ours are not.
    """
    with told(beside):
        word = beside / WORD
        others = word.read_text("utf-8") if word.exists() else None
        if others is None and not _same(beside, notes) and (beside / MANIFEST).exists():
            others = str(beside)
    if others is not None and others != _named(notes):
        raise ConfigurationError(
            f"another run has begun this output, with its notes in {others}: give --notes as it did, or name another "
            f"output; where those notes are lost, move the output away and remove {beside}",
            param="notes",
        )


def leave_word(beside: Path, notes: Path) -> None:
    """Say beside the output where the notes are, when they are not there; of two runs at once one at most gets on.

    Raises:
        ConfigurationError: as :func:`check_word`.
        OutputError: it cannot be written.
    """
    if not _same(beside, notes):
        with told(beside), contextlib.suppress(FileExistsError):
            beside.mkdir(exist_ok=True)
            with (beside / WORD).open("x", encoding="utf-8") as opened:
                opened.write(_named(notes))
    # Behind the manifest, or the word, of our own: of two who look for the other's, one at least finds it.
    check_word(beside, notes)


def withdraw_word(beside: Path, notes: Path) -> None:
    """Nothing is begun any more: the output is finished, or nothing of it was written."""
    if not _same(beside, notes):
        with contextlib.suppress(OSError):
            (beside / WORD).unlink()
            beside.rmdir()


def _same(beside: Path, notes: Path) -> bool:
    return _named(beside) == _named(notes)


def _named(notes: Path) -> str:
    return str(notes.absolute())
