"""The server's settings: one TOML file, read into frozen sections. What may stand in it is what these classes say.

No secret is ever here: a key is written ``env:VARIABLE`` and read when its deployment is made.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec

from onevec.gateway.settings.source import Keys, Source
from onevec.types import InputType, Overflow

Positive = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[server]`: where it listens, and what a request may take at most.

    Attributes:
        host: Address to listen on; one that is not loopback needs `[auth]`.
        port: 0 takes a free one.
        deadline: Seconds that an admitted request may take in all.
        max_body: Bytes of a request's body.
        body_timeout: Seconds in which a body must have arrived.
        max_waiting_requests: Requests of one deployment that wait or run; one more is answered 503.
        max_waiting_tokens: The same in tokens, as estimated.
        shutdown_timeout: Seconds that a stop waits for accepted requests.
        docs: Whether /docs and /openapi.json are served.
        playground: Whether the page at / is served.
        metrics: Whether /metrics is served.
        log_level: What is logged.
        image_hosts: Whom images may be fetched from that a client names by their address: hosts with or without a port,
            and addresses or networks where they are not public. Nobody by default.
        image_timeout: Seconds for each step of that.
        workers: Processes that answer on the one port.
        engine: Who runs local models for several workers: ``each`` has its own, with a share of the processors, or one
            more process has them for all, ``shared``, so that their weights are in memory once.
    """

    host: Text = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8080
    deadline: Seconds = 30.0
    max_body: Positive = 16 * 1024 * 1024
    body_timeout: Seconds = 30.0
    max_waiting_requests: Positive = 1024
    max_waiting_tokens: Positive = 1 << 19
    shutdown_timeout: Seconds = 30.0
    docs: bool = True
    playground: bool = True
    metrics: bool = True
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    image_hosts: tuple[Text, ...] = ()
    image_timeout: Seconds = 10.0
    workers: Annotated[int, msgspec.Meta(ge=1, le=256)] = 1
    engine: Literal["each", "shared"] = "each"


