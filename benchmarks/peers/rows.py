"""PEERS: a row for each library and configuration. Each loads a model folder and returns a function of texts.

All get the same texts and the same weights, and are called as their documentation shows, with their own batch sizes.
The one exception is in ONNX Runtime's favour: `onnxruntime fp32` gets its texts sorted by length, in batches of 1024
padded tokens, which fastembed does not do.
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Encode = Callable[[list[str]], np.ndarray]
BATCH = 1024
"""Padded tokens of a batch of ONNX Runtime."""


@dataclass(frozen=True)
class Peer:
    """A configuration: the module that it needs, and how it loads (model folder, folder for its own files)."""

    module: str
    load: Callable[[Path, Path], Encode]


def onevec(precision: str) -> Callable[[Path, Path], Encode]:
    def load(folder: Path, _work: Path) -> Encode:
        from onevec import engine
        from onevec.types import EmbedRequest

        embedder = engine.load(str(folder), engine.LocalOptions(precision=precision))
        return lambda texts: embedder.embed(EmbedRequest("m", tuple(texts))).vectors

    return load


def sentence_transformers(dtype: str) -> Callable[[Path, Path], Encode]:
    def load(folder: Path, _work: Path) -> Encode:
        import torch
        from sentence_transformers import SentenceTransformer

        settings = {"torch_dtype": getattr(torch, dtype), "use_safetensors": True}
        model = SentenceTransformer(str(folder), device="cpu", model_kwargs=settings)
        return lambda texts: model.encode(texts, show_progress_bar=False)

    return load


def sentence_transformers_openvino(folder: Path, _work: Path) -> Encode:
    sys.modules["openvino_telemetry"] = None  # it would post that it was imported, and wait for the answer
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", backend="openvino")
    return lambda texts: model.encode(texts, show_progress_bar=False)


def sentence_transformers_int8(folder: Path, work: Path) -> Encode:
    from sentence_transformers import SentenceTransformer, export_dynamic_quantized_onnx_model

    copy = work / "int8"
    shutil.copytree(folder, copy)
    model = SentenceTransformer(str(copy), device="cpu", backend="onnx")
    model.save_pretrained(str(copy))
    export_dynamic_quantized_onnx_model(model, "avx512_vnni", str(copy))
    file = next((copy / "onnx").glob("model_qint8*")).name
    model = SentenceTransformer(str(copy), device="cpu", backend="onnx", model_kwargs={"file_name": file})
    return lambda texts: model.encode(texts, show_progress_bar=False)


def onnxruntime(folder: Path, work: Path) -> Encode:
    import onnxruntime
    import tokenizers

    session = onnxruntime.InferenceSession(work.parent / "onnx" / "model.onnx", providers=["CPUExecutionProvider"])
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pool = POOLS[pooling_of(folder)]

    def encode(texts: list[str]) -> np.ndarray:
        ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        out: list[np.ndarray] = [np.empty(0)] * len(ids)
        for group in sorted_batches([len(one) for one in ids]):
            padded, mask = rectangle([ids[i] for i in group])
            feed = {"input_ids": padded, "attention_mask": mask, "token_type_ids": np.zeros_like(padded)}
            for i, vector in zip(group, pool(session.run(None, feed)[0], mask), strict=True):
                out[i] = vector / np.linalg.norm(vector)
        return np.stack(out)

    return encode


def fastembed(folder: Path, work: Path) -> Encode:
    model = fastembed_model(folder, work)
    return lambda texts: np.stack(list(model.embed(texts)))


def fastembed_model(folder: Path, work: Path):
    """Its model of a folder, with the graph that was exported beside `work`."""
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    copy = shutil.copytree(folder, work / "fastembed", ignore=shutil.ignore_patterns("*.safetensors"))
    (copy / "model.onnx").symlink_to(work.parent / "onnx" / "model.onnx")
    pooling = {"mean": PoolingType.MEAN, "cls": PoolingType.CLS}[pooling_of(folder)]
    hidden = json.loads((folder / "config.json").read_text())["hidden_size"]
    source = ModelSource(url="file:///nowhere")
    TextEmbedding.add_custom_model("bench/model", pooling, True, source, hidden, model_file="model.onnx")
    return TextEmbedding("bench/model", specific_model_path=str(copy))


def embed_anything(folder: Path, work: Path) -> Encode:
    """It loads only what the hub has: the folder is put where the hub's cache would keep it."""
    cache = work / "hf" / "hub" / "models--bench--model"
    (cache / "refs").mkdir(parents=True)
    (cache / "refs" / "main").write_text("0")
    shutil.copytree(folder, cache / "snapshots" / "0")
    os.environ["HF_HOME"] = str(work / "hf")
    import embed_anything as library

    model = library.EmbeddingModel.from_pretrained_hf("bench/model")
    config = library.TextEmbedConfig(batch_size=32)
    return lambda texts: np.array([one.embedding for one in library.embed_query(texts, model, config)], np.float32)


def infinity(engine: str) -> Callable[[Path, Path], Encode]:
    def load(folder: Path, _work: Path) -> Encode:
        from infinity_emb import AsyncEmbeddingEngine, EngineArgs

        loop = asyncio.new_event_loop()
        arguments = EngineArgs(model_name_or_path=str(folder), engine=engine, device="cpu", batch_size=32)
        model = AsyncEmbeddingEngine.from_args(arguments)
        loop.run_until_complete(model.astart())
        return lambda texts: np.array(loop.run_until_complete(model.embed(sentences=texts))[0], np.float32)

    return load


PEERS = {
    "onevec": Peer("onevec", onevec("auto")),
    "onevec f32": Peer("onevec", onevec("f32")),
    "sentence-transformers fp32": Peer("sentence_transformers", sentence_transformers("float32")),
    "sentence-transformers bf16": Peer("sentence_transformers", sentence_transformers("bfloat16")),
    "sentence-transformers openvino": Peer("optimum.intel", sentence_transformers_openvino),
    "sentence-transformers onnx int8": Peer("optimum.onnxruntime", sentence_transformers_int8),
    "fastembed": Peer("fastembed", fastembed),
    "onnxruntime fp32 sorted": Peer("onnxruntime", onnxruntime),
    "infinity torch": Peer("infinity_emb", infinity("torch")),
    "embed_anything": Peer("embed_anything", embed_anything),
}
NEED_ONNX = {"fastembed", "onnxruntime fp32 sorted"}


def pooling_of(folder: Path) -> str:
    config = json.loads((folder / "1_Pooling" / "config.json").read_text())
    return "cls" if config.get("pooling_mode_cls_token") else "mean"


POOLS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "mean": lambda hidden, mask: (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True),
    "cls": lambda hidden, _mask: hidden[:, 0],
}


def sorted_batches(lengths: list[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        if groups and (len(groups[-1]) + 1) * lengths[groups[-1][0]] <= BATCH:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def rectangle(ids: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    padded = np.zeros((len(ids), max(map(len, ids))), np.int64)
    mask = np.zeros_like(padded)
    for row, one in enumerate(ids):
        padded[row, : len(one)] = one
        mask[row, : len(one)] = 1
    return padded, mask
