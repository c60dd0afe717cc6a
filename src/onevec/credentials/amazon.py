"""Amazon's credentials: fixed keys, or whatever botocore's chain finds.

The chain is the one of Amazon's own tools: variables, profiles, single sign-on, web identities, processes, and the
roles of containers and instances. https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from onevec.credentials.renewable import Renewable
from onevec.errors import AuthenticationError, MissingApiKeyError
from onevec.exchange import HttpRequest
from onevec.signing import REGION, AwsKeys, sign

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Signs with keys that never change, for the region that a request's host names."""

    keys: AwsKeys
    service: str

    @property
    def stale(self) -> bool:
        """Never."""
        return False

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret key and the session's token."""
        return tuple(filter(None, (self.keys.secret_key, self.keys.session_token)))

    def renew(self) -> None:
        """There is nothing to renew."""

    def sign(self, request: HttpRequest) -> HttpRequest:
        """The request with a signature of this moment."""
        keys = self.keys.of_region(urlsplit(request.url).hostname or "")
        return sign(request, keys, self.service, datetime.now(UTC))

    def refused(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nothing that is here would mend it."""
        return False


class AwsChain(Renewable):
    """Signs with what botocore's chain finds; temporary keys are renewed a quarter of an hour before they expire.

    Args:
        service: The service's name in signatures.
        provider: Who is called, for errors.
    """

    def __init__(self, service: str, provider: str) -> None:
        super().__init__()
        self._service = service
        self._provider = provider
        self._found: Any = None
        self._signer: KeySigner | None = None
        self._refused: str | None = None

    def __repr__(self) -> str:
        return f"AwsChain({self._service!r})"

    @property
    def stale(self) -> bool:
        """Whether no keys have been found yet, or these expire soon, or were refused."""
        if self._signer is None or self._signer.keys.access_key == self._refused:
            return True
        # Only keys that expire have this method.
        needed: Callable[[], bool] | None = getattr(self._found, "refresh_needed", None)
        return needed is not None and needed()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys in use."""
        signer = self._signer
        return signer.secrets if signer else ()

    def sign(self, request: HttpRequest) -> HttpRequest:
        """The request with a signature of this moment."""
        signer = self._signer
        if signer is None:
            raise self._closed()
        return signer.sign(request)

    def refused(self, request: HttpRequest) -> bool:
        """Look for keys anew: a profile may have been written, a session begun."""
        self._refused = request.headers["authorization"].partition("Credential=")[2].partition("/")[0]
        return True

    def close(self) -> None:
        """Forget the keys."""
        self._found = self._signer = None

    def settings(self) -> Mapping[str, str]:
        """The region of the profile."""
        return {"AWS_REGION": _region(_session())}

    def _fetch(self) -> None:
        from botocore.exceptions import BotoCoreError

        session = _session()
        # Keys that expire renew themselves; where they were refused all the same, the chain starts anew.
        kept = self._found if self._refused is None else None
        try:
            found = kept or session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        except (BotoCoreError, OSError) as exc:
            raise self._failed(exc) from exc
        if frozen is None or not frozen.access_key or not frozen.secret_key:
            raise MissingApiKeyError(
                f"{self._provider} needs Amazon's credentials, and its chain found none: set AWS_PROFILE, or "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`",
                provider=self._provider,
                param="api_key",
            )
        keys = AwsKeys(frozen.access_key, frozen.secret_key, frozen.token, _region(session) or REGION)
        self._found, self._signer, self._refused = found, KeySigner(keys, self._service), None

    def _failed(self, exc: Exception) -> AuthenticationError:
        # The text of a credential process's failure is that program's own, and may hold anything.
        said = "" if type(exc).__name__ == "CredentialRetrievalError" else f": {exc}"
        return AuthenticationError(
            f"Amazon's credential chain failed with {type(exc).__name__}{said}; `aws sts get-caller-identity` tries "
            "the same",
            provider=self._provider,
        )


def _session() -> Any:
    from botocore.session import get_session

    return get_session()


def _region(session: Any) -> str:
    """The region as Amazon's newer tools find it; botocore itself does not read AWS_REGION."""
    return os.environ.get("AWS_REGION", "") or session.get_config_variable("region") or ""
