"""Targets: those who embed for one deployment, and what they have in common: a vector space, and what all can do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from onevec.errors import ConfigurationError
from onevec.gateway.pool.breaker import Breaker
from onevec.spaces import VectorSpace
from onevec.types import Capabilities, Embedder, EmbedResult


@dataclass(slots=True, eq=False)
class Target:
    """One who embeds, and how he does.

    Attributes:
        name: For metrics and logs.
        weight: His share of the work among those of his priority.
        priority: A smaller number is asked first.
        price: US dollars for a million tokens; None where it is not known.
        outstanding: Tokens that he has been asked to embed and has not yet, as estimated.
    """

    name: str
    embedder: Embedder = field(repr=False)
    weight: float = 1.0
    priority: int = 0
    price: float | None = None
    breaker: Breaker = field(default_factory=Breaker)
    outstanding: int = 0

    def cost(self, result: EmbedResult) -> float | None:
        """US dollars for a result."""
        tokens = result.usage.total_tokens
        return None if self.price is None or tokens is None else self.price * tokens / 1e6


Outcome: TypeAlias = Literal["answered", "failed", "busy", "dropped"]
"""What came of an attempt; dropped is one for which nobody waited any more."""

OutcomeObserver: TypeAlias = Callable[[Target, Outcome], None]
"""Told of each attempt that is over."""


def check_one_space(targets: Sequence[Target], declared: VectorSpace | None = None) -> None:
    """Refuse targets of which it is known that they embed in different spaces, or of which nobody can tell.

    Raises:
        ConfigurationError: names both spaces; `loc` is the target that differs.
    """
    first = declared or targets[0].embedder.space
    for index, target in enumerate(targets):
        space = target.embedder.space
        if space is not None and first is not None and space.id != first.id:
            others = "what `space` says" if declared else f"{targets[0].name}, the first target"
            raise ConfigurationError(
                f"{target.name} embeds in the space {space}, and {others} is {first}: vectors of the two must not be "
                "compared, so they cannot serve one deployment",
                loc=("space",) if declared else ("targets", index),
            )
        if len(targets) > 1 and (space is None or first is None):
            raise ConfigurationError(
                f"nobody can tell the vector space of {target.name} before it is asked: if you know that all targets "
                'have the same model with the same weights, vouch for it with space = "MODEL/DIMENSIONS"',
                loc=("targets", index),
            )


def common(one: Capabilities, other: Capabilities) -> Capabilities:
    """What both can do."""
    tokens = [limit for limit in (one.max_input_tokens, other.max_input_tokens) if limit is not None]
    return replace(
        one,
        dimensions=one.dimensions if one.dimensions is not None else other.dimensions,
        truncations=tuple(sorted({*one.truncations} & {*other.truncations})),
        any_truncation=one.any_truncation and other.any_truncation,
        max_input_tokens=min(tokens, default=None),
        input_types=one.input_types & other.input_types,
        int8_scale=one.int8_scale if one.int8_scale == other.int8_scale else None,
        truncates=one.truncates and other.truncates,
        modalities=one.modalities & other.modalities,
        late_chunking=one.late_chunking and other.late_chunking,
        price=one.price if one.price == other.price else None,
    )
