"""What a local model refuses of a request's options, before any work."""

from collections.abc import Mapping

from onevec.errors import UnsupportedParameterError
from onevec.types import Capabilities, EmbedRequest, InputType


def check_options(request: EmbedRequest, capabilities: Capabilities) -> None:
    """Refuse what no input of this model can have.

    Raises:
        UnsupportedParameterError: `dimensions`, `input_type` or a further parameter that the model has not.
    """
    _check_extra(request.extra)
    _check_dimensions(request.dimensions, capabilities)
    _check_input_type(request.input_type or InputType.TEXT, capabilities.input_types)


def _check_input_type(asked: InputType, able: frozenset[InputType]) -> None:
    if asked not in able:
        allowed = ", ".join(kind.value for kind in InputType if kind in able)
        raise UnsupportedParameterError(
            f"this model does not tell input_type {asked.value!r} apart; it allows {allowed}, or none",
            param="input_type",
            value=asked.value,
        )


def _check_extra(extra: Mapping[str, object]) -> None:
    for name in extra:
        raise UnsupportedParameterError(f"a local model has no parameter {name!r}: leave it out", param=name)


def _check_dimensions(asked: int | None, capabilities: Capabilities) -> None:
    """Refuse lengths that the model was not trained for: cutting its vectors there loses what they mean."""
    full = capabilities.dimensions
    if asked is None or asked == full or asked in capabilities.truncations:
        return
    if capabilities.any_truncation and full is not None and asked < full:
        return
    if capabilities.any_truncation:
        allowed = f"from 1 to {full}"
    else:
        shorter = ", ".join(map(str, capabilities.truncations))
        allowed = f"{shorter} or {full}" if shorter else f"only {full}: it was not trained for shorter vectors"
    raise UnsupportedParameterError(
        f"dimensions {asked} is not for this model, which allows {allowed}", param="dimensions", value=str(asked)
    )
