"""What every text architecture reads: several texts in a row, told apart by segments; masks and tables made from that.

A mask is one node however many layers use it. Shapes: rows b, width s, texts t, pooled tokens p.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import numpy as np

from onevec.engine.graphs.layers import MASKED, embedding, integer, integers, number
from onevec.engine.runtime import Node, ops, parameter
from onevec.engine.weights import Array


@dataclass(frozen=True)
class Inputs:
    """The arrays of :class:`onevec.engine.batch.PackedBatcher`, and what architectures derive from them.

    Attributes:
        ids: int32 (b, s): token ids.
        segments: int32 (b, s): 0 is padding, 1 … are the texts of a row.
        positions: int32 (b, s): places of tokens within their text, from 0.
        tokens: int32 (p,): the pooled tokens, text after text, as indices into the rows one after another. The last
            one belongs to no text.
        starts: int32 (t,): where the tokens of each text begin in `tokens`. Texts that begin at its last entry are
            none, and at least one such ends the list.
    """

    ids: Node
    segments: Node
    positions: Node
    tokens: Node
    starts: Node
    _made: dict[Hashable, Node] = field(default_factory=dict)

    @property
    def parameters(self) -> list[Node]:
        """The graph's inputs."""
        return [self.ids, self.segments, self.positions, self.tokens, self.starts]

    @property
    def same(self) -> Node:
        """Boolean (b, 1, s, s): query and key are of one text."""
        return self._once("same", lambda: _pairs(ops.equal, self.segments))

    @property
    def distances(self) -> Node:
        """int32 (b, 1, s, s): the key's position less the query's; of no meaning between texts."""
        return self._once("distances", lambda: _pairs(ops.subtract, self.positions))

    @property
    def bias(self) -> Node:
        """Added to attention's scores (b, 1, s, s): every token sees its whole text."""
        return self._once("bias", lambda: _masked(self.same))

    @property
    def causal(self) -> Node:
        """As `bias`: a token sees itself and those before it."""
        return self._once("causal", lambda: self._seeing(ops.less_equal(self.distances, integer(0))))

    def window(self, size: int) -> Node:
        """As `bias`: a token sees those at most ``size // 2`` places away."""
        near = integer(size // 2)
        return self._once(("window", size), lambda: self._seeing(ops.less_equal(ops.absolute(self.distances), near)))

    def looked_up(self, key: Hashable, make: Callable[[], Array]) -> Node:
        """Rows (b, s, …) of a table at `positions`; the table of a key is made once, for all layers."""
        return self._once(key, lambda: embedding(make(), self.positions))

    def shared(self, key: Hashable, make: Callable[[], Node]) -> Node:
        """A node that several layers use, made once: biases of relative positions, for instance."""
        return self._once(("shared", key), make)

    @property
    def counts(self) -> Node:
        """float32 (t, 1): pooled tokens of each text."""
        return self._once("counts", lambda: ops.unsqueeze(ops.convert(self._counts, "f32"), integer(1)))

    @property
    def ends(self) -> Node:
        """int32 (t,): where the tokens of each text end in `tokens`, the end itself excluded."""
        return self._once("ends", self._make_ends)

    @property
    def _counts(self) -> Node:
        return self._once("_counts", lambda: ops.subtract(self.ends, self.starts))

    def _make_ends(self) -> Node:
        last = ops.subtract(ops.shape_of(self.tokens, "i32"), integers(1))
        following = ops.slice(self.starts, integers(1), integers(2**31 - 1), integers(1), integers(0))
        return ops.concat([following, last], 0)

    def _seeing(self, condition: Node) -> Node:
        return _masked(ops.logical_and(self.same, condition))

    def _once(self, key: Hashable, make: Callable[[], Node]) -> Node:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


def packed_inputs() -> Inputs:
    """The graph's inputs, each of any size."""
    ids, segments, positions = (parameter(name, np.int32, (-1, -1)) for name in ("ids", "segments", "positions"))
    tokens, starts = (parameter(name, np.int32, (-1,)) for name in ("tokens", "starts"))
    return Inputs(ids, segments, positions, tokens, starts)


def _pairs(operation: Callable[[Node, Node], Node], values: Node) -> Node:
    """(b, 1, s, s) from (b, s): the operation on the value of the key and that of the query."""
    return operation(ops.unsqueeze(values, integers(1, 2)), ops.unsqueeze(values, integers(1, 3)))


def _masked(seen: Node) -> Node:
    return ops.select(seen, number(0.0), number(MASKED))
