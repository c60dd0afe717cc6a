"""Texts to embed: docstrings of the standard library, as queries, as they come, and long."""

import ast
import random
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tokenizers

SKIPPED = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3", "turtledemo", "__pycache__"}


@dataclass(frozen=True)
class Case:
    """Texts of like length, and how many tokens of the model they are, special ones included."""

    texts: list[str]
    tokens: int


def cases(tokenizer_json: Path, share: float = 1.0) -> dict[str, Case]:
    """`short` (queries of about 12 tokens), `mixed` (3 to 256, mean about 50), `long` (about 250).

    Each has about 12,000 tokens; `share` of them, for large models.
    """
    tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer_json))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    documents = sorted(set(docstrings()))
    random.Random(7).shuffle(documents)
    firsts = list(dict.fromkeys(" ".join(text.split("\n\n")[0].split()) for text in documents))
    found = {
        "short": _of_length(tokenizer, firsts, 8, 16, int(512 * share)),
        "mixed": _of_length(tokenizer, documents, 3, 256, int(256 * share)),
        "long": _of_length(tokenizer, [_cut(tokenizer, text, 250) for text in documents], 200, 256, int(48 * share)),
    }
    return {name: Case(texts, _tokens(tokenizer, texts)) for name, texts in found.items()}


def docstrings() -> Iterator[str]:
    """Of every module, class and function of the standard library that is written in Python; nothing is imported."""
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        if SKIPPED.isdisjoint(path.relative_to(root).parts):
            yield from _docstrings(path)


def _docstrings(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node)
            if text:
                yield text


def _of_length(tokenizer, texts: list[str], least: int, most: int, count: int) -> list[str]:
    fitting = []
    for text in texts:
        if least <= len(tokenizer.encode(text)) <= most:
            fitting.append(text)
            if len(fitting) == count:
                break
    return fitting


def _cut(tokenizer, text: str, tokens: int) -> str:
    """The beginning of a text."""
    if len(text) < 2 * tokens:
        return text
    offsets = tokenizer.encode(text[: 8 * tokens]).offsets
    return text[: offsets[tokens - 3][1]] if len(offsets) > tokens else text


def _tokens(tokenizer, texts: list[str]) -> int:
    return sum(len(tokenizer.encode(text)) for text in texts)
