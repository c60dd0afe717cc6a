"""Google's Application Default Credentials, found and renewed by google-auth.

A service account's file, gcloud's user, workload identities, impersonation, and the metadata server of a machine:
https://cloud.google.com/docs/authentication/application-default-credentials
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from onevec.credentials.renewable import Renewable
from onevec.errors import AuthenticationError, MissingApiKeyError, ProviderConnectionError, ProviderError
from onevec.exchange import HttpRequest, Transport

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


class GoogleDefault(Renewable):
    """Signs with an access token, renewed some minutes before it expires.

    Args:
        transport: Fetches the tokens.
        provider: Who is called, for errors.
    """

    def __init__(self, transport: Transport, provider: str) -> None:
        super().__init__()
        self._transport = transport
        self._provider = provider
        self._found: Any = None
        self._project: str | None = None
        self._refused: str | None = None

    def __repr__(self) -> str:
        return "GoogleDefault()"

    @property
    def stale(self) -> bool:
        """Whether there is no token yet, or it expires soon, or it was refused."""
        found = self._found
        # To google-auth a token of which less than four minutes are left is not valid any more.
        return found is None or not found.valid or found.token == self._refused

    @property
    def secrets(self) -> tuple[str, ...]:
        """The token in use."""
        found = self._found
        token = found.token if found else None
        return (token,) if token else ()

    def sign(self, request: HttpRequest) -> HttpRequest:
        """The request with the token, and the project that pays where the credentials name one."""
        if (found := self._found) is None:
            raise self._closed()
        headers = dict(request.headers)
        found.apply(headers)
        return replace(request, headers=headers)

    def refused(self, request: HttpRequest) -> bool:
        """Take the token for expired, whatever it says itself."""
        self._refused = request.headers.get("authorization", "").removeprefix("Bearer ")
        return True

    def close(self) -> None:
        """Forget the token."""
        self._found = None

    def settings(self) -> Mapping[str, str]:
        """The project of the credentials."""
        with self._lock:
            self._load()
        return {"GOOGLE_CLOUD_PROJECT": self._project} if self._project else {}

    def _load(self) -> Any:
        if self._found is None:
            import google.auth
            from google.auth.exceptions import DefaultCredentialsError

            try:
                self._found, self._project = google.auth.default(scopes=SCOPES)
            except DefaultCredentialsError as exc:
                raise MissingApiKeyError(
                    f"{self._provider} needs Google's credentials, and there are none: {_said(exc)} Run `gcloud auth "
                    "application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS",
                    provider=self._provider,
                    param="api_key",
                ) from exc
        return self._found

    def _fetch(self) -> None:
        from google.auth.exceptions import GoogleAuthError, TransportError

        found = self._load()
        try:
            found.refresh(_Fetcher(self._transport))
        except TransportError as exc:
            raise ProviderConnectionError(
                f"Google's token could not be fetched: {_said(exc)}", provider=self._provider
            ) from exc
        except GoogleAuthError as exc:
            raise AuthenticationError(
                f"Google gave no token for its credentials: {_said(exc)}", provider=self._provider
            ) from exc


@dataclass(frozen=True, slots=True)
class _Answer:
    """A reply as google-auth reads one."""

    status: int
    headers: Mapping[str, str]
    data: bytes


@dataclass(frozen=True, slots=True)
class _Fetcher:
    """Our transport as google-auth calls one (`google.auth.transport.Request`)."""

    transport: Transport

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the transport has its own
        **_: object,
    ) -> _Answer:
        from google.auth.exceptions import TransportError

        sent = body.encode() if isinstance(body, str) else body or b""
        try:
            reply = self.transport.send(HttpRequest(method, url, dict(headers or {}), sent))
        except ProviderError as exc:
            raise TransportError(exc.message) from exc
        return _Answer(reply.status, reply.headers, reply.body)


def _said(exc: Exception) -> str:
    """The first words of a failure of google-auth; what follows them is the reply's whole body."""
    return " ".join(str(exc.args[0] if exc.args else type(exc).__name__).split())[:300]
