"""What every integration is made of: a model, all that it was told, and the one space of its vectors."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from onevec.client import AsyncClient, Client, shared_embedders
from onevec.embedders import LOCAL, Endpoint
from onevec.engine import LocalOptions
from onevec.errors import ConfigurationError
from onevec.images import ImageInput
from onevec.providers import split_model, split_url
from onevec.remote import RemoteOptions
from onevec.requests import embed_request
from onevec.responses import EmbeddingResponse
from onevec.spaces import VectorSpace
from onevec.target import is_secret
from onevec.types import Capabilities, Embedder, InputType

if TYPE_CHECKING:
    from onevec.types import Vectors

BUNDLED = "local:all-minilm-l6-v2"
"""The model inside the package: no key, no download."""


class Arguments(TypedDict, total=False):
    """What a model may be told beside its name; each means what it means for :func:`onevec.embedding`.

    Attributes:
        provider: Name of the provider, when the model is named alone.
        api_key: The key; without it the provider's environment variable is read.
        api_base: Base URL instead of the provider's own.
        client_args: Settings of the connection or of the local engine.
        dimensions: Length of the vectors, where the model was trained for shorter ones.
        overflow: What happens to a text longer than the model reads: ``error``, ``truncate`` or ``chunk``.
        expect_space: The space, or its id, of the vectors that are stored already; others are refused.
    """

    provider: str | None
    api_key: str | None
    api_base: str | None
    client_args: Mapping[str, Any] | None
    dimensions: int | None
    overflow: str
    expect_space: VectorSpace | str | None


@dataclass(slots=True, repr=False)
class Model:
    """A model and what it was told. All of a process share the connections and loaded models of the two functions.

    The first answer's space is expected of every later one, unless `expect_space` names it before. The arguments are
    those of :class:`Arguments`.

    Raises:
        InvalidRequestError, ConfigurationError: an argument that no call could have; a key is looked for at the first
            call, since a stored index must open without it.
    """

    model: str = BUNDLED
    provider: str | None = None
    api_key: str | None = None
    api_base: str | None = None
    client_args: Mapping[str, Any] | None = None
    dimensions: int | None = None
    overflow: str = "error"
    expect_space: VectorSpace | str | None = None

    def __post_init__(self) -> None:
        row, _ = split_model(self.model, self.provider)
        if row.name == LOCAL:
            LocalOptions.from_client_args(self.client_args)
        else:
            RemoteOptions.from_client_args(self.client_args, row)
        told = embed_request(
            self.model, "a", dimensions=self.dimensions, overflow=self.overflow, expect_space=self.expect_space
        )
        self.expect_space = told.expect_space

    @classmethod
    def of(cls, model: str, holder: object) -> Self:
        """The model of a framework's object, which has the other arguments as attributes."""
        return cls(model, **{name: getattr(holder, name) for name in Arguments.__annotations__})

    @property
    def space(self) -> VectorSpace:
        """What the vectors may be compared with: `expect_space`, what is known of the model, or the first answer's.

        Where only an answer can tell it, one word is embedded for it, once.
        """
        if not isinstance(self.expect_space, VectorSpace):
            full = self._embedder().space
            if full is None or self.dimensions not in (None, full.dimensions):
                return self.embed("space").space
            self.expect_space = full
        return self.expect_space

    @property
    def capabilities(self) -> Capabilities:
        """What the model can do, as far as it is known; a local one is loaded."""
        return self._embedder().capabilities

    def embed(
        self, inputs: str | ImageInput | Iterable[str | ImageInput], purpose: InputType | None = None
    ) -> EmbeddingResponse:
        """Embed for a purpose, where the model tells purposes apart.

        Raises:
            VectorSpaceError: the vectors are in another space than is expected, or than the first were.
            OnevecError: as :func:`onevec.embedding`.
        """
        asked = self._asked(self._embedder(), purpose)
        return self._kept(Client(embedders=shared_embedders()).embedding(self.model, inputs, **asked))

    async def aembed(
        self, inputs: str | ImageInput | Iterable[str | ImageInput], purpose: InputType | None = None
    ) -> EmbeddingResponse:
        """The async twin of :meth:`embed`."""
        embedder, _ = await shared_embedders().afind(self.model, self._endpoint())
        asked = self._asked(embedder, purpose)
        return self._kept(await AsyncClient(embedders=shared_embedders()).aembedding(self.model, inputs, **asked))

    def vectors(self, inputs: Sequence[str | ImageInput], purpose: InputType | None = None) -> "Vectors":
        """The vectors alone, float32 of shape (n, d); of no inputs (0, 0), since frameworks ask for that, too."""
        return self.embed(inputs, purpose).vectors if inputs else nothing()

    async def avectors(self, inputs: Sequence[str | ImageInput], purpose: InputType | None = None) -> "Vectors":
        """The async twin of :meth:`vectors`."""
        return (await self.aembed(inputs, purpose)).vectors if inputs else nothing()

    def lists(self, inputs: Sequence[str | ImageInput], purpose: InputType | None = None) -> list[list[float]]:
        """The vectors as lists of floats, for frameworks that hold them so."""
        rows: list[list[float]] = self.vectors(inputs, purpose).tolist()
        return rows

    async def alists(self, inputs: Sequence[str | ImageInput], purpose: InputType | None = None) -> list[list[float]]:
        """The async twin of :meth:`lists`."""
        rows: list[list[float]] = (await self.avectors(inputs, purpose)).tolist()
        return rows

    def settings(self) -> dict[str, Any]:
        """What was told, in JSON's types, to be written down: no key, nor what of URLs and `client_args` may hold one.

        The space is among it, so that whoever reads the settings again is held to it.
        """
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "api_key"}
        told |= {"expect_space": self.space.id, "client_args": writable(self.client_args or {}) or None}
        told |= self.keyless()
        return {name: value for name, value in told.items() if value is not None}

    def keyless(self) -> dict[str, str | None]:
        """`model` and `api_base`, without the parameters of their URLs whose names say that they hold a secret."""
        found = split_url(self.model) if self.provider is None else None
        model = f"{_keyless(found[0])}:{found[1]}" if found else self.model
        return {"model": model, "api_base": _keyless(self.api_base) if self.api_base else self.api_base}

    def __repr__(self) -> str:
        return f"Model({self.keyless()['model']!r})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Frameworks copy what they hold; a transport or a tokenizer among the `client_args` stays the caller's one."""
        return replace(self)

    def _endpoint(self) -> Endpoint:
        return Endpoint(self.provider, self.api_key, self.api_base, self.client_args or {})

    def _embedder(self) -> Embedder:
        return shared_embedders().find(self.model, self._endpoint())[0]

    def _asked(self, embedder: Embedder, purpose: InputType | None) -> dict[str, Any]:
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "model"}
        return {**told, "input_type": purpose if purpose in embedder.capabilities.input_types else None}

    def _kept(self, response: EmbeddingResponse) -> EmbeddingResponse:
        self.expect_space = self.expect_space or response.space
        return response


