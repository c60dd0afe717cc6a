"""What has to be known of a request to read the vectors of its answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """How vectors were asked for; None where it is not known."""

    encoding_format: str | None = None
    dimensions: int | None = None
    int8_scale: float | None = None
