"""What each encoding keeps: of the ten nearest texts by float32, how many are among the ten nearest by the codes.

`python benchmarks/encodings.py`: docstrings of the standard library, all-MiniLM-L6-v2; 400 of them are the queries.
"""

import importlib
import inspect
import sys
import warnings

import numpy as np

from onevec import embedding
from onevec.encodings import decode, encode
from onevec.types import Encoding
from onevec.vectors import Vectors, cosine, truncate

NEIGHBOURS = 10
QUERIES = 400
LEFT_OUT = {"antigravity", "idlelib", "test", "this", "turtledemo"}


def docstrings() -> list[str]:
    """Of modules, classes and functions, those of 60 to 700 characters, each once, in a mixed order."""
    found: set[str] = set()
    for name in sorted(sys.stdlib_module_names - LEFT_OUT):
        if name.startswith("_"):
            continue
        try:
            module = importlib.import_module(name)
        except ImportError:  # another system's
            continue
        things = [module, *vars(module).values()]
        things += [one for thing in things if inspect.isclass(thing) for one in vars(thing).values()]
        found |= {" ".join(text.split()) for thing in things if isinstance(text := getattr(thing, "__doc__", 0), str)}
    texts = sorted(text for text in found if 60 <= len(text) <= 700)
    np.random.default_rng(0).shuffle(texts)
    return texts[:4000]


def nearest(scores: Vectors, count: int = NEIGHBOURS) -> list[list[int]]:
    return np.argsort(-scores, axis=1)[:, :count].tolist()


def kept(found: list[list[int]], right: list[list[int]]) -> str:
    shared = [len(set(a) & set(b)) / NEIGHBOURS for a, b in zip(found, right, strict=True)]
    return f"{100 * np.mean(shared):5.1f} %"


def main() -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # of old modules that are only looked at
    response = embedding("local:all-minilm-l6-v2", docstrings(), overflow="truncate")
    vectors, scale = response.vectors, response.int8_scale
    queries, documents = vectors[:QUERIES], vectors[QUERIES:]
    exact = queries @ documents.T
    right = nearest(exact)

    def decoded(encoding: Encoding) -> Vectors:
        return decode(encode(vectors, encoding, int8_scale=scale), encoding, vectors.shape[1], int8_scale=scale)

    int8, bits = decoded(Encoding.INT8), decoded(Encoding.UBINARY)
    codes = encode(vectors, Encoding.UINT8, int8_scale=scale).astype(np.float32)
    hamming = bits[:QUERIES] @ bits[QUERIES:].T

    def looked_again(count: int) -> list[list[int]]:
        firsts = nearest(hamming, count)
        return [sorted(row, key=lambda i, q=q: -exact[q, i])[:NEIGHBOURS] for q, row in enumerate(firsts)]

    rows = {
        "int8, cosine": nearest(cosine(int8[:QUERIES], int8[QUERIES:])),
        "uint8, product of the codes as they are": nearest(codes[:QUERIES] @ codes[QUERIES:].T),
        "bits, Hamming distance": nearest(hamming),
        "bits of documents, floats of queries": nearest(queries @ bits[QUERIES:].T),
        "bits, the first 40 looked at again": looked_again(40),
        "bits, the first 100 looked at again": looked_again(100),
        "float32, 128 of 384 dimensions": nearest(truncate(queries, 128) @ truncate(documents, 128).T),
    }
    print(f"{len(documents)} documents, {QUERIES} queries, of the {NEIGHBOURS} nearest are found")
    for name, found in rows.items():
        print(f"{name:42}{kept(found, right)}")
    print(f"int8: lowest cosine to its float32 {np.diag(cosine(int8, vectors)).min():.4f}")


if __name__ == "__main__":
    main()
