"""ProviderMetadata: the columns of the table of providers."""

from dataclasses import dataclass
from typing import Literal

from onevec.target import Auth
from onevec.types import Modality

Source = Literal["aws", "google", "ibm"]
"""Where credentials are fetched from: botocore's chain, Google's default ones, IBM's IAM for an API key."""

TEXTS = frozenset({Modality.TEXT})
IMAGES = TEXTS | {Modality.IMAGE}
PAIRS = IMAGES | {Modality.PAIR}

OPENAI_PARAMETERS = frozenset({"dimensions", "base64", "extra"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMetadata:
    """What is known of one provider, readable without its SDK, a key or the network.

    Attributes:
        name: What callers write before the colon.
        doc_url: Where its documentation is.
        wire: The dialect that it speaks, a name in `onevec.wires.WIRES`; None for this machine and for non-embedders.
        embedding: Whether it embeds.
        modalities: What it has models for; a known model's own row says more.
        image_wire: The dialect of requests that hold images, where it is another one.
        max_images: Images in one request.
        max_image_bytes: Bytes of the images in one request, as files.
        env_key: Variables that may hold the key, the first one set wins.
        env_token: Those of them that hold a bearer token instead of a key.
        key_required: Whether a call without a key is refused here.
        auth: How a key is sent.
        env_api_base: The variable that may hold another base URL.
        api_base: Its own base URL; None where everybody has another.
        base_template: Its base URL where a part of it is everybody's own: ``{NAME}`` stands for a variable, ``{A|B}``
            for the first of two that is set.
        hosts: Hosts that the template spells and the provider spells otherwise, each with how.
        port: The port of a base URL that is only a host, where hosts are written so.
        path: What follows the host of a base URL that does not have it yet.
        dated_path: The same when a dated `api_version` is asked for.
        api_version: The version that is sent; None for none.
        version_name: The query parameter in which it is sent.
        signing: The service's name in signatures of Amazon, which are made where there is no key but Amazon's own.
        source: Where credentials are fetched from: where there is neither a key nor a variable, or, of IBM's, for a key
            that is no token.
        iam_url: Where a key is exchanged for a token.
        env_iam_url: The variable that may hold another such address.
        env_account: Fields of a request that say whose it is, each with the variable that may hold it.
        parameters: What it understands; see :class:`onevec.target.Target`.
        dimensions_name: What it calls `dimensions`.
        max_items: Inputs in one request.
        fixed_items: Whether that is its dialect's, so that no client argument changes it.
        max_tokens: Tokens in one request, all inputs together; None when it tells none.
        note: What surprises.
    """

    name: str
    doc_url: str
    wire: str | None = "openai"
    embedding: bool = True
    modalities: frozenset[Modality] = TEXTS
    image_wire: str | None = None
    max_images: int = 1
    max_image_bytes: int = 10 * 1024 * 1024
    env_key: tuple[str, ...] = ()
    env_token: tuple[str, ...] = ()
    key_required: bool = True
    auth: Auth = "bearer"
    env_api_base: str | None = None
    api_base: str | None = None
    base_template: str | None = None
    hosts: tuple[tuple[str, str], ...] = ()
    port: int | None = None
    path: str = ""
    dated_path: str = ""
    api_version: str | None = None
    version_name: str = "api-version"
    signing: str | None = None
    source: Source | None = None
    iam_url: str | None = None
    env_iam_url: str | None = None
    env_account: tuple[tuple[str, str], ...] = ()
    parameters: frozenset[str] = OPENAI_PARAMETERS
    dimensions_name: str = "dimensions"
    max_items: int = 256
    fixed_items: bool = False
    max_tokens: int | None = None
    note: str = ""

    @property
    def image(self) -> bool:
        """Whether it embeds images."""
        return Modality.IMAGE in self.modalities
