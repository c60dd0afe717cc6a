"""The fenced blocks of a Markdown page: each is run or read by a test, or says why not.

A block that cannot run here has `<!-- not run: REASON -->` in the line above it; commands of ours in it are still held
against the options that they have. Set-up that readers need not see is a comment, `<!-- invisible-code-block: python`.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sybil import Document, Example, Region
from sybil.parsers.abstract.lexers import LexerCollection
from sybil.parsers.markdown.lexers import DirectiveInHTMLCommentLexer, RawFencedCodeBlockLexer

ROOT = Path(__file__).parents[2]

SHOWN: Mapping[str, str] = {
    "diff": "a change to a program of the reader's",
    "py": "a program of another library's, or against a service that is not here",
    "shell-session": "runs until it is stopped, or shows figures of one machine",
    "sql": "for a database of the reader's",
    "text": "a message or a drawing; there is nothing to run",
}
"""Languages of blocks that are only looked at, and why."""

ELSEWHERE: Mapping[str, str] = {"docs/cli.md": "tests/cli/test_page.py"}
"""Pages whose sessions a test of their own runs: it sets up what they need."""

REASON = re.compile(r"<!-- not run: (.{12,}?) -->\s*\Z")

LEXERS = LexerCollection(
    [
        RawFencedCodeBlockLexer(re.compile(r"(?P<arguments>[^\n]*)$\n", re.MULTILINE)),
        DirectiveInHTMLCommentLexer(directive="invisible-code-block", arguments=".+"),
    ]
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page, and why it is not run, where it is not."""

    region: Region
    language: str
    reason: str | None


def pages() -> list[Path]:
    """README.md, the other documents beside it, and every page of the site."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def blocks(document: Document) -> Iterable[Block]:
    """Every fenced block of a page."""
    elsewhere = ELSEWHERE.get(os.path.relpath(document.path, ROOT))
    for region in LEXERS(document):
        language = (region.lexemes["arguments"].split() or [""])[0]
        reason = REASON.search(document.text[max(0, region.start - 300) : region.start])
        if reason is None and elsewhere and language == "console":
            yield Block(region, language, f"is run by {elsewhere}")
        else:
            yield Block(region, language, reason[1] if reason else SHOWN.get(language))


class Runner:
    """Sybil's parser of our pages: a test for each block that can be run or read.

    Args:
        run: By language, what runs or reads a block.
        read: By language, what reads a block that is not run.
    """

    def __init__(
        self, run: Mapping[str, Callable[[Example], None]], read: Mapping[str, Callable[[Example], None]]
    ) -> None:
        self._run = run
        self._read = read

    def __call__(self, document: Document) -> Iterable[Region]:
        for block in blocks(document):
            if block.reason is None:
                block.region.evaluator = self._run.get(block.language, refuse)
            elif block.language in self._read:
                block.region.evaluator = self._read[block.language]
            else:
                continue
            block.region.parsed = block.region.lexemes["source"]
            yield block.region


def refuse(example: Example) -> None:
    """Fail: nobody knows what to do with the block."""
    said = example.region.lexemes["arguments"]
    raise AssertionError(
        f"{example.path}:{example.line}: no test runs or reads {said!r}: name a language "
        "that one does, or say why not in the line above: <!-- not run: REASON -->"
    )
