"""Vector spaces: what makes vectors comparable, its one-word id, and what tells two of them apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote, unquote

from onevec.errors import InvalidRequestError, VectorSpaceError

NORMALIZED: Mapping[str, bool] = {"normalized": True, "unnormalized": False}


@dataclass(frozen=True, slots=True)
class VectorSpace:
    """What must be equal for two vectors to be comparable.

    Attributes:
        model: Whose space it is: ``all-minilm-l6-v2``, ``openai:text-embedding-3-small``. Weights that no catalog has
            are called by their architecture: their revision tells them apart.
        dimensions: Length of a vector.
        revision: What pins the weights: their digest, or the provider's own version; None when the provider tells none.
        normalized: Whether vectors have length one; None when unknown.
        pooling: How token vectors become one: ``mean``, ``cls``, …; None when unknown.
        weights: How the weights are stored, when they are a faithful copy (cosine above 0.999) of the revision's,
            such as ``int8``. It does not change the space.
    """

    model: str
    dimensions: int
    revision: str | None = None
    normalized: bool | None = None
    pooling: str | None = None
    weights: str | None = field(default=None, compare=False)

    @property
    def id(self) -> str:
        """One word that is equal exactly when the spaces are.

        >>> VectorSpace("m", 384, revision="sha256:53aa51172d14", normalized=True, pooling="mean").id
        'm@sha256:53aa51172d14/384/mean/normalized'
        """
        word = {True: "normalized", False: "unnormalized", None: None}[self.normalized]
        return "/".join(part for part in (self.family, str(self.dimensions), self.pooling, word) if part)

    @property
    def family(self) -> str:
        """Model and revision: what spaces of several lengths have in common."""
        return f"{self.model}@{self.revision}" if self.revision else self.model

    @property
    def header(self) -> str:
        """The id as a header can hold it: what is not printable ASCII becomes percent signs and digits.

        >>> VectorSpace("modèle", 4, revision="sha256:53aa", normalized=True).header
        'mod%C3%A8le@sha256:53aa/4/normalized'
        """
        return quote(self.id, safe="/@:!$&'()*+,;=-._~ ").strip()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The space of an id, or of the header that holds one.

        >>> space = VectorSpace.parse("openai://host/m/384/mean/normalized")
        >>> space.model, space.dimensions, space.pooling, space.normalized
        ('openai://host/m', 384, 'mean', True)
        >>> VectorSpace.parse("m@sha256:53aa/384").id
        'm@sha256:53aa/384'

        Raises:
            InvalidRequestError: it is no id.
        """
        parts = unquote(text.strip()).split("/")
        normalized = NORMALIZED[parts.pop()] if parts[-1] in NORMALIZED else None
        pooling = parts.pop() if len(parts) > 2 and not _is_length(parts[-1]) else None
        length = parts.pop() if parts else ""
        name = "/".join(parts)
        if not name or not _is_length(length) or not name.isprintable():
            raise InvalidRequestError(
                f"{text[:100]!r} names no vector space: write MODEL/DIMENSIONS, or what `onevec space MODEL` prints",
                param="space",
                value=text[:60],
            )
        model, found, revision = name.rpartition("@")
        if not found or not model:
            return cls(name, int(length), None, normalized, pooling)
        return cls(model, int(length), revision, normalized, pooling)

    def differences(self, other: "VectorSpace") -> list[tuple[str, str, str]]:
        """What tells two spaces apart: (attribute, here, there) of each; empty exactly when vectors may be compared.

        >>> VectorSpace("m", 384, pooling="mean").differences(VectorSpace("m", 256))
        [('dimensions', '384', '256'), ('pooling', 'mean', 'unknown')]
        """
        names = ("model", "revision", "dimensions", "pooling", "normalized")
        pairs = ((name, _word(getattr(self, name)), _word(getattr(other, name))) for name in names)
        return [(name, here, there) for name, here, there in pairs if here != there]

    def check(self, expected: "VectorSpace", *, shortened: bool = False) -> None:
        """Refuse vectors of another space than is expected.

        Args:
            expected: What the caller's other vectors are in.
            shortened: Vectors are cut to a length of which it is not known yet whether they are normalised.

        Raises:
            VectorSpaceError: they are not comparable; says why.
        """
        differences = [one for one in self.differences(expected) if not (shortened and one[0] == "normalized")]
        if differences:
            said = ", ".join(f"{name} {here} and not {there}" for name, here, there in differences)
            raise VectorSpaceError(
                f"the vectors are in the space {self.id}, and {expected.id} was expected: {said}", value=self.id[:200]
            )

    def __str__(self) -> str:
        return self.id


def _is_length(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) <= 6


def _word(value: object) -> str:
    return "unknown" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
