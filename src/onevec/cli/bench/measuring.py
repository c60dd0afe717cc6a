"""The figures: texts of set lengths, calls of set sizes, one after another, timed."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from onevec.types import Embedder, EmbedRequest, Overflow, Tokenizer

LENGTHS = (16, 64, 256)
BATCHES = (1, 8, 64, 512)
LEAST_CALLS = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """Texts to measure with.

    Attributes:
        name: How the table calls them.
        texts: As many as the largest batch has, or fewer, which are then repeated.
    """

    name: str
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Figures:
    """What calls of so many texts took.

    Attributes:
        sample: Name of the texts.
        batch: Texts of a call.
        threads: Threads that computed; None: all.
        calls: Calls that were timed.
        tokens_per_second: Over all calls, tokenisation included.
        texts_per_second: Likewise.
        p50_ms: Milliseconds of a call; half of them took less.
        p90_ms: Nine in ten took less.
        p99_ms: All but one in a hundred took less; of fewer than a hundred calls the slowest.
    """

    sample: str
    batch: int
    threads: int | None
    calls: int
    tokens_per_second: float
    texts_per_second: float
    p50_ms: float
    p90_ms: float
    p99_ms: float


def samples(tokenizer: Tokenizer, sentences: Sequence[str], longest: int) -> list[Sample]:
    """Texts of each of `LENGTHS` tokens that the model reads, cut from the sentences one after another.

    Where the model reads fewer than the longest of them, its own limit stands in for what is above it.
    """
    lengths = sorted({min(length, longest) for length in LENGTHS})
    running = " ".join(sentences)
    return [Sample(f"{length} tokens", _cut(tokenizer, running, length, max(BATCHES))) for length in lengths]


def _cut(tokenizer: Tokenizer, running: str, length: int, count: int) -> list[str]:
    """Texts of `length` tokens: stretches of the running text, which begins anew when it ends."""
    texts: list[str] = []
    start, stretch = 0, 12 * length
    while len(texts) < count:
        text = tokenizer.truncate(running[start : start + stretch].strip(), length)
        start += max(1, len(text))
        if start + stretch > len(running):
            start = len(texts) % max(1, min(97, len(running)))  # else the second round would be the first again
        texts.append(text or running[:length])
    return texts


def measure(embedder: Embedder, sample: Sample, batch: int, seconds: float, threads: int | None) -> Figures:
    """Call with `batch` texts at a time for so many seconds, at least three times, after a call that is not timed."""
    calls = _calls(sample.texts, batch)
    embedder.embed(next(calls))
    took, tokens = timed(lambda: embedder.embed(next(calls)).usage.prompt_tokens or 0, seconds)
    spent = float(took.sum())
    p50, p90, p99 = np.percentile(took, (50, 90, 99), method="higher") * 1e3
    texts = batch * len(took)
    return Figures(
        sample.name, batch, threads, len(took), tokens / spent, texts / spent, float(p50), float(p90), float(p99)
    )


def timed(call: Callable[[], int], seconds: float) -> tuple[np.ndarray, int]:
    """Seconds of each call, and the sum of what the calls returned."""
    took: list[float] = []
    total, begun = 0, time.perf_counter()
    while len(took) < LEAST_CALLS or time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        total += call()
        took.append(time.perf_counter() - start)
    return np.array(took), total


def _calls(texts: Sequence[str], batch: int) -> Iterator[EmbedRequest]:
    """Requests of the next `batch` texts, round and round."""
    start = 0
    while True:
        yield EmbedRequest("bench", tuple(texts[(start + i) % len(texts)] for i in range(batch)), overflow=_OVERFLOW)
        start += batch


_OVERFLOW = Overflow.TRUNCATE
