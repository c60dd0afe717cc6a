"""Rotary positions (arXiv:2104.09864), the halves of a head turned against each other, as GPT-NeoX has them."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from onevec.engine.graphs.inputs import Inputs
from onevec.engine.graphs.layers import integer, integers, number
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import Array


@dataclass(frozen=True, slots=True)
class Rotation:
    """How queries and keys turn with their position.

    Attributes:
        theta: The base of the angles.
        size: Dimensions of a head.
        length: Positions that there can be.
    """

    theta: float
    size: int
    length: int

    def __call__(self, x: Node, inputs: Inputs) -> Node:
        """Queries or keys (b, n, s, size), turned."""
        cosine, sine = (inputs.shared((self, of), partial(self._turns, inputs, of)) for of in (np.cos, np.sin))
        left, right = ops.variadic_split(x, integer(3), integers(self.size // 2, self.size // 2)).outputs()
        half = ops.concat([ops.multiply(right, number(-1.0)), left], -1)
        return ops.add(ops.multiply(x, cosine), ops.multiply(half, sine))

    def _turns(self, inputs: Inputs, of: np.ufunc) -> Node:
        """Cosines or sines of the tokens' angles (b, 1, s, size)."""
        return ops.unsqueeze(inputs.looked_up((self, of, "table"), lambda: self._table(of)), integers(1))

    def _table(self, of: np.ufunc) -> Array:
        """(length, size), both halves alike; angles in double precision, because those of late positions are large."""
        steps = self.theta ** (-np.arange(0, self.size, 2) / self.size)
        table: Array = np.tile(of(np.outer(np.arange(self.length), steps)), 2).astype(np.float32)
        return table
