"""Weights from safetensors files, as float32 arrays: float32, float16, bfloat16, and our own int8 in groups.

The int8 form keeps a matrix ``NAME`` as ``NAME.q`` (int8) and ``NAME.scale`` (float16, one for each group of numbers
along the last axis; the two shapes tell the group's size). The file's metadata says so, and names the sha256 of the
file that it is a faithful copy of.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray

from onevec.engine.configs import inside, read_config
from onevec.errors import ModelFileError, UnsafeModelError

INT8_FORMAT = "int8"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Tensors by the names that an architecture knows them by."""

    path: Path
    tensors: Mapping[str, Array] = field(repr=False)

    def take(self, name: str, *shape: int) -> Array:
        """A tensor of exactly this shape; 0 stands for any length.

        Raises:
            ModelFileError: it is missing, or of another shape.
        """
        array = self.tensors.get(name)
        if array is None:
            raise ModelFileError(f"{self.path} has no tensor {name!r}, which its config.json asks for", value=name)
        if len(shape) != array.ndim or any(want not in (0, got) for want, got in zip(shape, array.shape, strict=True)):
            wanted = tuple("any" if n == 0 else n for n in shape)
            raise ModelFileError(
                f"{self.path}: tensor {name!r} has shape {array.shape}, and config.json asks for {wanted}", value=name
            )
        return array


SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"


def has_weights(folder: Path) -> bool:
    """Whether a folder holds safetensors weights."""
    return (folder / SINGLE).exists() or (folder / INDEX).exists()


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model or of one of its modules, in order.

    Raises:
        UnsafeModelError: there are weights, but only in formats whose loading runs code.
        ModelFileError: there are none, or a shard is missing.
    """
    single, index = folder / SINGLE, folder / INDEX
    if single.exists():
        return [single]
    if index.exists():
        return _shards(folder, index)
    refuse_pickles([path.name for path in folder.iterdir()] if folder.is_dir() else [], str(folder))
    raise ModelFileError(f"{single} is missing from the model folder", value=str(single))


def refuse_pickles(names: Sequence[str], owner: str) -> None:
    """Refuse a model that has weights only as pickles, and say how to convert it."""
    pickles = sorted(name for name in names if name.endswith(PICKLES) and not name.startswith("training_args"))
    if pickles and not any(name.endswith(".safetensors") for name in names):
        raise UnsafeModelError(
            f"{owner} has weights only as {pickles[0]}, a pickle, which can run code when it is loaded: convert it "
            "where you trust it, with sentence-transformers' model.save_pretrained(folder, safe_serialization=True)",
            value=pickles[0],
        )


def _shards(folder: Path, index: Path) -> list[Path]:
    table = read_config(index).values.get("weight_map")
    if not isinstance(table, dict) or not all(isinstance(name, str) for name in table.values()):
        raise ModelFileError(f"{index}: 'weight_map' must map tensors to files", value=str(index))
    shards = [inside(folder, name, index) for name in sorted(set(table.values()))]
    for shard in shards:
        if not shard.exists():
            raise ModelFileError(f"{shard} is missing: {index.name} names it", value=str(shard))
    return shards


def read_weights(files: Sequence[Path], prefixes: tuple[str, ...] = ()) -> Weights:
    """All tensors of the files as float32, without the prefixes that some exports put before the names.

    Raises:
        ModelFileError: a file is corrupt, or a tensor is not finite.
    """
    tensors: dict[str, Array] = {}
    for path in files:
        arrays, metadata = _read(path)
        _check_finite(path, arrays)
        whole = dequantized(arrays) if metadata.get("format") == INT8_FORMAT else arrays
        tensors.update({plain_name(name, prefixes): a.astype(np.float32, copy=False) for name, a in whole.items()})
    return Weights(files[0], tensors)


def stored_as(path: Path) -> tuple[str, str] | None:
    """(format, sha256 of the original) of a file in our int8 form; None for any other."""
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
    except (safetensors.SafetensorError, OSError) as exc:
        raise _corrupt(path, exc) from exc
    return (INT8_FORMAT, metadata["original_sha256"]) if metadata.get("format") == INT8_FORMAT else None


def sha256(path: Path) -> str:
    """Digest of a file: the name of its blob where it lies in the hub's cache, which is that digest, else computed."""
    blob = path.resolve()
    if blob.parent.name == "blobs" and re.fullmatch(r"[0-9a-f]{64}", blob.name):
        return blob.name
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            kinds = {name: file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118 - no mapping
            arrays = {name: file.get_tensor(name) for name, kind in kinds.items() if kind != "BF16"}
            metadata = file.metadata() or {}
        if "BF16" in kinds.values():
            arrays |= _bfloat16(path)
    except (safetensors.SafetensorError, OSError) as exc:
        raise _corrupt(path, exc) from exc
    return arrays, metadata


def _bfloat16(path: Path) -> dict[str, Array]:
    """NumPy has no bfloat16: it is the upper half of a float32."""
    parts = safetensors.deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    return {
        name: (np.frombuffer(part["data"], "<u2").astype(np.uint32) << 16).view(np.float32).reshape(part["shape"])
        for name, part in parts
        if part["dtype"] == "BF16"
    }


def _check_finite(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ModelFileError(f"{path}: tensor {name!r} holds numbers that are not finite (NaN or Inf)", value=name)


def quantized(array: Array, group: int) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """int8 codes of the array's shape, and a float16 scale for each `group` of numbers along the last axis."""
    groups = array.reshape(*array.shape[:-1], -1, group)
    exact = np.abs(groups).max(axis=-1) / np.float32(127)
    near = exact.astype(np.float16)
    # Rounded up, so that the largest number of a group is not cut off.
    scale = np.where(near < exact, np.nextafter(near, np.float16(np.inf)), near)
    step = scale.astype(np.float32)[..., None]
    codes = np.rint(np.divide(groups, step, out=np.zeros_like(groups), where=step > 0)).astype(np.int8)
    return codes.reshape(array.shape), scale


def dequantized(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Matrices of the int8 form whole again; other tensors as they are."""
    whole = {}
    for name, array in arrays.items():
        if name.endswith(".q"):
            scale = arrays[f"{name[:-2]}.scale"].astype(np.float32)
            groups = array.reshape(*scale.shape, -1)
            whole[name[:-2]] = np.multiply(groups, scale[..., None], dtype=np.float32).reshape(array.shape)
        elif not name.endswith(".scale"):
            whole[name] = array
    return whole


def plain_name(name: str, prefixes: tuple[str, ...]) -> str:
    """The name as transformers writes it today: no prefix, and `weight`/`bias` for TensorFlow's `gamma`/`beta`.

    >>> plain_name("roberta.embeddings.LayerNorm.gamma", ("bert.", "roberta."))
    'embeddings.LayerNorm.weight'
    """
    plain = name.removeprefix(next((prefix for prefix in prefixes if name.startswith(prefix)), ""))
    stem, dot, last = plain.rpartition(".")
    return stem + dot + _TENSORFLOW.get(last, last)


_TENSORFLOW: Mapping[str, str] = {"gamma": "weight", "beta": "bias"}


def _corrupt(path: Path, exc: Exception) -> ModelFileError:
    return ModelFileError(f"{path} is not a complete safetensors file: {exc}", value=str(path))
