"""RemoteEmbedder: a model at a provider, behind the same protocol as a local one."""

import random
import time
from dataclasses import replace
from functools import lru_cache, partial
from urllib.parse import urlsplit

from onevec.credentials import KeySigner, renewable
from onevec.encodings import check_scale
from onevec.errors import InvalidRequestError, InvalidResponseError, ProviderError
from onevec.exchange import Exchange, RetryPolicy, Signer, Transport, with_retries
from onevec.providers import PROVIDERS, Credential, ProviderMetadata, is_vendors, known_model, target
from onevec.remote import parallel
from onevec.remote.options import RemoteOptions
from onevec.remote.plan import Limits, Plan, has_image, plan
from onevec.requests import check_chunking, check_modalities
from onevec.spaces import VectorSpace
from onevec.target import Target, check_parameters
from onevec.transport import HttpTransport, Sleeping, adrive, drive
from onevec.types import Capabilities, EmbedRequest, EmbedResult, InputType, Usage
from onevec.wires import WIRES, Wire
from onevec.wires.faults import asked_wait

IMAGES_AT = f"models with images are at {', '.join(row.name for row in PROVIDERS.values() if row.image)}"
"""What to do about an image for a model of texts."""

LENGTHS = 64
"""Lengths of vectors of which the space is kept; clients may ask for many."""

parsed = lru_cache(maxsize=256)(VectorSpace.parse)
"""Spaces that upstreams tell, by the header: the same one with every reply."""


