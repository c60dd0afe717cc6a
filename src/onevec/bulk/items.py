"""From a shard to what is embedded of it: whole texts, chunks of documents, images."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from semantic_text_splitter import TextSplitter

from onevec.bulk.cutting import DUPLICATE, Shard
from onevec.bulk.manifest import Dead
from onevec.bulk.shards import Place
from onevec.errors import InvalidRequestError
from onevec.images import ImageInput
from onevec.types import Input, Tokenizer

FAULT, TAKEN = "unreadable", "duplicate"
"""The codes of a row that is no input at all, and of one whose id an earlier row has."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to embed.

    Attributes:
        row: The row of the shard that it is of.
        id: What the output calls it.
        input: What is embedded.
        place: Which part of which document it is; None where it is a whole row.
    """

    row: int
    id: str
    input: Input
    place: Place | None = None


Cut = Callable[[str], list[tuple[int, int]]]
"""Where a document is cut: the first character of each chunk and the one behind its last."""


def chunker(tokenizer: Tokenizer, tokens: int, overlap: int, prompt: str = "") -> Cut:
    """Cuts documents, at sentences where it can, into chunks of at most so many tokens, prompt and special ones too.

    Args:
        tokenizer: The model's.
        tokens: Of a chunk.
        overlap: Tokens that a chunk may share with the one before.
        prompt: What goes before each chunk.

    Raises:
        InvalidRequestError: the prompt alone has as many tokens.
    """
    around = tokenizer.count([prompt])[0]
    if around >= tokens:
        raise InvalidRequestError(
            f"chunk_tokens is {tokens}, and prompt and special tokens alone are {around}: make it larger",
            param="chunk_tokens",
        )

    def size(piece: str) -> int:
        return tokenizer.count([prompt + piece])[0] - around

    most = tokens - around
    splitter = TextSplitter.from_callback(size, most, overlap=min(overlap, most - 1))
    return lambda text: [(start, start + len(chunk)) for start, chunk in splitter.chunk_indices(text)]


def items_of(shard: Shard, cut: Cut | None) -> tuple[list[Item], list[Dead]]:
    """What is to be embedded of a shard, in order, and its rows that cannot be."""
    items: list[Item] = []
    dead = [
        Dead(shard.places[row], shard.ids[row], TAKEN if why == DUPLICATE else FAULT, why)
        for row, why in sorted(shard.faults.items())
    ]
    for row, content in enumerate(shard.contents):
        if content is None or row in shard.faults:
            continue
        try:
            items.extend(_items(row, shard.ids[row], content, cut))
        except InvalidRequestError as exc:
            dead.append(Dead(shard.places[row], shard.ids[row], exc.code, exc.message))
    return items, dead


def _items(row: int, name: str, content: str | bytes, cut: Cut | None) -> Iterator[Item]:
    if isinstance(content, bytes):
        yield Item(row, name, ImageInput(content))
    elif cut is None:
        yield Item(row, name, content)
    else:
        # Nothing is left of a text of white space alone: then it stands for itself.
        for number, (start, end) in enumerate(cut(content) or [(0, len(content))]):
            yield Item(row, f"{name}#{number}", content[start:end], Place(name, number, start, end))
