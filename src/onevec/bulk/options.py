"""Options: what a run is asked to do, checked as far as that needs no input and no model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onevec.errors import ConfigurationError
from onevec.requests import choice, embed_request
from onevec.types import InputType, Overflow

SHARD_ROWS = 4096

ENGINES = ("here", "ray")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run does.

    Attributes:
        input: A file, a folder, a pattern, a URL of one, or a database's.
        to: The output.
        model: ``provider:model``.
        column: What is embedded.
        id: The column that tells rows apart; else file and row number do.
        keep: Columns that go along.
        format: The kind of the input's files, where their names do not tell.
        query: What to ask a database.
        provider: The provider, when the model is named alone.
        api_key: Else the provider's environment variable.
        api_base: Base URL instead of the provider's own.
        client_args: Settings of the connection or of the local engine.
        dimensions: Length of the vectors.
        input_type: What the texts are for.
        prompt: Goes before each text instead of the model's own.
        overflow: What happens to a text longer than the model reads.
        encoding: How a file keeps a number: ``float32``, ``float16``, ``int8`` or ``binary``.
        chunk_tokens: Cut documents into chunks of at most so many tokens, a row each.
        chunk_overlap: Tokens that a chunk may share with the one before.
        shard_rows: Rows of a shard: after a crash at most those that are under way are embedded again.
        concurrency: Requests under way at a time, at most; None is what the provider's row says.
        patience: Seconds without any answer from the provider after which the run gives up.
        engine: Where shards are embedded: ``here``, or on a ``ray`` cluster.
        address: Of that cluster; None is what RAY_ADDRESS says, or one that is started on this machine.
        workers: How many embed there at a time.
        cpus: Processors that each of them reserves, and threads of its local model.
        restart: Forget what an earlier run has done.
        notes: The folder of the manifest; None puts it beside the output.
        dead_letters: The file of rows that have no vector; None puts it beside the output.
    """

    input: str = field(repr=False)  # a URL may hold a password
    to: str = field(repr=False)
    model: str
    column: str | None = None
    id: str | None = None
    keep: tuple[str, ...] = ()
    format: str | None = None
    query: str | None = field(default=None, repr=False)
    provider: str | None = None
    api_key: str | None = field(default=None, repr=False)
    api_base: str | None = None
    client_args: Mapping[str, Any] = field(default_factory=dict, repr=False)
    dimensions: int | None = None
    input_type: str | None = None
    prompt: str | None = None
    overflow: str = "error"
    encoding: str = "float32"
    chunk_tokens: int | None = None
    chunk_overlap: int = 0
    shard_rows: int = SHARD_ROWS
    concurrency: int | None = None
    patience: float = 600.0
    engine: str = "here"
    address: str | None = None
    workers: int = 2
    cpus: int = 1
    restart: bool = False
    notes: str | None = None
    dead_letters: str | None = None

    def __post_init__(self) -> None:
        embed_request(self.model, "-", dimensions=self.dimensions, input_type=self.input_type, overflow=self.overflow)
        if self.engine not in ENGINES:
            raise ConfigurationError(
                f"engine must be one of {', '.join(ENGINES)}, not {self.engine!r:.40}", param="engine"
            )
        for name in ("chunk_tokens", "shard_rows", "concurrency", "workers", "cpus"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ConfigurationError(f"{name} must be a whole number from 1 on, not {value}", param=name)
        if self.chunk_overlap and not 0 < self.chunk_overlap < (self.chunk_tokens or 0):
            raise ConfigurationError(
                f"chunk_overlap must be from 0 to below chunk_tokens, not {self.chunk_overlap}", param="chunk_overlap"
            )
        if len(set(self.keep)) < len(self.keep):
            raise ConfigurationError("keep names a column twice", param="keep")

    @property
    def named(self) -> str:
        """The model with its provider."""
        return self.model if self.provider is None else f"{self.provider}:{self.model}"

    @property
    def settings(self) -> dict[str, Any]:
        """What the vectors depend on beyond the model."""
        return {
            "dimensions": self.dimensions,
            "input_type": choice(InputType, self.input_type, "input_type"),
            "prompt": self.prompt,
            "overflow": choice(Overflow, self.overflow, "overflow"),
            "encoding": self.encoding,
            "chunk_tokens": self.chunk_tokens,
            "chunk_overlap": self.chunk_overlap,
        }
