"""A store that does not answer, in our words; and one whose library is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from onevec.errors import ConfigurationError, OnevecError, OutputError


@contextmanager
def translated(place: str, *kinds: type[Exception]) -> Iterator[None]:
    """Errors of a client library as ours; what it said is the cause, and may name its host.

    Args:
        place: The output, as an error calls it; without a password.
        kinds: The library's errors.
    """
    try:
        yield
    except OnevecError:  # ours are ValueErrors, too
        raise
    except kinds as exc:
        said = " ".join(str(exc).split())[:300] or type(exc).__name__
        raise OutputError(f"{place} does not answer, or not as it should: {said}") from exc


def missing(store: str, extra: str) -> ConfigurationError:
    """For an output whose client library is not installed."""
    return ConfigurationError(f"an output in {store} needs its client: pip install 'onevec[{extra}]'", param="output")


def nothing_there(place: str) -> ConfigurationError:
    """For a search in what was never written."""
    return ConfigurationError(f"there is no output {place}: `onevec run` writes one", param="output")
