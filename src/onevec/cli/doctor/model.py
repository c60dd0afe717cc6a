"""Whether the bundled model works: it embeds a text now, and the vector is held against the reference's."""

import base64
import time
from collections.abc import Iterable
from dataclasses import dataclass

from onevec.cli.doctor.findings import Asked, Finding, ok, problem

MODEL = "all-minilm-l6-v2"

TEXT = "The ultimate answer to the question of life"

REFERENCE = (
    "zKzLLXuVZiyrKBwoWyyVIaotpaH0KBKnralqJUIh9iQuqM6sga7pqVUXq4x/rCYkIa5KMHaomaWKpY6nzyoXJMwq9R2Pp0IoLikDqa0sva0lp3Sg"
    "caYIJikmpKdUpbioZSpJpG2riKyvrTgj3S2wnbKogKEXKR6kSaDRJEsiai3FJu2skiBpKHetbCuQrE8s8hyYIxAodB3snGGu+SpbKX0sJK53EREm"
    "UyddJbwqgie1oaQlY7BYp7aqqqFhpAoqHay2qNygSSwcpxSsD6rmHuIqdqqhm2coDCn9p3yo0axdLq8i7KBDqaqZhipbqAGg4KLZLBUsNSmBqWKp"
    "biQAgGuoIKTmMOajG6mcKNKsGCMNLX4gsKnYKNUkJqbUpXYkYLHCLJ0fZafAqFgk+iC7FISkY6lWLtWpP6WEn1uoDCbvprUmBqrsFiOpjqRWqDak"
    "ZaWrD8MqdZ8GpSQtWSzrKKigiKQ8pqWp3CjJpnaozRqPqrQmSKwwJIQj4KsFJIwukyhfolynZasiKQ4l7iWMplsoCqfvnRQa7inEFlGvzRmMHC4s"
    "86aEnxAxJSl5I/Wseqx9KiOllatRMLesBpwAABorMai1JqooYSj6HC2ubBcTrhAv0CraJzcvCyqEpH2ocpmJqs8ikqcyqnojfaqHoDWd8y32LAQp"
    "T6geIemls5nJrGuopKlyLAQtZCgiHJwoFqcFIhKpFC4CKIyrvyDFKjuekCDPI2KsMaMdqAMq0B5UqOglGzDUHmwqmCmGpLYtOh25Kbuhoi2irV+t"
    "aaU8qiWqhSe7pgUrSSbHqsSjda1zr+uk2CH6LGgiEqsKp8+lsi5dqlStV40qrIyhHa0AgCAhIix3rLygKyMDLsgviR+Qoc8qgiHQJLgp5C+JLXgm"
    "YqMCrZemzSWlIPaoRh8PmnatUagxIf4WvqVVKB8prKcJrkosTJqipqGo2KHiH2IjyabHJzuh2B+qqVOi2yCToIWtJh+VqpCoIixkKownYKagovcv"
    "fa2LLMEuL6yTKtwX"
)
"""The vector of the text by sentence-transformers 6.2 in float32, as float16 in base64."""

NEAR = 0.999
"""Int8 weights and bf16 keep every vector of the golden figures within 0.9995."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of it.

    Attributes:
        cosine: With the reference.
        space: Of the vector.
        loading: Seconds to load the model.
        embedding: Seconds for the text.
    """

    cosine: float
    space: str
    loading: float
    embedding: float


def gather(_asked: Asked) -> Proof:
    """Load the model and embed the text twice: the first time kernels are made."""
    import numpy as np

    from onevec.engine import load
    from onevec.types import EmbedRequest
    from onevec.vectors import cosine

    started = time.perf_counter()
    embedder = load(MODEL)
    try:
        loaded = time.perf_counter()
        request = EmbedRequest(MODEL, (TEXT,))
        embedder.embed(request)
        warm = time.perf_counter()
        result = embedder.embed(request)
        done = time.perf_counter()
    finally:
        embedder.close()
    expected = np.frombuffer(base64.b64decode(REFERENCE), "<f2").astype(np.float32)[None]
    similarity = float(cosine(result.vectors, expected)[0, 0])
    return Proof(similarity, result.space.id, loaded - started, done - warm)


def judge(facts: Proof) -> Iterable[Finding]:
    """One line: it does, or it does not."""
    times = f"loaded in {facts.loading:.2f} s, a short text in {facts.embedding * 1000:.1f} ms"
    if facts.cosine >= NEAR:
        yield ok(MODEL, f"embeds as the reference does: cosine {facts.cosine:.5f}; {times}")
        yield ok("space", facts.space)
        return
    yield problem(
        MODEL,
        f"its vector is not the reference's: cosine {facts.cosine:.5f} instead of {NEAR} or more",
        "pip install --force-reinstall onevec openvino; if it stays, report it with `onevec doctor --json`",
    )
