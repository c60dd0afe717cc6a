"""Renewable: what every credential that grows old has in common."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping

from onevec.errors import ProviderConnectionError
from onevec.exchange import HttpRequest


class Renewable(ABC):
    """A signer that is renewed by one thread at a time; the others wait, and use what that one got."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @property
    @abstractmethod
    def stale(self) -> bool:
        """Whether there is nothing to sign with, or nothing that holds for long."""

    @property
    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """What is signed with now, so that nobody shows it."""

    @abstractmethod
    def sign(self, request: HttpRequest) -> HttpRequest:
        """The request with its proof."""

    @abstractmethod
    def refused(self, request: HttpRequest) -> bool:
        """Take what that request was signed with for stale; whether to try again."""

    @abstractmethod
    def close(self) -> None:
        """Forget what was fetched."""

    @abstractmethod
    def _fetch(self) -> None:
        """Get what is signed with, blocking; the lock is held."""

    def renew(self) -> None:
        """Fetch, unless another thread has done so meanwhile.

        Raises:
            MissingApiKeyError: there are no credentials to be found.
            AuthenticationError: they were refused.
            ProviderError: whoever gives them out could not be reached, or failed.
        """
        with self._lock:
            if self.stale:
                self._fetch()

    def _closed(self) -> ProviderConnectionError:
        """What a request meets that was about to be signed when this was closed; the next try renews."""
        return ProviderConnectionError("the credentials were given back while a call was under way")

    def settings(self) -> Mapping[str, str]:
        """What the vendor's own configuration says beside them, under the names of its variables; blocking."""
        return {}
