"""What to type instead: the second line of an error, in the words of the command line."""

from collections.abc import Callable, Sequence

from onevec.errors import (
    ContextLengthExceededError,
    GatewayTimeoutError,
    InvalidRequestError,
    MissingApiKeyError,
    ModelUnavailableError,
    OnevecError,
    ProviderConnectionError,
    UnsupportedModalityError,
)


def remedy(exc: Exception) -> str | None:
    """The line, for errors whose remedy is another on the command line than in Python."""
    return next((line for kind, say in REMEDIES if isinstance(exc, kind) and (line := say(exc))), None)


def _key(exc: OnevecError) -> str | None:
    from onevec.providers import provider

    names = provider(exc.provider).env_key if exc.provider else ()
    return f"In this shell: export {names[0]}=…  (`onevec doctor` lists the keys that it finds)" if names else None


def _named(exc: InvalidRequestError) -> str | None:
    """For a model without its provider: the full names that fit."""
    from onevec.cli.completing import full_names

    if exc.param != "model" or exc.value is None or ":" in exc.value:
        return None
    near = full_names(exc.value)
    return f"Did you mean {' or '.join(near)}?" if near else None


def _reach(_exc: OnevecError) -> str:
    return "`onevec doctor --network` shows how far a connection comes"


REMEDIES: Sequence[tuple[type[Exception], Callable[..., str | None]]] = (
    (MissingApiKeyError, _key),
    (ContextLengthExceededError, lambda _: "On the command line: --overflow truncate, or --overflow chunk"),
    (UnsupportedModalityError, lambda _: "For images without a download: -m local:gist; `onevec models` lists others"),
    (InvalidRequestError, _named),
    (ModelUnavailableError, lambda _: "`onevec doctor` shows where models are kept, and whether the hub may be asked"),
    (ProviderConnectionError, _reach),
    (GatewayTimeoutError, _reach),
)
"""By kind of error what to say; None where there is nothing to say beyond the error's own words."""
