"""Tokens of Microsoft Entra ID: signature, issuer, audience and time, checked with PyJWT; RS256 and nothing else.

Source: https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onevec.errors import AuthenticationError
from onevec.gateway.access.jwks import KeySet, load_pyjwt
from onevec.gateway.settings.config import Entra

AUTHORITY = "https://login.microsoftonline.com"

LEEWAY = 60
"""Seconds by which the issuer's clock may differ from ours."""

MAX_TOKEN = 16_384
"""Characters; a header that is longer is no token."""

SUBJECTS = ("oid", "azp", "appid", "sub")
"""Claims that say who calls, the steadiest first."""

SCOPES = ("roles", "scp")
"""Claims that say what he may: of an application, of a user."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose tokens are believed, and for whom they must be.

    Attributes:
        issuers: One of them must have issued a token.
        audience: Whom it must be for.
        jwks_url: Where the issuers' public keys are.
        roles: One of them must be granted; none asks for none.
    """

    issuers: Sequence[str]
    audience: str
    jwks_url: str
    roles: frozenset[str] = frozenset()

    @classmethod
    def of(cls, config: Entra) -> "Trust":
        """From the configuration. A directory issues tokens of two versions, with an issuer each.

        >>> Trust.of(Entra(audience="api://onevec", tenant="contoso.com")).jwks_url
        'https://login.microsoftonline.com/contoso.com/discovery/v2.0/keys'
        """
        home = f"{AUTHORITY}/{config.tenant}"
        issuers = [config.issuer] if config.issuer else [f"{home}/v2.0", f"https://sts.windows.net/{config.tenant}/"]
        return cls(issuers, config.audience, config.jwks_url or f"{home}/discovery/v2.0/keys", frozenset(config.roles))


class EntraTokens:
    """Says who sent a token, or refuses it. A refusal never repeats anything of the token."""

    def __init__(self, trust: Trust, keys: KeySet) -> None:
        self._trust = trust
        self._keys = keys

    async def subject(self, token: str) -> str:
        """Who sent it.

        Raises:
            AuthenticationError: it is no token of ours, for whatever reason.
            ProviderConnectionError: the issuer's keys cannot be fetched; status 503.
        """
        jwt = load_pyjwt()
        try:
            header = jwt.get_unverified_header(token) if len(token) <= MAX_TOKEN else {}
        except jwt.PyJWTError as exc:
            raise _refusal("it is no token") from exc
        if header.get("alg") != "RS256":
            raise _refusal("it must be signed with RS256")
        kid = header.get("kid")
        if not isinstance(kid, str) or not kid:
            raise _refusal("it does not say which key signed it")
        key = await self._keys.find(kid)
        if key is None:
            raise _refusal("the issuer does not have the key that signed it")
        return self._subject(self._claims(jwt, token, key))

    def _claims(self, jwt: Any, token: str, key: Any) -> Mapping[str, Any]:
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self._trust.audience,
                issuer=list(self._trust.issuers),
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as exc:
            reasons = (text for kind, text in REASONS.items() if isinstance(exc, getattr(jwt, kind)))
            raise _refusal(next(reasons, "it is not valid")) from exc
        return claims

    def _subject(self, claims: Mapping[str, Any]) -> str:
        granted = {word for claim in SCOPES for word in _words(claims.get(claim))}
        if self._trust.roles and not self._trust.roles & granted:
            raise AuthenticationError(
                f"the token grants none of the roles {', '.join(sorted(self._trust.roles))}",
                status=403,
                code="forbidden",
            )
        found = (claims.get(name) for name in SUBJECTS)
        subject = next((value for value in found if isinstance(value, str) and value.isprintable() and value), None)
        if subject is None:
            raise _refusal("it does not say who sent it")
        return subject[:128]


REASONS: Mapping[str, str] = {
    "ExpiredSignatureError": "it has expired: get a new one",
    "ImmatureSignatureError": "it is not valid yet: is a clock wrong?",
    "InvalidAudienceError": "it is for somebody else",
    "InvalidIssuerError": "somebody else issued it",
    "InvalidSignatureError": "its signature is wrong",
    "MissingRequiredClaimError": "a claim is missing: it needs exp, iss and aud",
}
"""What callers are told, by the name of PyJWT's exception; its own words may hold what the token says."""


def _refusal(reason: str) -> AuthenticationError:
    return AuthenticationError(f"the token is refused: {reason}", code="unauthorized")


def _words(value: object) -> Sequence[str]:
    """A claim that is a list of words, or words in one text."""
    if isinstance(value, str):
        return value.split()
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []
