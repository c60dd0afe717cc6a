"""SOURCES: where credentials come from that are neither an argument nor a variable, a row a source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType

from onevec.credentials.amazon import AwsChain
from onevec.credentials.google import GoogleDefault
from onevec.credentials.ibm import IamTokens
from onevec.credentials.renewable import Renewable
from onevec.errors import MissingApiKeyError
from onevec.exchange import Transport
from onevec.providers import Credential, ProviderMetadata, wanted_key


@dataclass(frozen=True, slots=True)
class Source:
    """One source.

    Attributes:
        make: The signer for a row and a credential.
        library: The package that it needs.
        extra: What of onevec brings that.
        covers: What a user gains by it, in words.
    """

    make: Callable[[ProviderMetadata, Credential, Transport], Renewable]
    library: str | None = None
    extra: str | None = None
    covers: str = ""


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "aws": Source(
            lambda row, _, __: AwsChain(row.signing or row.name, row.name),
            "botocore", "aws", "profiles, single sign-on and roles",
        ),
        "google": Source(
            lambda row, _, transport: GoogleDefault(transport, row.name),
            "google.auth", "google", "service accounts, gcloud's user and workload identities",
        ),
        "ibm": Source(
            lambda row, credential, transport: IamTokens(
                credential.value or "", credential.iam_url or "", transport, row.name
            )
        ),
    }
)  # fmt: skip


def renewable(row: ProviderMetadata, credential: Credential, transport: Transport) -> Renewable | None:
    """The signer of a credential that has to be fetched; None of one that is at hand.

    Raises:
        MissingApiKeyError: the library that fetches it is not installed; names the extra.
    """
    if credential.source is None:
        return None
    source = SOURCES[credential.source]
    if source.library and not _installed(source.library):
        raise MissingApiKeyError(
            f"{wanted_key(row)}; {source.covers} need {source.library}: pip install 'onevec[{source.extra}]'",
            provider=row.name,
            param="api_key",
        )
    return source.make(row, credential, transport)


def _installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # its parent is missing
        return False
