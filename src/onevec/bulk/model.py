"""The model of a run: the one place of a run that makes an embedder, and what it may be handed at a time."""

import struct
import zlib
from dataclasses import dataclass, replace

from onevec.bulk.options import Options
from onevec.bulk.sinks.precision import coder
from onevec.embedders import LOCAL, Embedders, Endpoint
from onevec.errors import ConfigurationError
from onevec.images import ImageInput
from onevec.providers import known_model, split_model
from onevec.remote.options import RemoteOptions
from onevec.remote.plan import BYTES_PER_TOKEN
from onevec.requests import choice
from onevec.spaces import VectorSpace
from onevec.types import Embedder, EmbedRequest, Input, InputType, Modality, Overflow, Tokenizer

LOCAL_ITEMS, LOCAL_IMAGES, LOCAL_CALLS = 512, 32, 4
"""Inputs of a call to this machine's engine, and calls at a time: its queue then always holds more than it takes."""


@dataclass(frozen=True, slots=True)
class Portion:
    """What one call may hold, so that it is one request to the provider.

    Attributes:
        items: Inputs.
        tokens: Of all together; None where there is no limit.
        calls: So many at a time, at most.
    """

    items: int
    tokens: int | None
    calls: int


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """An embedder and what is known of it.

    Attributes:
        embedder: Embeds.
        request: Everything of a request but its inputs.
        portion: What a call may hold.
        tokenizer: The model's, where it is known.
        remote: Whether calls cost money, and tokens are its own to count.
    """

    embedder: Embedder
    request: EmbedRequest
    portion: Portion
    tokenizer: Tokenizer | None
    remote: bool

    @property
    def price(self) -> float | None:
        """US dollars for a million tokens; None where none is known, and for models of this machine."""
        return self.embedder.capabilities.price if self.remote else None

    def sizes(self, inputs: list[Input]) -> list[int]:
        """Tokens of each input for the limit of a request, at least as many as there are without a tokenizer."""
        if self.portion.tokens is None:
            return [1] * len(inputs)
        texts = [one if isinstance(one, str) else "" for one in inputs]
        if self.tokenizer is not None:
            return self.tokenizer.count(texts)
        return [len(text.encode()) // BYTES_PER_TOKEN + 1 for text in texts]


def open_model(options: Options, modality: Modality, embedders: Embedders) -> Model:
    """The model that a run names, loaded.

    Refusals for a rate are not retried by the embedder itself: the run's own pace answers them.

    Raises:
        InvalidRequestError, ConfigurationError, ModelError: as :meth:`onevec.embedders.Embedders.find`.
    """
    row, name = split_model(options.model, options.provider)
    local = row.name == LOCAL
    args = {**options.client_args} if local else {"max_retries": 0, **options.client_args}
    endpoint = Endpoint(options.provider, options.api_key, options.api_base, args)
    embedder, name = embedders.find(options.model, endpoint)
    request = EmbedRequest(
        name,
        (),
        dimensions=options.dimensions,
        input_type=choice(InputType, options.input_type, "input_type"),
        overflow=choice(Overflow, options.overflow, "overflow") or Overflow.ERROR,
        prompt=options.prompt,
    )
    coder({"encoding": options.encoding, "int8_scale": embedder.capabilities.int8_scale})
    if local:
        portion = Portion(LOCAL_IMAGES if modality is Modality.IMAGE else LOCAL_ITEMS, None, LOCAL_CALLS)
        return Model(embedder, request, portion, getattr(embedder, "tokenizer", None), remote=False)
    told, known = RemoteOptions.from_client_args(args, row), known_model(row.name, name)
    items = told.max_items or (known and known.max_items) or row.max_items
    if modality is Modality.IMAGE:
        items = told.max_items or (known and known.max_images) or row.max_images
    portion = Portion(items, told.max_tokens or row.max_tokens, options.concurrency or told.concurrency)
    return Model(embedder, request, portion, told.tokenizer, remote=True)


def probe(model: Model, modality: Modality) -> VectorSpace:
    """The space of the vectors, from one short call: key, model and settings are tried before any row is read.

    Raises:
        OnevecError: whatever stands in the way of the run.
    """
    one: Input = ImageInput(_grey()) if modality is Modality.IMAGE else "onevec"
    return model.embedder.embed(replace(model.request, inputs=(one,))).space


def tokenizer_of(model: Model, what: str) -> Tokenizer:
    """The model's tokenizer.

    Raises:
        ConfigurationError: it is not known; `what` needs it.
    """
    if model.tokenizer is None:
        raise ConfigurationError(
            f"{what} needs the model's own tokens: pass the client argument tokenizer=/path/to/tokenizer.json",
            param="client_args",
        )
    return model.tokenizer


def _grey(side: int = 32) -> bytes:
    """A grey picture as a PNG file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