class Embedding:
    """What the integrations whose classes are plain have in common: a model with its arguments, and its space."""

    def __init__(self, model: str = BUNDLED, **arguments: Unpack[Arguments]) -> None:
        self._model = Model(model, **arguments)

    @property
    def space(self) -> VectorSpace:
        """What the vectors may be compared with; one word is embedded where only an answer can tell it."""
        return self._model.space

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._model.keyless()['model']!r})"


def nothing() -> "Vectors":
    """The vectors of no inputs."""
    import numpy as np

    return np.empty((0, 0), np.float32)


def _keyless(url: str) -> str:
    base, _, query = url.partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair and not is_secret(pair.partition("=")[0]))
    return f"{base}?{kept}" if kept else base


def writable(client_args: Mapping[str, Any]) -> dict[str, Any]:
    """What of `client_args` may be written down: no headers and no proxy, which may hold a password, and no objects.

    >>> writable({"timeout": 5, "headers": {"x-key": "secret"}, "proxy": "http://me:secret@host"})
    {'timeout': 5}
    """
    plain = {
        name: str(value) if isinstance(value, (os.PathLike, VectorSpace)) else value
        for name, value in client_args.items()
    }
    return {name: value for name, value in plain.items() if isinstance(value, (str, int, float)) and name != "proxy"}


def missing(package: str, extra: str) -> ConfigurationError:
    """For an integration whose framework is not installed."""
    return ConfigurationError(
        f"this integration needs {package}: pip install 'onevec[{extra}]'", param=extra, value=package
    )
