"""What a contract is: a dialect, how its requests are addressed, and its table of checks."""

from dataclasses import dataclass, field

from onevec.conformance.asks import Pairs
from onevec.conformance.rows import Check
from onevec.target import Auth


@dataclass(frozen=True, slots=True)
class Terms:
    """Where contracts differ in what the same request comes to.

    Attributes:
        invalid: Statuses of a request that is wrong as it stands.
        unsupported: Statuses of a right one that asks for what the model does not have.
        encodings: What `encoding_format` may be, beside float.
    """

    invalid: tuple[int, ...]
    unsupported: tuple[int, ...]
    encodings: tuple[str, ...]

    @property
    def refused(self) -> tuple[int, ...]:
        """Statuses of a request of which it can be argued whether it is wrong, or the model's."""
        return tuple(sorted({*self.invalid, *self.unsupported}))


@dataclass(frozen=True, slots=True)
class Contract:
    """One dialect.

    Attributes:
        name: What it is called for.
        title: For people.
        source: Where it is written down.
        checks: Its table, in the order in which it is gone through.
        auth: How a key is sent.
        query: Parameters of every request.
        names_model: Whether every request has to name a model.
    """

    name: str
    title: str
    source: str
    checks: tuple[Check, ...] = field(repr=False)
    auth: Auth = "bearer"
    query: Pairs = ()
    names_model: bool = False
