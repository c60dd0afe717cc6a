"""Models on a graphics card, through torch and transformers: the extra ``torch``.

Texts are read by our tokenizer and wait in our scheduler; torch gets token ids and gives vectors back, so that they are
the ones, and in the space, that the processor makes. Weights are read from safetensors only, and a model's own code is
not run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onevec.batching import by_padded_tokens
from onevec.engine.batch import Batch, Session, Tokens
from onevec.engine.folder import ModelFolder
from onevec.engine.options import LocalOptions
from onevec.engine.torch_heads import Head, torch_heads
from onevec.engine.weights import read_weights, stored_as
from onevec.errors import ConfigurationError, ModelError
from onevec.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Device:
    """Something that torch computes on.

    Attributes:
        name: torch's name for it.
        available: Whether this machine, and this build of torch, have it.
        bf16: Whether precision ``auto`` is bf16 there.
        budget: Tokens of a batch, padding included; a graphics card wants many.
    """

    name: str
    available: Callable[[Any], bool]
    bf16: Callable[[Any], bool]
    budget: int


DEVICES: Mapping[str, Device] = {
    "cuda": Device(
        "cuda",
        lambda torch: bool(torch.cuda.is_available()),
        lambda torch: bool(torch.cuda.is_bf16_supported(including_emulation=False)),
        1 << 15,
    ),
    "mps": Device("mps", lambda torch: bool(torch.backends.mps.is_available()), lambda _: False, 1 << 13),
    "torch:cpu": Device("cpu", lambda _: True, lambda _: False, 1 << 11),
}
"""A row for each `device` of :class:`LocalOptions` but ``cpu``, which is ours. ``torch:cpu`` is for tests."""


@dataclass(frozen=True, slots=True)
class RectangleBatcher:
    """A row a text, padded to the longest, as transformers takes them.

    Attributes:
        budget: Tokens of a batch, padding included.
        padding: The token that stands behind a text.
    """

    budget: int
    padding: int = 0

    def plan(self, lengths: Sequence[int]) -> list[list[int]]:
        """Texts of like length together, longest first."""
        return by_padded_tokens(lengths, self.budget)

    def batch(self, texts: Sequence[Tokens]) -> Batch:
        """`ids`, `mask` (1: a token, 0: padding) and `pooled` (1: counts in the vector): int64 (texts, longest)."""
        shape = len(texts), max(1, *map(len, texts))
        ids, mask = np.full(shape, self.padding, np.int64), np.zeros(shape, np.int64)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = text.ids
            mask[row, : len(text)] = 1
        pooled = mask.copy()
        for row, text in enumerate(texts):
            pooled[row, : text.unpooled] = 0
        return Batch({"ids": ids, "mask": mask, "pooled": pooled}, np.arange(len(texts)))


@dataclass(frozen=True, slots=True, eq=False)
class TorchModel:
    """A model on its device: what runs a batch, what lays it out, the length of a vector, what it computes in."""

    session: Session
    batcher: RectangleBatcher
    dimensions: int
    precision: str


def load_on_torch(folder: ModelFolder, options: LocalOptions) -> TorchModel:
    """Put the model of a folder on a device.

    Raises:
        ConfigurationError: torch or transformers is not installed, there is no such device, or `threads` is set.
        ModelError: an architecture that transformers does not have, or that needs code of the model's own.
    """
    device = DEVICES[options.device]
    torch, transformers = _library("torch", options.device), _library("transformers", options.device)
    _check(torch, device, options)
    bf16 = options.precision == "bf16" or (options.precision == "auto" and device.bf16(torch))
    model = _read(folder, transformers).to(device=device.name, dtype=torch.bfloat16 if bf16 else torch.float32)
    session = _session(torch, model.eval(), torch_heads(folder.heads, torch, device.name), device.name)
    padding = getattr(model.config, "pad_token_id", None) or 0
    batcher = RectangleBatcher(device.budget, padding)
    dimensions = session(batcher.batch([Tokens([padding])]).arrays).shape[1]
    return TorchModel(session, batcher, dimensions, "bf16" if bf16 else "f32")


def _library(name: str, device: str) -> Any:
    try:
        return import_module(name)
    except ImportError as exc:
        raise ConfigurationError(
            f"device {device!r} needs {name}, which is not installed: pip install 'onevec[torch]'",
            param="client_args",
            value=device,
        ) from exc


def _check(torch: Any, device: Device, options: LocalOptions) -> None:
    if not device.available(torch):
        raise ConfigurationError(
            f"device {options.device!r}: torch {torch.__version__} finds none on this machine; use 'cpu', or install a "
            "torch that is built for it",
            param="client_args",
            value=options.device,
        )
    if options.threads is not None:
        raise ConfigurationError(
            f"client_args['threads'] is for device 'cpu'; {options.device!r} has torch.set_num_threads, which holds "
            "for the whole process",
            param="client_args",
            value=str(options.threads),
        )


def _read(folder: ModelFolder, transformers: Any) -> Any:
    """Weights from safetensors, into the model of transformers; copies in int8 are restored, as only we know how."""
    own = {"trust_remote_code": False, "local_files_only": True}
    try:
        if len(folder.weights) == 1 and stored_as(folder.weights[0]) is not None:
            config = transformers.AutoConfig.from_pretrained(folder.transformer, **own)
            return _restored(transformers.AutoModel.from_config(config), folder)
        return transformers.AutoModel.from_pretrained(folder.transformer, use_safetensors=True, **own)
    except (ValueError, OSError, KeyError) as exc:
        lines = str(exc).strip().splitlines() or [type(exc).__name__]
        raise ModelError(f"transformers cannot load {folder.path}: {lines[0]}", value=str(folder.path)) from exc


def _restored(model: Any, folder: ModelFolder) -> Any:
    torch = import_module("torch")
    weights = read_weights(folder.weights)
    tensors = {name: torch.tensor(array) for name, array in weights.tensors.items()}
    missing = [name for name in model.load_state_dict(tensors, strict=False).missing_keys if "pooler" not in name]
    if missing:
        raise ModelError(f"{weights.path} has no tensor {missing[0]!r}, which its config.json asks for")
    return model


def _session(torch: Any, model: Any, heads: Head, device: str) -> Session:
    model.config.use_cache = False  # keys and values of a causal model are for the next token, and there is none

    def run(arrays: Mapping[str, NDArray[Any]]) -> Vectors:
        try:
            ids, mask, pooled = (torch.from_numpy(arrays[name]).to(device) for name in ("ids", "mask", "pooled"))
            with torch.inference_mode():
                hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
                vectors: Vectors = heads(hidden.float(), pooled).cpu().numpy()
            return vectors
        except RuntimeError as exc:  # out of memory, too
            raise ModelError(f"torch failed to run a batch on {device}: {str(exc).splitlines()[0]}") from exc

    return run
