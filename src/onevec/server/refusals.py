"""What a client is told of an error: whose fault it is, and nothing of what only the operator may know."""

from collections.abc import Mapping

from onevec.errors import (
    AuthenticationError,
    ConfigurationError,
    ContextLengthExceededError,
    InsufficientFundsError,
    InvalidRequestError,
    ModelError,
    ModelNotFoundError,
    ModelUnavailableError,
    OnevecError,
    UnsupportedParameterError,
    UpstreamProviderError,
)

RETRY_AFTER = 5.0

UPSTREAM: Mapping[type[OnevecError], str] = {
    AuthenticationError: "the provider behind this deployment refused the server's own key; tell the operator",
    InsufficientFundsError: "the account behind this deployment has no credit left; tell the operator",
    ModelNotFoundError: "the provider behind this deployment does not know its model; tell the operator",
}
"""Errors of a provider that a client would take for errors of its own."""

REMEDIES: Mapping[type[OnevecError], str] = {
    ContextLengthExceededError: ", or have it cut: with truncate in an API that has that word, or for every text with "
    "overflow among the deployment's settings",
    UnsupportedParameterError: ", and set it as int8_scale in the deployment's client_args",
}
"""How a message goes on whose remedy in Python no client of a server can take."""


def refusal(exc: Exception, request_id: str, field: str = "input") -> OnevecError:
    """The error that the client sees for one that was raised; `field` is what its dialect calls the inputs."""
    if not isinstance(exc, OnevecError) or _is_internal(exc):
        return _internal(request_id)
    if exc.provider and (said := UPSTREAM.get(type(exc))):
        return UpstreamProviderError(said, code=exc.code)
    if isinstance(exc, ModelUnavailableError):
        return ModelUnavailableError(
            f"the model is not available at the moment (request {request_id})", retry_after=RETRY_AFTER
        )
    if exc.status == 503 and exc.retry_after is None:
        exc.retry_after = RETRY_AFTER
    if exc.remedy:
        exc.message, exc.remedy = exc.message + REMEDIES.get(type(exc), ""), ""
    if exc.loc[:1] == ("inputs",):
        exc.message = exc.message.replace("inputs[", f"{field}[", 1)
        exc.param, exc.loc = field, (field, *exc.loc[1:])
    return exc


def _is_internal(exc: OnevecError) -> bool:
    """Errors of this machine's files and settings: they may name paths, variables and addresses."""
    if isinstance(exc, ModelUnavailableError):
        return False
    return isinstance(exc, ConfigurationError | ModelError) or (
        exc.status == 500 and not isinstance(exc, InvalidRequestError)
    )


def _internal(request_id: str) -> OnevecError:
    return OnevecError(f"the server failed; its log tells more under request {request_id}")
