"""Models of well-known shapes with random weights: how fast they are does not depend on what they have learnt."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file


@dataclass(frozen=True)
class Shape:
    """A BERT by its measures."""

    hidden: int
    layers: int
    heads: int
    pooling: str


SHAPES = {
    "minilm-l6": Shape(384, 6, 12, "mean"),
    "bge-base": Shape(768, 12, 12, "cls"),
    "e5-large": Shape(1024, 24, 16, "mean"),
}
COPIED = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


def write_model(shape: Shape, tokenizer_of: Path, folder: Path, rows: int = 30522) -> Path:
    """A folder in the layout of sentence-transformers, with the tokenizer of another model."""
    folder.mkdir(parents=True)
    for name in COPIED:
        if (tokenizer_of / name).exists():
            shutil.copy(tokenizer_of / name, folder / name)
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    _write(folder / "config.json", _config(shape, rows))
    _write(folder / "sentence_bert_config.json", {"max_seq_length": 512, "do_lower_case": False})
    _write(folder / "modules.json", [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(modules)
    ])  # fmt: skip
    modes = {"cls": "pooling_mode_cls_token", "mean": "pooling_mode_mean_tokens"}
    pooling = {key: mode == shape.pooling for mode, key in modes.items()}
    _write(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": shape.hidden, **pooling})
    (folder / "2_Normalize").mkdir()
    save_file(_tensors(shape, rows), folder / "model.safetensors", {"format": "pt"})
    return folder


def _config(shape: Shape, rows: int) -> dict:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": 4 * shape.hidden,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
        "vocab_size": rows,
        "pad_token_id": 0,
    }


def _tensors(shape: Shape, rows: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    d, tensors = shape.hidden, {}

    def linear(name: str, outputs: int, inputs: int) -> None:
        tensors[f"{name}.weight"] = rng.standard_normal((outputs, inputs), np.float32) * np.float32(0.02)
        tensors[f"{name}.bias"] = np.zeros(outputs, np.float32)

    def norm(name: str) -> None:
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = np.ones(d, np.float32), np.zeros(d, np.float32)

    for name, count in (("word", rows), ("position", 512), ("token_type", 2)):
        tensors[f"embeddings.{name}_embeddings.weight"] = rng.standard_normal((count, d), np.float32) * np.float32(0.02)
    norm("embeddings.LayerNorm")
    for i in range(shape.layers):
        layer = f"encoder.layer.{i}"
        for part in ("query", "key", "value"):
            linear(f"{layer}.attention.self.{part}", d, d)
        linear(f"{layer}.attention.output.dense", d, d)
        norm(f"{layer}.attention.output.LayerNorm")
        linear(f"{layer}.intermediate.dense", 4 * d, d)
        linear(f"{layer}.output.dense", d, 4 * d)
        norm(f"{layer}.output.LayerNorm")
    linear("pooler.dense", d, d)
    return tensors


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value))