class Entra(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[auth.entra]`: tokens of Microsoft Entra ID, or of any issuer of RS256 tokens with a key set.

    Attributes:
        audience: Whom a token must be for: the application's id or its URI.
        tenant: The directory; its issuer and key set follow from it.
        issuer: The issuer instead.
        jwks_url: Where the issuer's public keys are, instead.
        roles: One of them must be among the token's `roles` or `scp`; none asks for none.
    """

    audience: Text
    tenant: Text | None = None
    issuer: Text | None = None
    jwks_url: Text | None = None
    roles: tuple[Text, ...] = ()


class Auth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[auth]`. Without keys and Entra nobody is asked, which is refused beyond loopback unless `none` says it.

    Attributes:
        keys: The keys file, of `onevec keys`; a relative path starts at the configuration file.
        entra: Tokens of Microsoft Entra ID.
        none: Anybody may call, from anywhere.
    """

    keys: Text | None = None
    entra: Entra | None = None
    none: bool = False

    @property
    def open(self) -> bool:
        """Whether nobody is asked who he is."""
        return self.keys is None and self.entra is None


class RateLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[limits]`, for each caller: a key, a principal, or an address where nobody is asked.

    Attributes:
        requests_per_minute: Requests in any 60 seconds; without it there is no limit.
        tokens_per_minute: The same in tokens, as estimated before and told after.
    """

    requests_per_minute: Positive | None = None
    tokens_per_minute: Positive | None = None


class Prompts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[deployments.NAME.prompts]`: what goes before a text of an input type, instead of the model's own prompt.

    Attributes:
        text: Before a text without an input type, or of the type ``text``.
        query: Before a query.
        document: Before a document.
    """

    text: str | None = None
    query: str | None = None
    document: str | None = None

    def by_type(self) -> Mapping[InputType, str]:
        """Those that are given."""
        given = {kind: getattr(self, kind.value) for kind in InputType}
        return {kind: prompt for kind, prompt in given.items() if prompt is not None}


class ContentFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[deployments.NAME.content_filter]`: texts that are refused before they are embedded.

    Attributes:
        patterns: Regular expressions; a text in which one is found is refused.
        entry_point: ``package.module:function`` that takes a text and says whether it is refused.
    """

    patterns: tuple[Text, ...] = ()
    entry_point: Text | None = None


class Redis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[redis]`: the Redis or Valkey that replicas share limits and a cache through.

    Attributes:
        url: ``redis://`` or ``rediss://``; one with a password is written ``env:VARIABLE``.
        timeout: Seconds to connect, and for each answer; past it a request goes on without.
        prefix: What its keys begin with.
    """

    url: Text
    timeout: Seconds = 0.25
    prefix: Text = "onevec:"


class LedgerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[ledger]`: the database in which it is written down who has used how much.

    Attributes:
        url: ``sqlite:///FILE``, relative to the configuration file, or ``postgresql://USER@HOST/DATABASE``; one with a
            password is written ``env:VARIABLE``.
        flush: Seconds between two batches.
    """

    url: Text = "sqlite:///onevec-usage.db"
    flush: Seconds = 5.0


class Cache(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[cache]`: vectors are remembered; without this section none are.

    Attributes:
        memory: Bytes of vectors in the server's memory.
        disk: The file where more of them outlive it; a relative path starts at the configuration file.
        disk_bytes: Bytes that the file may take.
        redis: Whether replicas share them through `[redis]`.
        precision: How components are stored; ``float16`` takes half the room and keeps three digits.
        ttl: Seconds after which a vector is computed again; never, unless said.
    """

    memory: Positive = 256 * 1024 * 1024
    disk: Text | None = None
    disk_bytes: Annotated[int, msgspec.Meta(ge=1 << 20)] = 4 * 1024 * 1024 * 1024
    redis: bool = False
    precision: Literal["float32", "float16"] = "float32"
    ttl: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] | None = None


class TargetConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[deployments.NAME.targets]]`: one of several that embed for a deployment, all in one vector space.

    Attributes:
        model: ``provider:model``, or the model alone beside `provider`.
        provider: Who embeds.
        api_base: Base URL instead of the provider's own.
        api_key: ``env:VARIABLE``; without one the provider's usual variable is read.
        client_args: Settings of the provider's client, or of the local engine; ``env:VARIABLE`` is read there too.
        weight: Its share of the work among those of its priority.
        priority: Those of a larger number are asked only when none of a smaller one can be.
        price: US dollars for a million tokens, instead of the model table's.
    """

    model: Text
    provider: Text | None = None
    api_base: Text | None = None
    api_key: Text | None = None
    client_args: dict[str, Any] = msgspec.field(default_factory=dict)
    weight: Annotated[float, msgspec.Meta(gt=0, le=1e6)] = 1.0
    priority: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    price: Annotated[float, msgspec.Meta(ge=0, le=1e6)] | None = None


class DeploymentConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[deployments.NAME]`: one model, or several `targets` that serve the same one.

    Attributes:
        model: As a target's; instead of `targets`.
        provider: As a target's.
        api_base: As a target's.
        api_key: As a target's.
        client_args: As a target's.
        price: As a target's.
        targets: Who embeds, where there are several.
        space: The id of the vector space, which the operator vouches for where nobody tells it: for servers of one's
            own.
        attempt_timeout: Seconds that one target may take before another is asked; a third of the deadline unless said.
        hedge: Seconds after which a second target is asked as well, the first answer taken and the other dropped;
            costs tokens, saves the slowest answers.
        aliases: Further names under which clients may ask for it.
        max_items: Inputs of one request.
        dimensions: Which shorter vectors may be asked for: those that the model was ``trained`` for, or ``any``.
        overflow: What happens to a text that is longer than the model reads.
        prompts: Prompts instead of the model's own.
        token_ids: Whose token ids clients send: the ``model``'s own, or ``cl100k_base``, which are read back to text.
        content_filter: What is refused.
        int8_scale: The value that int8 code 127 stands for, for a model without a calibrated one.
        max_images: Images among the inputs of one request.
        cache: Whether its vectors are remembered where there is a `[cache]`.
    """

    model: Text | None = None
    provider: Text | None = None
    api_base: Text | None = None
    api_key: Text | None = None
    client_args: dict[str, Any] = msgspec.field(default_factory=dict)
    price: Annotated[float, msgspec.Meta(ge=0, le=1e6)] | None = None
    targets: tuple[TargetConfig, ...] = ()
    space: Text | None = None
    attempt_timeout: Seconds | None = None
    hedge: Seconds | None = None
    aliases: tuple[Text, ...] = ()
    max_items: Positive = 1024
    dimensions: Literal["trained", "any"] = "trained"
    overflow: Overflow = Overflow.ERROR
    prompts: Prompts = msgspec.field(default_factory=Prompts)
    token_ids: Literal["model", "cl100k_base"] = "model"  # noqa: S105 - whose vocabulary
    content_filter: ContentFilter | None = None
    int8_scale: Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None = None
    max_images: Positive = 96
    cache: bool = True

    def all_targets(self) -> Mapping[Keys, TargetConfig]:
        """Who embeds, by where in the deployment's table that is said."""
        if self.model is None:
            return {("targets", index): target for index, target in enumerate(self.targets)}
        one = TargetConfig(self.model, self.provider, self.api_base, self.api_key, self.client_args, price=self.price)
        return {(): one}


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that the server is told. :func:`onevec.gateway.load` makes one from a file."""

    deployments: Mapping[str, DeploymentConfig]
    server: Server = field(default_factory=Server)
    auth: Auth = field(default_factory=Auth)
    limits: RateLimits = field(default_factory=RateLimits)
    redis: Redis | None = None
    ledger: LedgerConfig | None = None
    cache: Cache | None = None
    source: Source = field(default_factory=Source, repr=False, compare=False)

    @classmethod
    def of_model(cls, *models: str, **server: Any) -> "Config":
        """A deployment for each model, named like it, and the defaults; `server` sets fields of that section.

        >>> [*Config.of_model("local:/models/My model/", "local:gist", port=0).deployments]
        ['My-model', 'gist']
        """
        return cls({_named_like(model): DeploymentConfig(model=model) for model in models}, server=Server(**server))


def _named_like(model: str) -> str:
    last = model.partition(":")[2].rstrip("/").rpartition("/")[2]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip("-._")[:64] or "default"