class RemoteEmbedder:
    """Embeds with one model of one provider.

    More inputs than the provider takes are split, sent with bounded concurrency, and merged in order with their usage
    added up. The first part that fails ends the call.

    Args:
        row: The provider.
        model: The model's own name there; it wins over the request's.
        base: Base URL, from :func:`onevec.providers.resolve_base`.
        credential: From :func:`onevec.providers.resolve_key`.
        options: How to call.
        transport: What sends the requests; without one the embedder has its own, and closes it.
        policy: When to try again, instead of what the options say.
        signer: What proves whose a request is, where that is not the key itself.
    """

    def __init__(
        self,
        row: ProviderMetadata,
        model: str,
        base: str,
        credential: Credential,
        options: RemoteOptions | None = None,
        transport: Transport | None = None,
        *,
        policy: RetryPolicy | None = None,
        signer: Signer | None = None,
    ) -> None:
        self._options = options or RemoteOptions()
        self._row = row
        self._model = model
        self._target = target(
            row, base, credential, api_version=self._options.api_version, headers=self._options.headers
        )
        self._own = transport is None and self._options.transport is None
        self._transport = transport or self._options.transport or HttpTransport(self._options.http)
        self._policy = policy or RetryPolicy(retries=self._options.max_retries)
        self._known = known_model(row.name, model)
        self._at_vendor = is_vendors(row, base)
        self._space: VectorSpace | None = None
        self._named: dict[int, VectorSpace] = {}
        self._able, self._limits = self._capabilities(), self._split_at()
        fixed = KeySigner(credential.aws, row.signing) if credential.aws and row.signing else None
        self._signer = signer or fixed or renewable(row, credential, self._transport)

    @property
    def space(self) -> VectorSpace | None:
        """The space of its full vectors; None until a reply has told their length, where nobody knows it before."""
        if self._space is None and self._full is not None:
            return self._named_space(self._full)
        return self._space

    @property
    def _full(self) -> int | None:
        """Length of a full vector, as far as it is known before a reply."""
        if self._options.space is not None:
            return self._options.space.dimensions
        return self._known.dimensions if self._known and self._at_vendor else None

    @property
    def capabilities(self) -> Capabilities:
        """What is known of the provider, and what the options add."""
        return self._able

    def _capabilities(self) -> Capabilities:
        known, every = self._known, "input_type" in self._row.parameters
        full = known.dimensions if known else None
        return Capabilities(
            dimensions=self._space.dimensions if self._space else full,
            truncations=known.sizes if known else (),
            max_input_tokens=self._options.max_input_tokens or (known.max_tokens if known else None),
            input_types=frozenset(InputType) if every else frozenset({InputType.TEXT}),
            int8_scale=self._options.int8_scale,
            truncates="truncate" in self._row.parameters or self._options.fits,
            modalities=known.modalities if known else self._row.modalities,
            price=known.price if known and self._at_vendor else None,
        )

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, blocking the calling thread; an interrupt breaks off what is in flight.

        Raises:
            InvalidRequestError: the provider cannot do what is asked; nothing is sent.
            OnevecError: the provider's first refusal or failure, after retries.
        """
        parts = self._plan(request)
        works = [partial(self._drive, part) for part in parts.requests]
        try:
            several = len(works) > 1
            results = parallel.run(works, self._options.concurrency) if several else [works[0](time.sleep)]
        except KeyboardInterrupt:
            self._transport.close()
            raise
        return self._finished(parts, results, request)

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """The same without blocking the event loop; cancelling drops every request."""
        parts = self._plan(request)
        works = [partial(self._adrive, part) for part in parts.requests]
        return self._finished(parts, await parallel.arun(works, self._options.concurrency), request)

    def close(self) -> None:
        """Close the transport, when it is the embedder's own."""
        if self._own:
            self._transport.close()

    def _plan(self, request: EmbedRequest) -> Plan:
        check_scale(request.encoding, self._options.int8_scale)
        check_modalities(request, self.capabilities.modalities, f"{self._row.name}:{self._model}", IMAGES_AT)
        check_chunking(request, self.capabilities, f"{self._row.name}:{self._model}")
        check_parameters(request, self._target)
        if self._known:
            self._known.check(request.dimensions)
        return plan(request, self._limits)

    def _split_at(self) -> Limits:
        return Limits(
            self._options.max_items or (self._known and self._known.max_items) or self._row.max_items,
            self._options.max_tokens or self._row.max_tokens,
            self._options.tokenizer,
            self._options.max_input_tokens,
            truncates="truncate" in self._row.parameters,
            max_images=self._options.max_items or (self._known and self._known.max_images) or self._row.max_images,
            max_image_bytes=self._row.max_image_bytes,
        )

    def _drive(self, part: EmbedRequest, sleep: Sleeping) -> EmbedResult:
        return drive(self._exchange(part), self._transport, sleep)

    async def _adrive(self, part: EmbedRequest) -> EmbedResult:
        return await adrive(self._exchange(part), self._transport)

    def _exchange(self, part: EmbedRequest) -> Exchange[EmbedResult]:
        """One part, from its request to its vectors."""
        named = part if part.model == self._model else replace(part, model=self._model)
        wire = self._wire(part)
        sent = wire.encode_request(named, self._target)
        try:
            reply = yield from with_retries(
                sent, self._policy, random.random, wire.error_code, self._signer, asked_wait
            )
        except ProviderError as exc:
            exc.provider = exc.provider or self._target.provider
            raise
        answer = wire.decode_reply(reply, named, self._answering(), self._options.int8_scale)
        space = self._space_of(answer.vectors.shape[1], part, reply.headers.get("x-vector-space"))
        return EmbedResult(answer.vectors, answer.model, answer.usage, space, came=answer.came)

    def _answering(self) -> Target:
        """The target with every secret that a reply may repeat, those of the signer as they are now among them."""
        if self._signer is None:
            return self._target
        return replace(self._target, secrets=(*self._target.secrets, *self._signer.secrets))

    def _wire(self, part: EmbedRequest) -> Wire:
        """The dialect of a part, which holds texts or images."""
        pictured = any(map(has_image, part.inputs))
        name = (self._known and self._known.wire) or (self._row.image_wire if pictured else None) or self._row.wire
        return WIRES[name or ""]

    def _space_of(self, dimensions: int, part: EmbedRequest, told: str | None) -> VectorSpace:
        """The space of vectors of this length; an extra may have made them other than the table says.

        Raises:
            InvalidResponseError: whoever answered says that they are in another space than the operator vouches for.
        """
        space = self._named_space(dimensions)
        if part.extra:
            space = replace(space, normalized=None)
        if told is None or self._at_vendor:
            return space
        said = self._said(told)
        if self._options.space is not None and (said.family, said.pooling) != (space.family, space.pooling):
            raise InvalidResponseError(
                f"answered with vectors of the space {said}, and {self._options.space} was vouched for",
                provider=self._row.name,
                code="vector_space_mismatch",
                value=said.id[:200],
            )
        return said if said.dimensions == dimensions else replace(said, dimensions=dimensions)

    def _said(self, told: str) -> VectorSpace:
        try:
            return parsed(told)
        except InvalidRequestError as exc:
            raise InvalidResponseError(
                "answered with a header x-vector-space that names no space", provider=self._row.name, value=told[:200]
            ) from exc

    def _named_space(self, dimensions: int) -> VectorSpace:
        """The space of vectors of this length, the same one each time."""
        found = self._named.get(dimensions)
        if found is None:
            if len(self._named) >= LENGTHS:
                self._named.clear()
            found = self._named[dimensions] = self._name_space(dimensions)
        return found

    def _name_space(self, dimensions: int) -> VectorSpace:
        """What the operator vouches for, or what the table knows.

        A name means the same model at a vendor's own address only: elsewhere it is whatever that server calls so.
        """
        known, vouched = self._known, self._options.space
        if vouched is not None:
            full = dimensions == vouched.dimensions
            return replace(vouched, dimensions=dimensions, normalized=vouched.normalized if full else None)
        if not self._at_vendor:
            return VectorSpace(
                f"{self._row.name}://{_place(self._target.base, self._row.path)}/{self._model}", dimensions
            )
        if known is None:
            return VectorSpace(f"{self._row.name}:{self._model}", dimensions)
        return known.vector_space(dimensions)

    def _finished(self, parts: Plan, results: list[EmbedResult], request: EmbedRequest) -> EmbedResult:
        result = parts.finish(results)
        countable = self._options.tokenizer is not None and not any(map(has_image, request.inputs))
        if result.usage.prompt_tokens is None and countable:
            tokens = sum(parts.sizes)
            result = replace(result, usage=Usage(tokens, tokens, estimated=True))
        if request.dimensions is None and result.space is not self._space:
            self._space = result.space
            self._able = self._capabilities()
        return result


def _place(base: str, usual: str = "") -> str:
    """Which server a base URL is of: one host may have several, behind paths other than the usual one.

    >>> _place("http://gpu1:8000/v1"), _place("https://host/team-a/v1/"), _place("https://host/openai/v1", "/openai/v1")
    ('gpu1:8000', 'host/team-a', 'host')
    """
    parts = urlsplit(base)
    return parts.netloc + parts.path.rstrip("/").removesuffix(usual or "/v1")
