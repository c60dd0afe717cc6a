"""Models without a transformer: the mean of a text's token vectors, in numpy.

The tensors of model2vec (https://github.com/MinishLab/model2vec) and of sentence-transformers are read; what becomes of
words that the vocabulary has not is each library's own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onevec import vectors as vec
from onevec.engine.batch import Batch, Session, Tokens
from onevec.engine.folder import MODEL2VEC, ModelFolder
from onevec.engine.modules import Head, Normalize, Truncate
from onevec.engine.tokenizer import ModelTokenizer
from onevec.engine.weights import Array, Weights
from onevec.errors import ModelFileError
from onevec.vectors import Vectors

TEXTS = 256
"""Texts of a batch: their token vectors together stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class BagBatcher:
    """Texts one after another, in the order of their arrival."""

    texts: int = TEXTS

    def plan(self, lengths: Sequence[int]) -> list[list[int]]:
        """Neighbours together."""
        indices = range(len(lengths))
        return [list(indices[at : at + self.texts]) for at in range(0, len(lengths), self.texts)]

    def batch(self, texts: Sequence[Tokens]) -> Batch:
        """`ids` (tokens of all texts,) without those that are not pooled, and `lengths` (texts,)."""
        pooled = [text.ids[text.unpooled :] for text in texts]
        lengths = np.fromiter(map(len, pooled), np.intp, len(pooled))
        ids = np.fromiter(chain.from_iterable(pooled), np.intp, int(lengths.sum()))
        return Batch({"ids": ids, "lengths": lengths}, np.arange(len(texts)))


def bag_session(table: Array, heads: Sequence[Head]) -> Session:
    """The mean of the table's rows (texts, d) and what the heads make of it; 0 for a text without tokens."""

    def run(arrays: Mapping[str, NDArray[Any]]) -> Vectors:
        lengths = arrays["lengths"]
        means = np.zeros((len(lengths), table.shape[1]), np.float32)
        some = np.flatnonzero(lengths)
        if len(some):
            counts = lengths[some]
            starts = np.cumsum(counts) - counts
            means[some] = np.add.reduceat(table[arrays["ids"]], starts, axis=0) / counts[:, None].astype(np.float32)
        for head in heads:
            means = _HEADS[type(head)](means, head)
        return means

    return run


def bag_dimensions(table: Array, heads: Sequence[Head]) -> int:
    """Length of what :func:`bag_session` returns."""
    kept = [head.dimensions for head in heads if isinstance(head, Truncate)]
    return min([int(table.shape[1]), *kept])


_HEADS: Mapping[type, Callable[[Vectors, Any], Vectors]] = {
    Normalize: lambda x, _head: vec.normalize(x),
    Truncate: lambda x, head: x[:, : head.dimensions],
}


def read_table(weights: Weights) -> Array:
    """A row a token; vocabularies that share rows, and weights of tokens, are worked into it.

    Raises:
        ModelFileError: no such tensors, or a mapping that leads outside the rows.
    """
    if "embedding.weight" in weights.tensors:
        return weights.take("embedding.weight", 0, 0)
    table = weights.take("embeddings", 0, 0)
    if "mapping" in weights.tensors:
        mapping = weights.take("mapping", 0).astype(np.intp)
        if len(mapping) and not 0 <= mapping.min() <= mapping.max() < len(table):
            raise ModelFileError(f"{weights.path}: tensor 'mapping' names rows that are not there", value="mapping")
        table = table[mapping]
    return table * weights.take("weights", len(table))[:, None] if "weights" in weights.tensors else table


def read_tokenizer(folder: ModelFolder, rows: int) -> ModelTokenizer:
    """The folder's tokenizer, without special tokens; model2vec leaves out what the vocabulary has not."""
    known_only = folder.config.text("model_type", "") == MODEL2VEC
    file = folder.transformer / "tokenizer.json"
    return ModelTokenizer.read(file, lower_case=folder.lower_case, special=False, unknown=not known_only, rows=rows)
